// 3x3 convolutions of stride 1 and padding 1 with 36 multiplications for 16 outputs instead of 144: transformed tiles
// V [36][tiles][in] times transformed kernels U [36][in][out] are 36 products, whose sums are transformed back. U is
// packed in panels [out / 32][36][in][32]. Channels, at most 1024, and outputs are multiples of 16.
#include "tile.h"

#pragma clang fp contract(fast)
#define TEMPLATE "winograd_kernel.h"
#include "builds.h"

// Tiles that pass together: U is read once for all of them. Their V is of the size of the second-level cache; the sums
// of a panel are transformed back while they are in it.
enum { tile_block = 28, most_channels = 1024 };
static const float c3n_zeros[most_channels];

static int64_t c3n_row(int64_t channels) { return channels + 16; }  // rows that do not all fall on the same cache sets

static int64_t c3n_panels(int64_t outputs) { return (outputs + c3n_panel - 1) / c3n_panel; }

size_t c3n_winograd_weight_count(int64_t channels, int64_t outputs) {
  return (size_t)(c3n_panels(outputs) * 36 * channels * c3n_panel);
}

int64_t c3n_winograd_tiles(const c3n_winograd *w) { return w->frames * ((w->height + 3) / 4) * ((w->width + 3) / 4); }

size_t c3n_winograd_scratch(const c3n_winograd *w) {
  return (size_t)(36 * tile_block * (c3n_row(w->channels) + c3n_panel));
}

// Panels [first, first + count) of U, from kernels [out][3][3][in]; or, for the way back, from the same kernels turned
// by half a turn with inputs and outputs exchanged: [in][3][3][out], where `channels` is still what is summed over.
void c3n_winograd_pack(float *u, const float *kernels, int64_t channels, int64_t outputs, int backward, int64_t first,
                       int64_t count, float *scratch) {
  for (int64_t panel = first; panel < first + count; panel++) {
    const int64_t column = panel * c3n_panel;
    const int64_t width = outputs - column < c3n_panel ? outputs - column : c3n_panel;
    for (int64_t tap = 0; tap < 9; tap++) {
      float *taps = scratch + tap * channels * c3n_panel;
      if (backward)
        c3n_pack(taps, kernels + (8 - tap) * outputs, 9 * outputs, 0, 0, channels, column, width);
      else
        c3n_pack(taps, kernels + tap * channels, 9 * channels, 1, 0, channels, column, width);
    }
    float *out = u + panel * 36 * channels * c3n_panel;
    for (int64_t c = 0; c < channels; c++)
      C3N_CALL(c3n_winograd_weights, out + c * c3n_panel, channels * c3n_panel, scratch + c * c3n_panel,
               channels * c3n_panel);
  }
}

// Where the 6 x 6 inputs of a tile are, or zeros.
static void c3n_winograd_pixels(const c3n_winograd *w, int64_t tile, const float **pixels) {
  const int64_t down = (w->height + 3) / 4, across = (w->width + 3) / 4, frame = tile / (down * across);
  const int64_t top = tile / across % down * 4 - 1, left = tile % across * 4 - 1;
  const float *map = w->x + frame * w->height * w->width * w->channels;
  for (int i = 0; i < 36; i++) {
    const int64_t y = top + i / 6, x = left + i % 6;
    const int inside = frame < w->frames && y >= 0 && y < w->height && x >= 0 && x < w->width;
    pixels[i] = inside ? map + (y * w->width + x) * w->channels : c3n_zeros;
  }
}

static void c3n_winograd_tile_block(const c3n_winograd *w, const float *u, int64_t first, int64_t count, float *v,
                                    float *sums) {
  const int64_t down = (w->height + 3) / 4, across = (w->width + 3) / 4;
  const int64_t v_row = c3n_row(w->channels);
  const float *pixels[2][36];
  c3n_winograd_pixels(w, first, pixels[0]);
  for (int64_t t = 0; t < count; t++) {
    const float **here = pixels[t & 1], **next = pixels[~t & 1];
    c3n_winograd_pixels(w, first + t + 1, next);
    C3N_CALL(c3n_winograd_input, v + t * v_row, tile_block * v_row, here, next, w->channels);
  }

  const c3n_multiplier multiply = c3n_tile_multiplier();
  const int64_t slab_rows = c3n_slab_rows();
  for (int64_t column = 0; column < w->outputs; column += c3n_panel) {
    for (int64_t i = 0; i < 36; i++)
      for (int64_t row = 0; row < count; row += slab_rows) {
        const c3n_segment segment = {v + (i * tile_block + row) * v_row, 0, w->channels};
        const c3n_tile tile = {.segments = &segment,
                               .segment_count = 1,
                               .row_step = v_row,
                               .depth_step = 1,
                               .next = segment.a + slab_rows * v_row,
                               .panel = u + (column * 36 + i * c3n_panel) * w->channels,
                               .c = sums + (i * tile_block + row) * c3n_panel,
                               .c_stride = c3n_panel,
                               .rows = count - row < slab_rows ? count - row : slab_rows,
                               .columns = c3n_panel,
                               .finish = {.alpha = 1}};
        multiply(&tile);
      }
    for (int64_t t = 0; t < count; t++) {
      const int64_t frame = (first + t) / (down * across);
      const int64_t top = (first + t) / across % down * 4, left = (first + t) % across * 4;
      C3N_CALL(c3n_winograd_output, w, (frame * w->height + top) * w->width + left, column,
               w->height - top < 4 ? w->height - top : 4, w->width - left < 4 ? w->width - left : 4,
               sums + t * c3n_panel, tile_block * c3n_panel);
    }
  }
}

void c3n_winograd_block(const c3n_winograd *w, const float *u, int64_t first, int64_t count, float *scratch) {
  float *sums = scratch + 36 * tile_block * c3n_row(w->channels);
  for (int64_t t = first; t < first + count; t += tile_block)
    c3n_winograd_tile_block(w, u, t, first + count - t < tile_block ? first + count - t : tile_block, scratch, sums);
}
