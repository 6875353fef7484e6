import C3N
import Foundation
import Inference
import Testing

@Suite("The models file")
struct ModelsFileTests {
  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("models.json").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try body(path)
  }

  @Test func aVariantFindsItsFiles() throws {
    let text = """
      {"swin-beats": {"weights": ["a.pth", "/dev/null", "~/c.pt"], "similarity": "s.npy"},
       "pvt-panns": {"weights": ["formula:3"]}}
      """
    try withFile(text) { path in
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      let wanted = ModelSpecification(variant: .swinBEATs)
      let home = ["HOME": folder + "/home"]
      #expect {
        try ModelsFile.filling(wanted, from: path, environment: home)
      } throws: { "\($0)".contains(path) && "\($0)".contains(folder + "/a.pth") }
      try FileManager.default.createDirectory(atPath: folder + "/home", withIntermediateDirectories: true)
      for file in ["a.pth", "home/c.pt", "s.npy"] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + file))
      }
      let swin = try ModelsFile.filling(wanted, from: path, environment: home)
      #expect(swin.weights == [folder + "/a.pth", "/dev/null", folder + "/home/c.pt"])
      #expect(swin.similarity == folder + "/s.npy")
      let own = ModelSpecification(variant: .swinBEATs, similarity: "mine.npy")
      let kept = try ModelsFile.filling(own, from: path, environment: home)
      #expect(kept.similarity == "mine.npy")
      let panns = try ModelsFile.filling(ModelSpecification(variant: .pvtv2PANNs), from: path)
      #expect(panns.weights == ["formula:3"])
      // Two variants and none chosen; one that the file does not have.
      #expect(throws: ModelError.self) { try ModelsFile.filling(ModelSpecification(), from: path) }
      #expect(throws: ModelError.self) {
        try ModelsFile.filling(ModelSpecification(variant: .swinPANNs), from: path)
      }
    }
    try withFile(#"{"swin-beats": {"weights": ["/dev/null"]}}"#) { path in
      let only = try ModelsFile.filling(ModelSpecification(), from: path)
      #expect(only.variant == .swinBEATs)
    }
  }

  @Test func wordsAreNoPaths() throws {
    let text = #"{"lite": {"weights": ["embedded:af"]}, "pvt-panns": {"weights": ["formula:3"]}}"#
    try withFile(text) { path in
      let lite = try ModelsFile.filling(ModelSpecification(variant: .lite), from: path)
      #expect(lite.weights == ["embedded:af"])
      #expect(try ModelsFile.all(path).map(\.weights) == [["embedded:af"], ["formula:3"]])
      let (models, problems) = ModelsFile.examined(path)
      #expect(models.count == 2 && problems.isEmpty)
    }
    try withFile(#"{"lite": {"weights": ["./embedded"]}}"#) { path in
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      let models = try ModelsFile.all(path)
      #expect(models[0].weights == [folder + "/./embedded"])
      #expect(
        ModelsFile.examined(path).problems == ["\(path): lite names \(folder)/./embedded, which is not there"]
      )
    }
  }

  @Test(arguments: [
    ("no json", "is no JSON, expected"), ("[]", "another type, expected"),
    (#"{"swin": {"weights": []}}"#, "unknown variant 'swin', expected one of"),
    (#"{"swin-beats": {"weight": []}}"#, "swin-beats: no 'weights', expected a list of files"),
    (#"{"swin-beats": {"weights": "a"}}"#, "swin-beats.weights: another type, expected"),
    (#"{"swin-beats": null}"#, "swin-beats: null, expected"),
    (#"{"swin-beats": {"weights": ["/none.pth"]}}"#, "swin-beats names /none.pth, which is not there"),
    (#"{"swin-beats": {"weights": ["embedded"]}}"#, "variant swin-beats: embedded is lite"),
    (#"{"pvt-beats": {"weights": []}, "pvtv2-beats": {"weights": []}}"#, "names pvtv2-beats twice"),
  ])
  func whatIsWrongIsTold(text: String, problem: String) throws {
    // What is valid stands beside it.
    let others =
      text.hasPrefix("{") ? [text, text.dropLast() + #", "lite": {"weights": ["embedded"]}}"#] : [text]
    for (index, text) in others.enumerated() {
      try withFile(String(text)) { path in
        let (models, problems) = ModelsFile.examined(path)
        #expect(problems.count == 1 && problems[0].hasPrefix("\(path): \(problem)"), "\(problems)")
        #expect(index == 0 || models.contains { $0.variant == .lite })
      }
    }
    #expect(
      ModelsFile.examined("/none/models.json").problems == [
        "/none/models.json: cannot be read, expected a JSON file of models"
      ])
    let none = ModelsFile.examined(nil, environment: ["XDG_CONFIG_HOME": "/none"])
    #expect(none.models.isEmpty && none.problems.isEmpty)
  }

  @Test(arguments: ["", "[]", #"{"swin": {"weights": []}}"#, #"{"swin-beats": {}}"#, #"{"swin-beats": 3}"#])
  func whatIsNoModelsFileIsRefused(text: String) throws {
    try withFile(text) { path in
      do {
        _ = try ModelsFile(path)
        Issue.record("\(text) was taken")
      } catch let error as ModelError {
        #expect(error.place == path && error.problem.contains("expected"))
      }
    }
  }

  @Test func theDefaultFollowsTheEnvironment() {
    #expect(ModelsFile.defaultPath(environment: ["XDG_CONFIG_HOME": "/x"]) == "/x/c3n/models.json")
    #expect(ModelsFile.defaultPath(environment: ["HOME": "/h"]) == "/h/.config/c3n/models.json")
    #expect(
      ModelsFile.defaultPath(environment: ["XDG_CONFIG_HOME": "relative", "HOME": "/h"])
        == "/h/.config/c3n/models.json")
  }
}
