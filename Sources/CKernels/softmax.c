#include "CKernels.h"
#include "vector_math.h"

C3N_MULTIVERSIONED
void c3n_softmax_rows(float *x, size_t rows, size_t columns) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    float maximum = row[0];
    for (size_t c = 1; c < columns; c++) maximum = row[c] > maximum ? row[c] : maximum;
    float sum = 0;
    for (size_t c = 0; c < columns; c++) {
      row[c] = c3n_exp(row[c] - maximum);
      sum += row[c];
    }
    float scale = 1.0f / sum;
    for (size_t c = 0; c < columns; c++) row[c] *= scale;
  }
}

// dx = y (dy - sum(dy y))
C3N_MULTIVERSIONED
void c3n_softmax_rows_backward(float *restrict dx_dy, const float *restrict y, size_t rows, size_t columns) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *d = dx_dy + r * columns;
    const float *p = y + r * columns;
    float sum = 0;
    for (size_t c = 0; c < columns; c++) sum += d[c] * p[c];
    for (size_t c = 0; c < columns; c++) d[c] = p[c] * (d[c] - sum);
  }
}
