// Depthwise 3x3 convolution of stride 1 and padding 1, and GELU upon it: PVTv2's positional one. The channels are a
// multiple of 16, and at most `most_channels`.
#include "dispatch.h"

#pragma clang fp contract(fast)
#define TEMPLATE "neighbours_kernel.h"
#include "builds.h"

enum { most_channels = 4096 };
static const float c3n_zeros[most_channels];

int c3n_neighbours_fit(int64_t channels) { return channels % 16 == 0 && channels <= most_channels; }

void c3n_neighbours(const c3n_neighbour_pass *n, int64_t first_row, int64_t rows) {
  const int64_t line = n->width * n->channels;
  for (int64_t r = first_row; r < first_row + rows; r++)
    for (int64_t left = 0; left < n->width; left += 4) {
      const float *inputs[18];
      for (int i = 0; i < 18; i++) {
        const int64_t y = r % n->height + i / 6 - 1, x = left + i % 6 - 1;
        const int inside = y >= 0 && y < n->height && x >= 0 && x < n->width;
        inputs[i] = inside ? n->x + (r + i / 6 - 1) * line + x * n->channels : c3n_zeros;
      }
      const int64_t pixels = n->width - left < 4 ? n->width - left : 4;
      C3N_CALL(c3n_neighbours, n, inputs, r * line + left * n->channels, pixels);
    }
}
