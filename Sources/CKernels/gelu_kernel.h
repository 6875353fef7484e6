#include "vector_kernel.h"

static void NAME(c3n_gelu)(float *y, const float *x, size_t count, uint16_t *slopes) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    NAME(float_vec) slope;
    *(NAME(float_vec) *)(y + i) = NAME(c3n_vector_gelu)(*(const NAME(float_vec) *)(x + i), &slope);
    if (slopes) NAME(c3n_store_slope)(slopes + i, slope);
  }
  if (i == count) return;
  // The rest goes through a buffer, so that all elements are computed alike.
  float in[WIDTH] = {0}, out[WIDTH];
  uint16_t steps[WIDTH];
  for (size_t j = i; j < count; j++) in[j - i] = x[j];
  NAME(c3n_gelu)(out, in, WIDTH, steps);
  for (size_t j = i; j < count; j++) {
    y[j] = out[j - i];
    if (slopes) slopes[j] = steps[j - i];
  }
}

static void NAME(c3n_gelu_backward)(float *dx, const float *dy, const float *x, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    NAME(float_vec) slope;
    NAME(c3n_vector_gelu)(*(const NAME(float_vec) *)(x + i), &slope);
    *(NAME(float_vec) *)(dx + i) = *(const NAME(float_vec) *)(dy + i) * slope;
  }
  if (i == count) return;
  float in[WIDTH] = {0}, d[WIDTH] = {0}, out[WIDTH];
  for (size_t j = i; j < count; j++) in[j - i] = x[j], d[j - i] = dy[j];
  NAME(c3n_gelu_backward)(out, d, in, WIDTH);
  for (size_t j = i; j < count; j++) dx[j] = out[j - i];
}

static void NAME(c3n_multiply_slopes)(float *dx, const float *dy, const uint16_t *slopes, size_t count) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH)
    *(NAME(float_vec) *)(dx + i) = *(const NAME(float_vec) *)(dy + i) * NAME(c3n_load_slope)(slopes + i);
  for (; i < count; i++) dx[i] = dy[i] * c3n_slope(slopes[i]);
}
