#include "CKernels.h"
#include "vector_math.h"

C3N_MULTIVERSIONED
static float c3n_row_maximum(const float *restrict row, const float *restrict audio, float visual, size_t count) {
#pragma clang fp reassociate(on)
  float best = row[0] * audio[0] * visual;
  for (size_t j = 1; j < count; j++) {
    float value = row[j] * audio[j] * visual;
    best = value > best ? value : best;
  }
  return best;
}

void c3n_reweighted_maximum(const float *similarity, const float *audio, const float *visual, size_t visual_count,
                            size_t audio_count, float *maximum, int64_t *visual_index, int64_t *audio_index) {
  size_t best_row = 0;
  float best = 0;
  for (size_t k = 0; k < visual_count; k++) {
    float value = c3n_row_maximum(similarity + k * audio_count, audio, visual[k], audio_count);
    if (k == 0 || value > best) {
      best = value;
      best_row = k;
    }
  }
  const float *row = similarity + best_row * audio_count;
  size_t best_column = 0;
  float column_value = row[0] * audio[0] * visual[best_row];
  for (size_t j = 1; j < audio_count; j++) {
    float value = row[j] * audio[j] * visual[best_row];
    if (value > column_value) {
      column_value = value;
      best_column = j;
    }
  }
  *maximum = column_value;
  *visual_index = (int64_t)best_row;
  *audio_index = (int64_t)best_column;
}

// With Vc = v gates, s = sigmoid(mean of Vc) and y = Vc s: dv = gates (dy s + s (1 - s) mean of (dy Vc)).
C3N_MULTIVERSIONED
void c3n_attention_backward(float *restrict dv, const float *restrict dy, const float *restrict v,
                            const float *restrict gates, size_t positions, size_t channels) {
#pragma clang fp reassociate(on) contract(fast)
  const float share = 1.0f / (float)channels;
  for (size_t p = 0; p < positions; p++) {
    const float *in = v + p * channels, *d = dy + p * channels;
    float mean = 0, projection = 0;
    for (size_t c = 0; c < channels; c++) {
      float gated = in[c] * gates[c];
      mean += gated;
      projection += d[c] * gated;
    }
    float s = c3n_sigmoid_of(mean * share);
    float through = s * (1 - s) * projection * share;
    float *out = dv + p * channels;
    for (size_t c = 0; c < channels; c++) out[c] = gates[c] * (d[c] * s + through);
  }
}
