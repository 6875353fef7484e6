// exp and erf that the compiler can vectorise; private to the kernels.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

// e^x with a relative error below 2e-7; saturates instead of overflowing.
static inline float c3n_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  // Adding 1.5 * 2^23 rounds to the nearest integer in every instruction set.
  const float magic = 12582912.0f;
  float n = (x * 1.44269504088896341f + magic) - magic;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = ((int32_t)n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

static inline float c3n_sigmoid_of(float x) { return 1.0f / (1.0f + c3n_exp(-x)); }

// erf(x) by Abramowitz and Stegun, formula 7.1.26: absolute error below 5e-7 in single precision.
// `gaussian` receives exp(-x^2), which the derivative of GELU needs as well.
static inline float c3n_erf(float x, float *gaussian) {
  float a = x < 0 ? -x : x;
  float t = 1.0f / (1.0f + 0.3275911f * a);
  float e = c3n_exp(-a * a);
  *gaussian = e;
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float y = 1.0f - p * t * e;
  return x < 0 ? -y : y;
}

// A slope of GELU from its 16 bits; see `c3n_store_slope`.
static inline float c3n_slope(uint16_t steps) { return (float)steps * (1 / 52000.0f) - 0.13f; }
