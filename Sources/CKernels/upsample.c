#include "CKernels.h"
#include <string.h>

// Where an output coordinate falls between two input coordinates, by PyTorch's two conventions.
typedef struct {
  int64_t low, high;
  float share;  // of `high`
} c3n_share;

static inline c3n_share c3n_tap_at(int64_t output, int64_t input_size, int64_t output_size, int align_corners) {
  float position;
  if (align_corners) {
    position = output_size > 1 ? (float)output * ((float)(input_size - 1) / (float)(output_size - 1)) : 0;
  } else {
    position = ((float)output + 0.5f) * ((float)input_size / (float)output_size) - 0.5f;
    position = position < 0 ? 0 : position;
  }
  c3n_share tap;
  tap.low = (int64_t)position;
  if (tap.low > input_size - 1) tap.low = input_size - 1;
  tap.high = tap.low + (tap.low < input_size - 1);
  tap.share = position - (float)tap.low;
  return tap;
}

C3N_MULTIVERSIONED
void c3n_upsample(float *restrict y, const float *restrict x, int64_t height, int64_t width, int64_t channels,
                  int64_t output_height, int64_t output_width, int align_corners, int64_t first, int64_t count) {
  for (int64_t r = first; r < first + count; r++) {
    const c3n_share v = c3n_tap_at(r % output_height, height, output_height, align_corners);
    const float *map = x + r / output_height * height * width * channels;
    for (int64_t ox = 0; ox < output_width; ox++) {
      const c3n_share h = c3n_tap_at(ox, width, output_width, align_corners);
      const float *a = map + (v.low * width + h.low) * channels, *b = map + (v.low * width + h.high) * channels;
      const float *c = map + (v.high * width + h.low) * channels, *d = map + (v.high * width + h.high) * channels;
      const float wa = (1 - v.share) * (1 - h.share), wb = (1 - v.share) * h.share;
      const float wc = v.share * (1 - h.share), wd = v.share * h.share;
      float *out = y + (r * output_width + ox) * channels;
      for (int64_t k = 0; k < channels; k++) out[k] = wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k];
    }
  }
}

C3N_MULTIVERSIONED
void c3n_upsample_backward(float *restrict dx, const float *restrict dy, int64_t height, int64_t width,
                           int64_t channels, int64_t output_height, int64_t output_width, int align_corners,
                           int64_t frames) {
  memset(dx, 0, (size_t)(frames * height * width * channels) * sizeof(float));
  for (int64_t r = 0; r < frames * output_height; r++) {
    const c3n_share v = c3n_tap_at(r % output_height, height, output_height, align_corners);
    float *map = dx + r / output_height * height * width * channels;
    for (int64_t ox = 0; ox < output_width; ox++) {
      const c3n_share h = c3n_tap_at(ox, width, output_width, align_corners);
      const float weights[4] = {(1 - v.share) * (1 - h.share), (1 - v.share) * h.share, v.share * (1 - h.share),
                                v.share * h.share};
      const int64_t targets[4] = {v.low * width + h.low, v.low * width + h.high, v.high * width + h.low,
                                  v.high * width + h.high};
      const float *d = dy + (r * output_width + ox) * channels;
      for (int t = 0; t < 4; t++) {
        float *out = map + targets[t] * channels;
        for (int64_t k = 0; k < channels; k++) out[k] += weights[t] * d[k];
      }
    }
  }
}
