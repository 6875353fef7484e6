#include "vector_kernel.h"

// Up to four pixels of a row at once: eighteen inputs and nine weights serve thirty-six products. Inputs outside of the
// map point to zeros. `weights` [9][channels].
static void NAME(c3n_neighbours)(const c3n_neighbour_pass *n, const float *const *inputs, int64_t offset, int64_t pixels) {
  const int64_t channels = n->channels;
  for (int64_t c = 0; c < channels; c += WIDTH) {
    // The next pixels are fetched meanwhile: so many streams are more than a processor follows by itself.
#pragma unroll
    for (int i = 2; i < 18; i++)
      if (i % 6 >= 2) __builtin_prefetch(inputs[i] + 4 * channels + c, 0, 2);
    NAME(float_vec) sums[4];
    const NAME(float_vec) bias = n->bias ? *(const NAME(float_vec) *)(n->bias + c) : (NAME(float_vec)){0};
#pragma unroll
    for (int p = 0; p < 4; p++) sums[p] = bias;
#pragma unroll
    for (int row = 0; row < 3; row++) {
      NAME(float_vec) x[6];
#pragma unroll
      for (int i = 0; i < 6; i++) x[i] = *(const NAME(float_vec) *)(inputs[row * 6 + i] + c);
#pragma unroll
      for (int tap = 0; tap < 3; tap++) {
        const NAME(float_vec) weight = *(const NAME(float_vec) *)(n->weights + (row * 3 + tap) * channels + c);
#pragma unroll
        for (int p = 0; p < 4; p++) sums[p] += x[p + tap] * weight;
      }
    }
#pragma unroll
    for (int p = 0; p < 4; p++) {
      if (p >= pixels) break;
      const int64_t at = offset + p * channels + c;
      if (n->sums) *(NAME(float_vec) *)(n->sums + at) = sums[p];
      if (!n->activated) continue;
      NAME(float_vec) slope;
      *(NAME(float_vec) *)(n->activated + at) = NAME(c3n_vector_gelu)(sums[p], &slope);
      if (n->slopes) NAME(c3n_store_slope)(n->slopes + at, slope);
    }
  }
}
