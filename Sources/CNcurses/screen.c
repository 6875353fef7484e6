#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
// term.h defines short names as macros.
#undef lines
#undef columns
#undef buttons

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "CNcurses.h"
#include "private.h"

static SCREEN *screen = NULL;
static WINDOW *keys = NULL;  // a pad: reading from it never refreshes the screen
static FILE *input_stream = NULL, *output_stream = NULL;
static int input = -1;
static int log_file = -1;
static bool direct_color = false, unicode_glyphs = false;
static int color_count = 0;

// Codes beyond curses' own for the ends of a bracketed paste.
enum { paste_begins = KEY_MAX + 1, paste_ends = KEY_MAX + 2 };
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";

static void send(const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(terminal_rescue.output, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      struct pollfd waiting = {.fd = terminal_rescue.output, .events = POLLOUT};
      poll(&waiting, 1, -1);
      continue;
    }
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

// Appends a terminfo string without its padding ($<5>), which only real teletypes need.
static void append_capability(const char *name) {
  const char *text = tigetstr((char *)name);
  if (text == NULL || text == (char *)-1) return;
  while (*text != 0 && terminal_rescue.length < sizeof terminal_rescue.text) {
    if (text[0] == '$' && text[1] == '<') {
      const char *end = strchr(text, '>');
      if (end != NULL) {
        text = end + 1;
        continue;
      }
    }
    terminal_rescue.text[terminal_rescue.length++] = *text++;
  }
}

static void prepare_rescue(void) {
  terminal_rescue.length = 0;
  append_capability("rmacs");
  append_capability("sgr0");
  append_capability("op");
  append_capability("cnorm");
  append_capability("rmkx");
  size_t room = sizeof terminal_rescue.text - terminal_rescue.length;
  if (room >= sizeof paste_off) {
    memcpy(terminal_rescue.text + terminal_rescue.length, paste_off, sizeof paste_off - 1);
    terminal_rescue.length += sizeof paste_off - 1;
  }
  const char *leave = tigetstr("rmcup");
  if (leave != NULL && leave != (char *)-1) {
    append_capability("rmcup");
  } else if (terminal_rescue.length + 2 <= sizeof terminal_rescue.text) {
    memcpy(terminal_rescue.text + terminal_rescue.length, "\r\n", 2);
    terminal_rescue.length += 2;
  }
}

static void redirect_streams(void) {
  dup2(log_file, STDOUT_FILENO);
  dup2(log_file, STDERR_FILENO);
}

static void return_streams(void) {
  fflush(stdout);
  dup2(terminal_rescue.saved_stdout, STDOUT_FILENO);
  dup2(terminal_rescue.saved_stderr, STDERR_FILENO);
}

static void close_all(void) {
  if (input_stream != NULL) fclose(input_stream);
  if (output_stream != NULL) fclose(output_stream);
  input_stream = output_stream = NULL;
  int *files[] = {&log_file, &terminal_rescue.saved_stdout, &terminal_rescue.saved_stderr};
  for (int index = 0; index < 3; index++) {
    if (*files[index] >= 0) close(*files[index]);
    *files[index] = -1;
  }
  input = terminal_rescue.output = -1;
}

static enum terminal_result give_up(enum terminal_result result) {
  int error = errno;
  terminal_uninstall_signals();
  close_all();
  errno = error;
  return result;
}

// What nearly all terminals send, in both keypad modes; terminfo knows one of them, or none for vt100 and screen.
static void define_keys(void) {
  static const struct {
    const char *bytes;
    int code;
  } known[] = {
    {"\033[A", KEY_UP},     {"\033OA", KEY_UP},     {"\033[B", KEY_DOWN},  {"\033OB", KEY_DOWN},
    {"\033[C", KEY_RIGHT},  {"\033OC", KEY_RIGHT},  {"\033[D", KEY_LEFT},  {"\033OD", KEY_LEFT},
    {"\033[H", KEY_HOME},   {"\033OH", KEY_HOME},   {"\033[1~", KEY_HOME}, {"\033[F", KEY_END},
    {"\033OF", KEY_END},    {"\033[4~", KEY_END},   {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
    {"\033[2~", KEY_IC},    {"\033[3~", KEY_DC},    {"\033[Z", KEY_BTAB},
    {"\033[200~", paste_begins}, {"\033[201~", paste_ends},
  };
  for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
    // A sequence that terminfo gives to another key is left alone.
    int present = key_defined(known[index].bytes);
    if (present == 0) define_key(known[index].bytes, known[index].code);
  }
}

static void take_out(char *text, const char *part) {
  char *found = strstr(text, part);
  if (found != NULL) memmove(found, found + strlen(part), strlen(found + strlen(part)) + 1);
}

// terminfo's strings for attributes also choose the character set, at each change of them and for nothing: lines and blocks
// are written as Unicode or ASCII here, never by the alternate set. curses reads the strings in this place.
static void keep_character_set(void) {
  static const struct {
    const char *in_attributes, *in_reset;
  } known[] = {
    {"%?%p9%t\033(0%e\033(B%;", "\033(B"},  // xterm
    {"%?%p9%t\016%e\017%;", "\017"},       // screen, tmux, linux
  };
  char *attributes = tigetstr("sgr"), *reset = tigetstr("sgr0");
  if (attributes == NULL || attributes == (char *)-1 || reset == NULL || reset == (char *)-1) return;
  for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
    if (strstr(attributes, known[index].in_attributes) == NULL) continue;
    take_out(attributes, known[index].in_attributes);
    take_out(reset, known[index].in_reset);
  }
}

static bool choose_locale(bool wanted) {
  if (!wanted) {
    setlocale(LC_CTYPE, "C");
    return false;
  }
  // A locale that isn't installed here, as over ssh, still tells that the terminal speaks UTF-8.
  if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
    setlocale(LC_CTYPE, "C.UTF-8");
  }
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

enum terminal_result terminal_start(
  int input_file, int output_file, const char *log, bool colors, bool unicode) {
  if (!isatty(input_file) || !isatty(output_file)) return TERMINAL_NO_TTY;
  int status = 0;
  const char *type = getenv("TERM");
  if (type == NULL || *type == 0) return TERMINAL_UNKNOWN_TYPE;
  if (setupterm(type, output_file, &status) != OK) return TERMINAL_UNKNOWN_TYPE;
  const char *motion = tigetstr("cup");
  bool places = motion != NULL && motion != (char *)-1;
  del_curterm(cur_term);
  if (!places) return TERMINAL_NO_CURSOR_MOTION;

  log_file = open(log == NULL ? "/dev/null" : log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (log_file < 0) return TERMINAL_LOG_FAILED;
  int in = fcntl(input_file, F_DUPFD_CLOEXEC, 3);
  int out = fcntl(output_file, F_DUPFD_CLOEXEC, 3);
  terminal_rescue.saved_stdout = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  terminal_rescue.saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (in >= 0) input_stream = fdopen(in, "r");
  if (out >= 0) output_stream = fdopen(out, "w");
  if (input_stream == NULL || output_stream == NULL) return give_up(TERMINAL_FAILED);
  terminal_rescue.output = out;
  input = in;
  if (tcgetattr(out, &terminal_rescue.modes) != 0) return give_up(TERMINAL_FAILED);
  if (!terminal_install_signals()) return give_up(TERMINAL_FAILED);

  unicode_glyphs = choose_locale(unicode);
  set_escdelay(25);
  screen = newterm(NULL, output_stream, input_stream);
  if (screen == NULL) return give_up(TERMINAL_UNKNOWN_TYPE);
  prepare_rescue();
  keep_character_set();
  terminal_install_signals();
  terminal_rescue.active = 1;

  raw();
  noecho();
  nonl();
  curs_set(0);
  leaveok(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  keys = newpad(1, 1);
  if (keys == NULL) {
    terminal_stop();
    return TERMINAL_FAILED;
  }
  keypad(keys, TRUE);
  nodelay(keys, TRUE);
  define_keys();

  color_count = 0;
  direct_color = false;
  if (colors && has_colors() && start_color() == OK && use_default_colors() == OK) {
    color_count = COLORS;
    direct_color = tigetflag("RGB") > 0 && COLORS >= 1 << 24;
  }
  redirect_streams();
  send(paste_on, sizeof paste_on - 1);
  int rows = 0, columns = 0;
  terminal_size(&rows, &columns);
  terminal_resize(rows, columns);
  return TERMINAL_STARTED;
}

static int send_byte(int byte) {
  char character = (char)byte;
  send(&character, 1);
  return byte;
}

static void leave(void) {
  send(paste_off, sizeof paste_off - 1);
  endwin();
  // Without a screen of its own the last row, where the shell goes on, still has what stood there.
  const char *other_screen = tigetstr("smcup");
  const char *erase = tigetstr("el");
  bool is_shared = other_screen == NULL || other_screen == (char *)-1;
  if (is_shared && erase != NULL && erase != (char *)-1) {
    send("\r", 1);
    tputs(erase, 1, send_byte);
  }
  tcsetattr(terminal_rescue.output, TCSADRAIN, &terminal_rescue.modes);
  terminal_rescue.active = 0;
  return_streams();
}

void terminal_stop(void) {
  if (screen == NULL) return;
  if (terminal_rescue.active) leave();
  terminal_uninstall_signals();
  if (keys != NULL) delwin(keys);
  delscreen(screen);
  keys = NULL;
  screen = NULL;
  close_all();
}

void terminal_suspend(void) {
  if (screen == NULL) return;
  leave();
  terminal_default_stop_signals();
  // Only returns once continued.
  raise(SIGTSTP);
  terminal_own_stop_signals();
  redirect_streams();
  terminal_rescue.active = 1;
  // First the modes: Ctrl-S outside may have stopped the output, which raw mode lets go on.
  reset_prog_mode();
  send(paste_on, sizeof paste_on - 1);
  terminal_repaint();
}

void terminal_reenter(void) {
  // endwin only to make the next flush set all modes again; the shell may have changed them.
  // In raw mode nothing that the shell let be typed, such as Ctrl-S, holds up what is written.
  reset_prog_mode();
  endwin();
  reset_prog_mode();
  send(paste_on, sizeof paste_on - 1);
  terminal_repaint();
}

int terminal_colors(void) { return color_count; }
bool terminal_has_direct_color(void) { return direct_color; }
bool terminal_has_unicode(void) { return unicode_glyphs; }
int terminal_pair_limit(void) { return color_count > 0 ? COLOR_PAIRS - 1 : 0; }

bool terminal_define_pair(int pair, int foreground, int background) {
  return init_extended_pair(pair, foreground, background) == OK;
}

void terminal_forget_pairs(void) {
  if (color_count > 0) reset_color_pairs();
  terminal_repaint();
}

void terminal_size(int *rows, int *columns) {
  struct winsize size;
  if (ioctl(terminal_rescue.output, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    *rows = size.ws_row;
    *columns = size.ws_col;
  } else {
    getmaxyx(stdscr, *rows, *columns);
  }
}

void terminal_resize(int rows, int columns) {
  if (rows != getmaxy(stdscr) || columns != getmaxx(stdscr)) resizeterm(rows, columns);
  terminal_repaint();
}

static bool is_string(const char *name, const char *wanted) {
  const char *text = tigetstr((char *)name);
  return text != NULL && text != (char *)-1 && strcmp(text, wanted) == 0;
}

bool terminal_is_like_xterm(void) {
  const char *foreground = tigetstr("setaf");
  bool colors = color_count == 0 || is_string("setaf", "\033[3%p1%dm") ||
                (color_count >= 256 && foreground != NULL && foreground != (char *)-1 &&
                 (strstr(foreground, "38;5;%p1%d") != NULL ||
                  (direct_color && (strstr(foreground, "38:2:") != NULL || strstr(foreground, "38;2;") != NULL))));
  // ncv: attributes that a terminal cannot show together with colours.
  return colors && tigetnum("ncv") <= 0 && tigetflag("am") > 0 && tigetflag("xenl") > 0 &&
         is_string("cup", "\033[%i%p1%d;%p2%dH") && is_string("cuf", "\033[%p1%dC") && is_string("el", "\033[K") &&
         is_string("bold", "\033[1m") && is_string("rev", "\033[7m") && is_string("smul", "\033[4m");
}

void terminal_send(const uint8_t *bytes, int length) { send((const char *)bytes, (size_t)length); }

// Whether the C library gives a glyph, cut to what a cell of curses holds, a number of columns.
static bool measures(const wchar_t *text, int length, int width) {
  bool ascii = length == 1 && text[0] >= 0x20 && text[0] < 0x7F;
  bool known = ascii || (unicode_glyphs && wcwidth(text[0]) == width);
  for (int index = 1; known && index < length; index++) known = wcwidth(text[index]) == 0;
  return known;
}

static int take_in(const uint32_t *scalars, int count, wchar_t *text) {
  int length = count < CCHARW_MAX - 1 ? count : CCHARW_MAX - 1;
  for (int index = 0; index < length; index++) text[index] = (wchar_t)scalars[index];
  return length;
}

bool terminal_measures(const uint32_t *scalars, int count, int width) {
  wchar_t text[CCHARW_MAX + 1] = {0};
  int length = take_in(scalars, count, text);
  return length == count && measures(text, length, width);
}

void terminal_put(int y, int x, const uint32_t *scalars, int count, int width, unsigned attributes, int pair) {
  wchar_t text[CCHARW_MAX + 1] = {0};
  bool known = measures(text, take_in(scalars, count, text), width);
  int times = 1;
  if (!known) {
    text[0] = L'?';
    text[1] = 0;
    times = width;
  }
  attr_t style = A_NORMAL;
  if (attributes & 1) style |= A_BOLD;
  if (attributes & 2) style |= A_DIM;
  if (attributes & 4) style |= A_UNDERLINE;
  if (attributes & 8) style |= A_REVERSE;
  cchar_t cell;
  // The pair goes through the last argument: the one before holds no more than 15 bits.
  if (setcchar(&cell, text, style, 0, &pair) != OK) return;
  for (int index = 0; index < times; index++) mvwadd_wch(stdscr, y, x + index, &cell);
}

void terminal_erase(void) { werase(stdscr); }
void terminal_repaint(void) { clearok(curscr, TRUE); }

void terminal_flush(void) {
  wnoutrefresh(stdscr);
  doupdate();
}

int terminal_input(void) { return input; }

bool terminal_input_ended(void) {
  int waiting = 0;
  return ioctl(input, FIONREAD, &waiting) != 0 || waiting == 0;
}

static uint32_t key_of(wint_t code) {
  if (code >= KEY_F(0) && code <= KEY_F(63)) return TERMINAL_KEY_F0 + (code - KEY_F(0));
  switch (code) {
  case KEY_UP: return TERMINAL_KEY_UP;
  case KEY_DOWN: return TERMINAL_KEY_DOWN;
  case KEY_LEFT: return TERMINAL_KEY_LEFT;
  case KEY_RIGHT: return TERMINAL_KEY_RIGHT;
  case KEY_HOME:
  case KEY_FIND: return TERMINAL_KEY_HOME;
  case KEY_END:
  case KEY_SELECT: return TERMINAL_KEY_END;
  case KEY_PPAGE: return TERMINAL_KEY_PAGE_UP;
  case KEY_NPAGE: return TERMINAL_KEY_PAGE_DOWN;
  case KEY_IC: return TERMINAL_KEY_INSERT;
  case KEY_DC: return TERMINAL_KEY_DELETE;
  case KEY_BACKSPACE: return TERMINAL_KEY_BACKSPACE;
  case KEY_ENTER: return TERMINAL_KEY_ENTER;
  case KEY_BTAB: return TERMINAL_KEY_BACK_TAB;
  case paste_begins: return TERMINAL_KEY_PASTE_BEGINS;
  case paste_ends: return TERMINAL_KEY_PASTE_ENDS;
  default: return TERMINAL_KEY_OTHER;
  }
}

int terminal_read_key(uint32_t *value) {
  wint_t code = 0;
  switch (wget_wch(keys, &code)) {
  case OK:
    *value = (uint32_t)code;
    return 1;
  case KEY_CODE_YES:
    *value = key_of(code);
    return 2;
  default: return 0;
  }
}
