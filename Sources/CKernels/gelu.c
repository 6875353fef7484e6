#include "dispatch.h"
#include "vector_math.h"

#pragma clang fp contract(fast)
#define TEMPLATE "gelu_kernel.h"
#include "builds.h"

void c3n_gelu(float *y, const float *x, size_t count, uint16_t *slopes) { C3N_CALL(c3n_gelu, y, x, count, slopes); }

void c3n_gelu_backward(float *dx, const float *dy, const float *x, size_t count) {
  C3N_CALL(c3n_gelu_backward, dx, dy, x, count);
}

void c3n_multiply_slopes(float *dx, const float *dy, const uint16_t *slopes, size_t count) {
  C3N_CALL(c3n_multiply_slopes, dx, dy, slopes, count);
}
