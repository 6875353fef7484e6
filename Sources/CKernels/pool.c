#include "CKernels.h"
#include <string.h>

// Windows of 2 x 2 with stride 2; a last odd row or column is left out.
C3N_MULTIVERSIONED
void c3n_average_pool_2x2(float *restrict y, const float *restrict x, int64_t height, int64_t width, int64_t channels,
                          int64_t frames) {
  const int64_t output_height = height / 2, output_width = width / 2;
  for (int64_t r = 0; r < frames * output_height; r++) {
    const float *top = x + (r / output_height * height + r % output_height * 2) * width * channels;
    const float *bottom = top + width * channels;
    for (int64_t ox = 0; ox < output_width; ox++) {
      const float *a = top + 2 * ox * channels, *b = bottom + 2 * ox * channels;
      float *out = y + (r * output_width + ox) * channels;
      for (int64_t c = 0; c < channels; c++) out[c] = (a[c] + a[c + channels] + b[c] + b[c + channels]) * 0.25f;
    }
  }
}

// Every input of a window gets a quarter of its gradient; a last odd row or column gets none.
C3N_MULTIVERSIONED
void c3n_average_pool_2x2_backward(float *restrict dx, const float *restrict dy, int64_t height, int64_t width,
                                   int64_t channels, int64_t frames) {
  const int64_t output_height = height / 2, output_width = width / 2;
  for (int64_t r = 0; r < frames * height; r++) {
    const int64_t oy = r % height / 2;
    const float *in = dy + (r / height * output_height + oy) * output_width * channels;
    float *out = dx + r * width * channels;
    for (int64_t x = 0; x < width; x++) {
      const int inside = oy < output_height && x / 2 < output_width;
      for (int64_t c = 0; c < channels; c++)
        out[x * channels + c] = inside ? in[x / 2 * channels + c] * 0.25f : 0;
    }
  }
}

// The first of equal values wins, in the order of the taps; NaN wins over numbers. `taps` says which it was, or is null.
C3N_MULTIVERSIONED
void c3n_max_pool(float *restrict y, uint8_t *restrict taps, const float *restrict x, const c3n_window *w,
                  int64_t first, int64_t count) {
  const int64_t channels = w->channels;
  for (int64_t r = first; r < first + count; r++) {
    const float *map = x + r / w->output_height * w->height * w->width * channels;
    const int64_t top = r % w->output_height * w->stride - w->pad_top;
    for (int64_t ox = 0; ox < w->output_width; ox++) {
      float *out = y + (r * w->output_width + ox) * channels;
      uint8_t *won = taps ? taps + (r * w->output_width + ox) * channels : 0;
      const int64_t left = ox * w->stride - w->pad_left;
      int is_first = 1;
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t iy = top + ky * w->dilation;
        if (iy < 0 || iy >= w->height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t ix = left + kx * w->dilation;
          if (ix < 0 || ix >= w->width) continue;
          const float *in = map + (iy * w->width + ix) * channels;
          const uint8_t tap = (uint8_t)(ky * w->kernel_width + kx);
          if (is_first) {
            memcpy(out, in, (size_t)channels * sizeof(float));
            if (won) memset(won, tap, (size_t)channels);
            is_first = 0;
          } else if (won) {
            for (int64_t c = 0; c < channels; c++) {
              const int wins = in[c] > out[c] || in[c] != in[c];
              out[c] = wins ? in[c] : out[c];
              won[c] = wins ? tap : won[c];
            }
          } else {
            for (int64_t c = 0; c < channels; c++) out[c] = in[c] > out[c] || in[c] != in[c] ? in[c] : out[c];
          }
        }
      }
    }
  }
}

// Every input collects the gradients of those windows in which its tap won.
C3N_MULTIVERSIONED
void c3n_max_pool_backward(float *restrict dx, const float *restrict dy, const uint8_t *restrict taps,
                           const c3n_window *w, int64_t first, int64_t count) {
  const int64_t channels = w->channels;
  for (int64_t r = first; r < first + count; r++) {
    const int64_t frame = r / w->height * w->output_height * w->output_width * channels;
    for (int64_t ix = 0; ix < w->width; ix++) {
      float *out = dx + (r * w->width + ix) * channels;
      memset(out, 0, (size_t)channels * sizeof(float));
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t ty = r % w->height + w->pad_top - ky * w->dilation;
        if (ty < 0 || ty % w->stride || ty / w->stride >= w->output_height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t tx = ix + w->pad_left - kx * w->dilation;
          if (tx < 0 || tx % w->stride || tx / w->stride >= w->output_width) continue;
          const int64_t from = frame + (ty / w->stride * w->output_width + tx / w->stride) * channels;
          const uint8_t tap = (uint8_t)(ky * w->kernel_width + kx);
          for (int64_t c = 0; c < channels; c++) out[c] += taps[from + c] == tap ? dy[from + c] : 0;
        }
      }
    }
  }
}
