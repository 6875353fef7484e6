import C3N
import Explorer
import Inference
import TerminalUI
import Testing

/// The whole matrix: scrolling, search, order, a label chosen by hand, export.
@Suite struct MatrixTests {
  /// The whole M_cof at the entry of the two best classes.
  func open(_ size: Size = Size(width: 120, height: 40)) -> ExplorerState {
    var state = Specimen.snapshot(.matrix, size, frame: 0)
    state.play("Tab Enter")
    return state
  }

  @Test func opensAtTheSameEntry() {
    var state = Specimen.snapshot(.matrix, Size(width: 120, height: 40))
    state.play("l j")
    #expect(state.labelUnderCursor == LabelCell(visual: 225, audio: 74))
    state.play("Enter")
    #expect(state.labelUnderCursor == LabelCell(visual: 225, audio: 74))
    #expect(state.text.contains("row 226/1000, column 75/527") && state.text.contains("M_sim = 0.610"))
    state.play("T")
    #expect(state.text.contains("A2 × V2") || state.text.contains("A2 x V2"))
    state.play("Enter q")
    #expect(state.screen == .matrix && state.text.contains("M_sim, label similarity ━"))
    state.play("q")
    #expect(state.screen == .clips && state.labelUnderCursor == nil)
  }

  @Test func scrollsByRowsColumnsAndPages() {
    var state = open()
    func at(_ row: Int, _ column: Int, _ keys: String) {
      state.play(keys)
      #expect(state.text.contains("row \(row)/1000, column \(column)/527"), "\(keys)")
      #expect(state.text.contains("visual \(row - 1))"), "the cursor's line follows")
    }
    at(236, 76, "")
    at(238, 74, "j j h h")
    at(1000, 74, "G")
    at(1000, 527, "End l j")
    at(1, 527, "g g")
    at(1, 1, "Home h k")
    let page = 25
    at(1 + page, 1, "PgDn")
    at(1 + page + page / 2, 1, "Ctrl-d")
    at(1, 1, "PgUp PgUp")
    // Ten entries of eight columns fit beside the names.
    at(1, 11, ">")
    at(1, 1, "<")
    // What is under the cursor is in sight.
    state.play("G End")
    #expect(state.text.contains("999 visual 999") && state.text.contains("526 audio 526"))
  }

  @Test func searchesBothAxes() {
    var state = open()
    state.play("/ \"husky\"")
    #expect(state.labelUnderCursor?.visual == 248, "the first match is shown while typing")
    state.play("Enter")
    #expect(state.labelUnderCursor == LabelCell(visual: 248, audio: 75))
    state.play("/ \"a:dog\" Enter")
    #expect(state.labelUnderCursor == LabelCell(visual: 248, audio: 74))
    // The axis stays; n and N begin anew at the ends.
    state.play("/ \"animal\" Enter")
    #expect(state.labelUnderCursor?.audio == 67 && state.text.contains("audio \"animal\": 1 of 2"))
    state.play("n")
    #expect(state.labelUnderCursor?.audio == 72)
    state.play("n")
    #expect(state.labelUnderCursor?.audio == 67)
    state.play("N")
    #expect(state.labelUnderCursor?.audio == 72)
    state.play("/ \"v:852\" Enter")
    #expect(state.labelUnderCursor == LabelCell(visual: 852, audio: 72))
    // A class of that name goes before a word and a part of one; n goes through all.
    state.play("/ \"ox\" Enter")
    #expect(state.labelUnderCursor?.visual == 345 && state.text.contains("visual \"ox\": 2 of 4"))
    state.play("n")
    #expect(state.labelUnderCursor?.visual == 690)
    state.play("/ \"an ox\" Enter")
    #expect(state.labelUnderCursor?.visual == 691)
    state.play("/ \"v:852\" Enter")
    state.play("/ \"zebra\"")
    #expect(state.text.contains("not found among visual labels"))
    state.play("Esc n")
    #expect(state.labelUnderCursor == LabelCell(visual: 852, audio: 72))
    #expect(state.message!.hasPrefix("nothing was searched"))
    #expect(state.rows.count == 9 && state.searchText.isEmpty, "the table of clips is left alone")
  }

  @Test func ordersByMaximumAndBack() {
    var state = open()
    state.play("j s")
    #expect(state.labelUnderCursor == LabelCell(visual: 236, audio: 75), "the cursor stays on its entry")
    state.play("g g")
    #expect(state.labelUnderCursor?.visual == 235)
    state.play("j")
    #expect(state.labelUnderCursor?.visual == 225)
    state.play("S Home")
    #expect(state.labelUnderCursor?.audio == 74)
    state.play("s S")
    #expect(state.text.contains("rows by index (s) · columns by index (S)"))
    state.play("G End =")
    #expect(state.labelUnderCursor == LabelCell(visual: 235, audio: 74))
    #expect(state.text.contains("M_cof = 0.402^0.10 × 0.940 × 0.642^0.10 = 0.821 (eq. 6)"))
    #expect(state.text.contains("[0.821]"))
    // M_sim's order is another one: the husky is more like a dog than the malinois, but less sure.
    state.play("s v g g")
    #expect(state.text.contains("M_sim = 0.940"))
    state.play("j")
    #expect(state.labelUnderCursor?.visual == 248)
  }

  @Test func aLabelChosenByHandIsRunAndReleased() throws {
    var state = open()
    state.play("/ \"v:husky\" Enter")
    guard case .analyze(_, _, _, let switches)? = state.play("Enter").first else {
      Issue.record("nothing runs")
      return
    }
    #expect(switches.forcedLabel == 248 && state.knobs.forcedLabel == 248)
    for screen in ScreenName.allCases {
      state.play(String(screen.key))
      #expect(state.text.contains("forced: Eskimo dog"), "\(screen)")
      _ = state.handle(.resize(Size(width: 80, height: 24)))
      #expect(state.text.contains("forced: Eskimo dog"), "\(screen)")
      _ = state.handle(.resize(Size(width: 120, height: 40)))
    }
    let released = state.play("U")
    guard case .cancel? = released.first, case .analyze(_, _, _, let free)? = released.last else {
      Issue.record("\(released)")
      return
    }
    #expect(free == Switches() && !state.text.contains("forced:"))
    #expect(state.play("U").isEmpty && state.message!.hasPrefix("no label is forced"))
    // From the five best, and not without consensus.
    state = Specimen.snapshot(.matrix, Size(width: 120, height: 40))
    state.play("j F")
    #expect(state.knobs.forcedLabel == 225)
  }

  @Test func withoutConsensusNothingIsForced() {
    var state = open()
    state.play("u")
    #expect(state.knobs.consensus == .none)
    #expect(state.play("Enter").isEmpty && state.knobs.forcedLabel == nil)
    #expect(state.message!.hasPrefix("consensus is none"))
  }

  @Test func exportsWhatIsThere() throws {
    var state = open()
    guard case .exportMatrix(let name, let table)? = state.play("e w").first else {
      Issue.record("no export")
      return
    }
    #expect(name == "dog_c3n_001-1-matrix-M_cof-pvtv2-panns-a0.10-b0.10")
    let lines = table.csv.split(separator: "\n")
    #expect(lines.count == 1001 && lines[0].hasPrefix("index,visual,\"0 Speech\",\"1 audio 1\""))
    let shepherd = lines[236]
    #expect(shepherd.hasPrefix("235,\"German shepherd, German shepherd dog"))
    let fields = shepherd.split(separator: "\"")[2].split(separator: ",")
    #expect(fields.count == 527)
    let frame = Specimen.evidence.frame(0, alpha: 0.1, beta: 0.1)
    #expect(Float(fields[74]) == frame.reweighted(visual: 235, audio: 74))
    guard case .exportMatrix(let view, let part)? = state.play("v e v").first else {
      Issue.record("no export of the view")
      return
    }
    #expect(view == "dog_c3n_001-1-matrix-M_sim-view-pvtv2-panns-a0.10-b0.10")
    let rows = part.csv.split(separator: "\n")
    #expect(rows.count == 26 && rows[1].split(separator: ",").count == 12 && rows.last!.contains("0.94"))
    state.play("T")
    guard case .exportMatrix(_, let five)? = state.play("e v").first else {
      Issue.record("no export of the five best")
      return
    }
    #expect(five.csv.split(separator: "\n").count == 6)
  }

  @Test func namesWithQuotesAreQuoted() {
    var names = (0..<1000).map { "visual \($0)" }
    names[235] = "a \"quoted\", name"
    let labels = Labels(audio: (0..<527).map { "audio \($0)" }, visual: names)
    var state = Specimen.start(labels: labels).snapshot(
      .matrix, contents: Specimen.contents, analysis: Specimen.analysis(), size: Size(width: 80, height: 24))
    guard case .exportMatrix(_, let table)? = state.play("e v").first else {
      Issue.record("no export")
      return
    }
    #expect(table.csv.split(separator: "\n")[1].hasPrefix("235,\"a \"\"quoted\"\", name\","))
  }

  @Test func followsFramesAndAnalyses() {
    var state = open()
    state.play("= .")
    #expect(state.frame == 1 && state.labelUnderCursor == LabelCell(visual: 235, audio: 74))
    var knobs = Switches()
    knobs.alpha = 0.15
    state.play("A")
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis(.pvtv2PANNs, knobs))))
    #expect(state.text.contains("0.402^0.15 × 0.940 × 0.642^0.10"))
    // A variant without sounds has no matrix; the screen says so.
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis(.lite))))
    #expect(state.text.contains("has no audio encoder"))
  }
}
