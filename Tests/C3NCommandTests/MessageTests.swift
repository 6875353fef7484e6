import Foundation
import PseudoTerminal
import Testing

/// What the executable says of arguments and folders that are not as it needs them.
@Suite final class MessageTests {
  private static let assets = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Assets")
  private let folder = FileManager.default.temporaryDirectory.appending(path: "messages-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Runs `c3n` in the test's folder; the text is its standard output and its errors.
  private func c3n(_ arguments: String...) throws -> (status: Int32, text: String) { try c3n(arguments) }

  private func c3n(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "c3n-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = try ChildProcess(
      "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path], in: folder, output: output)
    return (try process.status(), process.text)
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  @Test func aMisspelledCommandIsNoFolder() throws {
    let (status, text) = try c3n("frobnicate")
    #expect(status == 1)
    #expect(
      text.hasPrefix(
        "Error: frobnicate: neither a command nor a folder; the commands are explore, run, figure,"),
      "\(text)")
    #expect(text.contains("train-audio") && text.split(separator: "\n").count == 1)
    // A folder is still the explorer's, and so are paths.
    try FileManager.default.createDirectory(
      at: folder.appending(path: "frobnicate"), withIntermediateDirectories: true)
    #expect(try c3n("frobnicate", "--snapshot", "clips").text.contains("no data set"))
    #expect(try c3n("./none", "--snapshot", "clips").text.contains("./none: No such file or directory"))
    let (embedded, screen) = try c3n("embedded", "--snapshot", "clips")
    #expect(embedded == 0 && screen.contains("dog_c3n_001"))
  }

  /// Runs `c3n` with so many KiB of addresses.
  private func limited(_ kibibytes: Int, _ arguments: String) throws -> (status: Int32, text: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "c3n-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: output) }
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "c3n").path
    let process = try ChildProcess(
      "/bin/sh", ["-c", "ulimit -v \(kibibytes); exec \"$0\" \(arguments)", program],
      environment: ["C3N_ASSETS": Self.assets.path], in: folder, output: output)
    return (try process.status(), process.text)
  }

  @Test func whatCannotFitIsRefusedWithNumbers() throws {
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "embedded"), withDestinationURL: Self.assets.appending(path: "Clips"))
    for (arguments, expected) in [
      ("run dog_c3n_001", "5 frames in lite need "), ("run dog_c3n_001 --json", "5 frames in lite need "),
      ("run dog_c3n_001 --variant pvtv2-panns --weights formula:1", "--variant lite, which needs "),
      ("evaluate ./embedded/Single-source --database kept.sqlite", "5 frames in lite need "),
      (
        "train ./embedded/Single-source --variant lite --train-split test --validation-split none --output out",
        "training lite on 5 frames"
      ),
    ] {
      let (status, text) = try limited(330_000, arguments)
      #expect(status == 1, "\(arguments): \(text)")
      #expect(text.contains(expected) && text.contains("left of ulimit -v"), "\(arguments): \(text)")
      #expect(text.contains("what would help: ") && text.split(separator: "\n").count == 1, "\(text)")
    }
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 == "out" }
    #expect(made.isEmpty, "nothing is begun")
  }

  @Test func theDoctorTellsTheMemoryOfTheLongestClip() throws {
    let (status, text) = try c3n("doctor", "embedded")
    #expect(status == 0)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("  memory: the longest clip, ") }
    #expect(lines.count == 2, "\(text)")
    for line in lines {
      #expect(line.contains(" of 5 frames, takes at the peak "))
      #expect(line.contains(" MiB with lite, 1.1 GiB with pvtv2-panns, "))
    }
  }

  @Test func idsMayBeNumbersBelowZero() throws {
    let (status, text) = try c3n("run", "--json", "-5")
    #expect(status == 1 && text.contains("-5: no such folder"), "\(text)")
  }

  @Test func briefReportsNameNoTensors() throws {
    let file = Self.assets.path + "/Weights/lite-audio.f16.safetensors"
    let (_, brief) = try c3n("weights", "--json", "--brief", file)
    let (_, whole) = try c3n("weights", "--json", file)
    #expect(brief.contains("\"tensorCount\"") && !brief.contains("\"shape\"") && whole.contains("\"shape\""))
  }

  @Test(arguments: [
    (["--alpha", "-1"], "--alpha -1.0: expected a number from 0 on"),
    (["--alpha=-1"], "--alpha -1.0: expected a number from 0 on"),
    (["--beta", "-inf"], "--beta -inf: expected a number from 0 on"),
    (["--alpha", "nan"], "--alpha nan: expected a number from 0 on"),
    (["--label", "-1"], "--label -1: expected 0 to 999"),
  ])
  func numbersBelowZeroAreTold(_ options: [String], _ expected: String) throws {
    let process = try ChildProcess(
      "c3n", ["run", "dog_c3n_001"] + options, environment: ["C3N_ASSETS": Self.assets.path],
      output: folder.appending(path: "output").path)
    #expect(try process.status() != 0)
    #expect(process.text.contains(expected), "\(process.text)")
  }

  @Test func filesThatAreNoEvaluationsAreTold() throws {
    func reason(_ name: String) throws -> String {
      let (status, text) = try c3n("evaluate", "--diff", name, name)
      #expect(status == 1)
      return text
    }
    #expect(try reason("none.csv") == "Error: none.csv: No such file or directory\n")
    #expect(try reason(".").contains("not a regular file"))
    try write("", "empty.csv")
    #expect(try reason("empty.csv").contains("empty.csv: the file is empty"))
    try write("dataset,id,category,frames,empty,iou\n", "columns.csv")
    #expect(try reason("columns.csv").contains("no column f, seconds, source; expected dataset,id,category"))
    try write("\"dataset,id\n", "quoted.csv")
    #expect(try reason("quoted.csv").contains("a quoted field does not end"))
  }

  @Test func embeddedIsTheEmbeddedClipsEverywhere() throws {
    let (healthy, findings) = try c3n("doctor", "embedded")
    #expect(
      healthy == 0 && findings.contains("S4, 9 clips") && findings.contains("MS3, 4 clips"), "\(findings)")
    let (status, text) = try c3n("train", "embedded", "--output", "run")
    #expect(
      status == 1
        && text.contains(
          "embedded: 2 data sets, expected one to train on: embedded:s4 (test (9 clips)), embedded:ms3 (test (4 clips))"
        ),
      "\(text)")
    let (unknown, reason) = try c3n("train", "embedded:s5", "--output", "run")
    #expect(
      unknown == 1
        && reason.contains("embedded:s5: no such embedded data set; expected embedded:s4, embedded:ms3"),
      "\(reason)")
    let (trained, report) = try c3n(
      "train", "embedded:ms3", "--output", "run", "--train-split", "test", "--validation-split", "none",
      "--epochs", "1",
      "--batch", "4", "--width", "8", "--no-color-jitter", "--seconds-per-clip", "1")
    #expect(trained == 0 && report.contains("/Clips/Multi-sources/"), "\(report)")
    let (found, printed) = try c3n("run", "dog_c3n_001", "--dataset", "embedded")
    #expect(found == 0 && printed.contains("mean IoU"), "\(printed)")
  }

  /// Options with several values take what follows them; what the command lacks is given back.
  @Test func argumentsBehindOptionsWithSeveralValues() throws {
    let (status, text) = try c3n("run", "--weights", "embedded:af", "dog_c3n_001", "--json")
    #expect(status == 0 && text.contains("\"clip\" : \"dog_c3n_001\""), "\(text)")
    #expect(try c3n("run", "--weights", "embedded:af", "none").text.hasPrefix("Error: none: no such folder"))
    for alone in ["formula:1", "none.pth"] {
      #expect(
        try c3n("run", "--weights", alone).text.hasPrefix(
          "Error: no clip; name its folder or id, before options"))
    }
    #expect(try c3n("run", "--weights", "a.pth", "b.pth").text.contains("no clip; name"))
    let drawn = try c3n("figure", "--weights", "embedded:af", "6", "dog_c3n_001", "-o", "f.svg")
    #expect(drawn.status == 0 && drawn.text.contains("wrote f.svg"), "\(drawn.text)")
    let framed = try c3n("figure", "6", "--frames", "1", "2", "dog_c3n_001", "-o", "f.svg")
    #expect(framed.status == 0, "\(framed.text)")
    #expect(
      try c3n("figure", "6", "dog_c3n_001", "--frames", "x", "-o", "f.svg").text.contains(
        "--frames x: expected"))
    #expect(
      try c3n("evaluate", "--weights", "embedded").text.contains(
        "no dataset; name its folder, or 'embedded', before"))
    let data = Self.assets.appending(path: "Clips/Single-source").path
    for options in [["--weights", "embedded:af"], ["--weights-ms3", "embedded"]] {
      let (status, text) = try c3n(["evaluate", "--database", "r.sqlite", "--limit", "1"] + options + [data])
      #expect(status == 0 && text.contains("mIoU"), "\(text)")
    }
    #expect(
      try c3n("evaluate", "--diff", "a", "b", "c").text.contains(
        "two CSV files and nothing to evaluate; found a, b, c"))
    let screen = try c3n("explore", "--snapshot", "clips", "--weights", "embedded:af", "embedded")
    #expect(screen.status == 0 && screen.text.contains("dog_c3n_001"), "\(screen.text)")
  }

  /// A models file that is not as it should be is told by the doctor and by the explorer, which goes on.
  @Test func aModelsFileThatIsWrongIsTold() throws {
    let configuration = folder.appending(path: "c3n")
    try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: true)
    func told(_ text: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
      try write(text, "c3n/models.json")
      let output = folder.appending(path: "output.txt").path
      let process = try ChildProcess(
        "c3n", arguments, environment: ["C3N_ASSETS": Self.assets.path, "XDG_CONFIG_HOME": folder.path],
        in: folder, output: output)
      return (try process.status(), process.text)
    }
    let screen = try told("no json", ["explore", "--snapshot", "clips", "--size", "200x40"])
    #expect(screen.status == 0 && screen.text.contains("models.json: is no JSON, expected"), "\(screen.text)")
    let audio = Self.assets.path + "/Weights/lite-audio.f16.safetensors"
    for (text, problem) in [
      ("no json", "is no JSON"),
      (#"{"swin-beats": {"weights": ["/none.pth"]}}"#, "swin-beats names /none.pth"),
      (#"{"swin-beats": {"weights": ["\#(audio)"]}}"#, "swin-beats: variant swin-beats: missing"),
    ] {
      let (status, report) = try told(text, ["doctor"])
      #expect(status == 1 && report.contains("models.json: \(problem)"), "\(report)")
    }
    let (healthy, report) = try told(#"{"lite": {"weights": ["embedded:af"]}}"#, ["doctor"])
    #expect(healthy == 0 && report.contains("models.json (lite)"), "\(report)")
  }

  @Test func splitsWithoutClipsAreTold() throws {
    let data = Self.assets.appending(path: "Clips/Single-source").path
    let (status, text) = try c3n("train", data, "--output", "run")
    #expect(status == 1)
    #expect(
      text.contains(
        "no clip of split 'train' to train on; found test (9 clips); --train-split names another one"),
      "\(text)")
    let (refused, reason) = try c3n(
      "train", data, "--output", "run", "--train-split", "test", "--validation-split", "vall")
    #expect(refused == 1)
    #expect(
      reason.contains(
        "no clip of split 'vall' to validate on; found test (9 clips); --validation-split names another one, or none"
      ),
      "\(reason)")
    let (missing, found) = try c3n("evaluate", data, "--split", "val", "--database", "results.sqlite")
    #expect(
      missing == 1 && found.contains("no clips of split val; found test (9 clips); --split names"), "\(found)"
    )
  }

  /// Nor the folders above it, but those that were there.
  @Test func aTrainingThatFailsLeavesNoFolder() throws {
    let data = Self.assets.appending(path: "Clips/Single-source").path
    try FileManager.default.createDirectory(
      at: folder.appending(path: "there"), withIntermediateDirectories: true)
    let (status, text) = try c3n("train", data, "--output", "there/a/b", "--train-split", "none")
    #expect(status == 1 && text.contains("no clip of split 'none'"), "\(text)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["there"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "there").path) == [])
    // In its first step, too: S4 trains on the first frame, of which this clip has no mask.
    for part in ["visual_frames", "gt_masks", "audio_wav"] {
      let name = part == "audio_wav" ? "dog_c3n_001.wav" : "dog_c3n_001"
      let target = folder.appending(path: "data/\(part)/test/dog")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(data)/s4_data/\(part)/test/dog/\(name)", toPath: target.appending(path: name).path)
    }
    try FileManager.default.removeItem(
      at: folder.appending(path: "data/gt_masks/test/dog/dog_c3n_001/dog_c3n_001_1.png"))
    let (failed, reason) = try c3n(
      "train", "data", "--output", "run", "--train-split", "test", "--validation-split", "none", "--width",
      "8")
    #expect(failed == 1 && reason.contains("no ground truth for the first frame"), "\(reason)")
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
  }

  @Test func aRunNeedsAFolder() throws {
    try write("a file", "file")
    let (status, text) = try c3n(
      "train", Self.assets.appending(path: "Clips/Single-source").path, "--output", "file", "--train-split",
      "test")
    #expect(status == 1 && text.contains("Error: file: cannot be made a folder: "), "\(text)")
  }

  @Test func whatCannotGoOnIsTold() throws {
    let data = Self.assets.appending(path: "Clips/Multi-sources").path
    func resumed(_ output: String, _ options: [String] = []) throws -> String {
      let process = try ChildProcess(
        "c3n", ["train", data, "--output", output, "--resume"] + options,
        environment: ["C3N_ASSETS": Self.assets.path], in: folder,
        output: folder.appending(path: "output").path)
      #expect(try process.status() == 1)
      #expect(process.text.split(separator: "\n").count { $0.hasPrefix("Error: ") } == 1)
      return process.text
    }
    #expect(try resumed("none").contains("Error: none: no such folder, expected that of a run"))
    try FileManager.default.createDirectory(
      at: folder.appending(path: "half"), withIntermediateDirectories: true)
    #expect(try resumed("half").contains("no training.safetensors, from which a run goes on; found nothing;"))
    try write("kind", "half/log.csv")
    #expect(try resumed("half").contains("found log.csv; without --resume a run begins"))
    try write("no tensors", "half/training.safetensors")
    #expect(try resumed("half").contains("half/training.safetensors: "))

    let (status, text) = try c3n(
      "train", data, "--output", "run", "--train-split", "test", "--epochs", "1", "--batch", "4", "--width",
      "8",
      "--no-color-jitter", "--alpha", "0.25", "--seconds-per-clip", "1")
    #expect(status == 0, "\(text)")
    #expect(
      text.contains(
        "note: no validation, the latest weights count as the best: no clip of split 'val'; found test (4 clips)"
      ),
      "\(text)")
    let other = try resumed(
      "run",
      [
        "--epochs", "2", "--batch", "4", "--flip", "--color-jitter", "--alpha", "0.5", "--variant",
        "swin-beats",
        "--frames-per-clip", "2", "--no-non-local",
      ])
    #expect(
      other.contains(
        "run: --resume goes on as the run began; found --variant swin-beats (the run: --variant lite), "
          + "--epochs 2 (the run: --epochs 1), --color-jitter (the run: --no-color-jitter), "
          + "--frames-per-clip 2 (the run: no --frames-per-clip), --alpha 0.5 (the run: --alpha 0.25), "
          + "--no-non-local (the run: --non-local)"), "\(other)")

    // Its weights alone are a model, and so is the decoder alone, by the encoders that ship.
    for part in ["all", "decoder", "network", "audio"] {
      let (exported, listing) = try c3n(
        "weights", "run/best.safetensors", "--export", "\(part).safetensors", "--part", part, "--brief")
      #expect(exported == 0 && listing.contains("fits      lite\n"), "\(listing)")
      let (ran, printed) = try c3n(
        "run", "dog_c3n_001", "--weights", "\(part).safetensors", "--alpha", "0.25")
      #expect(ran == 0, "\(printed)")
      let told = [
        "all": "lite  weights: all.safetensors\n",
        "decoder":
          "lite  weights: decoder.safetensors with the shipped EfficientNet-Lite0 and audio encoder of lite: results are not comparable\n",
        "network":
          "lite  weights: network.safetensors with the shipped audio encoder of lite: results are not comparable\n",
        "audio":
          "lite  weights: audio.safetensors with the shipped EfficientNet-Lite0 of lite: results are not comparable\n",
      ]
      #expect(printed.contains(told[part]!), "\(printed)")
      #expect(printed.contains("mean IoU") == (part != "audio"))
    }
    // It runs under the switches that it was trained under, but for those that are asked for.
    for (options, told) in [
      ([], #""alpha" : 0.25,"#), (["--alpha", "0.1"], #""alpha" : 0.1,"#),
      (["--no-audio-features"], #""alpha" : 0.25,\#n    "audioFeatures" : false"#),
    ] {
      let (_, json) = try c3n(["run", "dog_c3n_001", "--weights", "decoder.safetensors", "--json"] + options)
      #expect(json.contains(told), "\(json.suffix(600))")
    }
    // Also in tables and figures, whatever that is.
    let (_, trained) = try c3n("run", "dog_c3n_001", "--weights", "decoder.safetensors")
    #expect(trained.contains("switches: alpha 0.25\n"), "\(trained)")
    let (_, table) = try c3n(
      "evaluate", data, "--weights", "decoder.safetensors", "--database", "tables.sqlite", "--table", "VI")
    #expect(table.contains("MS3: alpha 0.25") && table.contains("S4"), "\(table)")
    let (flattened, _) = try c3n(
      "weights", "decoder.safetensors", "--export", "flat.safetensors", "--metadata",
      #"configuration={"switches":{"alpha":0.1,"audioFeatures":true,"audioScores":"as-published","beta":0.1,"consensus":"none","nonLocal":false}}"#
    )
    #expect(flattened == 0)
    let (drawn, figure) = try c3n(
      "figure", "8", "dog_c3n_001", "--weights", "flat.safetensors", "-o", "figure.svg")
    #expect(drawn == 0, "\(figure)")
    let (evaluated, scores) = try c3n(
      "evaluate", data, "--weights", "decoder.safetensors", "--database", "results.sqlite", "--limit", "1")
    #expect(evaluated == 0 && scores.contains("lite-audio.f16.safetensors, decoder.safetensors"), "\(scores)")
    let (again, kept) = try c3n(
      "evaluate", data, "--variant", "lite", "--weights", "decoder.safetensors", "--database",
      "results.sqlite",
      "--limit", "1")
    #expect(again == 0 && kept.contains("(1 from the database)"), "\(kept)")
    let (shown, screen) = try c3n("explore", "--weights", "decoder.safetensors", "--snapshot", "inspect")
    #expect(shown == 0 && screen.contains("IoU") && screen.contains("with the shipped"), "\(screen)")
  }

  @Test func curvesHaveAxes() throws {
    let rows = (1...40).map {
      "train,\($0),\(($0 - 1) / 20 + 1),\(1.5 - Double($0) / 100),,,0.001,1,\($0),100,,"
    }
    let validations = ["val,20,1,,,,,,20,100,0.25,0.5", "val,40,2,,,,,,40,100,0.5,0.75"]
    try write(
      (["kind,step,epoch,loss,bce,dice,lr,clips_per_s,seconds,rss_mb,miou,f"] + rows + validations)
        .joined(separator: "\n") + "\n", "log.csv")
    let process = try ChildProcess(
      "c3n", ["train", "--watch", "log.csv"], environment: ["LC_ALL": "C", "LANG": "C"], in: folder,
      output: folder.appending(path: "output").path)
    #expect(try process.status() == 0)
    let lines = process.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func after(_ title: String) -> ArraySlice<String> { lines.drop { !$0.hasPrefix(title) } }
    let loss = Array(after("loss ").prefix(11))
    try #require(loss.count == 11, "\(process.text)")
    #expect(loss[0] == "loss  1.1000 to 1.4900, last 1.1000")
    #expect(loss[1].hasPrefix("1.4900 +#") && loss[8].hasPrefix("1.1000 +#"))
    #expect(loss[2...7].allSatisfy { $0.hasPrefix("       |") })
    #expect(loss[9].hasPrefix("       +---"))
    #expect(loss[10].hasPrefix("        step 1 ") && loss[10].hasSuffix(" step 40 (epoch 2)"))
    #expect(loss[9].count == loss[10].count && loss[9].count <= 80)
    let scores = Array(after("mIoU ").prefix(9))
    #expect(scores[1].hasPrefix("1.0000 +") && scores[6].hasPrefix("0.0000 +"))
    #expect(scores[8].contains("epoch 1 ") && scores[8].hasSuffix(" epoch 2"))
  }
}
