#include "vector_kernel.h"

static inline __attribute__((always_inline)) float NAME(c3n_sum_of)(NAME(float_vec) x) {
  float sum = 0;
  for (int i = 0; i < WIDTH; i++) sum += x[i];
  return sum;
}

// Rows of probabilities from rows of scores; `columns` is padded, and the padding's share vanishes.
static void NAME(c3n_softmax_slab)(float *scores, int64_t stride, int64_t rows, int64_t columns) {
  typedef NAME(float_vec) vec;
  for (int64_t r = 0; r < rows; r++) {
    float *row = scores + r * stride;
    vec maxima = *(const vec *)row;
    for (int64_t c = WIDTH; c < columns; c += WIDTH) {
      const vec x = *(const vec *)(row + c);
      maxima = NAME(c3n_select)(x > maxima, x, maxima);
    }
    float maximum = maxima[0];
    for (int i = 1; i < WIDTH; i++) maximum = maxima[i] > maximum ? maxima[i] : maximum;
    vec sums = {0};
    for (int64_t c = 0; c < columns; c += WIDTH) {
      const vec e = NAME(c3n_vector_exp)(*(const vec *)(row + c) - maximum);
      *(vec *)(row + c) = e;
      sums += e;
    }
    const float scale = 1 / NAME(c3n_sum_of)(sums);
    for (int64_t c = 0; c < columns; c += WIDTH) *(vec *)(row + c) *= scale;
  }
}

// dS = P (dP - sum of dP P over the row), in the place of dP
static void NAME(c3n_softmax_slab_backward)(float *d, const float *p, int64_t stride, int64_t rows, int64_t columns) {
  typedef NAME(float_vec) vec;
  for (int64_t r = 0; r < rows; r++, d += stride, p += stride) {
    vec sums = {0};
    for (int64_t c = 0; c < columns; c += WIDTH) sums += *(const vec *)(d + c) * *(const vec *)(p + c);
    const float sum = NAME(c3n_sum_of)(sums);
    for (int64_t c = 0; c < columns; c += WIDTH)
      *(vec *)(d + c) = *(const vec *)(p + c) * (*(const vec *)(d + c) - sum);
  }
}
