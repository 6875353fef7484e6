// softmax(q k^T s) v of one head, a slab of queries at a time: scores and probabilities never leave the first-level cache.
// Queries and results [n, width] have rows `stride` apart, keys and values [m, width] rows `kv_stride` apart.
#include "tile.h"

#pragma clang fp contract(fast)
#define TEMPLATE "attention_kernel.h"
#include "builds.h"

static int64_t c3n_padded(int64_t count) { return (count + c3n_panel - 1) / c3n_panel * c3n_panel; }

// C [rows, columns] = alpha A B + bias of a slab, B in panels.
static void c3n_slab(float *c, int64_t c_stride, const float *a, int64_t a_stride, int64_t rows, const float *panels,
                     int64_t depth, int64_t columns, float alpha, const float *bias) {
  const c3n_segment segment = {a, 0, depth};
  c3n_tile tile = {.segments = &segment, .segment_count = 1, .row_step = a_stride, .depth_step = 1, .rows = rows,
                   .c_stride = c_stride, .finish = {.alpha = alpha, .is_last = 1}};
  for (int64_t j = 0; j < columns; j += c3n_panel) {
    tile.panel = panels + j * depth;
    tile.c = c + j;
    tile.columns = columns - j < c3n_panel ? columns - j : c3n_panel;
    tile.finish.bias = bias ? bias + j : 0;
    c3n_tile_multiplier()(&tile);
  }
}

// What keeps the padding of scores out of the softmax.
static void c3n_mask(float *mask, int64_t m) {
  for (int64_t j = 0; j < c3n_padded(m); j++) mask[j] = j < m ? 0 : -1e30f;
}

size_t c3n_attention_scratch(int64_t m, int64_t width) {
  return (size_t)(c3n_padded(m) * (width + 15) + m * c3n_padded(width));
}

void c3n_attention(float *y, const float *q, const float *k, const float *v, int64_t n, int64_t m, int64_t width,
                   int64_t stride, int64_t kv_stride, float scale, float *scratch) {
  const int64_t padded = c3n_padded(m), slab_rows = c3n_slab_rows();
  float *keys = scratch, *mask = keys + padded * width, *scores = mask + padded, *values = scores + padded * 14;
  c3n_pack(keys, k, kv_stride, 1, 0, width, 0, m);
  c3n_pack(values, v, kv_stride, 0, 0, m, 0, width);
  c3n_mask(mask, m);
  for (int64_t row = 0; row < n; row += slab_rows) {
    const int64_t rows = n - row < slab_rows ? n - row : slab_rows;
    c3n_slab(scores, padded, q + row * stride, stride, rows, keys, width, padded, scale, mask);
    C3N_CALL(c3n_softmax_slab, scores, padded, rows, padded);
    c3n_slab(y + row * stride, stride, scores, padded, rows, values, m, width, 1, 0);
  }
}

size_t c3n_attention_backward_scratch(int64_t n, int64_t m, int64_t width) {
  const c3n_product product = {.depth = n};
  return (size_t)(2 * n * c3n_padded(m) + 2 * c3n_padded(m) * width + m * c3n_padded(width) + c3n_padded(m)) +
         c3n_product_scratch(&product);
}

// Probabilities are computed again: they are not worth keeping.
void c3n_attention_gradients(float *dq, float *dk, float *dv, const float *dy, const float *q, const float *k,
                             const float *v, int64_t n, int64_t m, int64_t width, int64_t stride, int64_t kv_stride,
                             float scale, float *scratch) {
  const int64_t padded = c3n_padded(m), slab_rows = c3n_slab_rows();
  float *p = scratch, *ds = p + n * padded, *keys = ds + n * padded, *values = keys + padded * width;
  float *key_rows = values + padded * width, *mask = key_rows + m * c3n_padded(width), *rest = mask + padded;
  c3n_pack(keys, k, kv_stride, 1, 0, width, 0, m);
  c3n_pack(values, v, kv_stride, 1, 0, width, 0, m);
  c3n_pack(key_rows, k, kv_stride, 0, 0, m, 0, width);
  c3n_mask(mask, m);
  for (int64_t row = 0; row < n; row += slab_rows) {
    const int64_t rows = n - row < slab_rows ? n - row : slab_rows;
    float *p_slab = p + row * padded, *ds_slab = ds + row * padded;
    c3n_slab(p_slab, padded, q + row * stride, stride, rows, keys, width, padded, scale, mask);
    C3N_CALL(c3n_softmax_slab, p_slab, padded, rows, padded);
    c3n_slab(ds_slab, padded, dy + row * stride, stride, rows, values, width, padded, 1, 0);
    C3N_CALL(c3n_softmax_slab_backward, ds_slab, p_slab, padded, rows, padded);
    c3n_slab(dq + row * stride, stride, ds_slab, padded, rows, key_rows, m, width, scale, 0);
  }
  // dk = s dS^T q, dv = P^T dy
  c3n_product product = {.depth = n, .a = ds, .a_stride = padded, .a_transposed = 1, .b = q, .b_stride = stride,
                         .c = dk, .c_stride = kv_stride, .alpha = scale};
  c3n_product_block(&product, 0, m, 0, width, rest);
  product.a = p;
  product.b = dy;
  product.c = dv;
  product.alpha = 1;
  c3n_product_block(&product, 0, m, 0, width, rest);
}
