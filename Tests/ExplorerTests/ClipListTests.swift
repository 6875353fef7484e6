import Explorer
import TerminalUI
import Testing

/// Filter, order and search of the table.
@Suite struct ClipListTests {
  func names(_ state: ExplorerState) -> [String] { state.rows.map { String(state.clips[$0].id.prefix(3)) } }

  /// Two clips analysed with different scores.
  func scored() -> ExplorerState {
    var state = Specimen.start()
    for keys in ["Enter", "]"] {
      state.play(keys)
      _ = state.handle(.contents(generation: state.generation, Specimen.contents))
      _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    }
    state.play("1")
    return state
  }

  @Test func filters() throws {
    var state = scored()
    state.play("f \"c\" Enter")
    #expect(
      names(state) == ["dog", "cat", "hor", "she", "duc", "cow", "pig", "owl", "chi"], "c3n is in each name")
    for (text, expected) in [
      ("category:c", ["cat", "duc", "cow", "chi"]), ("DOG", ["dog"]), ("iou<0.5", []),
      ("iou>=0.7", ["dog", "cat"]), ("status:done f<0.9", ["dog", "cat"]), ("frames=5 cat", ["cat"]),
      ("split:train", []), ("category: split:TEST owl", ["owl"]),
    ] as [(String, [String])] {
      state.play("f Ctrl-u \"\(text)\" Enter")
      #expect(names(state) == expected, "\(text)")
    }
    state.play("f Ctrl-u Enter")
    #expect(state.rows.count == 9)
  }

  @Test func badFiltersSayWhat() {
    for (text, expected) in [
      ("iou<x", "iou<x: expected a number after <"), ("iou<=", "iou<=: expected a number after <="),
      ("colour:red", "colour:red: expected one of name: category: split: status: source:"),
      ("size>3", "size>3: expected one of iou f frames diff"),
      ("iou<nan", "iou<nan: expected a number after <"),
    ] {
      let problem = #expect(throws: ClipFilter.Problem.self) { try ClipFilter(text) }
      #expect(problem?.description == expected)
    }
    var state = Specimen.start()
    state.play("f \"dog\" Enter f \" iou<x\" Enter")
    #expect(state.filter.text == "dog iou", "the last filter that could be read holds")
    state.play("Esc")
    #expect(state.filter.text == "dog" && state.rows.count == 1, "Esc takes back what was typed")
  }

  @Test func sorts() {
    var state = scored()
    state.play("s")
    #expect(
      state.sortColumn == .name
        && names(state) == ["cat", "chi", "cow", "dog", "duc", "hor", "owl", "pig", "she"])
    state.play("S")
    #expect(names(state).first == "she")
    state.play("s s s s")
    #expect(
      state.sortColumn == .iou && Set(names(state).prefix(2)) == ["dog", "cat"], "unknown scores go last")
    state.play("S")
    #expect(Set(names(state).prefix(2)) == ["dog", "cat"], "in either direction")
    state.play("s s s s s")
    #expect(state.sortColumn == nil && names(state).first == "dog")
    state.play("S S")
    #expect(names(state).first == "dog")
  }

  @Test func theSelectedClipStaysSelected() {
    var state = Specimen.start()
    state.play("j j j s")
    #expect(state.clips[state.rows[state.table.selection]].id == "sheep_c3n_1")
    state.play("f \"category:she\" Enter")
    #expect(state.rows.count == 1 && state.table.selection == 0)
  }

  @Test func searches() {
    var state = Specimen.start()
    state.play("/ \"ow\"")
    #expect(state.table.selection == 5, "the first match is shown while typing")
    state.play("Enter n")
    #expect(state.table.selection == 7)
    state.play("n")
    #expect(state.table.selection == 5, "the search begins anew")
    state.play("N")
    #expect(state.table.selection == 7)
    state.play("g g / \"zebra\"")
    #expect(state.table.selection == 0 && state.text.contains("not found"))
    state.play("Ctrl-g n")
    #expect(state.message == "nothing was searched yet; / searches")
  }

  @Test func moves() {
    let clips = (0..<100).map { Specimen.clip("clip_\($0)", nil) }
    var state = Specimen.start(clips)
    state.play("G")
    #expect(state.table.selection == 99)
    state.play("Home PgDn")
    #expect(state.table.selection > 10 && state.table.selection < 24)
    state.play("g g Ctrl-d Ctrl-u k")
    #expect(state.table.selection == 0)
    _ = state.handle(.resize(Size(width: 80, height: 200)))
    state.play("G")
    #expect(state.table.top == 0)
  }
}
