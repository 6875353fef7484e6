#pragma once
#include <stdbool.h>
#include <stdint.h>

// A narrow door to ncurses: one full-screen terminal for each process. curses.h itself is not shown, most of
// what it defines are macros and mutable globals that Swift can't use. Everything but terminal_wake is called
// from one thread.

enum terminal_result {
  TERMINAL_STARTED = 0,
  TERMINAL_NO_TTY,            // input or output is no terminal
  TERMINAL_UNKNOWN_TYPE,      // terminfo has no entry for TERM
  TERMINAL_NO_CURSOR_MOTION,  // the terminal can't place the cursor, such as TERM=dumb
  TERMINAL_LOG_FAILED,        // the log can't be opened: errno tells why
  TERMINAL_FAILED             // anything else: errno tells why
};

// Keys that are no characters. Function keys are TERMINAL_KEY_F0 + number.
enum terminal_key {
  TERMINAL_KEY_NONE = 0,
  TERMINAL_KEY_UP,
  TERMINAL_KEY_DOWN,
  TERMINAL_KEY_LEFT,
  TERMINAL_KEY_RIGHT,
  TERMINAL_KEY_HOME,
  TERMINAL_KEY_END,
  TERMINAL_KEY_PAGE_UP,
  TERMINAL_KEY_PAGE_DOWN,
  TERMINAL_KEY_INSERT,
  TERMINAL_KEY_DELETE,
  TERMINAL_KEY_BACKSPACE,
  TERMINAL_KEY_ENTER,
  TERMINAL_KEY_BACK_TAB,
  TERMINAL_KEY_PASTE_BEGINS,
  TERMINAL_KEY_PASTE_ENDS,
  TERMINAL_KEY_OTHER,
  TERMINAL_KEY_F0 = 100
};

// screen.c ------------------------------------------------------------------------------------------------

// Takes over the terminal and directs the process' own stdout and stderr to the log (NULL: nowhere).
// With colours only if wanted; with glyphs beyond ASCII only if the locale, or else C.UTF-8, has them.
enum terminal_result terminal_start(int input, int output, const char *log, bool colors, bool unicode);
// Gives the terminal and the two streams back. May be called at any time and more than once.
void terminal_stop(void);
// Gives the terminal back from any thread, with nothing but async-signal-safe calls, before the process ends at once.
void terminal_give_back(void);
// Gives the terminal back, stops the process as Ctrl-Z does, and takes it again once continued.
void terminal_suspend(void);
// After a stop by others: sets the modes again and repaints everything at the next flush.
void terminal_reenter(void);

// Colours after terminal_start; 0 when there are none or none were wanted.
int terminal_colors(void);
// Whether colour numbers are 0xRRGGBB.
bool terminal_has_direct_color(void);
// Whether glyphs beyond ASCII can be written.
bool terminal_has_unicode(void);
// The largest pair number.
int terminal_pair_limit(void);
// Gives a pair its colours; -1 is the terminal's own. false when the terminal refuses.
bool terminal_define_pair(int pair, int foreground, int background);
// Forgets all pairs and repaints everything at the next flush.
void terminal_forget_pairs(void);

// The extent by TIOCGWINSZ, or curses' own guess when the driver doesn't know it.
void terminal_size(int *rows, int *columns);
// Tells curses the extent and repaints everything at the next flush.
void terminal_resize(int rows, int columns);

// Writes one glyph (a base and its combining marks) that takes 1 or 2 columns. Attributes: 1 bold, 2 dim,
// 4 underline, 8 reverse. A glyph that the C library measures differently becomes question marks, otherwise
// curses and the terminal would disagree about the rest of the row.
void terminal_put(int y, int x, const uint32_t *scalars, int count, int columns, unsigned attributes, int pair);
void terminal_erase(void);
void terminal_repaint(void);
// Sends what changed.
void terminal_flush(void);

// Whether the terminal places the cursor, moves right, erases to the end of a row, waits beyond the last column and takes
// colours (8, 256 or all) and attributes as xterm does, so that what changes can be written without curses.
bool terminal_is_like_xterm(void);
// Whether the C library gives a glyph that number of columns.
bool terminal_measures(const uint32_t *scalars, int count, int columns);
// Writes bytes to the terminal, past curses.
void terminal_send(const uint8_t *bytes, int length);

// The file descriptor that keys come from.
int terminal_input(void);
// Whether the other side is gone: input that is ready but holds no byte.
bool terminal_input_ended(void);
// The next key without waiting (but 25 ms after Esc): 0 none, 1 a character, 2 one of terminal_key.
int terminal_read_key(uint32_t *value);

// signals.c -----------------------------------------------------------------------------------------------

// Each byte read here is the number of a signal: SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP or SIGCONT.
int terminal_signals(void);
// A descriptor that becomes readable by terminal_wake, which any thread may call. -1 and errno on failure.
int terminal_wake_open(void);
void terminal_wake(int descriptor);
// Makes it unreadable again.
void terminal_wake_clear(int descriptor);
