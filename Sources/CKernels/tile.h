// The innermost product that all of them are made of; private. See product_kernel.h.
#pragma once
#include "dispatch.h"

// Some of the depth: where its part of A begins, and how far into the panel its part of B does.
typedef struct {
  const float *a;
  int64_t depth_offset, depth;
} c3n_segment;

// What becomes of the sums: C = (alpha sums + C if accumulate), and after the last block of depth
// C = rectify(C scale + bias) slopes + residual. Pointers may be null.
typedef struct {
  float alpha;
  int accumulate, is_last, rectify;
  const float *scale, *bias, *residual;  // scale and bias [32]; residual as C
  const uint16_t *slopes;                // as C, in 16 bits as GELU writes them
  int64_t residual_stride, slope_stride;
} c3n_finish;

typedef struct {
  const c3n_segment *segments;
  int64_t segment_count;
  int64_t row_step, depth_step;  // of A, in floats
  const float *panel;            // [depth, 32]
  const float *next;             // null, or what is read after this tile: is fetched, 16 floats for each of the depth
  float *c;
  int64_t c_stride, rows, columns;
  c3n_finish finish;
} c3n_tile;

// Rows of A that go through a panel together; a multiple of every build's tile.
static inline int64_t c3n_slab_rows(void) { return c3n_cpu() == C3N_CPU_AVX512 ? 14 : 12; }

// The build for this processor: asked once for many tiles.
typedef void (*c3n_multiplier)(const c3n_tile *tile);
c3n_multiplier c3n_tile_multiplier(void);

// op(B)[first_depth ..+ depth, first ..+ columns] -> panels [columns / 32][depth][32], the last one filled with zeros.
// op(B)[k, n] is b[k stride + n], or b[n stride + k] if transposed.
void c3n_pack(float *panels, const float *b, int64_t stride, int transposed, int64_t first_depth, int64_t depth,
              int64_t first, int64_t columns);
