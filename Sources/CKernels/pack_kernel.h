// WIDTH columns of op(B) that are rows in memory: squares of WIDTH x WIDTH are turned in registers.

typedef float NAME(vec) __attribute__((vector_size(WIDTH * 4), aligned(4)));

// The elements of two vectors in turn: the first halves, or the second halves.
#if WIDTH == 16
#define C3N_FIRST(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define C3N_SECOND(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif WIDTH == 8
#define C3N_FIRST(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define C3N_SECOND(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define C3N_FIRST(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define C3N_SECOND(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

static void NAME(c3n_turn)(float *restrict panel, const float *restrict b, int64_t stride, int64_t depth) {
  int64_t k = 0;
  for (; k + WIDTH <= depth; k += WIDTH) {
    NAME(vec) rows[WIDTH], turned[WIDTH];
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
      rows[i] = *(const NAME(vec) *)(b + i * stride + k);
      __builtin_prefetch(b + (WIDTH + i) * stride + k, 0, 2);  // the columns after these
    }
    // Dealt together row by row, halves of the square come to stand in turn; after log2(WIDTH) times it is turned.
#pragma unroll
    for (int step = 1; step < WIDTH; step *= 2) {
#pragma unroll
      for (int i = 0; i < WIDTH / 2; i++) {
        turned[2 * i] = C3N_FIRST(rows[i], rows[i + WIDTH / 2]);
        turned[2 * i + 1] = C3N_SECOND(rows[i], rows[i + WIDTH / 2]);
      }
#pragma unroll
      for (int i = 0; i < WIDTH; i++) rows[i] = turned[i];
    }
#pragma unroll
    for (int i = 0; i < WIDTH; i++) *(NAME(vec) *)(panel + (k + i) * c3n_panel) = rows[i];
  }
  for (; k < depth; k++)
    for (int64_t n = 0; n < WIDTH; n++) panel[k * c3n_panel + n] = b[n * stride + k];
}
#undef C3N_FIRST
#undef C3N_SECOND
