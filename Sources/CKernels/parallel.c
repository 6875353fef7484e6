// Loops on a few threads that stay. A clip has more than a thousand loops of about a millisecond: between them the threads
// wait on their feet for a moment, because to sleep and be woken costs up to a tenth of a millisecond on a virtual machine.
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { most_workers = 63, moment = 3000 };

static struct {
  pthread_mutex_t in_use;          // held by whoever runs a loop
  int workers;                     // that were started; guarded by in_use
  atomic_uint_least64_t ticket;    // the loop's number, and in the lowest byte how many workers it wants
  atomic_int running, sleeping;
  atomic_int_least64_t next;
  int64_t count;
  void (*body)(void *, int64_t);
  void *context;
  pthread_mutex_t bed;
  pthread_cond_t alarm;
} loop = {.in_use = PTHREAD_MUTEX_INITIALIZER, .bed = PTHREAD_MUTEX_INITIALIZER, .alarm = PTHREAD_COND_INITIALIZER};

static inline void c3n_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int *c3n_inside_loop(void) {
  static _Thread_local int inside;
  return &inside;
}

static void c3n_take_part(void) {
  *c3n_inside_loop() = 1;
  for (int64_t i; (i = atomic_fetch_add(&loop.next, 1)) < loop.count;) loop.body(loop.context, i);
  *c3n_inside_loop() = 0;
}

static void *c3n_work(void *number) {
  uint64_t seen = 0;
  for (;;) {
    uint64_t ticket = atomic_load(&loop.ticket);
    for (int i = 0; i < moment && ticket == seen; i++) {
      c3n_pause();
      ticket = atomic_load(&loop.ticket);
    }
    if (ticket == seen) {
      pthread_mutex_lock(&loop.bed);
      atomic_fetch_add(&loop.sleeping, 1);
      while ((ticket = atomic_load(&loop.ticket)) == seen) pthread_cond_wait(&loop.alarm, &loop.bed);
      atomic_fetch_sub(&loop.sleeping, 1);
      pthread_mutex_unlock(&loop.bed);
    }
    seen = ticket;
    if ((intptr_t)number >= (intptr_t)(ticket & 0xff)) continue;
    c3n_take_part();
    atomic_fetch_sub(&loop.running, 1);
  }
  return 0;
}

void c3n_parallel(int64_t count, int threads, void (*body)(void *, int64_t), void *context) {
  int helpers = (count < threads ? (int)count : threads) - 1;
  if (helpers > most_workers) helpers = most_workers;
  // Inside of a loop, or while another thread runs one, the caller does the work alone.
  if (helpers < 1 || *c3n_inside_loop() || pthread_mutex_trylock(&loop.in_use)) {
    for (int64_t i = 0; i < count; i++) body(context, i);
    return;
  }
  for (; loop.workers < helpers; loop.workers++) {
    pthread_t thread;
    if (pthread_create(&thread, 0, c3n_work, (void *)(intptr_t)loop.workers)) break;
    pthread_detach(thread);
  }
  if (helpers > loop.workers) helpers = loop.workers;
  loop.count = count;
  loop.body = body;
  loop.context = context;
  atomic_store(&loop.next, 0);
  atomic_store(&loop.running, helpers);
  atomic_store(&loop.ticket, ((atomic_load(&loop.ticket) >> 8) + 1) << 8 | (uint64_t)helpers);
  if (atomic_load(&loop.sleeping) > 0) {
    pthread_mutex_lock(&loop.bed);
    pthread_cond_broadcast(&loop.alarm);
    pthread_mutex_unlock(&loop.bed);
  }
  c3n_take_part();
  for (int i = 0; atomic_load(&loop.running) > 0; i++) {
    if (i < moment)
      c3n_pause();
    else
      sched_yield();
  }
  pthread_mutex_unlock(&loop.in_use);
}
