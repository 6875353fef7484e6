#include "AllocationCount.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>

#if __has_feature(address_sanitizer)
// The sanitizer has a malloc of its own, which must stay: nothing is counted.
size_t allocation_count_now(void) { return 0; }
size_t allocation_count_peak(void) { return 0; }
void allocation_count_reset_peak(void) {}
#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static atomic_size_t now, peak;

size_t allocation_count_now(void) { return now; }
size_t allocation_count_peak(void) { return peak; }
void allocation_count_reset_peak(void) { peak = now; }

static void *taken(void *block) {
  if (!block) return block;
  const size_t size = malloc_usable_size(block), sum = atomic_fetch_add(&now, size) + size;
  size_t highest = peak;
  while (sum > highest && !atomic_compare_exchange_weak(&peak, &highest, sum)) continue;
  return block;
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

void *realloc(void *block, size_t size) {
  const size_t before = block ? malloc_usable_size(block) : 0;
  void *moved = __libc_realloc(block, size);
  // Both blocks are counted while they are copied.
  if (moved) taken(moved);
  if (moved || size == 0) now -= before;
  return moved;
}

void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  void *found = taken(__libc_memalign(alignment, size));
  if (!found) return ENOMEM;
  *block = found;
  return 0;
}

void free(void *block) {
  if (block) now -= malloc_usable_size(block);
  __libc_free(block);
}

#endif
