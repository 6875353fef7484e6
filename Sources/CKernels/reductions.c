#include "CKernels.h"

C3N_MULTIVERSIONED
void c3n_sum_rows(float *restrict sum, const float *restrict x, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) sum[c] += x[r * columns + c];
}

C3N_MULTIVERSIONED
float c3n_dot(const float *restrict a, const float *restrict b, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
  return sum;
}
