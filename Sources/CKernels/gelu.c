#include "CKernels.h"
#include "vector_math.h"

C3N_MULTIVERSIONED
void c3n_gelu(float *restrict y, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float gaussian;
    float erf = c3n_erf(x[i] * 0.70710678118654752f, &gaussian);
    y[i] = 0.5f * x[i] * (1.0f + erf);
  }
}

// d/dx x Phi(x) = Phi(x) + x phi(x), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
C3N_MULTIVERSIONED
void c3n_gelu_backward(float *dx, const float *dy, const float *restrict x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float gaussian;
    float erf = c3n_erf(x[i] * 0.70710678118654752f, &gaussian);
    dx[i] = dy[i] * (0.5f * (1.0f + erf) + x[i] * gaussian * 0.39894228040143268f);
  }
}
