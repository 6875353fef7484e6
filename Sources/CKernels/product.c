#include "tile.h"
#include "vector_math.h"
#include <string.h>

#pragma clang fp contract(fast)
#define TEMPLATE "product_kernel.h"
#include "builds.h"

c3n_multiplier c3n_tile_multiplier(void) {
  switch (c3n_cpu()) {
#if C3N_HAS_WIDE
    case C3N_CPU_AVX512: return c3n_tile_multiply_avx512;
    case C3N_CPU_AVX2: return c3n_tile_multiply_avx2;
#endif
    default: return c3n_tile_multiply_baseline;
  }
}

// A block of B is packed and stays in the second-level cache (512 KiB) while the rows of A stream past it, a slab at a
// time, which stays in the first level.
enum { depth_block = 512, block_size = 512 * 288, most_taps = 64 };

// Maps of so few pixels, 3 x 2 and 6 x 4 in PANNs' last blocks, have more of their windows outside than inside.
enum { few_pixels = 32 };

// Rows that are so far apart, or multiples of this, fall on the same cache sets; copied into a slab they do not.
enum { far_apart = 1300 };

size_t c3n_product_scratch(const c3n_product *p) {
  const int64_t depth = p->depth < depth_block ? p->depth : depth_block;
  return (size_t)(block_size + 16 * (depth + 16));
}

// Rows first, first + step, ... of the unfolded map, depth [k0, k0 + depth): copied into the slab without the taps at
// which all of these rows see padding.
static int64_t c3n_gather(float *slab, int64_t slab_stride, c3n_segment *segments, const float *x, const c3n_map *m,
                          int64_t first, int64_t step, int64_t rows, int64_t k0, int64_t depth) {
  const float *maps[16];
  int64_t tops[16], lefts[16];
  const int64_t pixels = m->output_height * m->output_width;
  for (int64_t i = 0; i < rows; i++) {
    const int64_t p = first + i * step;
    maps[i] = x + p / pixels * m->height * m->width * m->channels;
    tops[i] = p % pixels / m->output_width * m->stride;
    lefts[i] = p % m->output_width * m->stride;
  }
  int64_t count = 0, used = 0;
  for (int64_t k = k0; k < k0 + depth;) {
    const int64_t tap = k / m->channels, channel = k % m->channels;
    const int64_t rest = k0 + depth - k, length = m->channels - channel < rest ? m->channels - channel : rest;
    const float *sources[16];
    int seen = 0;
    for (int64_t i = 0; i < rows; i++) {
      const int64_t y = tops[i] + m->taps[tap].row, c = lefts[i] + m->taps[tap].column;
      const int inside = y >= 0 && y < m->height && c >= 0 && c < m->width;
      sources[i] = inside ? maps[i] + (y * m->width + c) * m->channels + channel : 0;
      seen |= inside;
    }
    if (seen) {
      for (int64_t i = 0; i < rows; i++) {
        float *out = slab + i * slab_stride + used;
        if (sources[i])
          memcpy(out, sources[i], (size_t)length * sizeof(float));
        else
          memset(out, 0, (size_t)length * sizeof(float));
      }
      if (count > 0 && segments[count - 1].depth_offset + segments[count - 1].depth == k - k0)
        segments[count - 1].depth += length;
      else
        segments[count++] = (c3n_segment){slab + used, k - k0, length};
      used += length;
    }
    k += length;
  }
  return count;
}

void c3n_product_pack(const c3n_product *p, float *panels, int64_t first, int64_t columns) {
  c3n_pack(panels + first * p->depth, p->b, p->b_stride, p->b_transposed, 0, p->depth, first, columns);
}

// The size of equal parts of `total`, none above `limit`, in whole `units`, of which the limit is a multiple.
static int64_t c3n_even_share(int64_t total, int64_t limit, int64_t unit) {
  const int64_t parts = (total + limit - 1) / limit;
  return ((total + parts - 1) / parts + unit - 1) / unit * unit;
}

void c3n_product_block(const c3n_product *p, int64_t first_row, int64_t rows, int64_t first_column, int64_t columns,
                       float *scratch) {
  // Blocks of depth end where a tap does, so that whole taps can be left out.
  int64_t step = c3n_even_share(p->depth, depth_block, 16);
  if (p->map && p->map->channels < depth_block) step = depth_block / p->map->channels * p->map->channels;
  if (p->map && step / p->map->channels > most_taps) step = most_taps * p->map->channels;
  const c3n_multiplier multiply = c3n_tile_multiplier();
  const int64_t slab_rows = c3n_slab_rows();
  const int64_t slab_stride = (p->depth < depth_block ? p->depth : depth_block) + 16;
  float *slab = scratch + block_size;
  c3n_segment segments[most_taps];

  // On maps of a few pixels most taps see padding at one pixel or another: there a slab is one pixel of all frames.
  const int64_t pixels = p->map ? p->map->output_height * p->map->output_width : 1;
  const int by_pixel = p->map && pixels <= few_pixels && first_row == 0 && rows % pixels == 0 &&
                       rows / pixels >= 4 && rows / pixels <= slab_rows;
  const int64_t row_step = by_pixel ? pixels : 1, slab_step = by_pixel ? 1 : slab_rows;
  const int64_t end_row = by_pixel ? pixels : first_row + rows;

  const int64_t column_block =
      c3n_even_share(columns, block_size / (p->depth < step ? p->depth : step) / c3n_panel * c3n_panel, c3n_panel);
  for (int64_t n = first_column; n < first_column + columns; n += column_block) {
    const int64_t width = first_column + columns - n < column_block ? first_column + columns - n : column_block;
    for (int64_t k = 0; k < p->depth; k += step) {
      const int64_t depth = p->depth - k < step ? p->depth - k : step;
      if (!p->panels) c3n_pack(scratch, p->b, p->b_stride, p->b_transposed, k, depth, n, width);
      for (int64_t m = first_row; m < end_row; m += slab_step) {
        c3n_tile tile = {.segments = segments, .segment_count = 1, .row_step = p->a_stride, .depth_step = 1};
        tile.rows = by_pixel ? rows / pixels : end_row - m < slab_rows ? end_row - m : slab_rows;
        if (p->map) {
          tile.row_step = slab_stride;
          tile.segment_count = c3n_gather(slab, slab_stride, segments, p->a, p->map, m, row_step, tile.rows, k, depth);
          if (tile.segment_count == 0 && k > 0 && k + depth < p->depth) continue;  // nothing to add
        } else if (p->a_transposed) {
          tile.row_step = 1;
          tile.depth_step = p->a_stride;
          segments[0] = (c3n_segment){p->a + k * p->a_stride + m, 0, depth};
        } else if (p->a_stride < far_apart || width < 4 * c3n_panel) {
          segments[0] = (c3n_segment){p->a + m * p->a_stride + k, 0, depth};
        } else {
          // Rows of many a stride fall on the same cache sets; in the slab they do not.
          for (int64_t i = 0; i < tile.rows; i++)
            memcpy(slab + i * slab_stride, p->a + (m + i) * p->a_stride + k, (size_t)depth * sizeof(float));
          tile.row_step = slab_stride;
          segments[0] = (c3n_segment){slab, 0, depth};
        }
        tile.c_stride = p->c_stride * row_step;
        tile.finish = (c3n_finish){.alpha = p->alpha,
                                   .accumulate = p->accumulate || k > 0,
                                   .is_last = k + depth == p->depth,
                                   .rectify = p->rectify,
                                   .residual_stride = p->residual_stride * row_step,
                                   .slope_stride = p->slope_stride * row_step};
        // The rows that come next are fetched meanwhile, a share for each panel.
        const int64_t next = p->map || p->a_transposed || m + 2 * slab_rows > first_row + rows ? 0 : slab_rows;
        const int64_t share = (depth * c3n_panel + width - 1) / width;
        for (int64_t j = 0; j < width; j += c3n_panel) {
          for (int64_t i = 0; i < next; i++) {
            const float *row = p->a + (m + next + i) * p->a_stride + k + j / c3n_panel * share;
            for (int64_t l = 0; l < share; l += 16) __builtin_prefetch(row + l, 0, 2);
          }
          const int64_t column = n + j;
          tile.panel = p->panels ? p->panels + column * p->depth + k * c3n_panel : scratch + j * depth;
          tile.columns = width - j < c3n_panel ? width - j : c3n_panel;
          tile.c = p->c + m * p->c_stride + column;
          tile.finish.scale = p->scale ? p->scale + column : 0;
          tile.finish.bias = p->bias ? p->bias + column : 0;
          tile.finish.residual = p->residual ? p->residual + m * p->residual_stride + column : 0;
          tile.finish.slopes = p->slopes ? p->slopes + m * p->slope_stride + column : 0;
          multiply(&tile);
        }
      }
    }
  }
}
