import C3N
import Explorer
import TerminalUI
import Testing

@Suite struct KeyTests {
  @Test func noKeyMeansTwoThings() {
    #expect(ExplorerState.keys.conflicts == [])
    // Keys of places that hold together must not hide each other either.
    for state in Self.everywhere {
      let places = state.screenContexts
      let rows = ExplorerState.keys.bindings.filter { !$0.contexts.isDisjoint(with: places) }
      let keys = rows.flatMap(\.keys)
      #expect(Set(keys).count == keys.count, "\(places)")
    }
  }

  /// A state on every pane of every screen.
  static let everywhere: [ExplorerState] =
    ScreenName.allCases.flatMap { screen in
      var state = Specimen.snapshot(screen, Size(width: 80, height: 24))
      return (0..<4).map { _ in
        state.play("Tab")
        return state
      }
    } + [wholeMatrix]

  static let wholeMatrix: ExplorerState = {
    var state = Specimen.snapshot(.matrix, Size(width: 80, height: 24))
    state.play("Tab Enter")
    return state
  }()

  @Test func helpTellsEveryBinding() {
    var told = Set<String>()
    for state in Self.everywhere {
      var state = state
      _ = state.handle(.resize(Size(width: 80, height: 160)))
      state.play("?")
      let text = state.text
      for row in ExplorerState.keys.bindings where text.contains(row.keyText) && text.contains(row.title) {
        told.insert(row.title)
      }
    }
    for row in ExplorerState.keys.bindings {
      #expect(told.contains(row.title), "\(row.keyText) \(row.title)")
    }
  }

  @Test func everyBindingDoesSomething() {
    // Each command changes the state or asks for something, somewhere.
    for row in ExplorerState.keys.bindings {
      for sequence in row.keys {
        let script = sequence.steps.map { step in
          if case .key(let key) = step { key.description } else { "" }
        }.joined(separator: " ")
        let acts = (Self.everywhere + Self.typing).contains { start in
          guard !row.contexts.isDisjoint(with: start.contexts) else { return false }
          var state = start
          let effects = state.play(script)
          return !effects.isEmpty || Self.picture(state) != Self.picture(start)
        }
        #expect(acts, "\(script) \(row.title)")
      }
    }
  }

  /// States with something to type into, to scroll or to dismiss.
  static let typing: [ExplorerState] = [
    "?", "? j j", ":", ": Down Down", "/ \"d\"", "j j / \"cat\" Enter", "G s",
  ].map { keys in
    let clips = (0..<60).map { Specimen.clip("clip_\($0 % 7)_\($0)", "cat") }
    var state = Specimen.start(clips)
    _ = state.handle(.failure("something"))
    state.play(keys)
    return state
  }

  static func picture(_ state: ExplorerState) -> String {
    Specimen.grid(state, Specimen.indexed).goldenText + "\(state.frame) \(state.isPlaying)"
  }

  @Test func thePaletteRunsCommands() {
    var state = Specimen.snapshot(.inspect, Size(width: 80, height: 24))
    state.play(": \"next fr\" Enter")
    #expect(state.frame == 2)
    state.play("Ctrl-p \"ccam\" Enter")
    #expect(state.screen == .ccam)
    let effects = state.play(": \"picture\" Enter")
    guard case .exportPNG? = effects.first else {
      Issue.record("\(effects)")
      return
    }
    state.play(": \"zzzz\" Enter")
    #expect(state.contexts.last == .anywhere)
  }

  @Test func hintsFitAndHelpStays() {
    for var state in Self.everywhere {
      state.play("Esc")
      let lines = state.text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[23].hasSuffix("? help"))
    }
  }

  @Test func theProbeMoves() {
    var state = Specimen.snapshot(.ccam, Size(width: 80, height: 24))
    #expect(state.probe == nil)
    state.play("l")
    #expect(state.probe == Point(x: 28, y: 28))
    state.play("l")
    #expect(state.probe == Point(x: 36, y: 28), "one entry of stage 4")
    state.play("Tab l")
    #expect(state.stage == 1 && state.probe == Point(x: 37, y: 28))
    state.play("G End")
    #expect(state.probe == Point(x: 55, y: 55) && state.text.contains("1: (55, 55)"))
    state.play("Esc")
    #expect(state.probe == nil)
  }

  @Test func theWholeMatrixFits() {
    for size in GoldenTests.sizes {
      let text = Specimen.snapshot(.matrix, size).text
      let rows = (1...5).map { row in text.split(separator: "\n").count { $0.contains("V\(row) ") } }
      #expect(rows.allSatisfy { $0 >= 2 }, "\(size): \(rows)")
    }
  }

  @Test func theCursorTellsItsValue() {
    var state = Specimen.snapshot(.matrix, Size(width: 80, height: 24))
    state.play("l l j")
    #expect(state.cursor == Point(x: 2, y: 1))
    #expect(state.text.contains("A3 × V2  0.090^0.10 × 0.310 × 0.210^0.10 = 0.208"))
    state.play("G End l j")
    #expect(state.cursor == Point(x: 4, y: 4))
  }
}
