#include "CKernels.h"
#include <math.h>

C3N_MULTIVERSIONED
void c3n_layernorm(float *restrict y, float *restrict statistics, const float *restrict x,
                   const float *restrict gamma, const float *restrict beta, float epsilon, size_t rows,
                   size_t columns) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = y + r * columns;
    float sum = 0;
    for (size_t c = 0; c < columns; c++) sum += in[c];
    float mean = sum / (float)columns;
    float squares = 0;
    for (size_t c = 0; c < columns; c++) squares += (in[c] - mean) * (in[c] - mean);
    float scale = 1.0f / sqrtf(squares / (float)columns + epsilon);
    for (size_t c = 0; c < columns; c++) out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
    if (statistics) {
      statistics[2 * r] = mean;
      statistics[2 * r + 1] = scale;
    }
  }
}

// With n = (x - mean) scale and g = gamma dy: dx = scale (g - mean(g) - n mean(g n)) + residual
C3N_MULTIVERSIONED
void c3n_layernorm_backward(float *restrict dx, const float *restrict dy, const float *restrict x,
                            const float *restrict statistics, const float *restrict gamma,
                            const float *restrict residual, size_t rows, size_t columns) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns, *d = dy + r * columns;
    float mean = statistics[2 * r], scale = statistics[2 * r + 1];
    float sum = 0, projection = 0;
    for (size_t c = 0; c < columns; c++) {
      float g = gamma[c] * d[c];
      sum += g;
      projection += g * (in[c] - mean);
    }
    sum /= (float)columns;
    projection *= scale / (float)columns;
    float *out = dx + r * columns;
    if (residual) {
      const float *added = residual + r * columns;
      for (size_t c = 0; c < columns; c++)
        out[c] = added[c] + scale * (gamma[c] * d[c] - sum - (in[c] - mean) * scale * projection);
    } else {
      for (size_t c = 0; c < columns; c++)
        out[c] = scale * (gamma[c] * d[c] - sum - (in[c] - mean) * scale * projection);
    }
  }
}

C3N_MULTIVERSIONED
void c3n_layernorm_backward_parameters(float *restrict dgamma, float *restrict dbeta, const float *restrict dy,
                                       const float *restrict x, const float *restrict statistics, size_t rows,
                                       size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float mean = statistics[2 * r], scale = statistics[2 * r + 1];
    for (size_t c = 0; c < columns; c++) {
      float d = dy[r * columns + c];
      dgamma[c] += d * (x[r * columns + c] - mean) * scale;
      dbeta[c] += d;
    }
  }
}
