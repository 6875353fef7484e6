import C3N
import Explorer
import Foundation
import Inference
import TerminalUI
import Testing

/// What exports say of the model and the knobs, and that Compare's have all columns.
@Suite struct ExportTests {
  private func numbers(_ effects: [Effect]) throws -> any NumberRecord {
    switch effects.first {
    case .exportJSON(_, let record)?, .exportCSV(_, let record)?: return record
    default: throw Missing()
    }
  }

  private struct Missing: Error {}

  @Test func aTableTellsModelAndKnobs() throws {
    var switches = Switches()
    (switches.alpha, switches.audioFeatures, switches.audioNoise) = (0.25, false, 10)
    (switches.forcedLabel, switches.nonLocal) = (225, false)
    var state = Specimen.snapshot(
      .inspect, GoldenTests.sizes[0], analysis: Specimen.analysis(.pvtv2PANNs, switches))
    let table = try numbers(state.play("e c")).table
    for (name, value) in [
      ("variant", "pvtv2-panns"), ("weights", "formula, seed 1: weights by formula, no skill"),
      ("alpha", "0.25"), ("beta", "0.1"), ("consensus", "audio-visual"), ("audioFeatures", "false"),
      ("nonLocal", "false"), ("forcedLabel", "225"), ("audioNoise", "10.0"), ("frameNoise", ""),
    ] {
      let place = try #require(table[0].firstIndex(of: name))
      #expect(table.dropFirst().allSatisfy { $0[place] == value }, "\(name)")
    }
    #expect(table.contains { $0[2...3] == ["", "clip-iou"] && $0[7] == "0.725" })
  }

  @Test func allColumnsAreExported() throws {
    var state = CompareTests.complete(GoldenTests.sizes[0], "Tab A")
    let record = try #require(try numbers(state.play("e j")) as? ComparisonRecord)
    #expect(record.columns.map(\.title) == ["AF + CC", "CC-V, α 0.15", "none"])
    #expect(record.reference == 1 && record.columns[0].differences == nil)
    #expect(record.columns.map { ($0.analysis!.meanIoU! * 1000).rounded() } == [725, 625, 525])
    #expect(record.columns.map(\.switches.alpha) == [0.1, 0.15, 0.1])
    #expect(record.columns[1].analysis?.switches.alpha == 0.15 && record.columns[1].status == "done")
    #expect(record.columns[2].analysis?.frames[0].unifiedLabel == nil)
    #expect(abs(record.columns[2].differences![0].iou! + 0.2) < 1e-9)
    #expect(record.columns[2].differences![0].maskShare! > 0.01)
    let json = try JSONEncoder().encode(record)
    #expect(String(decoding: json, as: UTF8.self).contains("\"weightsName\":\"formula:1\""))

    let table = try numbers(state.play("e c")).table
    let names = table[0]
    func value(_ row: [String], _ name: String) -> String { row[names.firstIndex(of: name)!] }
    #expect(table.allSatisfy { $0.count == names.count })
    for column in 1...3 {
      let rows = table.dropFirst().filter { value($0, "column") == "\(column)" }
      for quantity in ["iou", "f", "clip-iou", "seconds"] {
        #expect(rows.contains { value($0, "quantity") == quantity }, "\(column) \(quantity)")
      }
      #expect(rows.contains { value($0, "quantity") == "unified-label" } == (column < 3))
      #expect(rows.contains { value($0, "quantity") == "mask-differs" } == (column > 1))
      #expect(rows.allSatisfy { value($0, "title") == record.columns[column - 1].title })
      #expect(rows.allSatisfy { value($0, "alpha") == (column == 2 ? "0.15" : "0.1") })
    }
  }

  /// A column without numbers is not left out in silence.
  @Test func columnsThatWaitOrFailAreTold() throws {
    var (state, effects) = CompareTests.shown()
    effects = state.handle(
      .columnFailed(generation: CompareTests.requests(effects)[0].generation, "x.pth: no key conv1"))
    let record = try #require(try numbers(state.play("e j")) as? ComparisonRecord)
    #expect(record.columns.map(\.status) == ["done", "failed", "running"])
    #expect(record.columns[1].problem == "x.pth: no key conv1" && record.columns[1].analysis == nil)
    let table = record.table
    #expect(table.count { $0[0] == "2" } == 1 && table.count { $0[0] == "3" } == 1)
    #expect(
      table.first { $0[0] == "2" }!.prefix(6) == [
        "2", "CC-V", "formula:1", "failed", "dog_c3n_001", "pvtv2-panns",
      ])
  }

  @Test func aMatrixFileIsNamedAfterModelAndKnobs() throws {
    var state = Specimen.snapshot(.matrix, GoldenTests.sizes[1])
    guard case .exportMatrix(let name, _)? = state.play("Tab e w").first else { throw Missing() }
    #expect(name == "dog_c3n_001-2-matrix-M_cof-pvtv2-panns-a0.10-b0.10")
  }

  /// CCAM's picture has all stages, each below its name; Fig. 7's view twice as many, Fig. 8's two by two.
  @Test func stagesArePictures() throws {
    var state = ComparisonViewTests.ablated(GoldenTests.sizes[1])
    var extents: [[Int]] = []
    for keys in ["V e p", "V e p", "V e p"] {
      guard case .exportPNG("dog_c3n_001-1-ccam", let picture)? = state.play(keys).first else {
        throw Missing()
      }
      extents.append([picture.width, picture.height])
      // The titles are black on white.
      #expect(picture.pixels.prefix(3 * 10 * picture.width).allSatisfy { $0 == 0 || $0 == 255 })
      #expect(picture.pixels.prefix(3 * 10 * picture.width).contains(0))
    }
    let (width, head) = (4 * 232 - 8, 5 * 10 + 10)
    #expect(extents[0] == [width, head + 10 + 224])
    #expect(extents[1] == [width, head + 2 * 234 + 8])
    #expect(extents[2][0] == 2 * 232 - 8)
  }
}
