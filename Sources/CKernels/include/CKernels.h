// The hot loops that are not matrix products. One operation a file; arrays are float32, row-major, channels last.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Builds a function for three processor generations and lets the loader choose (x86-64 on Linux).
#if defined(__x86_64__) && defined(__linux__)
#define C3N_MULTIVERSIONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define C3N_MULTIVERSIONED
#endif

// y[i] += x[i]
void c3n_add(float *y, const float *x, size_t count);
