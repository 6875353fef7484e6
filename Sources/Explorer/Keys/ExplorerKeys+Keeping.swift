import TerminalUI

extension ExplorerState {
  private typealias Row = KeyBinding<Command, KeyContext>

  /// Bookmarks, notes, sessions, exports of parts, and sound.
  static let keepingKeys = [
    Row(["m{x}"], .setBookmark, in: [.anywhere], "set bookmark a-z"),
    Row(["'{x}"], .goToBookmark, in: [.anywhere], "go to bookmark"),
    Row(["M"], .listBookmarks, in: [.anywhere], "bookmarks"),
    Row([";c"], .noteClip, in: [.anywhere], "note on the clip"),
    Row([";f"], .noteFrame, in: [.anywhere], "note on the frame"),
    Row(["Zs"], .saveSession, in: [.anywhere], "save session as"),
    Row(["Zo"], .openSession, in: [.anywhere], "open session"),
    Row(["Zr"], .loadAgain, in: [.anywhere], "load weights again"),
    Row(["ec"], .exportCSV, in: [.anywhere], "export numbers: CSV"),
    Row(["ef"], .exportFrame, in: [.anywhere], "export frame: PNG"),
    Row(["eh"], .exportHeat, in: [.anywhere], "export heat map: PNG"),
    Row(["em"], .exportMask, in: [.anywhere], "export mask: PNG"),
    Row(["Ls"], .playSecond, in: [.anywhere], "listen: this second"),
    Row(["Lc"], .playClip, in: [.anywhere], "listen: the clip"),
    Row(["Lx"], .stopSound, in: [.anywhere], "listen: stop"),
    Row(["Enter"], .openBookmark, in: [.bookmarks], "go there"),
    Row(["d", "Del"], .removeBookmark, in: [.bookmarks], "delete bookmark"),
    Row(["q", "Esc", "M"], .close, in: [.bookmarks], "close bookmarks"),
  ]

  /// What help says of sound, below the keys.
  static func soundHelp(columns: Int) -> [StyledLine] {
    let text = "L plays through a player on the machine that runs c3n: over ssh, that is the remote one."
    return ["", StyledLine("sound", .header)]
      + TerminalText.wrapped(text, columns: columns).map { StyledLine($0) }
  }
}
