#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// jpeglib.h needs the types of stdio.h.
#include <jerror.h>
#include <jpeglib.h>

#include "CImages.h"
#include "image_limits.h"

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
static void count_scans(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number <= 100) return;
  Errors *errors = (Errors *)jpeg->err;
  snprintf(errors->message, CIMAGES_MESSAGE_CAPACITY, "more than 100 scans");
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

// Everything that may longjmp; what it allocates is reachable from the arguments, so that the caller frees it.
static bool decode(struct jpeg_decompress_struct *jpeg, struct jpeg_progress_mgr *progress, Errors *errors,
                   const uint8_t *bytes, size_t count, CImagesLimits limits, CImagesPixels *result) {
  if (setjmp(errors->back)) return false;
  jpeg_create_decompress(jpeg);
  jpeg->progress = progress;
  jpeg_mem_src(jpeg, bytes, count);
  jpeg_read_header(jpeg, TRUE);
  result->width = jpeg->image_width;
  result->height = jpeg->image_height;
  // Of several scans, the coefficients of all components wait in memory for the last one.
  const unsigned waiting = jpeg_has_multiple_scans(jpeg) ? 2 * (unsigned)jpeg->num_components : 0;
  if (!within_limits(result->width, result->height, 3 + waiting, limits, errors->message)) return false;

  const bool inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(jpeg);
  const size_t row = (size_t)result->width * 3;
  result->bytes = malloc(row * result->height);
  if (!result->bytes) ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
  JSAMPARRAY line = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, result->width * 4, 1);
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *out = result->bytes + jpeg->output_scanline * row;
    jpeg_read_scanlines(jpeg, line, 1);
    if (inks)
      inks_to_rgb(out, line[0], result->width, jpeg->saw_Adobe_marker);
    else
      memcpy(out, line[0], row);
  }
  jpeg_finish_decompress(jpeg);
  return true;
}

bool cimages_decode_jpeg(const uint8_t *bytes, size_t count, CImagesLimits limits, CImagesPixels *result,
                         char *message) {
  *result = (CImagesPixels){0};
  message[0] = 0;
  struct jpeg_decompress_struct jpeg = {0};
  Errors errors = {.message = message};
  jpeg.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = keep_message;
  errors.base.emit_message = judge_warning;
  errors.base.output_message = no_output;
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  const bool done = decode(&jpeg, &progress, &errors, bytes, count, limits, result);
  jpeg_destroy_decompress(&jpeg);
  if (!done) {
    free(result->bytes);
    result->bytes = NULL;
  }
  return done;
}
