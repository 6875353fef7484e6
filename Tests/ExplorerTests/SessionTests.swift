import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import TerminalUI
import Testing

/// Sessions, bookmarks, notes and rebound keys.
@Suite struct SessionTests {
  /// A session with something everywhere.
  func changed() -> ExplorerState {
    var state = Specimen.start()
    state.play("j Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    _ = state.handle(.job(generation: state.generation, .analysis(Specimen.analysis())))
    state.play(
      "A . . o z c 4 m x 2 ; c \"a cat\" Enter ; f \"looks up\" Enter 1 s s S f \"category:c\" Enter 3")
    return state
  }

  func start(_ session: Session) -> ExplorerState {
    var state = Specimen.start()
    let effects = state.restore(session)
    #expect(!effects.isEmpty)
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    return state
  }

  @Test func aSessionComesBackFromItsText() throws {
    let session = changed().session
    #expect(session.frame == 3 && session.clip == "cat_c3n_001" && session.knobs.alpha == 0.15)
    #expect(session.display.overlay == .heat && session.filter == "category:c" && session.sort == "category")
    let read = try Session(json: session.json)
    #expect(read == session)
    let state = start(read)
    #expect(state.session == session)
    #expect(state.frame == 2 && state.screen == .matrix && !state.ascending && state.rows.count == 4)
    #expect(String(decoding: session.json, as: UTF8.self).contains("\n  \"bookmarks\" : {\n"))
  }

  @Test func whatATextLeavesOutIsAsInANewSession() throws {
    let text = #"""
      {"format": "c3n-session", "version": 1, "clip": "dog_c3n_001", "knobs": {"alpha": 0.2},
       "models": [{"variant": "lite"}]}
      """#
    let session = try Session(json: Data(text.utf8))
    var knobs = Switches()
    knobs.alpha = 0.2
    #expect(session.knobs == knobs && session.clip == "dog_c3n_001" && session.frame == 1)
    #expect(session.models == [ModelSpecification(variant: .lite)])
  }

  @Test func damagedTextsNameThePlace() {
    let begin = #"{"format": "c3n-session", "version": 1"#
    for (text, expected) in [
      ("", "no JSON"), ("[1]", "expected \"format\""), (#"{"format": "x"}"#, "expected \"format\""),
      (#"{"format": "c3n-session", "version": 2}"#, "version: found 2, written by a newer program"),
      (#"{"format": "c3n-session", "version": "1"}"#, "version: expected a whole number"),
      (begin + #", "frame": "one"}"#, "frame: expected a whole number"),
      (begin + #", "frame": 0}"#, "frame: found 0"),
      (begin + #", "screen": "nowhere"}"#, "screen: "),
      (begin + #", "knobs": {"alpha": -1}}"#, "knobs.alpha: found -1.0"),
      (begin + #", "knobs": {"forcedLabel": 1000}}"#, "knobs.forcedLabel: found 1000"),
      (begin + #", "models": []}"#, "models: found none"),
      (begin + #", "models": [{"variant": "x"}]}"#, "models[0].variant: "),
      (begin + #", "notes": [{"clip": "a"}]}"#, "notes[0]: no \"text\""),
      (
        begin + #", "bookmarks": {"AB": {"clip": "a", "frame": 1, "screen": "ccam"}}}"#,
        "bookmarks: found \"AB\""
      ),
      (begin + #", "filter": "iou<x"}"#, "filter: iou<x"), (begin + #", "sort": "x"}"#, "sort: found \"x\""),
    ] {
      let problem = #expect(throws: Session.Problem.self) { try Session(json: Data(text.utf8)) }
      #expect(problem?.description.contains(expected) == true, "\(text): \(problem?.description ?? "")")
    }
  }

  @Test func aMissingClipIsTold() {
    var session = Session()
    session.clip = "zebra"
    session.screen = .ccam
    var state = Specimen.start()
    #expect(state.restore(session).isEmpty)
    #expect(state.errors == ["the session's clip zebra is not in Single-source"] && state.screen == .clips)
  }

  @Test func changesAreWrittenHalfASecondLaterAndOnlyThen() {
    var state = Specimen.start()
    _ = state.handle(.clock(.seconds(1)))
    state.keepSession(isWritten: true)
    #expect(state.nextDeadline == nil)
    _ = state.handle(.clock(.seconds(2)))
    #expect(state.nextDeadline == nil && state.unwrittenSession == nil, "nothing changed: nothing is due")
    #expect(state.play("a").isEmpty)
    #expect(state.nextDeadline == .milliseconds(2500))
    #expect(state.handle(.clock(.milliseconds(2400))).isEmpty)
    state.play("a")
    #expect(state.nextDeadline == .milliseconds(2500), "a held key does not put it off")
    guard case .keepSession(let unwritten)? = state.handle(.clock(.milliseconds(2500))).first else {
      Issue.record("nothing is written")
      return
    }
    #expect(unwritten.session == state.session && state.nextDeadline == nil && state.unwrittenSession == nil)
    state.play("A a")
    #expect(state.unwrittenSession == nil && state.nextDeadline == nil, "what was taken back is not written")
  }

  @Test func whatCouldNotBeWrittenIsTriedAgain() {
    var state = Specimen.start()
    state.keepSession(isWritten: true)
    func handsOver(at time: Duration) -> Bool {
      state.handle(.clock(time)).contains {
        if case .keepSession = $0 { true } else { false }
      }
    }
    state.play("A")
    #expect(handsOver(at: .seconds(1)))
    let place = "/home/somebody/.local/state/c3n/sessions/autosave-embedded.json"
    for _ in 1...2 {
      _ = state.handle(.sessionNotKept("\(place): cannot be written: No space left on device"))
    }
    #expect(state.errors.count == 1, "the same is told once")
    // On 80 columns both what it means and the reason are read.
    #expect(state.size.width == 80 && state.text.contains("error: changes not saved yet: …"), "\(state.text)")
    #expect(state.text.contains("No space left on device"))
    #expect(state.nextDeadline == nil && state.keepsSession, "nothing is tried before something changes")
    state.play("A")
    #expect(handsOver(at: .seconds(2)), "the next change is")
    _ = state.handle(.sessionKept)
    #expect(state.errors.isEmpty && state.text.contains("saved again"))
    _ = state.handle(.failure("scores are not kept: \(place): No space left on device"))
    #expect(state.text.contains("error: scores are not kept: …"), "\(state.text)")
    _ = state.handle(.failure("\(place): No space left on device"))
    #expect(state.text.contains("error: …") && state.text.contains("No space left on device"))
  }

  @Test func notebooksThatBeganAlikeAreMerged() {
    func notebook(_ texts: [String], _ bookmarks: [String: Int] = [:]) -> Notebook {
      var session = Session()
      session.notes = texts.enumerated().map { Note(clip: "c\($0)", frame: $0, text: $1) }
      session.bookmarks = bookmarks.mapValues { Bookmark(clip: "c", frame: $0, screen: .clips) }
      return Notebook(of: session)
    }
    // Of each note what it was, is here, is there, and becomes.
    let cases = [
      ("", "", "new", "new"), ("", "new", "", "new"), ("old", "old", "", ""), ("old", "", "old", ""),
      ("old", "here", "there", "here / there"), ("old", "here", "", "here"), ("old", "", "there", "there"),
      ("old", "same", "same", "same"), ("old", "here", "here / there", "here / there"),
      ("old", "here / there", "there", "here / there"),
    ]
    let merged = notebook(cases.map(\.1), ["a": 1, "b": 2, "d": 4, "e": 6]).merged(
      with: notebook(cases.map(\.2), ["a": 5, "c": 3, "d": 4, "e": 7]),
      since: notebook(cases.map(\.0), ["a": 1, "c": 3, "d": 4, "e": 5]))
    #expect(merged == notebook(cases.map(\.3), ["a": 5, "b": 2, "d": 4, "e": 6]))
  }

  @Test func whatOthersNotedIsTakenUp() {
    var state = Specimen.start()
    state.keepSession(isWritten: true)
    let written = state.session
    state.play("; c \"mine\" Enter")
    var theirs = Session()
    theirs.notes = [Note(clip: "cat_c3n_001", frame: 2, text: "theirs")]
    _ = state.handle(.notebookMerged(Notebook(of: theirs), writtenWith: written))
    #expect(Set(state.notebook.notes.map(\.text)) == ["mine", "theirs"])
    #expect(state.message == "another explorer on these clips noted something: taken up")
    let unwritten = state.unwrittenSession
    #expect(unwritten?.session.notes.count == 2, "what was noted since is still to be written")
    #expect(unwritten?.notebookBefore == Notebook(of: theirs))
  }

  /// What others wrote is not taken for deleted here because a second write left before the first was answered.
  @Test func writesSayWhatTheyBeganWith() {
    func due(_ state: inout ExplorerState, _ seconds: Int) -> UnwrittenSession? {
      let effects = state.handle(.clock(.seconds(seconds))) + state.handle(.clock(.seconds(seconds + 1)))
      return effects.lazy.compactMap {
        if case .keepSession(let unwritten) = $0 { unwritten } else { nil }
      }.first
    }
    func merged(_ unwritten: UnwrittenSession?, into file: Notebook) -> Notebook {
      Notebook(of: unwritten!.session).merged(with: file, since: unwritten!.notebookBefore)
    }
    var theirs = Session()
    theirs.notes = [Note(clip: "cat_c3n_001", frame: 2, text: "theirs")]
    var state = Specimen.start()
    state.keepSession(isWritten: true)
    state.play("; c \"mine\" Enter")
    let first = due(&state, 1)
    state.play("m a")
    let second = due(&state, 3)
    let afterFirst = merged(first, into: Notebook(of: theirs))
    let afterSecond = merged(second, into: afterFirst)
    #expect(afterSecond.notes.map(\.text).sorted() == ["mine", "theirs"] && afterSecond.bookmarks.count == 1)
    _ = state.handle(.notebookMerged(afterFirst, writtenWith: first!.session))
    _ = state.handle(.notebookMerged(afterSecond, writtenWith: second!.session))
    #expect(state.notebook == afterSecond && state.unwrittenSession == nil)
    // And what is deleted here after it was heard of is deleted there.
    state.play("; c Ctrl-u Enter")
    #expect(merged(due(&state, 5), into: afterSecond).notes.map(\.text) == ["theirs"])
  }

  @Test func whatWasChangedBeforeASessionOpensIsWritten() {
    var state = Specimen.start()
    state.keepSession(isWritten: true)
    let effects = state.play("m z Z o \"tour\" Enter")
    guard case .keepSession(let unwritten)? = effects.first, case .openSession("tour")? = effects.last else {
      Issue.record("\(effects)")
      return
    }
    #expect(unwritten.session.bookmarks.keys.sorted() == ["z"])
    // Also what is typed until it is there; then the new one begins apart, and is kept although the one before had no data.
    state.play("m y")
    func opened(_ hasDataset: Bool) -> OpenedSession {
      OpenedSession(
        Session(), name: "tour", path: "/tour.json", root: nil, dataset: "embedded", clips: Specimen.clips,
        warnings: [],
        hasDataset: hasDataset, missing: [])
    }
    let taken = state.handle(.sessionOpened(opened(true)))
    guard case .keepSession(let last)? = taken.first, last.session.bookmarks["y"] != nil else {
      Issue.record("\(taken)")
      return
    }
    #expect(taken.contains { if case .beginSessionApart("embedded") = $0 { true } else { false } })
    _ = state.handle(.sessionOpened(opened(false)))
    #expect(!state.keepsSession)
    _ = state.handle(.sessionOpened(opened(true)))
    #expect(state.keepsSession)
  }

  @Test func bookmarks() {
    var state = changed()
    #expect(state.notebook.bookmarks == ["x": Bookmark(clip: "cat_c3n_001", frame: 3, screen: .ccam)])
    state.play("f Ctrl-u Enter 1 g g Enter")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    state.play("m a ' x")
    _ = state.handle(.contents(generation: state.generation, Specimen.contents))
    #expect(state.clip?.id == "cat_c3n_001" && state.frame == 2 && state.screen == .ccam)
    state.play("M j Enter")
    #expect(state.frame == 2)
    state.play("m 1")
    #expect(state.message == "bookmarks are named a to z")
    state.play("' q")
    #expect(state.message == "no bookmark q; M lists them")
    state.play("M d")
    #expect(state.notebook.bookmarks.keys.sorted() == ["x"])
    state.play("Esc : \"set bookmark\" Enter b")
    #expect(state.notebook.bookmarks.keys.sorted() == ["b", "x"], "the palette waits for the letter")
    _ = state.handle(.resize(Size(width: 120, height: 24)))
    state.play("1 f Ctrl-u \"bookmark:\" Enter")
    #expect(state.rows.count == 1 && state.text.contains("cat_c3n_001 'bx *"))
  }

  @Test func notes() {
    var state = changed()
    #expect(state.notebook.note(clip: "cat_c3n_001", frame: nil) == "a cat")
    #expect(state.notebook.note(clip: "cat_c3n_001", frame: 3) == "looks up")
    _ = state.handle(.resize(Size(width: 120, height: 40)))
    state.play("2")
    #expect(
      state.text.contains("note on the frame 3: looks up") && state.text.contains("note on the clip: a cat"))
    state.play("1 f Ctrl-u \"note:LOOKS\" Enter")
    #expect(state.rows.count == 1)
    state.play("2 ; f Ctrl-u Enter ; c Esc")
    #expect(state.notebook.notes.map(\.text) == ["a cat"], "an empty note is none, and Esc changes nothing")
  }

  @Test func sessionsAreNamed() {
    var state = changed()
    guard case .saveSession(let session, "tour-1", false)? = state.play("Z s \"tour-1\" Enter").first else {
      Issue.record("nothing is saved")
      return
    }
    #expect(session == state.session)
    _ = state.handle(.sessionSaved(name: "tour-1", path: "/s/tour-1.json"))
    guard case .saveSession(_, "tour-1", true)? = state.play("Z s Enter").first else {
      Issue.record("its own name is not replaced")
      return
    }
    guard case .saveSession(_, "other", true)? = state.play("Z s Ctrl-u \"other!\" Enter").first else {
      Issue.record("a name with ! does not replace")
      return
    }
    for name in ["../up", ".hidden", "autosave-x", " ", "!", "a!b"] {
      #expect(state.play("Z s Ctrl-u \"\(name)\" Enter").isEmpty)
      state.play("Esc")
    }
    guard case .openSession("../up.json")? = state.play("Z o \"../up.json\" Enter").first else {
      Issue.record("nothing is opened")
      return
    }
  }

  @Test func anotherDataSetTakesEverythingsPlace() {
    var state = changed()
    let generation = state.generation
    var session = Session()
    session.dataset = "/other"
    session.clip = "b"
    session.frame = 2
    session.screen = .inspect
    let effects = state.handle(
      .sessionOpened(
        OpenedSession(
          session, name: "other", path: "/s/other.json", root: "/other", dataset: "other",
          clips: [Specimen.clip("a", nil), Specimen.clip("b", nil)], warnings: [], hasDataset: true,
          missing: ["no x.pth"])))
    let loading = effects.compactMap { effect -> (Clip, Int)? in
      if case .loadContents(let clip, let generation) = effect { (clip, generation) } else { nil }
    }
    guard let (clip, next) = loading.first else {
      Issue.record("\(effects)")
      return
    }
    #expect(clip.id == "b" && next > generation && state.frame == 1 && state.dataset == "other")
    #expect(state.errors == ["no x.pth"] && state.session.dataset == "/other")
    #expect(
      state.handle(.contents(generation: generation, Specimen.contents)).isEmpty, "late answers are dropped")
  }

  @Test func keysAreRebound() throws {
    var state = Specimen.snapshot(.inspect, Size(width: 80, height: 24))
    try state.rebind(["next frame": ["K"], "previous frame": [], "set bookmark a-z": ["D{x}"]])
    state.play("K")
    #expect(state.frame == 2)
    state.play(". ,")
    #expect(state.frame == 2 && state.message == ", means nothing here; ? lists the keys")
    state.play("D k ?")
    #expect(state.notebook.bookmarks.keys.sorted() == ["k"])
    _ = state.handle(.resize(Size(width: 80, height: 100)))
    #expect(state.text.contains("K") && state.text.contains("D{x}") && !state.text.contains("m{x}"))
  }

  @Test func badKeysSayWhat() {
    for (title, keys, expected) in [
      ("next fram", ["n"], "\"next fram\": no command of this name; closest: \"next frame\""),
      ("next frame", ["Shift-Q"], "found \"Shift-Q\", expected keys such as"),
      ("next frame", ["r"], "r collides with r, which is \"run\""),
      ("next frame", ["e"], "e collides with e"),
      ("next frame", ["K", "K"], "K is given twice"), ("next frame", ["n{x}"], "{x} is for commands"),
      ("set bookmark a-z", ["D"], "expected keys that end in {x}"), ("accept", ["y"], "write no character"),
      ("accept", [], "expected one key at least"),
    ] {
      var state = Specimen.start()
      let problem = #expect(throws: KeyRebindingProblem.self) { try state.rebind([title: keys]) }
      #expect(problem?.description.contains(expected) == true, "\(problem?.description ?? "")")
    }
    let titles = ExplorerState.keys.bindings.map(\.title)
    #expect(Set(titles).count == titles.count, "a command's title is its name in the configuration")
  }

  @Test func sounds() {
    var state = changed()
    guard case .playSound(let first, let samples)? = state.play("L s").first else {
      Issue.record("no sound")
      return
    }
    #expect(samples.count == 16_000 && state.message?.contains("second 3") == true)
    guard case .playSound(let second, let whole)? = state.play("L c").first else {
      Issue.record("no sound")
      return
    }
    #expect(whole.count == 5 * 16_000 && second != first)
    _ = state.handle(.soundEnded(number: first, "was replaced"))
    #expect(state.message != "was replaced")
    guard case .stopSound? = state.play("L x").first else {
      Issue.record("no end")
      return
    }
    #expect(state.play("L x").isEmpty && state.message == "nothing is playing")
    state.play("L s")
    _ = state.handle(.soundEnded(number: second + 1, "no player is installed"))
    #expect(state.message == "no player is installed")
  }

  @Test func partsAreExported() throws {
    var state = changed()
    state.play("2")
    for (keys, name) in [("e f", "frame"), ("e h", "attention-stage-4"), ("e m", "mask")] {
      guard case .exportPNG(let file, let picture)? = state.play(keys).first else {
        Issue.record("\(keys)")
        return
      }
      #expect(file == "cat_c3n_001-3-\(name)" && picture.width == 224)
    }
    guard case .exportCSV(_, let record)? = state.play("e c").first else {
      Issue.record("no table")
      return
    }
    let table = record.table
    #expect(table.allSatisfy { $0.count == 8 + 1 + 9 })
    #expect(table.count == 1 + 5 * (20 + 50 + 1) + 4 * 2 + 4)
    #expect(
      table.contains {
        $0[2...5] == [
          "1", "similarity", "", "German shepherd, German shepherd dog, German police dog, alsatian",
        ] && $0[7] == "0.71"
      })
  }

  @Test(arguments: GoldenTests.sizes) func goldens(_ size: Size) throws {
    var state = changed()
    _ = state.handle(.resize(size))
    state.play("f Ctrl-u Enter 2 m b")
    for (name, keys) in [("marked-inspect", "Esc"), ("marked-clips", "1"), ("bookmarks", "M")] {
      state.play(keys)
      try GoldenTests.expect(state, name)
    }
  }

  /// The lines for names, with what is wrong with one, the note that is typed, and the keys of the sound.
  @Test(arguments: [
    ("save-session", "Z s \"../up\""), ("open-session", "Z o"), ("open-session-typed", "Z o \"tour\""),
    ("note", "; f Ctrl-u"), ("sound-keys", "L"), ("sound", "L s"), ("sound-failed", "L s"),
  ]) func prompts(_ name: String, _ keys: String) throws {
    var state = changed()
    state.play("f Ctrl-u Enter 2 " + keys)
    if name == "sound-failed" {
      _ = state.handle(.soundEnded(number: 1, "aplay ended with status 1: is there a sound device?"))
    }
    try expectGolden(Specimen.grid(state, Specimen.monochrome), "\(name)-mono")
    try expectGolden(Specimen.grid(state, Specimen.eight), "\(name)-8")
  }
}
