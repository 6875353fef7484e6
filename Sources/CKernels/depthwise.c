#include "CKernels.h"
#include <string.h>

C3N_MULTIVERSIONED
void c3n_depthwise(float *restrict y, const float *restrict x, const float *restrict weight,
                   const float *restrict bias, const c3n_window *w, int64_t first, int64_t count) {
  const int64_t channels = w->channels;
  for (int64_t r = first; r < first + count; r++) {
    const float *map = x + r / w->output_height * w->height * w->width * channels;
    const int64_t top = r % w->output_height * w->stride - w->pad_top;
    for (int64_t ox = 0; ox < w->output_width; ox++) {
      float *out = y + (r * w->output_width + ox) * channels;
      const int64_t left = ox * w->stride - w->pad_left;
      if (bias)
        memcpy(out, bias, (size_t)channels * sizeof(float));
      else
        memset(out, 0, (size_t)channels * sizeof(float));
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t iy = top + ky * w->dilation;
        if (iy < 0 || iy >= w->height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t ix = left + kx * w->dilation;
          if (ix < 0 || ix >= w->width) continue;
          const float *in = map + (iy * w->width + ix) * channels;
          const float *tap = weight + (ky * w->kernel_width + kx) * channels;
          for (int64_t c = 0; c < channels; c++) out[c] += in[c] * tap[c];
        }
      }
    }
  }
}

C3N_MULTIVERSIONED
void c3n_depthwise_backward(float *restrict dx, const float *restrict dy, const float *restrict weight,
                            const c3n_window *w, int64_t first, int64_t count) {
  const int64_t channels = w->channels;
  for (int64_t r = first; r < first + count; r++) {
    const float *map = dy + r / w->height * w->output_height * w->output_width * channels;
    for (int64_t ix = 0; ix < w->width; ix++) {
      float *out = dx + (r * w->width + ix) * channels;
      memset(out, 0, (size_t)channels * sizeof(float));
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t ty = r % w->height + w->pad_top - ky * w->dilation;
        if (ty < 0 || ty % w->stride || ty / w->stride >= w->output_height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t tx = ix + w->pad_left - kx * w->dilation;
          if (tx < 0 || tx % w->stride || tx / w->stride >= w->output_width) continue;
          const float *in = map + (ty / w->stride * w->output_width + tx / w->stride) * channels;
          const float *tap = weight + (ky * w->kernel_width + kx) * channels;
          for (int64_t c = 0; c < channels; c++) out[c] += in[c] * tap[c];
        }
      }
    }
  }
}

C3N_MULTIVERSIONED
void c3n_depthwise_backward_parameters(float *restrict dweight, const float *restrict dy, const float *restrict x,
                                       const c3n_window *w, int64_t frames) {
  const int64_t channels = w->channels;
  for (int64_t r = 0; r < frames * w->output_height; r++) {
    const float *map = x + r / w->output_height * w->height * w->width * channels;
    for (int64_t ox = 0; ox < w->output_width; ox++) {
      const float *d = dy + (r * w->output_width + ox) * channels;
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t iy = r % w->output_height * w->stride - w->pad_top + ky * w->dilation;
        if (iy < 0 || iy >= w->height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t ix = ox * w->stride - w->pad_left + kx * w->dilation;
          if (ix < 0 || ix >= w->width) continue;
          const float *in = map + (iy * w->width + ix) * channels;
          float *tap = dweight + (ky * w->kernel_width + kx) * channels;
          for (int64_t c = 0; c < channels; c++) tap[c] += in[c] * d[c];
        }
      }
    }
  }
}
