/// A key that writes no character.
public enum NamedKey: Hashable, Sendable {
  /// Esc.
  case escape
  /// Return or keypad Enter.
  case enter
  /// Tab.
  case tab
  /// Shift with Tab.
  case backTab
  /// Deletes to the left.
  case backspace
  /// Deletes to the right.
  case delete
  /// Insert.
  case insert
  /// Up arrow.
  case up
  /// Down arrow.
  case down
  /// Left arrow.
  case left
  /// Right arrow.
  case right
  /// Home.
  case home
  /// End.
  case end
  /// A page up.
  case pageUp
  /// A page down.
  case pageDown
  /// F1 and so on.
  case function(Int)
}

/// One key press.
public enum KeyEvent: Hashable, Sendable, CustomStringConvertible {
  /// A character, the space included.
  case character(Character)
  /// Ctrl with a lower-case letter or one of `@ [ \ ] ^ _`.
  case control(Character)
  /// Any other key.
  case named(NamedKey)

  /// Reads the notation of help and replay files: `a`, `,`, `Space`, `Ctrl-d`, `S-Tab`, `PgDn`, `F5`. Names are
  /// read in any case.
  ///
  /// - Returns: nil for anything else.
  public init?(notation: String) {
    if notation.count == 1, let character = notation.first, character != " " {
      self = .character(character)
      return
    }
    let name = notation.lowercased()
    if let key = Self.byName[name] {
      self = key
    } else if let prefix = ["ctrl-", "c-"].first(where: name.hasPrefix), name.count == prefix.count + 1,
      let letter = name.last, ("a"..."z").contains(letter) || "@[\\]^_".contains(letter)
    {
      self = Self.control(letter).canonical
    } else if name.first == "f", let number = Int(name.dropFirst()), (1...24).contains(number) {
      self = .named(.function(number))
    } else {
      return nil
    }
  }

  /// The notation: `Ctrl-d`, `S-Tab`, `PgDn`, `Space`.
  public var description: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let character): "Ctrl-\(character)"
    case .named(.function(let number)): "F\(number)"
    case .named(let key): Self.names[key] ?? "?"
    }
  }

  /// The same key as a terminal reports it: Ctrl-i is Tab, Ctrl-m Enter, Ctrl-[ Esc, Ctrl-h Backspace.
  var canonical: KeyEvent {
    switch self {
    case .control("i"): .named(.tab)
    case .control("m"), .control("j"): .named(.enter)
    case .control("["): .named(.escape)
    case .control("h"): .named(.backspace)
    default: self
    }
  }

  private static let names: [NamedKey: String] = [
    .escape: "Esc", .enter: "Enter", .tab: "Tab", .backTab: "S-Tab", .backspace: "Backspace", .delete: "Del",
    .insert: "Ins", .up: "Up", .down: "Down", .left: "Left", .right: "Right", .home: "Home", .end: "End",
    .pageUp: "PgUp", .pageDown: "PgDn",
  ]

  private static let byName: [String: KeyEvent] = {
    var table: [String: KeyEvent] = [
      "space": .character(" "), "return": .named(.enter), "escape": .named(.escape),
      "shift-tab": .named(.backTab),
      "pageup": .named(.pageUp), "pagedown": .named(.pageDown), "delete": .named(.delete),
      "insert": .named(.insert),
    ]
    for (key, name) in names { table[name.lowercased()] = .named(key) }
    return table
  }()
}

/// Keys in a file, as `--replay` plays them.
public enum KeyScript {
  /// Where a script can't be read.
  public struct Problem: Error, Hashable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// What stands there.
    public let found: String
    /// One line for people.
    public var description: String {
      "line \(line): found \(TerminalText.escaped(found)), expected a key such as a, gg, Ctrl-d, PgDn or \"text\""
    }
  }

  /// Reads keys between blanks, two that follow each other as help writes them, such as `gg`; `"iou<0.5"` types each character; a line that begins with `#` and a blank is a
  /// remark.
  public static func parse(_ text: String) throws(Problem) -> [KeyEvent] {
    var keys: [KeyEvent] = []
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (index, line) in lines.enumerated() {
      if line == "#" || line.hasPrefix("# ") { continue }
      var rest = line[...]
      while let first = rest.first {
        if first.isWhitespace {
          rest.removeFirst()
          continue
        }
        if first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") {
          for character in rest[rest.index(after: rest.startIndex)..<end] {
            keys.append(.character(character))
          }
          rest = rest[rest.index(after: end)...]
          continue
        }
        let token = String(rest.prefix { !$0.isWhitespace })
        guard let sequence = KeySequence(notation: token), !sequence.steps.contains(.anyCharacter) else {
          throw Problem(line: index + 1, found: token)
        }
        for case .key(let key) in sequence.steps { keys.append(key) }
        rest = rest.dropFirst(token.count)
      }
    }
    return keys
  }
}
