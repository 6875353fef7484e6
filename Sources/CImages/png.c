#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "CImages.h"

bool cimages_is_png(const uint8_t *bytes, size_t count) { return count >= 8 && png_sig_cmp(bytes, 0, 8) == 0; }

static bool refuse(char *message, const char *text) {
  snprintf(message, CIMAGES_MESSAGE_CAPACITY, "%s", text);
  return false;
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

bool cimages_measure_png(const uint8_t *bytes, size_t count, CImagesHeader *header, char *message) {
  *header = (CImagesHeader){0};
  if (count < 8 + 25) return refuse(message, "the file ends early");
  const uint8_t *chunk = bytes + 8;
  if (big_endian(chunk) != 13 || memcmp(chunk + 4, "IHDR", 4)) return refuse(message, "no header chunk (IHDR) first");
  if (crc32(0, chunk + 4, 17) != big_endian(chunk + 21)) return refuse(message, "IHDR: CRC error");
  header->width = big_endian(chunk + 8);
  header->height = big_endian(chunk + 12);
  header->depth = chunk[16];
  const int colour = chunk[17];
  header->is_palette = colour == PNG_COLOR_TYPE_PALETTE;
  header->is_gray = !(colour & PNG_COLOR_MASK_COLOR);
  header->has_alpha = colour & PNG_COLOR_MASK_ALPHA;
  header->is_interlaced = chunk[20];
  header->components = header->is_palette ? 1 : (header->is_gray ? 1 : 3) + header->has_alpha;
  return true;
}

// Whether the file is whole: chunk after chunk up to the end mark, with right sums of those that make the picture.
// libpng is not asked to read what follows the last row, because it would inflate all of it, and texts on its way.
static bool check_chunks(const uint8_t *bytes, size_t count, char *message) {
  size_t place = 8;
  for (;;) {
    if (count - place < 12) return refuse(message, "the file ends early");
    const size_t length = big_endian(bytes + place);
    const uint8_t *name = bytes + place + 4;
    if (length > count - place - 12) return refuse(message, "the file ends early");
    const bool is_end = !memcmp(name, "IEND", 4);
    const bool is_critical = !(name[0] & 0x20) || !memcmp(name, "tRNS", 4);
    if (is_critical && crc32_z(0, name, length + 4) != big_endian(name + 4 + length)) {
      char text[] = "????: CRC error";
      for (int i = 0; i < 4; i++)
        if (name[i] > 32 && name[i] < 127) text[i] = (char)name[i];
      return refuse(message, text);
    }
    if (is_end) return true;
    place += 12 + length;
  }
}

static void keep_message(png_structp png, png_const_charp text) {
  snprintf(png_get_error_ptr(png), CIMAGES_MESSAGE_CAPACITY, "%s", text);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

enum { FAILED = 1, ROWS_DONE = 2 };

typedef struct {
  const uint8_t *bytes;
  size_t left;
  uint64_t rows_left;
} Source;

static void take_bytes(png_structp png, png_bytep out, size_t count) {
  Source *source = png_get_io_ptr(png);
  // All rows are there: what else is in the file's chunks need not be inflated to be thrown away.
  if (source->rows_left == 0) png_longjmp(png, ROWS_DONE);
  if (count > source->left) png_error(png, "the file ends early");
  memcpy(out, source->bytes, count);
  source->bytes += count;
  source->left -= count;
}

// Called for each row that was inflated, before libpng looks for the end of the stream.
static void count_row(png_structp png, png_row_infop info, png_bytep row) {
  (void)info;
  (void)row;
  Source *source = png_get_user_transform_ptr(png);
  if (source->rows_left > 0) source->rows_left--;
}

// The rows of all passes that are in the stream.
static uint64_t stored_rows(const CImagesHeader *header) {
  if (!header->is_interlaced) return header->height;
  uint64_t rows = 0;
  for (int pass = 0; pass < 7; pass++)
    if (PNG_PASS_COLS(header->width, pass) > 0) rows += PNG_PASS_ROWS(header->height, pass);
  return rows;
}

static void transform(png_structp png, png_infop info, CImagesForm form, CImagesHeader *header) {
  const bool is_transparent = png_get_valid(png, info, PNG_INFO_tRNS);
  if (is_transparent) header->has_alpha = true;
  if (form == CImagesIndices) {
    if (!header->is_gray && !header->is_palette) png_error(png, "an RGB image; expected one channel of indices");
    if (header->depth == 16) png_error(png, "16 bits a sample; expected indices of at most 8 bits");
    png_set_packing(png);
    png_set_strip_alpha(png);
    return;
  }
  if (header->is_palette) png_set_palette_to_rgb(png);
  if (header->is_gray) {
    if (header->depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  if (form == CImagesRGB) {
    if (header->depth == 16) png_set_strip_16(png);
    png_set_strip_alpha(png);
    return;
  }
  if (is_transparent)
    png_set_tRNS_to_alpha(png);
  else if (!header->has_alpha)
    png_set_add_alpha(png, header->depth == 16 ? 0xffff : 0xff, PNG_FILLER_AFTER);
  const uint16_t one = 1;
  if (header->depth == 16 && *(const uint8_t *)&one) png_set_swap(png);
}

// Everything that may longjmp; what it allocates is reachable from the arguments, so that the caller frees it.
static bool decode(png_structp png, png_infop info, Source *source, CImagesForm form, CImagesHeader *header,
                   uint8_t *pixels) {
  const int jump = setjmp(png_jmpbuf(png));
  if (jump) return jump == ROWS_DONE;
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);  // check_chunks did
  png_set_chunk_malloc_max(png, 8 << 20);
  // Texts, profiles and the like are passed over unread.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);
  transform(png, info, form, header);
  png_set_read_user_transform_fn(png, count_row);
  png_set_user_transform_info(png, source, 0, 0);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t row = (size_t)header->width * form;
  const bool is_half = form == CImagesSamples && header->depth < 16;
  if (png_get_rowbytes(png, info) != (is_half ? row / 2 : row)) png_error(png, "unexpected row length");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < header->height; y++) png_read_row(png, pixels + y * row, NULL);
  return true;
}

bool cimages_decode_png(const uint8_t *bytes, size_t count, CImagesForm form, CImagesHeader *header,
                        uint8_t *pixels, char *message) {
  if (!check_chunks(bytes, count, message)) return false;
  refuse(message, "out of memory");
  Source source = {bytes, count, stored_rows(header)};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, keep_message, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  bool done = false;
  if (info) {
    png_set_read_fn(png, &source, take_bytes);
    done = decode(png, info, &source, form, header, pixels);
  }
  png_destroy_read_struct(png ? &png : NULL, info ? &info : NULL, NULL);
  if (done && form == CImagesSamples && header->depth < 16)
    // Bytes fill the first half of each row; from the end on none is written over before it is read.
    for (uint32_t y = 0; y < header->height; y++) {
      uint8_t *row = pixels + (size_t)y * header->width * 8;
      for (size_t i = (size_t)header->width * 4; i-- > 0;) {
        const uint16_t sample = row[i];
        memcpy(row + 2 * i, &sample, 2);
      }
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
