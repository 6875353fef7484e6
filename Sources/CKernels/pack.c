#include "tile.h"
#include <string.h>

#define TEMPLATE "pack_kernel.h"
#include "builds.h"

void c3n_pack(float *restrict panels, const float *restrict b, int64_t stride, int transposed, int64_t first_depth,
              int64_t depth, int64_t first, int64_t columns) {
  const c3n_cpu_kind cpu = c3n_cpu();
  const int64_t turned = cpu == C3N_CPU_AVX512 ? 16 : cpu == C3N_CPU_AVX2 ? 8 : 4;
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
    for (; column + turned <= width; column += turned)
      C3N_CALL(c3n_turn, panels + column, source + column * stride, stride, depth);
    for (; column + 4 <= width; column += 4)
      c3n_turn_baseline(panels + column, source + column * stride, stride, depth);
    for (; column < width; column++)
      for (int64_t k = 0; k < depth; k++) panels[k * c3n_panel + column] = source[column * stride + k];
  }
}
