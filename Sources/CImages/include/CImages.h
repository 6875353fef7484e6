#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// PNG and JPEG between memory and pixels. libpng and libjpeg report errors by longjmp, which must not
// cross Swift frames: it ends here, in a message of the library's own words.

#define CIMAGES_MESSAGE_CAPACITY 256

// What the pixels of a decoded file should be; the number is the bytes a pixel.
typedef enum {
  CImagesRGB = 3,      // red, green, blue; alpha is dropped, palettes are looked up, 16 bits keep the high byte
  CImagesIndices = 1,  // as stored: palette index or gray value, not scaled; PNG of at most 8 bits alone
  // Red, green, blue, alpha of 16 bits each in the machine's byte order, but of the file's range: 0 to 255, or to
  // 65535 where `depth` is 16. Palettes and transparent colours are looked up; without alpha it is the maximum. PNG alone.
  CImagesSamples = 8
} CImagesForm;

// What a file says about its picture before its pixels.
typedef struct {
  uint32_t width, height;
  uint8_t depth;            // bits a sample as stored
  bool is_gray, is_palette, is_cmyk;
  bool has_alpha;           // a channel of alpha, or after decoding a palette or colour that is transparent
  bool is_interlaced;       // PNG
  bool has_several_scans;   // JPEG: the coefficients of all components wait in memory for the last scan
  uint8_t components;       // samples a pixel as stored
} CImagesHeader;

// A file in memory that the caller frees; NULL after a failure.
typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
} CImagesFile;

bool cimages_is_png(const uint8_t *bytes, size_t count);
bool cimages_is_jpeg(const uint8_t *bytes, size_t count);

// Reads the header alone, in time and memory that do not depend on what follows.
bool cimages_measure_png(const uint8_t *bytes, size_t count, CImagesHeader *header, char *message);
bool cimages_measure_jpeg(const uint8_t *bytes, size_t count, CImagesHeader *header, char *message);

// Decodes into width * height * form bytes. Strict: data that ends early or is damaged is a failure, never a half
// picture. Nothing is inflated beyond the rows that the header promises.
bool cimages_decode_png(const uint8_t *bytes, size_t count, CImagesForm form, CImagesHeader *header,
                        uint8_t *pixels, char *message);
bool cimages_decode_jpeg(const uint8_t *bytes, size_t count, const CImagesHeader *header, uint8_t *pixels,
                         char *message);

// Encodes 8-bit pixels of 1 (gray) or 3 (RGB) channels.
bool cimages_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                        CImagesFile *result, char *message);
