#include "CKernels.h"

// SplitMix64 of (state + index), its upper 24 bits as a float in [-1, 1); the product and the sum are rounded apart.
C3N_MULTIVERSIONED
void c3n_formula_weights(float *values, uint64_t state, float mean, float scale, size_t count) {
#pragma clang fp contract(off)
  for (size_t i = 0; i < count; i++) {
    uint64_t z = state + i + 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    float u = (float)(int32_t)(z >> 40) * 0x1p-23f - 1.0f;
    float product = scale * u;
    values[i] = mean == 0 ? product : mean + product;
  }
}
