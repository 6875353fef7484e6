// The hot loops that are not matrix products. One operation a file; every array is float32, row-major, channels last.
// Loops work on the rows they are given, so that callers can split them between threads.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Builds a function for three processor generations and lets the loader choose (x86-64 on Linux).
#if defined(__x86_64__) && defined(__linux__)
#define C3N_MULTIVERSIONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define C3N_MULTIVERSIONED
#endif

// cpu.c: which build of the kernels runs. The environment variable C3N_CPU (`avx2`, `baseline`), read once, keeps a
// better processor from its better builds.
typedef enum { C3N_CPU_BASELINE, C3N_CPU_AVX2, C3N_CPU_AVX512 } c3n_cpu_kind;
c3n_cpu_kind c3n_cpu(void);
c3n_cpu_kind c3n_cpu_choose(int kind);  // on this thread from now on, or again the best (-1); returns which
const char *c3n_cpu_name(void);

int c3n_processors(void);      // that this process may use

// parallel.c: calls body(context, i) for all i below count, on so many threads at most
void c3n_parallel(int64_t count, int threads, void (*body)(void *, int64_t), void *context);
int *c3n_inside_loop(void);  // of this thread: whether it is inside of such a loop

// peak.c: fused multiply-adds in registers; returns the floating-point operations that it did
double c3n_fma_loop(int64_t rounds);

// Where a tap of a sliding window reads, relative to stride times the output's position.
typedef struct {
  int32_t row, column;
} c3n_tap;

// A map [frames, height, width, channels] unfolded: a row for each output pixel, of [taps, channels].
typedef struct {
  int64_t height, width, channels, output_height, output_width, stride;
  const c3n_tap *taps;
} c3n_map;

// product.c: C [rows, columns] = op(A) op(B), or with what is said below. Blocks of C are independent of each other.
//   C = rectify((alpha A B + C if accumulate) scale + bias) slopes + residual
typedef struct {
  int64_t depth;
  const float *a;      // [rows, depth] with rows `a_stride` apart; [depth, rows] if transposed; or a map
  int64_t a_stride;
  int a_transposed;
  const c3n_map *map;  // null for a matrix
  const float *b;      // [depth, columns]; [columns, depth] if transposed
  int64_t b_stride;
  int b_transposed;
  const float *panels;  // B as `c3n_product_pack` made it, or null: then every block packs what it needs
  float *c;
  int64_t c_stride;
  float alpha;
  int accumulate, rectify;
  const float *scale, *bias, *residual;  // [columns], [columns], as C; each may be null
  const uint16_t *slopes;                // as C, in 16 bits as `c3n_gelu` writes them; may be null
  int64_t residual_stride, slope_stride;
} c3n_product;
size_t c3n_product_scratch(const c3n_product *product);  // floats, of a block that packs for itself
// Columns [first ..+ columns] of B into `panels` [columns / 32][depth][32], all of B; `first` is a multiple of 32.
void c3n_product_pack(const c3n_product *product, float *panels, int64_t first, int64_t columns);
void c3n_product_block(const c3n_product *product, int64_t first_row, int64_t rows, int64_t first_column,
                       int64_t columns, float *scratch);

// attention.c: softmax(q k^T scale) v of one head; q, y [n, width] with rows `stride` apart, k, v [m, width] with rows
// `kv_stride` apart. Scratch is in floats.
size_t c3n_attention_scratch(int64_t m, int64_t width);
void c3n_attention(float *y, const float *q, const float *k, const float *v, int64_t n, int64_t m, int64_t width,
                   int64_t stride, int64_t kv_stride, float scale, float *scratch);
size_t c3n_attention_backward_scratch(int64_t n, int64_t m, int64_t width);
void c3n_attention_gradients(float *dq, float *dk, float *dv, const float *dy, const float *q, const float *k,
                             const float *v, int64_t n, int64_t m, int64_t width, int64_t stride, int64_t kv_stride,
                             float scale, float *scratch);

// winograd.c: y [frames, height, width, outputs] of x [frames, height, width, channels], 3x3, stride 1, padding 1;
// y = rectify(sums scale + bias) + residual
typedef struct {
  const float *x;
  float *y;
  int64_t frames, height, width, channels, outputs;
  int rectify;
  const float *scale, *bias, *residual;  // [outputs], [outputs], as y; each may be null
} c3n_winograd;
size_t c3n_winograd_weight_count(int64_t channels, int64_t outputs);
// `scratch` has 9 channels 32 floats.
void c3n_winograd_pack(float *u, const float *kernels, int64_t channels, int64_t outputs, int backward, int64_t first,
                       int64_t count, float *scratch);
int64_t c3n_winograd_tiles(const c3n_winograd *w);
size_t c3n_winograd_scratch(const c3n_winograd *w);  // floats
void c3n_winograd_block(const c3n_winograd *w, const float *u, int64_t first, int64_t count, float *scratch);

// elementwise.c
void c3n_add(float *y, const float *x, size_t count);                       // y += x
void c3n_relu(float *y, const float *x, size_t count);                      // y = max(x, 0)
void c3n_relu_backward(float *dx, const float *dy, const float *x, size_t count);  // dx = dy where x > 0
void c3n_clamp(float *y, const float *x, float low, float high, size_t count);
void c3n_clamp_backward(float *dx, const float *dy, const float *x, float low, float high, size_t count);
void c3n_sigmoid(float *y, const float *x, size_t count);
void c3n_fill_rows(float *y, const float *row, size_t rows, size_t columns);        // every row of y = row
void c3n_affine_rows(float *y, const float *x, const float *scale, const float *shift, size_t rows,
                     size_t columns);                                               // y = x scale + shift
void c3n_multiply_rows(float *y, const float *x, const float *scale, size_t rows, size_t columns);

// reductions.c
void c3n_sum_rows(float *sum, const float *x, size_t rows, size_t columns);         // sum[c] += over rows of x
float c3n_dot(const float *a, const float *b, size_t count);

// gelu.c: x Phi(x) with the exact erf (absolute error below 1e-6). Slopes, if wanted, are Phi(x) + x phi(x) in 16 bits,
// off by 1e-5 at most: half the memory of x for the way back.
void c3n_gelu(float *y, const float *x, size_t count, uint16_t *slopes);
void c3n_gelu_backward(float *dx, const float *dy, const float *x, size_t count);
void c3n_multiply_slopes(float *dx, const float *dy, const uint16_t *slopes, size_t count);

// neighbours.c: depthwise 3x3, stride 1, padding 1, for channels that fit; rows are counted over all frames. What comes
// out: sums, GELU of the sums, slopes of that as in gelu.c; each may be null.
typedef struct {
  int64_t height, width, channels;
  const float *x, *weights, *bias;  // weights [9, channels]; bias may be null
  float *sums, *activated;
  uint16_t *slopes;
} c3n_neighbour_pass;
int c3n_neighbours_fit(int64_t channels);
void c3n_neighbours(const c3n_neighbour_pass *pass, int64_t first_row, int64_t rows);

// softmax.c: over the columns of each row
void c3n_softmax_rows(float *x, size_t rows, size_t columns);
void c3n_softmax_rows_backward(float *dx_dy, const float *y, size_t rows, size_t columns);  // dy in, dx out

// layernorm.c: statistics are (mean, 1 / standard deviation) per row; to dx a residual may be added, or null
void c3n_layernorm(float *y, float *statistics, const float *x, const float *gamma, const float *beta, float epsilon,
                   size_t rows, size_t columns);
void c3n_layernorm_backward(float *dx, const float *dy, const float *x, const float *statistics, const float *gamma,
                            const float *residual, size_t rows, size_t columns);
void c3n_layernorm_backward_parameters(float *dgamma, float *dbeta, const float *dy, const float *x,
                                       const float *statistics, size_t rows, size_t columns);

// A two-dimensional window that slides over maps of [height, width, channels].
typedef struct {
  int64_t height, width, channels;              // of the input map
  int64_t kernel_height, kernel_width;
  int64_t stride, dilation;
  int64_t pad_top, pad_left;                    // zeros; those at the bottom and right follow from the output size
  int64_t output_height, output_width;
} c3n_window;

// im2col.c: output pixels [first, first + count) counted over all frames, in rows of kernel_h kernel_w channels
void c3n_im2col(float *columns, const float *x, const c3n_window *window, int64_t first, int64_t count);
// Adds the columns of one frame's output rows back onto its map dx [height, width, channels].
void c3n_col2im(float *dx, const float *columns, const c3n_window *window, int64_t first_row, int64_t rows);

// depthwise.c: weights [kernel_h, kernel_w, channels]; output rows [first, first + count) over all frames
void c3n_depthwise(float *y, const float *x, const float *weight, const float *bias, const c3n_window *window,
                   int64_t first, int64_t count);
// Input rows [first, first + count) over all frames of the gradient.
void c3n_depthwise_backward(float *dx, const float *dy, const float *weight, const c3n_window *window, int64_t first,
                            int64_t count);
// Adds to the kernel's gradient in channels [first, first + count).
void c3n_depthwise_backward_parameters(float *dweight, const float *dy, const float *x, const c3n_window *window,
                                       int64_t frames, int64_t first, int64_t count);

// upsample.c: bilinear; output rows [first, first + count) over all frames
void c3n_upsample(float *y, const float *x, int64_t height, int64_t width, int64_t channels, int64_t output_height,
                  int64_t output_width, int align_corners, int64_t first, int64_t count);
void c3n_upsample_backward(float *dx, const float *dy, int64_t height, int64_t width, int64_t channels,
                           int64_t output_height, int64_t output_width, int align_corners, int64_t frames);

// pool.c
void c3n_average_pool_2x2(float *y, const float *x, int64_t height, int64_t width, int64_t channels, int64_t frames);
void c3n_average_pool_2x2_backward(float *dx, const float *dy, int64_t height, int64_t width, int64_t channels,
                                   int64_t frames);
// Maxima of windows for output rows [first, first + count) over all frames, and which tap each came from, or null; back
// for input rows.
void c3n_max_pool(float *y, uint8_t *taps, const float *x, const c3n_window *window, int64_t first, int64_t count);
void c3n_max_pool_backward(float *dx, const float *dy, const uint8_t *taps, const c3n_window *window, int64_t first,
                           int64_t count);

// batchnorm.c: statistics over the rows of each column; `scale` is 1 / standard deviation
void c3n_batch_statistics(float *mean, float *variance, const float *x, size_t rows, size_t columns);  // biased
void c3n_batchnorm_sums(float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean,
                        const float *scale, size_t rows, size_t columns);
// `rows` of a batch of `batch` rows, whose sums are given.
void c3n_batchnorm_backward(float *dx, const float *dy, const float *x, const float *mean, const float *scale,
                            const float *gamma, const float *dgamma, const float *dbeta, size_t batch, size_t rows,
                            size_t columns);

// training.c: sums are cross entropy, sum of p y, sum of p, sum of y
void c3n_segmentation_sums(float *probabilities, const float *logits, const float *truth, size_t count, double *sums);
void c3n_segmentation_gradient(float *dx, const float *probabilities, const float *truth, float entropy, float hit,
                               float each, size_t count);
void c3n_adam(float *value, float *m, float *v, const float *gradient, float beta1, float beta2, float rate,
              float correction, float epsilon, size_t count);
void c3n_move_average(float *average, const float *value, float share, size_t count);  // average += share (value - average)

// consensus.c: the largest of audio[j] similarity[k, j] visual[k]; ties go to the lowest k, then the lowest j
void c3n_reweighted_maximum(const float *similarity, const float *audio, const float *visual, size_t visual_count,
                            size_t audio_count, float *maximum, int64_t *visual_index, int64_t *audio_index);
// CCAM's way back for positions of one frame, whose channel gates are given.
void c3n_attention_backward(float *dv, const float *dy, const float *v, const float *gates, size_t positions,
                            size_t channels);

// formula.c: weights by formula; state is the key's hash plus the seed's share
void c3n_formula_weights(float *values, uint64_t state, float mean, float scale, size_t count);
