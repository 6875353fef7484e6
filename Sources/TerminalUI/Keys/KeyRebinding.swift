/// Why keys cannot be bound as wanted.
public struct KeyRebindingProblem: Error, Hashable, CustomStringConvertible {
  /// The command that was to get other keys.
  public let title: String
  /// What is wrong, in one line.
  public let problem: String

  /// A problem with a command's keys.
  public init(title: String, problem: String) {
    self.title = title
    self.problem = problem
  }

  /// One line for people.
  public var description: String { "\"\(title)\": \(problem)" }
}

extension KeyTable {
  /// The table with other keys for some commands, which are named by their titles.
  ///
  /// - Parameters:
  ///   - changes: the keys of each command, by its title.
  ///   - places: the contexts that hold together, wherever the keyboard may be: keys must be different in each.
  ///   - typing: the contexts in which text is typed: no command there may take a character or be without keys.
  /// - Throws: ``KeyRebindingProblem`` for an unknown title, for what is no key, and for keys that mean two things.
  public func rebound(
    _ changes: [String: [String]], places: [[Context]], typing: Set<Context>
  ) throws(KeyRebindingProblem) -> KeyTable {
    var rows = bindings
    for (title, notations) in changes.sorted(by: { $0.key < $1.key }) {
      func problem(_ text: String) -> KeyRebindingProblem { KeyRebindingProblem(title: title, problem: text) }
      guard let index = rows.firstIndex(where: { $0.title == title }) else {
        throw problem("no command of this name")
      }
      var keys: [KeySequence] = []
      for notation in notations {
        guard let sequence = KeySequence(notation: notation) else {
          throw problem("found \"\(notation)\", expected keys such as a, gg, Ctrl-d, PgDn or F5")
        }
        keys.append(sequence)
      }
      let row = rows[index]
      let takesCharacter = row.keysBeforeCharacter != nil
      if keys.contains(where: { ($0.steps.last == .anyCharacter) != takesCharacter }) {
        throw problem(
          takesCharacter ? "expected keys that end in {x}" : "{x} is for commands that take a letter")
      }
      if !row.contexts.isDisjoint(with: typing) {
        guard !keys.isEmpty else { throw problem("expected one key at least: nothing else ends the typing") }
        if keys.contains(where: \.isTyped) { throw problem("expected keys that write no character") }
      }
      rows[index] = row.with(keys)
    }
    let table = KeyTable(rows)
    if let conflict = table.conflict(in: places, changed: Set(changes.keys)) { throw conflict }
    return table
  }

  /// The first keys that a change made to mean two things.
  private func conflict(in places: [[Context]], changed: Set<String>) -> KeyRebindingProblem? {
    for place in places {
      let here = bindings.filter { !$0.contexts.isDisjoint(with: place) }
      for row in here where changed.contains(row.title) {
        for other in here where other.title != row.title {
          for keys in row.keys {
            if let same = other.keys.first(where: keys.collides) {
              return KeyRebindingProblem(
                title: row.title, problem: "\(keys) collides with \(same), which is \"\(other.title)\"")
            }
          }
        }
        for (index, keys) in row.keys.enumerated()
        where row.keys[(index + 1)...].contains(where: keys.collides) {
          return KeyRebindingProblem(title: row.title, problem: "\(keys) is given twice")
        }
      }
    }
    return nil
  }
}

extension KeySequence {
  /// Whether it begins with a character, which a line of text would take.
  fileprivate var isTyped: Bool {
    if case .key(.character)? = steps.first { true } else { false }
  }
}

extension KeyBinding {
  /// The same command by other keys.
  fileprivate func with(_ keys: [KeySequence]) -> KeyBinding {
    KeyBinding(keys, command: command, contexts: contexts, title: title, explanation: explanation)
  }
}
