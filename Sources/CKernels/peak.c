#include "dispatch.h"

#pragma clang fp contract(fast)
#define TEMPLATE "peak_kernel.h"
#include "builds.h"

// Floating-point operations done: two for each multiplication with its addition.
double c3n_fma_loop(int64_t rounds) {
  double operations = 0;
  C3N_CALL(c3n_fma_loop, rounds, &operations);
  return operations;
}
