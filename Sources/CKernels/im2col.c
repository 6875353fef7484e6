#include "CKernels.h"
#include <string.h>

void c3n_im2col(float *columns, const float *x, const c3n_window *w, int64_t first, int64_t count) {
  const int64_t channels = w->channels, pixels = w->output_height * w->output_width;
  const size_t bytes = (size_t)channels * sizeof(float);
  for (int64_t p = first; p < first + count; p++) {
    const float *map = x + p / pixels * w->height * w->width * channels;
    const int64_t top = p % pixels / w->output_width * w->stride - w->pad_top;
    const int64_t left = p % w->output_width * w->stride - w->pad_left;
    for (int64_t ky = 0; ky < w->kernel_height; ky++) {
      const int64_t y = top + ky * w->dilation;
      if (y < 0 || y >= w->height) {
        memset(columns, 0, bytes * (size_t)w->kernel_width);
        columns += channels * w->kernel_width;
        continue;
      }
      const float *row = map + y * w->width * channels;
      for (int64_t kx = 0; kx < w->kernel_width; kx++, columns += channels) {
        const int64_t column = left + kx * w->dilation;
        if (column < 0 || column >= w->width)
          memset(columns, 0, bytes);
        else
          memcpy(columns, row + column * channels, bytes);
      }
    }
  }
}

C3N_MULTIVERSIONED
void c3n_col2im(float *restrict dx, const float *restrict columns, const c3n_window *w, int64_t first_row,
                int64_t rows) {
  const int64_t channels = w->channels;
  for (int64_t oy = first_row; oy < first_row + rows; oy++)
    for (int64_t ox = 0; ox < w->output_width; ox++)
      for (int64_t ky = 0; ky < w->kernel_height; ky++)
        for (int64_t kx = 0; kx < w->kernel_width; kx++, columns += channels) {
          const int64_t y = oy * w->stride - w->pad_top + ky * w->dilation;
          const int64_t column = ox * w->stride - w->pad_left + kx * w->dilation;
          if (y < 0 || y >= w->height || column < 0 || column >= w->width) continue;
          float *out = dx + (y * w->width + column) * channels;
          for (int64_t c = 0; c < channels; c++) out[c] += columns[c];
        }
}
