// exp, erf and GELU on vectors; for templates that include it (see dispatch.h). The scalars are in vector_math.h.

typedef float NAME(float_vec) __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t NAME(int_vec) __attribute__((vector_size(WIDTH * 4)));
typedef uint16_t NAME(short_vec) __attribute__((vector_size(WIDTH * 2), aligned(2)));
#define VEC NAME(float_vec)

// `mask` has all bits set where a is wanted.
static inline __attribute__((always_inline)) VEC NAME(c3n_select)(NAME(int_vec) mask, VEC a, VEC b) {
  return (VEC)((mask & (NAME(int_vec))a) | (~mask & (NAME(int_vec))b));
}

static inline __attribute__((always_inline)) VEC NAME(c3n_vector_exp)(VEC x) {
  const VEC low = (VEC){0} - 87.0f, high = (VEC){0} + 88.0f;
  x = NAME(c3n_select)(x < low, low, x);
  x = NAME(c3n_select)(x > high, high, x);
  const VEC magic = (VEC){0} + 12582912.0f;
  VEC shifted = x * 1.44269504088896341f + magic;
  const VEC n = shifted - magic;
  VEC r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  VEC p = (VEC){0} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const NAME(int_vec) bits = (__builtin_convertvector(n, NAME(int_vec)) + 127) << 23;
  return p * (VEC)bits;
}

// x Phi(x), and its slope Phi(x) + x phi(x).
static inline __attribute__((always_inline)) VEC NAME(c3n_vector_gelu)(VEC x, VEC *slope) {
  const VEC z = x * 0.70710678118654752f, zero = (VEC){0};
  const VEC a = NAME(c3n_select)(z < zero, -z, z);
  const VEC t = 1.0f / (1.0f + 0.3275911f * a);
  const VEC gaussian = NAME(c3n_vector_exp)(-a * a);
  VEC p = zero + 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const VEC erf = 1.0f - p * t * gaussian;
  const VEC phi = 0.5f * (1.0f + NAME(c3n_select)(z < zero, -erf, erf));
  *slope = phi + x * gaussian * 0.39894228040143268f;
  return x * phi;
}

// A slope in 16 bits: it is between -0.13 and 1.13, and is off by 1e-5 at most.
static inline __attribute__((always_inline)) void NAME(c3n_store_slope)(uint16_t *out, VEC slope) {
  *(NAME(short_vec) *)out =
      __builtin_convertvector(__builtin_convertvector((slope + 0.13f) * 52000.0f + 0.5f, NAME(int_vec)), NAME(short_vec));
}

static inline __attribute__((always_inline)) VEC NAME(c3n_load_slope)(const uint16_t *in) {
  const NAME(int_vec) steps = __builtin_convertvector(*(const NAME(short_vec) *)in, NAME(int_vec));
  return __builtin_convertvector(steps, VEC) * (1 / 52000.0f) - 0.13f;
}
#undef VEC
