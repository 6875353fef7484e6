#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "CNcurses.h"
#include "private.h"

struct terminal_rescue terminal_rescue = {.output = -1, .saved_stdout = -1, .saved_stderr = -1};

static const int reported[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT};
static const int fatal[] = {SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGQUIT};
enum { reported_count = sizeof reported / sizeof *reported, fatal_count = sizeof fatal / sizeof *fatal };

static struct sigaction before_reported[reported_count];
static struct sigaction before_fatal[fatal_count];
static int signal_pipe[2] = {-1, -1};
static sigset_t mask_before;
static bool installed = false;
static void *alternate_stack = NULL;

static void report(int number) {
  int error = errno;
  unsigned char byte = (unsigned char)number;
  // A full pipe already wakes the reader.
  ssize_t written = write(signal_pipe[1], &byte, 1);
  (void)written;
  errno = error;
}

void terminal_give_back(void) {
  if (terminal_rescue.active) {
    terminal_rescue.active = 0;
    size_t done = 0;
    while (done < terminal_rescue.length) {
      ssize_t written =
        write(terminal_rescue.output, terminal_rescue.text + done, terminal_rescue.length - done);
      if (written <= 0) break;
      done += (size_t)written;
    }
    tcsetattr(terminal_rescue.output, TCSADRAIN, &terminal_rescue.modes);
    if (terminal_rescue.saved_stdout >= 0) dup2(terminal_rescue.saved_stdout, STDOUT_FILENO);
    if (terminal_rescue.saved_stderr >= 0) dup2(terminal_rescue.saved_stderr, STDERR_FILENO);
  }
}

// Gives the terminal back, then lets the signal do what it would have done without us.
static void rescue(int number) {
  terminal_give_back();
  for (int index = 0; index < fatal_count; index++) {
    if (fatal[index] == number) sigaction(number, &before_fatal[index], NULL);
  }
  raise(number);
}

static void own(int number) {
  struct sigaction action = {.sa_handler = report, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

// Called before curses sets its own handlers, to remember who was there, and again after it.
bool terminal_install_signals(void) {
  if (!installed) {
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    for (int index = 0; index < reported_count; index++) {
      sigaction(reported[index], NULL, &before_reported[index]);
    }
    for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], NULL, &before_fatal[index]);
    // Whoever started the process may have left signals blocked.
    sigset_t wanted;
    sigemptyset(&wanted);
    for (int index = 0; index < reported_count; index++) sigaddset(&wanted, reported[index]);
    for (int index = 0; index < fatal_count; index++) sigaddset(&wanted, fatal[index]);
    pthread_sigmask(SIG_UNBLOCK, &wanted, &mask_before);
    installed = true;
  }
  for (int index = 0; index < reported_count; index++) {
    // The wish of whoever started the process with an ignored signal, such as nohup, is kept.
    int number = reported[index];
    bool ends = number == SIGHUP || number == SIGTERM || number == SIGINT;
    if (ends && before_reported[index].sa_handler == SIG_IGN) continue;
    own(reported[index]);
  }
  // A stack overflow leaves no stack to run a handler on.
  enum { size = 64 * 1024 };
  if (alternate_stack == NULL) alternate_stack = malloc(size);
  if (alternate_stack != NULL) {
    stack_t stack = {.ss_sp = alternate_stack, .ss_size = size};
    sigaltstack(&stack, NULL);
  }
  struct sigaction action = {.sa_handler = rescue, .sa_flags = SA_ONSTACK | SA_NODEFER};
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &action, NULL);
  return true;
}

void terminal_uninstall_signals(void) {
  if (!installed) return;
  for (int index = 0; index < reported_count; index++) {
    sigaction(reported[index], &before_reported[index], NULL);
  }
  for (int index = 0; index < fatal_count; index++) sigaction(fatal[index], &before_fatal[index], NULL);
  pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
  close(signal_pipe[0]);
  close(signal_pipe[1]);
  signal_pipe[0] = signal_pipe[1] = -1;
  installed = false;
}

void terminal_default_stop_signals(void) {
  signal(SIGTSTP, SIG_DFL);
  signal(SIGCONT, SIG_DFL);
}

void terminal_own_stop_signals(void) {
  own(SIGTSTP);
  own(SIGCONT);
}

int terminal_signals(void) { return signal_pipe[0]; }

int terminal_wake_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void terminal_wake(int descriptor) {
  uint64_t one = 1;
  ssize_t written = write(descriptor, &one, sizeof one);
  (void)written;
}

void terminal_wake_clear(int descriptor) {
  uint64_t count;
  ssize_t got = read(descriptor, &count, sizeof count);
  (void)got;
}
