#include "CKernels.h"
#include "vector_math.h"

// The sums of one frame that the segmentation loss is made of, and the probabilities. Stable for any finite logit:
// -(y log p + (1 - y) log(1 - p)) = max(x, 0) - x y + log(1 + exp(-|x|)).
C3N_MULTIVERSIONED
void c3n_segmentation_sums(float *restrict probabilities, const float *restrict logits, const float *restrict truth,
                           size_t count, double *restrict sums) {
  double entropy = 0, hits = 0, predicted = 0, positives = 0;
  for (size_t i = 0; i < count; i++) {
    float x = logits[i], y = truth[i];
    float p = c3n_sigmoid_of(x);
    probabilities[i] = p;
    entropy += (x > 0 ? x : 0) - x * y + log1pf(c3n_exp(x > 0 ? -x : x));
    hits += p * y;
    predicted += p;
    positives += y;
  }
  sums[0] = entropy;
  sums[1] = hits;
  sums[2] = predicted;
  sums[3] = positives;
}

// d/dx of scale_entropy * (sum of cross entropies) + (a constant per true pixel, a constant per pixel) through p.
C3N_MULTIVERSIONED
void c3n_segmentation_gradient(float *restrict dx, const float *restrict probabilities, const float *restrict truth,
                               float entropy, float hit, float each, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float p = probabilities[i], y = truth[i];
    dx[i] = entropy * (p - y) + (hit * y + each) * p * (1 - p);
  }
}

// Kingma and Ba's Adam as PyTorch computes it: value -= rate m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon), where
// `rate` has 1 / (1 - beta1^t) in it and `correction` is sqrt(1 - beta2^t).
C3N_MULTIVERSIONED
void c3n_adam(float *restrict value, float *restrict m, float *restrict v, const float *restrict gradient, float beta1,
              float beta2, float rate, float correction, float epsilon, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i];
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    value[i] -= rate * m[i] / (sqrtf(v[i]) / correction + epsilon);
  }
}

// An exponential moving average goes on by a step; an average that equals the value stays.
C3N_MULTIVERSIONED
void c3n_move_average(float *restrict average, const float *restrict value, float share, size_t count) {
  for (size_t i = 0; i < count; i++) average[i] += share * (value[i] - average[i]);
}
