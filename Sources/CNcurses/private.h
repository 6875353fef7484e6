#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

// What a dying process needs to give the terminal back: nothing here may be computed in a signal handler.
struct terminal_rescue {
  int output;               // the terminal
  struct termios modes;     // as they were before
  char text[512];           // leaves the alternate screen, shows the cursor, resets attributes and the keypad
  size_t length;
  int saved_stdout;         // the process' own streams, or -1
  int saved_stderr;
  volatile int active;      // whether the screen is ours
};
extern struct terminal_rescue terminal_rescue;

bool terminal_install_signals(void);
void terminal_uninstall_signals(void);
void terminal_default_stop_signals(void);
void terminal_own_stop_signals(void);
