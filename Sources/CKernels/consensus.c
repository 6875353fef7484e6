#include "CKernels.h"

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
