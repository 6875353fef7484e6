"""What a terminal of type xterm-256color shows after some output: glyphs and their looks, cell by cell."""

import re
import unicodedata

TOKEN = re.compile(
    rb"(?P<command>\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))|\x1b\[(?P<private>[?!]?)(?P<numbers>[0-9;]*)(?P<final>[@-~])|\x1b(?P<escape>[()][A-Z0-9]|[^\[\]()])"
    rb"|(?P<text>[^\x00-\x1f\x7f\x1b]+)|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])")
LINES = dict(zip("lqkxjmtuwvn`~a", "┌─┐│┘└├┤┬┴┼◆·▒"))
PLAIN = (None, None, frozenset())
ATTRIBUTES = {1: "bold", 2: "dim", 4: "underline", 7: "reverse"}


class Screen:
    """Cells are pairs of a glyph and a look; the right half of a wide glyph has an empty one."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [self.blank_row() for _ in range(rows)]
        self.x = self.y = 0
        self.look = PLAIN
        self.top, self.bottom = 0, rows - 1
        self.draws_lines = False
        self.rest = b""
        self.saved = (0, 0, PLAIN)
        self.last = None
        self.unknown = set()

    def blank_row(self):
        return [(" ", PLAIN)] * self.columns

    def resize(self, columns, rows):
        """Keeps the upper left, as xterm does without reflow."""
        cells = [row[:columns] + [(" ", PLAIN)] * (columns - len(row)) for row in self.cells[:rows]]
        self.columns, self.rows = columns, rows
        self.cells = cells + [self.blank_row() for _ in range(rows - len(cells))]
        self.top, self.bottom = 0, rows - 1
        self.x, self.y = min(self.x, columns - 1), min(self.y, rows - 1)

    @property
    def text(self):
        return "\n".join("".join(glyph for glyph, _ in row).rstrip() for row in self.cells)

    def feed(self, output):
        data = self.rest + output
        position = 0
        while position < len(data):
            match = TOKEN.match(data, position)
            if match is None or match.group("text") and match.end() == len(data) and data[-1] >= 0x80:
                # The rest of a sequence comes with the next output; so may that of a character.
                if match is None:
                    break
                whole = match.group("text")
                cut = len(whole)
                while cut and whole[cut - 1] & 0xC0 == 0x80:
                    cut -= 1
                try:
                    whole[cut - 1:].decode()
                    cut = len(whole)
                except UnicodeDecodeError:
                    cut -= 1
                self.write(whole[:cut].decode(errors="replace"))
                position += cut
                break
            position = match.end()
            if match.group("text"):
                self.write(match.group("text").decode(errors="replace"))
            elif match.group("command"):
                pass  # title and palette
            elif match.group("control"):
                self.control(match.group("control"))
            elif match.group("escape"):
                self.escape(match.group("escape"))
            else:
                numbers = [int(number or 0) for number in match.group("numbers").split(b";")]
                self.sequence(match.group("private"), numbers, match.group("final").decode())
        self.rest = data[position:]

    def write(self, text):
        for glyph in text:
            if self.draws_lines:
                glyph = LINES.get(glyph, glyph)
            width = self.width(glyph)
            if width == 0:
                column = min(self.x, self.columns) - 1
                row = self.cells[self.y]
                if column > 0 and row[column][0] == "":
                    column -= 1
                if column >= 0:
                    row[column] = (row[column][0] + glyph, row[column][1])
                continue
            if self.x + width > self.columns:
                # The cursor stays beyond the last column until the next glyph needs a place.
                self.x = 0
                self.line_feed()
            row = self.cells[self.y]
            for column in range(self.x, min(self.x + width, self.columns)):
                self.split(row, column)
                row[column] = (glyph if column == self.x else "", self.look)
            self.x += width
            self.last = glyph

    def split(self, row, column):
        """Half of a wide glyph that is overwritten leaves a blank."""
        if row[column][0] == "" and column > 0:
            row[column - 1] = (" ", row[column - 1][1])
        if column + 1 < self.columns and row[column + 1][0] == "":
            row[column + 1] = (" ", row[column + 1][1])

    @staticmethod
    def width(glyph):
        if unicodedata.combining(glyph) or unicodedata.category(glyph) in ("Mn", "Me", "Cf"):
            return 0
        return 2 if unicodedata.east_asian_width(glyph) in "WF" else 1

    def control(self, byte):
        if byte == b"\r":
            self.x = 0
        elif byte == b"\n":
            self.line_feed()
        elif byte == b"\b":
            self.x = max(0, min(self.x, self.columns - 1) - 1)
        elif byte == b"\t":
            self.x = min(self.columns - 1, (self.x // 8 + 1) * 8)

    def line_feed(self):
        if self.y == self.bottom:
            self.scroll(self.top, 1)
        elif self.y < self.rows - 1:
            self.y += 1

    def scroll(self, first, count):
        """Rows from `first` to the margin go up, or down if the count is negative."""
        part = self.cells[first:self.bottom + 1]
        count = max(-len(part), min(count, len(part)))
        new = [[(" ", self.blank()[1])] * self.columns for _ in range(abs(count))]
        part = part[count:] + new if count > 0 else new + part[:len(part) + count]
        self.cells[first:self.bottom + 1] = part

    def blank(self):
        # What is erased takes the current background.
        return (" ", (None, self.look[1], frozenset()))

    def escape(self, name):
        if name == b"(0":
            self.draws_lines = True
        elif name == b"(B":
            self.draws_lines = False
        elif name == b"7":
            self.saved = (self.x, self.y, self.look)
        elif name == b"8":
            self.x, self.y, self.look = self.saved
        elif name == b"M":
            if self.y == self.top:
                self.scroll(self.top, -1)
            else:
                self.y = max(0, self.y - 1)
        elif name not in (b"=", b">"):
            self.unknown.add(name)

    def sequence(self, private, numbers, final):
        if private or final in "hlt":
            if private and 1049 in numbers:
                self.cells = [self.blank_row() for _ in range(self.rows)]
            elif not private and (numbers, final) != ([4], "l") and final != "t":
                # No inserting mode is the usual one, and windows' titles are elsewhere.
                self.unknown.add(f"{numbers} {final}")
            return
        count = max(1, numbers[0])
        column = min(self.x, self.columns - 1)
        row = self.cells[self.y]
        if final == "H":
            numbers += [0]
            self.y, self.x = min(count, self.rows) - 1, min(max(1, numbers[1]), self.columns) - 1
        elif final == "G":
            self.x = min(count, self.columns) - 1
        elif final == "d":
            self.y = min(count, self.rows) - 1
        elif final == "A":
            self.y = max(0, self.y - count)
        elif final == "B":
            self.y = min(self.rows - 1, self.y + count)
        elif final == "C":
            self.x = min(self.columns - 1, column + count)
        elif final == "D":
            self.x = max(0, column - count)
        elif final == "Z":
            self.x = max(0, (column - 1) // 8 * 8)
        elif final == "b":
            self.write((self.last or " ") * count)
        elif final == "X":
            self.erase(row, column, column + count)
        elif final == "K":
            ends = {0: (column, self.columns), 1: (0, column + 1), 2: (0, self.columns)}
            self.erase(row, *ends[numbers[0]])
        elif final == "J":
            first, last = {0: (self.y + 1, self.rows), 1: (0, self.y), 2: (0, self.rows), 3: (0, 0)}[numbers[0]]
            for other in self.cells[first:last]:
                self.erase(other, 0, self.columns)
            if numbers[0] == 0:
                self.erase(row, column, self.columns)
            elif numbers[0] == 1:
                self.erase(row, 0, column + 1)
        elif final == "@":
            row[column:] = ([self.blank()] * count + row[column:])[:self.columns - column]
        elif final == "P":
            row[column:] = (row[column + count:] + [self.blank()] * count)[:self.columns - column]
        elif final == "L":
            self.scroll(self.y, -count)
        elif final == "M":
            self.scroll(self.y, count)
        elif final == "S":
            self.scroll(self.top, count)
        elif final == "T":
            self.scroll(self.top, -count)
        elif final == "r":
            numbers += [0]
            self.top, self.bottom = count - 1, (numbers[1] or self.rows) - 1
            self.x = self.y = 0
        elif final == "m":
            self.style(numbers)
        else:
            self.unknown.add(final)

    def erase(self, row, first, last):
        for column in range(max(0, first), min(last, self.columns)):
            self.split(row, column)
            row[column] = self.blank()

    def style(self, numbers):
        foreground, background, attributes = self.look
        while numbers:
            number = numbers.pop(0)
            if number == 0:
                foreground, background, attributes = PLAIN
            elif number in ATTRIBUTES:
                attributes |= {ATTRIBUTES[number]}
            elif number == 22:
                attributes -= {"bold", "dim"}
            elif number == 24:
                attributes -= {"underline"}
            elif number == 27:
                attributes -= {"reverse"}
            elif number in (38, 48):
                color = tuple(numbers[:2 if numbers[0] == 5 else 4])
                del numbers[:len(color)]
                foreground, background = (color, background) if number == 38 else (foreground, color)
            elif number // 10 in (3, 9):
                foreground = None if number == 39 else (5, number % 10 + (8 if number > 80 else 0))
            elif number // 10 in (4, 10):
                background = None if number == 49 else (5, number % 10 + (8 if number > 80 else 0))
            else:
                self.unknown.add(f"SGR {number}")
        self.look = (foreground, background, attributes)
