#include "CKernels.h"

// Sums run in double: maps have tens of thousands of rows, and the variance is a small difference.
enum { block = 512 };

C3N_MULTIVERSIONED
void c3n_batch_statistics(float *restrict mean, float *restrict variance, const float *restrict x, size_t rows,
                          size_t columns) {
  for (size_t first = 0; first < columns; first += block) {
    const size_t width = columns - first < block ? columns - first : block;
    double sums[block] = {0}, squares[block] = {0};
    for (size_t r = 0; r < rows; r++)
      for (size_t c = 0; c < width; c++) sums[c] += x[r * columns + first + c];
    for (size_t c = 0; c < width; c++) sums[c] /= (double)rows;
    for (size_t r = 0; r < rows; r++)
      for (size_t c = 0; c < width; c++) {
        double d = x[r * columns + first + c] - sums[c];
        squares[c] += d * d;
      }
    for (size_t c = 0; c < width; c++) {
      mean[first + c] = (float)sums[c];
      variance[first + c] = (float)(squares[c] / (double)rows);
    }
  }
}

// With n = (x - mean) scale: dgamma = sum of dy n, dbeta = sum of dy.
C3N_MULTIVERSIONED
void c3n_batchnorm_sums(float *restrict dgamma, float *restrict dbeta, const float *restrict dy,
                        const float *restrict x, const float *restrict mean, const float *restrict scale, size_t rows,
                        size_t columns) {
  for (size_t first = 0; first < columns; first += block) {
    const size_t width = columns - first < block ? columns - first : block;
    double gammas[block] = {0}, betas[block] = {0};
    for (size_t r = 0; r < rows; r++)
      for (size_t c = 0; c < width; c++) {
        float d = dy[r * columns + first + c];
        gammas[c] += d * (x[r * columns + first + c] - mean[first + c]);
        betas[c] += d;
      }
    for (size_t c = 0; c < width; c++) {
      dgamma[first + c] = (float)(gammas[c] * scale[first + c]);
      dbeta[first + c] = (float)betas[c];
    }
  }
}

// dx = gamma scale (dy - mean of dy - n mean of (dy n)), where the means are over all rows of the batch.
C3N_MULTIVERSIONED
void c3n_batchnorm_backward(float *restrict dx, const float *restrict dy, const float *restrict x,
                            const float *restrict mean, const float *restrict scale, const float *restrict gamma,
                            const float *restrict dgamma, const float *restrict dbeta, size_t batch, size_t rows,
                            size_t columns) {
  const float share = 1.0f / (float)batch;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) {
      size_t i = r * columns + c;
      float n = (x[i] - mean[c]) * scale[c];
      dx[i] = gamma[c] * scale[c] * (dy[i] - share * dbeta[c] - n * share * dgamma[c]);
    }
}
