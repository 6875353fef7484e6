#include "CKernels.h"

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
