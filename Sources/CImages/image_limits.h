#pragma once
#include <stdio.h>

#include "CImages.h"

// Whether an image may be decoded that takes so many bytes a pixel meanwhile; if not, `message` says why.
static inline bool within_limits(uint32_t width, uint32_t height, unsigned bytes_a_pixel, CImagesLimits limits,
                                 char *message) {
  const uint64_t pixels = (uint64_t)width * height;
  if (width < 1 || height < 1 || width > limits.side || height > limits.side || pixels > limits.pixels) {
    snprintf(message, CIMAGES_MESSAGE_CAPACITY, "%u x %u pixels; expected at most %u a side and %llu in all", width,
             height, limits.side, (unsigned long long)limits.pixels);
    return false;
  }
  if (pixels * bytes_a_pixel > limits.memory) {
    snprintf(message, CIMAGES_MESSAGE_CAPACITY,
             "%u x %u pixels, which take %llu bytes; expected at most %llu for a file this small", width, height,
             (unsigned long long)(pixels * bytes_a_pixel), (unsigned long long)limits.memory);
    return false;
  }
  return true;
}
