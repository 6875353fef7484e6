#include "vector_kernel.h"

// out[c] = bias[c] + sum over i of inputs[i][c] taps[i][c]: four vectors of channels at a time, sums in registers.
static void NAME(c3n_gather)(float *restrict out, const float *const *inputs, const float *const *taps, int64_t count,
                             const float *bias, int64_t channels) {
  int64_t c = 0;
  for (; c + 4 * WIDTH <= channels; c += 4 * WIDTH) {
    NAME(float_vec) sums[4];
#pragma unroll
    for (int v = 0; v < 4; v++)
      sums[v] = bias ? *(const NAME(float_vec) *)(bias + c + v * WIDTH) : (NAME(float_vec)){0};
    for (int64_t i = 0; i < count; i++) {
      const float *in = inputs[i] + c, *tap = taps[i] + c;
#pragma unroll
      for (int v = 0; v < 4; v++)
        sums[v] += *(const NAME(float_vec) *)(in + v * WIDTH) * *(const NAME(float_vec) *)(tap + v * WIDTH);
    }
#pragma unroll
    for (int v = 0; v < 4; v++) *(NAME(float_vec) *)(out + c + v * WIDTH) = sums[v];
  }
  for (; c + WIDTH <= channels; c += WIDTH) {
    NAME(float_vec) sum = bias ? *(const NAME(float_vec) *)(bias + c) : (NAME(float_vec)){0};
    for (int64_t i = 0; i < count; i++)
      sum += *(const NAME(float_vec) *)(inputs[i] + c) * *(const NAME(float_vec) *)(taps[i] + c);
    *(NAME(float_vec) *)(out + c) = sum;
  }
  for (; c < channels; c++) {
    float sum = bias ? bias[c] : 0;
    for (int64_t i = 0; i < count; i++) sum += inputs[i][c] * taps[i][c];
    out[c] = sum;
  }
}

// Adds d x of one row of output pixels to the gradients of `taps` neighbouring taps, of one vector of channels. `x`
// points to what the first tap of the first pixel reads, which may be outside of the row.
static inline __attribute__((always_inline)) void NAME(c3n_taps)(float *dweight, const float *dy, const float *x,
                                                                 const c3n_window *w, int64_t left, const int taps) {
  const int64_t channels = w->channels;
  NAME(float_vec) sums[5];
#pragma unroll
  for (int k = 0; k < taps; k++) sums[k] = (NAME(float_vec)){0};
  for (int64_t ox = 0; ox < w->output_width; ox++) {
    const NAME(float_vec) d = *(const NAME(float_vec) *)(dy + ox * channels);
    const int64_t ix = ox * w->stride + left;
    if (ix >= 0 && ix + (taps - 1) * w->dilation < w->width) {
#pragma unroll
      for (int k = 0; k < taps; k++) sums[k] += d * *(const NAME(float_vec) *)(x + (ix + k * w->dilation) * channels);
    } else {
#pragma unroll
      for (int k = 0; k < taps; k++) {
        const int64_t at = ix + k * w->dilation;
        if (at >= 0 && at < w->width) sums[k] += d * *(const NAME(float_vec) *)(x + at * channels);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < taps; k++) *(NAME(float_vec) *)(dweight + k * channels) += sums[k];
}

// One output row, whose first pixel is at `dy`, and one input row, for a row of taps and channels [c, c + count).
static void NAME(c3n_tap_row)(float *dweight, const float *dy, const float *x, const c3n_window *w, int64_t c,
                              int64_t count) {
  const int64_t channels = w->channels, end = c + count;
  for (; c + WIDTH <= end; c += WIDTH)
    switch (w->kernel_width) {
      case 3: NAME(c3n_taps)(dweight + c, dy + c, x + c, w, -w->pad_left, 3); break;
      case 5: NAME(c3n_taps)(dweight + c, dy + c, x + c, w, -w->pad_left, 5); break;
      default:
        for (int64_t kx = 0; kx < w->kernel_width; kx++)
          NAME(c3n_taps)(dweight + kx * channels + c, dy + c, x + c, w, kx * w->dilation - w->pad_left, 1);
    }
  for (; c < end; c++)
    for (int64_t kx = 0; kx < w->kernel_width; kx++) {
      float sum = 0;
      for (int64_t ox = 0; ox < w->output_width; ox++) {
        const int64_t ix = ox * w->stride + kx * w->dilation - w->pad_left;
        if (ix >= 0 && ix < w->width) sum += dy[ox * channels + c] * x[ix * channels + c];
      }
      dweight[kx * channels + c] += sum;
    }
}
