/// Keys pressed one after the other: `g` `g`, or `m` and any character.
public struct KeySequence: Hashable, Sendable, CustomStringConvertible {
  /// One step of a sequence.
  public enum Step: Hashable, Sendable {
    /// This key.
    case key(KeyEvent)
    /// Any character; it is handed to the command.
    case anyCharacter
  }

  /// The steps in order; at least one.
  public let steps: [Step]

  /// Reads `Ctrl-d`, `gg` (two keys) or `m{x}` (`m` and any character).
  ///
  /// - Returns: nil when a part is no key.
  public init?(notation: String) {
    if let key = KeyEvent(notation: notation) {
      steps = [.key(key.canonical)]
      return
    }
    let wild = notation.hasSuffix("{x}")
    let characters = wild ? notation.dropLast(3) : notation[...]
    // Words that are no key's name are mistakes, not sequences.
    guard (1...2).contains(characters.count), !characters.contains(where: \.isWhitespace) else { return nil }
    let keys = characters.map { Step.key(.character($0)) }
    steps = wild ? keys + [.anyCharacter] : keys
  }

  /// The notation.
  public var description: String {
    steps.map { step in
      switch step {
      case .key(let key): key.description
      case .anyCharacter: "{x}"
      }
    }.joined()
  }

  // How the first keys compare; nil when they differ.
  func match(_ pressed: [KeyEvent]) -> (complete: Bool, argument: Character?)? {
    guard pressed.count <= steps.count else { return nil }
    var argument: Character?
    for (key, step) in zip(pressed, steps) {
      switch (step, key) {
      case (.key(let expected), _): if expected != key { return nil }
      case (.anyCharacter, .character(let character)): argument = character
      case (.anyCharacter, _): return nil
      }
    }
    return (pressed.count == steps.count, argument)
  }

  // Whether one set of keys could mean both: the same, or one begins the other.
  func collides(with other: KeySequence) -> Bool {
    zip(steps, other.steps).allSatisfy { left, right in
      switch (left, right) {
      case (.key(let left), .key(let right)): left == right
      case (.anyCharacter, .key(.character)), (.key(.character), .anyCharacter),
        (.anyCharacter, .anyCharacter):
        true
      default: false
      }
    }
  }
}

/// One row of a key table.
public struct KeyBinding<Command: Sendable, Context: Hashable & Sendable>: Sendable {
  /// All keys that mean the command.
  public let keys: [KeySequence]
  /// What to do.
  public let command: Command
  /// Where the keys are valid.
  public let contexts: Set<Context>
  /// A few words for help and the palette: `next frame`.
  public let title: String
  /// A sentence for contextual help; may be empty.
  public let explanation: String

  /// A row. Keys are in the notation of `KeySequence`; one that can't be read is a programmer's mistake.
  public init(
    _ keys: [String], _ command: Command, in contexts: Set<Context>, _ title: String, explanation: String = ""
  ) {
    self.keys = keys.map { notation in
      guard let sequence = KeySequence(notation: notation) else {
        preconditionFailure("no key is called \(notation)")
      }
      return sequence
    }
    self.command = command
    self.contexts = contexts
    self.title = title
    self.explanation = explanation
  }

  init(
    _ keys: [KeySequence], command: Command, contexts: Set<Context>, title: String, explanation: String
  ) {
    self.keys = keys
    self.command = command
    self.contexts = contexts
    self.title = title
    self.explanation = explanation
  }

  /// The keys before the character that the command takes; nil for a command that takes none.
  public var keysBeforeCharacter: [KeyEvent]? {
    guard let steps = keys.first?.steps, steps.last == .anyCharacter else { return nil }
    return steps.compactMap { step in
      if case .key(let key) = step { key } else { nil }
    }
  }

  /// The keys as help shows them: `j Down`.
  public var keyText: String { keys.map(\.description).joined(separator: " ") }
}

/// What pressed keys mean.
public enum KeyResolution<Command: Sendable>: Sendable {
  /// A command and, after `m{x}`, the character.
  case command(Command, argument: Character?)
  /// The beginning of a longer sequence: show what is pending and wait.
  case pending([KeyEvent])
  /// Nothing.
  case unbound
}

/// The one table that dispatches keys, documents them and feeds the palette.
public struct KeyTable<Command: Sendable, Context: Hashable & Sendable>: Sendable {
  /// The rows in the order of help.
  public let bindings: [KeyBinding<Command, Context>]

  /// A table of rows.
  public init(_ bindings: [KeyBinding<Command, Context>]) {
    self.bindings = bindings
  }

  /// What keys mean where several contexts hold, the innermost first: an earlier context's rows win.
  public func resolve(_ pressed: [KeyEvent], in contexts: [Context]) -> KeyResolution<Command> {
    let pressed = pressed.map(\.canonical)
    for context in contexts {
      var begins = false
      for binding in bindings where binding.contexts.contains(context) {
        for sequence in binding.keys {
          guard let match = sequence.match(pressed) else { continue }
          if match.complete { return .command(binding.command, argument: match.argument) }
          begins = true
        }
      }
      if begins { return .pending(pressed) }
    }
    return .unbound
  }

  /// Sequences that mean two things in one context, or of which one begins the other; empty in a sound table.
  public var conflicts: [String] {
    var found: [String] = []
    for (index, binding) in bindings.enumerated() {
      for sequence in binding.keys {
        for later in bindings[(index + 1)...] {
          guard !binding.contexts.isDisjoint(with: later.contexts) else { continue }
          for other in later.keys where sequence.collides(with: other) {
            found.append("\(sequence) (\(binding.title)) and \(other) (\(later.title))")
          }
        }
      }
      for (index, sequence) in binding.keys.enumerated() {
        for other in binding.keys[(index + 1)...] where sequence.collides(with: other) {
          found.append("\(sequence) and \(other) (\(binding.title))")
        }
      }
    }
    return found
  }

  /// The rows valid in contexts, the innermost first; rows whose keys all mean something else further in are
  /// left out.
  public func bindings(in contexts: [Context]) -> [KeyBinding<Command, Context>] {
    var taken: [KeySequence] = []
    var result: [KeyBinding<Command, Context>] = []
    var listed = Set<Int>()
    for context in contexts {
      var added: [KeySequence] = []
      for (index, binding) in bindings.enumerated()
      where binding.contexts.contains(context) && !listed.contains(index) {
        let hidden = binding.keys.allSatisfy { key in taken.contains { $0.collides(with: key) } }
        if hidden && !binding.keys.isEmpty { continue }
        listed.insert(index)
        result.append(binding)
        added += binding.keys
      }
      taken += added
    }
    return result
  }
}

/// Collects keys until they mean something.
public struct KeyReader: Hashable, Sendable {
  /// The keys pressed of an unfinished sequence.
  public private(set) var pending: [KeyEvent] = []

  /// A reader with nothing pending.
  public init() {}

  /// Waits for what follows keys, as if they had been pressed.
  public mutating func begin(_ keys: [KeyEvent]) { pending = keys }

  /// Takes a key. An unfinished sequence that goes nowhere is dropped with the key; Esc drops it silently.
  public mutating func feed<Command, Context>(
    _ key: KeyEvent, table: KeyTable<Command, Context>, contexts: [Context]
  ) -> KeyResolution<Command> {
    if !pending.isEmpty && key == .named(.escape) {
      pending = []
      return .unbound
    }
    let resolution = table.resolve(pending + [key], in: contexts)
    if case .pending(let keys) = resolution { pending = keys } else { pending = [] }
    return resolution
  }
}
