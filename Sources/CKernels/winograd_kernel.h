// Winograd's minimal filtering F(4x4, 3x3) with the points 0, 1, -1, 2, -2 and infinity (Lavin and Gray, 2016).

typedef float NAME(wide) __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t NAME(wide_bits) __attribute__((vector_size(WIDTH * 4)));

// B^T d of six values.
static inline __attribute__((always_inline)) void NAME(c3n_winograd_in)(NAME(wide) *o, int step, NAME(wide) d0,
                                                                         NAME(wide) d1, NAME(wide) d2, NAME(wide) d3,
                                                                         NAME(wide) d4, NAME(wide) d5) {
  NAME(wide) a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);
  o[0] = 4 * d0 - 5 * d2 + d4;
  o[step] = a + b;
  o[2 * step] = a - b;
  o[3 * step] = c + e;
  o[4 * step] = c - e;
  o[5 * step] = 4 * d1 - 5 * d3 + d5;
}

// A^T m of six values.
static inline __attribute__((always_inline)) void NAME(c3n_winograd_out)(NAME(wide) *o, int step, NAME(wide) m0,
                                                                          NAME(wide) m1, NAME(wide) m2, NAME(wide) m3,
                                                                          NAME(wide) m4, NAME(wide) m5) {
  NAME(wide) a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4;
  o[0] = m0 + a + c;
  o[step] = b + 2 * d;
  o[2 * step] = a + 4 * c;
  o[3 * step] = b + 8 * d + m5;
}

// One tile's 6 x 6 inputs x [6][6][channels] by pointers -> v [36] rows, `stride` floats apart. Meanwhile the columns that
// only the next tile has are fetched: so many streams are more than a processor follows by itself.
static void NAME(c3n_winograd_input)(float *v, int64_t stride, const float *const *x, const float *const *next,
                                     int64_t channels) {
  for (int64_t c = 0; c < channels; c += WIDTH) {
#pragma unroll
    for (int i = 0; i < 36; i++)
      if (i % 6 >= 2) __builtin_prefetch(next[i] + c, 0, 2);
    NAME(wide) half[36];
#pragma unroll
    for (int j = 0; j < 6; j++) {
      NAME(wide) d[6];
#pragma unroll
      for (int i = 0; i < 6; i++) d[i] = *(const NAME(wide) *)(x[i * 6 + j] + c);
      NAME(c3n_winograd_in)(half + j, 6, d[0], d[1], d[2], d[3], d[4], d[5]);
    }
#pragma unroll
    for (int i = 0; i < 6; i++) {
      NAME(wide) row[6];
      const NAME(wide) *h = half + i * 6;
      NAME(c3n_winograd_in)(row, 1, h[0], h[1], h[2], h[3], h[4], h[5]);
#pragma unroll
      for (int j = 0; j < 6; j++) *(NAME(wide) *)(v + (i * 6 + j) * stride + c) = row[j];
    }
  }
}

// m [36] rows of a panel, whose first output is `column` -> outputs [rows <= 4][columns <= 4] from `pixel` on, finished.
static void NAME(c3n_winograd_output)(const c3n_winograd *w, int64_t pixel, int64_t column, int64_t rows, int64_t columns,
                                      const float *m, int64_t stride) {
  const int64_t line = w->width * w->outputs;
  const int64_t end = w->outputs - column < c3n_panel ? w->outputs - column : c3n_panel;
  for (int64_t c = 0; c < end; c += WIDTH) {
    NAME(wide) half[24];
#pragma unroll
    for (int j = 0; j < 6; j++) {
      NAME(wide) d[6];
#pragma unroll
      for (int i = 0; i < 6; i++) d[i] = *(const NAME(wide) *)(m + (i * 6 + j) * stride + c);
      NAME(c3n_winograd_out)(half + j, 6, d[0], d[1], d[2], d[3], d[4], d[5]);
    }
    const int64_t output = column + c;
    const NAME(wide) scale = w->scale ? *(const NAME(wide) *)(w->scale + output) : (NAME(wide)){0} + 1;
    const NAME(wide) bias = w->bias ? *(const NAME(wide) *)(w->bias + output) : (NAME(wide)){0};
    for (int i = 0; i < rows; i++) {
      NAME(wide) out[4];
      const NAME(wide) *h = half + i * 6;
      NAME(c3n_winograd_out)(out, 1, h[0], h[1], h[2], h[3], h[4], h[5]);
      for (int j = 0; j < columns; j++) {
        const int64_t at = pixel * w->outputs + i * line + j * w->outputs + output;
        NAME(wide) value = out[j] * scale + bias;
        if (w->rectify) value = (NAME(wide))((NAME(wide_bits))value & ~(value < 0));  // keeps NaN
        if (w->residual) value += *(const NAME(wide) *)(w->residual + at);
        *(NAME(wide) *)(w->y + at) = value;
      }
    }
  }
}

// g [9][32] of an input channel and 32 outputs -> G g G^T [36] rows of 32, `stride` floats apart.
static void NAME(c3n_winograd_weights)(float *u, int64_t stride, const float *g, int64_t tap_stride) {
  for (int64_t c = 0; c < c3n_panel; c += WIDTH) {
    NAME(wide) half[18];
#pragma unroll
    for (int j = 0; j < 3; j++) {
      NAME(wide) a = *(const NAME(wide) *)(g + j * tap_stride + c), b = *(const NAME(wide) *)(g + (3 + j) * tap_stride + c);
      NAME(wide) d = *(const NAME(wide) *)(g + (6 + j) * tap_stride + c);
      NAME(wide) s = (a + d) * (1 / 6.0f), t = b * (1 / 6.0f), p = a * (1 / 24.0f) + d * (1 / 6.0f), q = b * (1 / 12.0f);
      half[j] = a * 0.25f;
      half[3 + j] = -s - t;
      half[6 + j] = t - s;
      half[9 + j] = p + q;
      half[12 + j] = p - q;
      half[15 + j] = d;
    }
#pragma unroll
    for (int i = 0; i < 6; i++) {
      NAME(wide) a = half[i * 3], b = half[i * 3 + 1], d = half[i * 3 + 2];
      NAME(wide) s = (a + d) * (1 / 6.0f), t = b * (1 / 6.0f), p = a * (1 / 24.0f) + d * (1 / 6.0f), q = b * (1 / 12.0f);
      float *out = u + i * 6 * stride + c;
      *(NAME(wide) *)out = a * 0.25f;
      *(NAME(wide) *)(out + stride) = -s - t;
      *(NAME(wide) *)(out + 2 * stride) = t - s;
      *(NAME(wide) *)(out + 3 * stride) = p + q;
      *(NAME(wide) *)(out + 4 * stride) = p - q;
      *(NAME(wide) *)(out + 5 * stride) = d;
    }
  }
}
