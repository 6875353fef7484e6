// C tile [rows <= slab, columns <= 32] = sum over segments of A [rows, depth] times a panel of B [depth, 32], then the
// finish. Sums stay in registers from the first to the last segment. Where few columns are left, so are the vectors.

#include "vector_kernel.h"

typedef float NAME(vec) __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t NAME(vec_bits) __attribute__((vector_size(WIDTH * 4)));

#undef C3N_EACH_SUM
#define C3N_EACH_SUM(statement)                                                    \
  do {                                                                             \
    _Pragma("unroll") for (int i = 0; i < rows; i++)                               \
        _Pragma("unroll") for (int v = 0; v < vectors; v++) statement;             \
  } while (0)

static inline __attribute__((always_inline)) void NAME(c3n_tile_of)(const c3n_tile *t, const int rows,
                                                                     const int vectors, int64_t row, int64_t column) {
  NAME(vec) sums[ROWS][VECTORS];
#pragma unroll
  for (int i = 0; i < rows; i++)
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[i][v] = (NAME(vec)){0};

  // What the tile will write, and what its finish reads, is fetched while it is computed.
  const c3n_finish *f = &t->finish;
  float *c = t->c + row * t->c_stride + column;
#pragma unroll
  for (int i = 0; i < rows; i++)
#pragma unroll
    for (int v = 0; v < vectors * WIDTH; v += 16) {
      __builtin_prefetch(c + i * t->c_stride + v, 1);
      if (f->is_last && f->residual) __builtin_prefetch(f->residual + (row + i) * f->residual_stride + column + v);
    }
  if (f->is_last && f->slopes)
#pragma unroll
    for (int i = 0; i < rows; i++) __builtin_prefetch(f->slopes + (row + i) * f->slope_stride + column);

  // A is fetched 16 floats of a row at a time, a row at each step: so many streams are more than a processor follows.
  const int64_t row_step = t->row_step, depth_step = t->depth_step;
  const int64_t stride = depth_step == 1 ? row_step : depth_step;
  const float *next = t->next;
  const int64_t rewind = depth_step == 1 ? 16 - rows * row_step : 0;
  for (int64_t s = 0; s < t->segment_count; s++) {
    const float *a = t->segments[s].a + row * row_step, *b = t->panel + t->segments[s].depth_offset * c3n_panel + column;
    const float *ahead = a + (depth_step == 1 ? 64 : 8 * depth_step);
    int fetched = 0;
    for (int64_t k = t->segments[s].depth; k > 0; k--, a += depth_step, b += c3n_panel) {
      if (next) __builtin_prefetch(next), next += 16;
      __builtin_prefetch(ahead);
      ahead += stride;
      if (++fetched == rows) ahead += rewind, fetched = 0;
      __builtin_prefetch(b + 24 * c3n_panel);
      __builtin_prefetch(b + 24 * c3n_panel + 16);
      NAME(vec) columns[VECTORS];
#pragma unroll
      for (int v = 0; v < vectors; v++) columns[v] = *(const NAME(vec) *)(b + v * WIDTH);
#pragma unroll
      for (int i = 0; i < rows; i++) {
        const float factor = a[i * row_step];
#pragma unroll
        for (int v = 0; v < vectors; v++) sums[i][v] += columns[v] * factor;
      }
    }
  }

  if (column + vectors * WIDTH > t->columns) {  // the last panel of a product whose columns are no multiple of 32
    float buffer[ROWS][VECTORS * WIDTH];
#pragma unroll
    for (int i = 0; i < rows; i++)
#pragma unroll
      for (int v = 0; v < vectors; v++) *(NAME(vec) *)&buffer[i][v * WIDTH] = sums[i][v];
    for (int i = 0; i < rows; i++)
      for (int64_t j = column; j < t->columns; j++) {
        float x = buffer[i][j - column] * f->alpha;
        float *out = t->c + (row + i) * t->c_stride + j;
        if (f->accumulate) x += *out;
        if (f->is_last) {
          if (f->scale) x *= f->scale[j];
          if (f->bias) x += f->bias[j];
          if (f->rectify) x = x < 0 ? 0 : x;
          if (f->slopes) x *= c3n_slope(f->slopes[(row + i) * f->slope_stride + j]);
          if (f->residual) x += f->residual[(row + i) * f->residual_stride + j];
        }
        *out = x;
      }
    return;
  }
  // Each step goes over all sums, so that its condition is asked once.
  if (f->alpha != 1) C3N_EACH_SUM(sums[i][v] *= f->alpha);
  if (f->accumulate) C3N_EACH_SUM(sums[i][v] += *(const NAME(vec) *)(c + i * t->c_stride + v * WIDTH));
  if (f->is_last) {
    if (f->scale) C3N_EACH_SUM(sums[i][v] *= *(const NAME(vec) *)(f->scale + column + v * WIDTH));
    if (f->bias) C3N_EACH_SUM(sums[i][v] += *(const NAME(vec) *)(f->bias + column + v * WIDTH));
    if (f->rectify)
      C3N_EACH_SUM(sums[i][v] = (NAME(vec))((NAME(vec_bits))sums[i][v] & ~(sums[i][v] < 0)));  // keeps NaN
    if (f->slopes) {
      const uint16_t *slopes = f->slopes + row * f->slope_stride + column;
      C3N_EACH_SUM(sums[i][v] *= NAME(c3n_load_slope)(slopes + i * f->slope_stride + v * WIDTH));
    }
    if (f->residual) {
      const float *residual = f->residual + row * f->residual_stride + column;
      C3N_EACH_SUM(sums[i][v] += *(const NAME(vec) *)(residual + i * f->residual_stride + v * WIDTH));
    }
  }
  C3N_EACH_SUM(*(NAME(vec) *)(c + i * t->c_stride + v * WIDTH) = sums[i][v]);
}

static inline __attribute__((always_inline)) void NAME(c3n_tile_rows)(const c3n_tile *t, const int vectors, int64_t row,
                                                                       int64_t column) {
  switch (t->rows - row) {
    case 1: NAME(c3n_tile_of)(t, 1, vectors, row, column); break;
    case 2: NAME(c3n_tile_of)(t, 2, vectors, row, column); break;
    case 3: NAME(c3n_tile_of)(t, 3, vectors, row, column); break;
    case 4: NAME(c3n_tile_of)(t, 4, vectors, row, column); break;
    case 5: NAME(c3n_tile_of)(t, 5, vectors, row, column); break;
#if ROWS > 6
    case 6: NAME(c3n_tile_of)(t, 6, vectors, row, column); break;
    case 7: NAME(c3n_tile_of)(t, 7, vectors, row, column); break;
    case 8: NAME(c3n_tile_of)(t, 8, vectors, row, column); break;
    case 9: NAME(c3n_tile_of)(t, 9, vectors, row, column); break;
    case 10: NAME(c3n_tile_of)(t, 10, vectors, row, column); break;
    case 11: NAME(c3n_tile_of)(t, 11, vectors, row, column); break;
    case 12: NAME(c3n_tile_of)(t, 12, vectors, row, column); break;
    case 13: NAME(c3n_tile_of)(t, 13, vectors, row, column); break;
#endif
    default: NAME(c3n_tile_of)(t, ROWS, vectors, row, column); break;
  }
}

static void NAME(c3n_tile_multiply)(const c3n_tile *t) {
  for (int64_t row = 0; row < t->rows; row += ROWS)
    for (int64_t column = 0; column < t->columns; column += VECTORS * WIDTH) {
      if (t->columns - column > WIDTH)
        NAME(c3n_tile_rows)(t, VECTORS, row, column);
      else
        NAME(c3n_tile_rows)(t, 1, row, column);
    }
}
