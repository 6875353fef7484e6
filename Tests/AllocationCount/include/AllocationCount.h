#pragma once
#include <stddef.h>

// Counts the heap of the whole program, whoever asks: Swift, C and the libraries. An executable that links this
// has its own malloc, which calls glibc's.

// The bytes that are allocated now.
size_t allocation_count_now(void);

// The most that there were since the last reset.
size_t allocation_count_peak(void);

// Lets the peak begin at what is allocated now.
void allocation_count_reset_peak(void);
