#include "CKernels.h"
#include "vector_math.h"

C3N_MULTIVERSIONED
void c3n_add(float *restrict y, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}

C3N_MULTIVERSIONED
void c3n_relu(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = x[i] < 0 ? 0 : x[i];  // keeps NaN, as PyTorch does
}

C3N_MULTIVERSIONED
void c3n_relu_backward(float *dx, const float *dy, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
}

C3N_MULTIVERSIONED
void c3n_clamp(float *y, const float *x, float low, float high, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float v = x[i] < low ? low : x[i];
    y[i] = v > high ? high : v;
  }
}

C3N_MULTIVERSIONED
void c3n_clamp_backward(float *dx, const float *dy, const float *x, float low, float high, size_t count) {
  for (size_t i = 0; i < count; i++) dx[i] = x[i] > low && x[i] < high ? dy[i] : 0;
}

C3N_MULTIVERSIONED
void c3n_sigmoid(float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = c3n_sigmoid_of(x[i]);
}

C3N_MULTIVERSIONED
void c3n_fill_rows(float *restrict y, const float *restrict row, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) y[r * columns + c] = row[c];
}

C3N_MULTIVERSIONED
void c3n_affine_rows(float *y, const float *x, const float *restrict scale, const float *restrict shift, size_t rows,
                     size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) y[r * columns + c] = x[r * columns + c] * scale[c] + shift[c];
}

C3N_MULTIVERSIONED
void c3n_multiply_rows(float *y, const float *x, const float *restrict scale, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) y[r * columns + c] = x[r * columns + c] * scale[c];
}
