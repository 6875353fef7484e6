#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// jpeglib.h needs the types of stdio.h.
#include <jerror.h>
#include <jpeglib.h>

#include "CImages.h"

bool cimages_is_jpeg(const uint8_t *bytes, size_t count) {
  return count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf back;
  char *message;
} Errors;

static void keep_message(j_common_ptr jpeg) {
  Errors *errors = (Errors *)jpeg->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(jpeg, text);
  snprintf(errors->message, CIMAGES_MESSAGE_CAPACITY, "%s", text);
  longjmp(errors->back, 1);
}

// libjpeg fills what is missing with grey and only warns. Here every warning is a failure but those about
// markers that leave the picture as it is.
static void judge_warning(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL: break;
    default: keep_message(jpeg);
  }
}

// Each scan goes over all of the picture however few bytes it has. Honest files have a dozen.
static void count_scans(j_common_ptr common) {
  j_decompress_ptr jpeg = (j_decompress_ptr)common;
  const int most = (uint64_t)jpeg->image_width * jpeg->image_height > 4000000 ? 32 : 100;
  if (jpeg->input_scan_number <= most) return;
  Errors *errors = (Errors *)jpeg->err;
  snprintf(errors->message, CIMAGES_MESSAGE_CAPACITY, "more than %d scans", most);
  longjmp(errors->back, 1);
}

static void no_output(j_common_ptr jpeg) { (void)jpeg; }

static uint8_t product(unsigned a, unsigned b) {
  const unsigned x = a * b + 128;
  return (uint8_t)((x + (x >> 8)) >> 8);
}

// Printers' inks to light, as Pillow does: (1 - C)(1 - K). Adobe's files store 255 - ink.
static void inks_to_rgb(uint8_t *rgb, const uint8_t *cmyk, uint32_t width, bool inverted) {
  const uint8_t flip = inverted ? 0 : 255;
  for (uint32_t x = 0; x < width; x++) {
    const unsigned light = cmyk[4 * x + 3] ^ flip;
    for (int c = 0; c < 3; c++)
      rgb[3 * x + c] = (uint8_t)(light - product(255 - (cmyk[4 * x + c] ^ flip), light));
  }
}

typedef struct {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_progress_mgr progress;
  Errors errors;
} Decoder;

// Reads what is before the first scan. May longjmp.
static void read_header(Decoder *decoder, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&decoder->jpeg);
  decoder->jpeg.progress = &decoder->progress;
  jpeg_mem_src(&decoder->jpeg, bytes, count);
  jpeg_read_header(&decoder->jpeg, TRUE);
}

// Everything that may longjmp; what it allocates is reachable from the arguments, so that the caller frees it.
static bool measure(Decoder *decoder, const uint8_t *bytes, size_t count, CImagesHeader *header) {
  if (setjmp(decoder->errors.back)) return false;
  read_header(decoder, bytes, count);
  j_decompress_ptr jpeg = &decoder->jpeg;
  header->width = jpeg->image_width;
  header->height = jpeg->image_height;
  header->depth = (uint8_t)jpeg->data_precision;
  header->components = (uint8_t)jpeg->num_components;
  header->is_gray = jpeg->jpeg_color_space == JCS_GRAYSCALE;
  header->is_cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  header->has_several_scans = jpeg_has_multiple_scans(jpeg);
  return true;
}

static bool decode(Decoder *decoder, const uint8_t *bytes, size_t count, const CImagesHeader *header,
                   uint8_t *pixels) {
  if (setjmp(decoder->errors.back)) return false;
  read_header(decoder, bytes, count);
  j_decompress_ptr jpeg = &decoder->jpeg;
  jpeg->out_color_space = header->is_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(jpeg);
  if (jpeg->output_width != header->width || jpeg->output_height != header->height)
    ERREXIT(jpeg, JERR_IMAGE_TOO_BIG);
  const size_t row = (size_t)header->width * 3;
  JSAMPARRAY line = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, header->width * 4, 1);
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *out = pixels + jpeg->output_scanline * row;
    jpeg_read_scanlines(jpeg, line, 1);
    if (header->is_cmyk)
      inks_to_rgb(out, line[0], header->width, jpeg->saw_Adobe_marker);
    else
      memcpy(out, line[0], row);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

static void prepare(Decoder *decoder, char *message) {
  *decoder = (Decoder){.progress = {.progress_monitor = count_scans}, .errors = {.message = message}};
  decoder->jpeg.err = jpeg_std_error(&decoder->errors.base);
  decoder->errors.base.error_exit = keep_message;
  decoder->errors.base.emit_message = judge_warning;
  decoder->errors.base.output_message = no_output;
}

bool cimages_measure_jpeg(const uint8_t *bytes, size_t count, CImagesHeader *header, char *message) {
  *header = (CImagesHeader){0};
  Decoder decoder;
  prepare(&decoder, message);
  const bool done = measure(&decoder, bytes, count, header);
  jpeg_destroy_decompress(&decoder.jpeg);
  return done;
}

bool cimages_decode_jpeg(const uint8_t *bytes, size_t count, const CImagesHeader *header, uint8_t *pixels,
                         char *message) {
  Decoder decoder;
  prepare(&decoder, message);
  const bool done = decode(&decoder, bytes, count, header, pixels);
  jpeg_destroy_decompress(&decoder.jpeg);
  return done;
}
