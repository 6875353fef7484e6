#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// PNG and JPEG between memory and 8-bit pixels. libpng and libjpeg report errors by longjmp, which must not
// cross Swift frames: it ends here, in a message of the library's own words.

#define CIMAGES_MESSAGE_CAPACITY 256

// What the pixels of a decoded file should be.
typedef enum {
  CImagesRGB = 3,     // three bytes a pixel; alpha is dropped, palettes are looked up, 16 bits keep the high byte
  CImagesIndices = 1  // one byte a pixel as stored: palette index or gray value, not scaled; PNG alone
} CImagesForm;

// The largest image that is decoded, so that a small file cannot ask for all memory.
typedef struct {
  uint32_t side;
  uint64_t pixels;
  uint64_t memory;  // bytes, for the pixels and for what the decoder keeps beside them
} CImagesLimits;

// Bytes that the caller frees; NULL after a failure.
typedef struct {
  uint32_t width, height;
  uint8_t *bytes;
} CImagesPixels;

// A file in memory that the caller frees; NULL after a failure.
typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} CImagesFile;

bool cimages_is_png(const uint8_t *bytes, size_t count);
bool cimages_is_jpeg(const uint8_t *bytes, size_t count);

// Decoding is strict: data that ends early or is damaged is a failure, never a half picture.
bool cimages_decode_png(const uint8_t *bytes, size_t count, CImagesForm form, CImagesLimits limits,
                        CImagesPixels *result, char *message);
bool cimages_decode_jpeg(const uint8_t *bytes, size_t count, CImagesLimits limits, CImagesPixels *result,
                         char *message);

// Encodes 8-bit pixels of 1 (gray) or 3 (RGB) channels.
bool cimages_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                        CImagesFile *result, char *message);
