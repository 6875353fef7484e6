#define _GNU_SOURCE
#include "CKernels.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static c3n_cpu_kind c3n_detected(void) {
  c3n_cpu_kind kind = C3N_CPU_BASELINE;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kind = C3N_CPU_AVX2;
  if (kind == C3N_CPU_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    kind = C3N_CPU_AVX512;
#endif
  const char *wanted = getenv("C3N_CPU");
  if (wanted) {
    if (!strcmp(wanted, "baseline")) return C3N_CPU_BASELINE;
    if (!strcmp(wanted, "avx2") && kind > C3N_CPU_AVX2) return C3N_CPU_AVX2;
  }
  return kind;
}

static c3n_cpu_kind c3n_kind;

__attribute__((constructor)) static void c3n_detect(void) { c3n_kind = c3n_detected(); }

static _Thread_local int c3n_chosen;  // 1 + the kind that this thread was told to use

c3n_cpu_kind c3n_cpu(void) { return c3n_chosen ? (c3n_cpu_kind)(c3n_chosen - 1) : c3n_kind; }

c3n_cpu_kind c3n_cpu_choose(int kind) {
  c3n_chosen = kind < 0 ? 0 : 1 + (kind < (int)c3n_kind ? kind : (int)c3n_kind);
  return c3n_cpu();
}

const char *c3n_cpu_name(void) {
  switch (c3n_cpu()) {
    case C3N_CPU_AVX512: return "avx512";
    case C3N_CPU_AVX2: return "avx2";
    default: return "baseline";
  }
}

int c3n_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (!sched_getaffinity(0, sizeof set, &set)) return CPU_COUNT(&set);
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int)online : 1;
}
