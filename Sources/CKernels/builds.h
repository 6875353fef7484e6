// Includes TEMPLATE once for each kind of processor; see dispatch.h.
#if C3N_HAS_WIDE
#pragma clang attribute push(C3N_AVX512, apply_to = function)
#define WIDTH 16
#define VECTORS 2
#define ROWS 14
#define NAME(x) x##_avx512
#include TEMPLATE
#undef WIDTH
#undef VECTORS
#undef ROWS
#undef NAME
#pragma clang attribute pop
#pragma clang attribute push(C3N_AVX2, apply_to = function)
#define WIDTH 8
#define VECTORS 2
#define ROWS 6
#define NAME(x) x##_avx2
#include TEMPLATE
#undef WIDTH
#undef VECTORS
#undef ROWS
#undef NAME
#pragma clang attribute pop
#endif
#define WIDTH 4
#define NAME(x) x##_baseline
#if defined(__aarch64__)
#define VECTORS 4  // NEON has 32 registers: 24 sums, 4 columns
#define ROWS 6
#else
#define VECTORS 2  // SSE has 16: 12 sums, 2 columns
#define ROWS 6
#endif
#include TEMPLATE
#undef WIDTH
#undef VECTORS
#undef ROWS
#undef NAME
#undef TEMPLATE
