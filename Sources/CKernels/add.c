#include "CKernels.h"

C3N_MULTIVERSIONED
void c3n_add(float *restrict y, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}
