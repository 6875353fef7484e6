import CNcurses
import TerminalUI

extension KeyEvent {
  /// The key of a value from curses: a character's scalar or one of `terminal_key`; nil for keys without a name.
  init?(curses value: UInt32, isNamed: Bool) {
    if isNamed {
      guard let key = NamedKey(curses: value) else { return nil }
      self = .named(key)
      return
    }
    switch value {
    case 0x09: self = .named(.tab)
    case 0x0A, 0x0D: self = .named(.enter)
    case 0x1B: self = .named(.escape)
    case 0x08, 0x7F: self = .named(.backspace)
    case 0: self = .control("@")
    case 1..<0x1B: self = .control(Character(Unicode.Scalar(UInt8(value + 0x60))))
    case 0x1C..<0x20: self = .control(Character(Unicode.Scalar(UInt8(value + 0x40))))
    default:
      guard let scalar = Unicode.Scalar(value) else { return nil }
      self = .character(Character(scalar))
    }
  }
}

extension NamedKey {
  fileprivate init?(curses value: UInt32) {
    if value > TERMINAL_KEY_F0.rawValue {
      self = .function(Int(value - TERMINAL_KEY_F0.rawValue))
      return
    }
    switch terminal_key(rawValue: value) {
    case TERMINAL_KEY_UP: self = .up
    case TERMINAL_KEY_DOWN: self = .down
    case TERMINAL_KEY_LEFT: self = .left
    case TERMINAL_KEY_RIGHT: self = .right
    case TERMINAL_KEY_HOME: self = .home
    case TERMINAL_KEY_END: self = .end
    case TERMINAL_KEY_PAGE_UP: self = .pageUp
    case TERMINAL_KEY_PAGE_DOWN: self = .pageDown
    case TERMINAL_KEY_INSERT: self = .insert
    case TERMINAL_KEY_DELETE: self = .delete
    case TERMINAL_KEY_BACKSPACE: self = .backspace
    case TERMINAL_KEY_ENTER: self = .enter
    case TERMINAL_KEY_BACK_TAB: self = .backTab
    default: return nil
    }
  }
}
