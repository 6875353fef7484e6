#include "tile.h"
#include <string.h>

typedef float c3n_four __attribute__((vector_size(16), aligned(4)));

// Four columns of op(B) that are rows in memory: 4 x 4 blocks turn in registers.
static inline void c3n_turn(float *restrict panel, const float *restrict b, int64_t stride, int64_t depth) {
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    c3n_four r0 = *(const c3n_four *)(b + k), r1 = *(const c3n_four *)(b + stride + k);
    c3n_four r2 = *(const c3n_four *)(b + 2 * stride + k), r3 = *(const c3n_four *)(b + 3 * stride + k);
    c3n_four low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    c3n_four low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5), high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    __builtin_prefetch(b + (8 + (k >> 2 & 3)) * stride + k, 0, 2);  // a row of the columns after the next
    float *out = panel + k * c3n_panel;
    *(c3n_four *)out = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *(c3n_four *)(out + c3n_panel) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *(c3n_four *)(out + 2 * c3n_panel) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *(c3n_four *)(out + 3 * c3n_panel) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  }
  for (; k < depth; k++)
    for (int64_t n = 0; n < 4; n++) panel[k * c3n_panel + n] = b[n * stride + k];
}

void c3n_pack(float *restrict panels, const float *restrict b, int64_t stride, int transposed, int64_t first_depth,
              int64_t depth, int64_t first, int64_t columns) {
  for (int64_t n = 0; n < columns; n += c3n_panel, panels += depth * c3n_panel) {
    const int64_t width = columns - n < c3n_panel ? columns - n : c3n_panel;
    if (width < c3n_panel) memset(panels, 0, (size_t)(depth * c3n_panel) * sizeof(float));
    if (!transposed) {
      const float *source = b + first_depth * stride + first + n;
      if (width == c3n_panel)
        for (int64_t k = 0; k < depth; k++) {
          __builtin_prefetch(source + (k + 16) * stride, 0, 2);
          __builtin_prefetch(source + (k + 16) * stride + 16, 0, 2);
          memcpy(panels + k * c3n_panel, source + k * stride, c3n_panel * sizeof(float));
        }
      else
        for (int64_t k = 0; k < depth; k++)
          memcpy(panels + k * c3n_panel, source + k * stride, (size_t)width * sizeof(float));
      continue;
    }
    const float *source = b + (first + n) * stride + first_depth;
    int64_t column = 0;
    for (; column + 4 <= width; column += 4) c3n_turn(panels + column, source + column * stride, stride, depth);
    for (; column < width; column++)
      for (int64_t k = 0; k < depth; k++) panels[k * c3n_panel + column] = source[column * stride + k];
  }
}
