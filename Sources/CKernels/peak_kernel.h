// Twelve independent sums: enough to hide the latency of a fused multiply-add, few enough for all register files.
static void NAME(c3n_fma_loop)(int64_t rounds, double *operations) {
  typedef float vec __attribute__((vector_size(WIDTH * 4)));
  vec sums[12];
  for (int i = 0; i < 12; i++) sums[i] = (vec){0} + (float)i;
  vec factor = (vec){0} + 0.999f, term = (vec){0} + 1e-3f;
  for (int64_t round = 0; round < rounds; round++) {
#pragma unroll
    for (int i = 0; i < 12; i++) sums[i] = sums[i] * factor + term;
    __asm__ volatile("" ::: "memory");
  }
  volatile float seen = 0;
  for (int i = 0; i < 12; i++) seen = seen + sums[i][0];
  *operations = 12.0 * WIDTH * 2 * (double)rounds;
}
