// Kernels that are written once with vectors of the compiler and built for three kinds of processor; private.
//
// A kernel's file includes its template once for each kind, with WIDTH (floats in a vector), VECTORS (vectors across a
// tile), ROWS (rows of a tile) and NAME set; `c3n_cpu()` then says which of the builds to call.
#pragma once
#include "CKernels.h"

// Columns of a packed panel, for all kinds: the widest tile.
enum { c3n_panel = 32 };

#if defined(__x86_64__)
#define C3N_HAS_WIDE 1
#define C3N_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"), min_vector_width(512)))
#define C3N_AVX2 __attribute__((target("avx2,fma")))
#else
#define C3N_HAS_WIDE 0
#endif

// Calls the build of `name` for this processor.
#if C3N_HAS_WIDE
#define C3N_CALL(name, ...)                                              \
  do {                                                                   \
    switch (c3n_cpu()) {                                                 \
      case C3N_CPU_AVX512: name##_avx512(__VA_ARGS__); break;            \
      case C3N_CPU_AVX2: name##_avx2(__VA_ARGS__); break;                \
      default: name##_baseline(__VA_ARGS__); break;                      \
    }                                                                    \
  } while (0)
#else
#define C3N_CALL(name, ...) name##_baseline(__VA_ARGS__)
#endif
