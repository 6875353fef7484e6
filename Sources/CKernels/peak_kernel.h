// Twelve independent sums: enough to hide the latency of a fused multiply-add, few enough for all register files.
static void NAME(c3n_fma_loop)(int64_t rounds, double *operations) {
  typedef float vec __attribute__((vector_size(WIDTH * 4)));
  vec sums[12];
  // Numbers that the compiler cannot know: it would leave out a sum that starts at 1 and stays there.
  volatile float one = 1;
  for (int i = 0; i < 12; i++) sums[i] = (vec){0} + (float)i * one;
  vec factor = (vec){0} + 0.999f * one, term = (vec){0} + 1e-3f * one;
  for (int64_t round = 0; round < rounds; round++) {
#pragma unroll
    for (int i = 0; i < 12; i++) sums[i] = sums[i] * factor + term;
    __asm__ volatile("" ::: "memory");
  }
  volatile float seen = 0;
  for (int i = 0; i < 12; i++) seen = seen + sums[i][0];
  *operations = 12.0 * WIDTH * 2 * (double)rounds;
}
