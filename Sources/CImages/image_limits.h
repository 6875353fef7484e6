#pragma once
#include <stdio.h>

#include "CImages.h"

// Whether an image may be decoded; if not, `message` says why.
static inline bool within_limits(uint32_t width, uint32_t height, CImagesLimits limits, char *message) {
  if (width >= 1 && height >= 1 && width <= limits.side && height <= limits.side &&
      (uint64_t)width * height <= limits.pixels)
    return true;
  snprintf(message, CIMAGES_MESSAGE_CAPACITY, "%u x %u pixels; expected at most %u a side and %llu in all", width,
           height, limits.side, (unsigned long long)limits.pixels);
  return false;
}
