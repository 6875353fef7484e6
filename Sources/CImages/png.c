#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "CImages.h"
#include "image_limits.h"

bool cimages_is_png(const uint8_t *bytes, size_t count) { return count >= 8 && png_sig_cmp(bytes, 0, 8) == 0; }

static void keep_message(png_structp png, png_const_charp text) {
  snprintf(png_get_error_ptr(png), CIMAGES_MESSAGE_CAPACITY, "%s", text);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

typedef struct {
  const uint8_t *bytes;
  size_t left;
} Source;

static void take_bytes(png_structp png, png_bytep out, size_t count) {
  Source *source = png_get_io_ptr(png);
  if (count > source->left) png_error(png, "the file ends early");
  memcpy(out, source->bytes, count);
  source->bytes += count;
  source->left -= count;
}

// Everything that may longjmp; what it allocates is reachable from the arguments, so that the caller frees it.
static bool decode(png_structp png, png_infop info, CImagesForm form, CImagesLimits limits,
                   CImagesPixels *result, char *message) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_chunk_malloc_max(png, 8 << 20);
  // Texts, which nobody reads here, may unpack to so much each.
  png_set_chunk_cache_max(png, 4);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);
  result->width = png_get_image_width(png, info);
  result->height = png_get_image_height(png, info);
  if (!within_limits(result->width, result->height, form, limits, message)) return false;

  const int colour = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
  if (form == CImagesIndices) {
    if (colour & PNG_COLOR_MASK_COLOR && colour != PNG_COLOR_TYPE_PALETTE)
      png_error(png, "an RGB image; expected one channel of indices");
    if (depth == 16) png_error(png, "16 bits a sample; expected indices of at most 8 bits");
    png_set_packing(png);
  } else {
    if (depth == 16) png_set_strip_16(png);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (!(colour & PNG_COLOR_MASK_COLOR)) {
      if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
      png_set_gray_to_rgb(png);
    }
  }
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row = (size_t)result->width * form;
  if (png_get_rowbytes(png, info) != row) png_error(png, "unexpected row length");

  result->bytes = malloc(row * result->height);
  if (!result->bytes) png_error(png, "out of memory");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < result->height; y++) png_read_row(png, result->bytes + y * row, NULL);
  png_read_end(png, NULL);
  return true;
}

bool cimages_decode_png(const uint8_t *bytes, size_t count, CImagesForm form, CImagesLimits limits,
                        CImagesPixels *result, char *message) {
  *result = (CImagesPixels){0};
  snprintf(message, CIMAGES_MESSAGE_CAPACITY, "out of memory");
  Source source = {bytes, count};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, keep_message, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  bool done = false;
  if (info) {
    png_set_read_fn(png, &source, take_bytes);
    done = decode(png, info, form, limits, result, message);
  }
  png_destroy_read_struct(png ? &png : NULL, info ? &info : NULL, NULL);
  if (!done) {
    free(result->bytes);
    result->bytes = NULL;
  }
  return done;
}

static void give_bytes(png_structp png, png_bytep bytes, size_t count) {
  CImagesFile *file = png_get_io_ptr(png);
  if (count > file->capacity - file->count) {
    const size_t capacity = (file->count + count) * 2;
    uint8_t *larger = realloc(file->bytes, capacity);
    if (!larger) png_error(png, "out of memory");
    file->bytes = larger;
    file->capacity = capacity;
  }
  memcpy(file->bytes + file->count, bytes, count);
  file->count += count;
}

static void nothing_to_flush(png_structp png) { (void)png; }

static bool encode(png_structp png, png_infop info, const uint8_t *pixels, uint32_t width, uint32_t height,
                   int channels) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_IHDR(png, info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * width * channels);
  png_write_end(png, NULL);
  return true;
}

bool cimages_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                        CImagesFile *result, char *message) {
  *result = (CImagesFile){0};
  snprintf(message, CIMAGES_MESSAGE_CAPACITY, "out of memory");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, keep_message, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  bool done = false;
  if (info) {
    png_set_write_fn(png, result, give_bytes, nothing_to_flush);
    done = encode(png, info, pixels, width, height, channels);
  }
  png_destroy_write_struct(png ? &png : NULL, info ? &info : NULL);
  if (!done) {
    free(result->bytes);
    result->bytes = NULL;
  }
  return done;
}
