// Depthwise convolutions of any window: a pixel is a sum over the taps that it sees.
#include "dispatch.h"

#pragma clang fp contract(fast)
#define TEMPLATE "depthwise_kernel.h"
#include "builds.h"

void c3n_depthwise(float *y, const float *x, const float *weight, const float *bias, const c3n_window *w, int64_t first,
                   int64_t count) {
  const int64_t channels = w->channels;
  const float *inputs[w->kernel_height * w->kernel_width], *taps[w->kernel_height * w->kernel_width];
  for (int64_t r = first; r < first + count; r++) {
    const float *map = x + r / w->output_height * w->height * w->width * channels;
    const int64_t top = r % w->output_height * w->stride - w->pad_top;
    for (int64_t ox = 0; ox < w->output_width; ox++) {
      const int64_t left = ox * w->stride - w->pad_left;
      int64_t seen = 0;
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t iy = top + ky * w->dilation;
        if (iy < 0 || iy >= w->height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t ix = left + kx * w->dilation;
          if (ix < 0 || ix >= w->width) continue;
          inputs[seen] = map + (iy * w->width + ix) * channels;
          taps[seen++] = weight + (ky * w->kernel_width + kx) * channels;
        }
      }
      float *out = y + (r * w->output_width + ox) * channels;
      C3N_CALL(c3n_gather, out, inputs, taps, seen, bias, channels);
    }
  }
}

void c3n_depthwise_backward(float *dx, const float *dy, const float *weight, const c3n_window *w, int64_t first,
                            int64_t count) {
  const int64_t channels = w->channels;
  const float *inputs[w->kernel_height * w->kernel_width], *taps[w->kernel_height * w->kernel_width];
  for (int64_t r = first; r < first + count; r++) {
    const float *map = dy + r / w->height * w->output_height * w->output_width * channels;
    for (int64_t ix = 0; ix < w->width; ix++) {
      int64_t seen = 0;
      for (int64_t ky = 0; ky < w->kernel_height; ky++) {
        const int64_t ty = r % w->height + w->pad_top - ky * w->dilation;
        if (ty < 0 || ty % w->stride || ty / w->stride >= w->output_height) continue;
        for (int64_t kx = 0; kx < w->kernel_width; kx++) {
          const int64_t tx = ix + w->pad_left - kx * w->dilation;
          if (tx < 0 || tx % w->stride || tx / w->stride >= w->output_width) continue;
          inputs[seen] = map + (ty / w->stride * w->output_width + tx / w->stride) * channels;
          taps[seen++] = weight + (ky * w->kernel_width + kx) * channels;
        }
      }
      float *out = dx + (r * w->width + ix) * channels;
      C3N_CALL(c3n_gather, out, inputs, taps, seen, 0, channels);
    }
  }
}

// Row by row, so that what a row reads stays in the cache while all channels pass; a row's sum is added to those before.
void c3n_depthwise_backward_parameters(float *dweight, const float *dy, const float *x, const c3n_window *w,
                                       int64_t frames, int64_t first, int64_t count) {
  const int64_t channels = w->channels;
  for (int64_t r = 0; r < frames * w->output_height; r++) {
    const float *map = x + r / w->output_height * w->height * w->width * channels;
    const float *row = dy + r * w->output_width * channels;
    for (int64_t ky = 0; ky < w->kernel_height; ky++) {
      const int64_t iy = r % w->output_height * w->stride - w->pad_top + ky * w->dilation;
      if (iy < 0 || iy >= w->height) continue;
      float *taps = dweight + ky * w->kernel_width * channels;
      C3N_CALL(c3n_tap_row, taps, row, map + iy * w->width * channels, w, first, count);
    }
  }
}
