import Evaluation
import Foundation
import Testing

@Suite struct TableTests {
  /// The measurements of the goldens: a number that tells row and data set apart, and two kinds of gaps.
  private static func measured(_ table: PaperTable, _ row: PaperTable.Row, _ set: TableDataset)
    -> TableMeasurement
  {
    let position = table.rows.firstIndex(of: row)!
    if row.condition == .elsewhere { return .absent("another program's method") }
    if set == .ms3, position % 3 == 0 { return .absent("no weights were given for this variant") }
    let offset = set == .s4 ? 0.0 : 50
    return .score(TableScore(offset + Double(position) + 0.126, (offset + Double(position)) / 100 + 0.0006))
  }

  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  private func expectGolden(_ text: String, _ name: String) throws {
    let place = Self.fixtures.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["C3N_UPDATE_GOLDENS"] == "1" {
      try Data((text + "\n").utf8).write(to: place, options: .atomic)
    }
    let golden = try String(contentsOf: place, encoding: .utf8)
    #expect(text + "\n" == golden, "\(name) is now:\n\(text)\nC3N_UPDATE_GOLDENS=1 rewrites it")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).allSatisfy { $0.last != " " })
  }

  @Test(arguments: [PaperTableNumber.one, .two, .three, .six, .seven]) func layoutsAreThePapers(
    _ number: PaperTableNumber
  ) throws {
    let table = try #require(PaperTable(number))
    try expectGolden(
      table.text(notes: ["one set of weights"]) { Self.measured(table, $0, $1) },
      "table-\(number.rawValue).txt")
  }

  @Test func categoriesAreThePapers() throws {
    func clip(_ category: String, _ iou: Double) -> ClipScore {
      let curve = [Double](repeating: iou / 2, count: 255)
      return ClipScore(id: category, category: category, frames: [FrameScore(iou: iou, fCurve: curve)])
    }
    let clips = [
      clip("cap_gun_shooting", 0.5), clip("horse_clip-clop", 0.25), clip("playing_acoustic_guitar", 1),
      clip("typing_on_computer_keyboard", 0.75), clip("owl", 0.125),
    ]
    let table = CategoryTable(CategoryScores(clips, .bs4), absence: "no clip of this category was scored")
    try expectGolden(table.text(notes: ["bs4"]), "table-V.txt")
    try expectGolden(CategoryTable(nil, absence: "no S4 data set was given").text(), "table-V-empty.txt")
  }

  @Test func everyFolderOfS4IsOneCategory() {
    // The names of AVSBench's folders where they are longer than the paper's.
    let folders = [
      "ambulance_siren", "baby_laughter", "cap_gun_shooting", "cat_meowing", "chainsawing_trees",
      "coyote_howling", "dog_barking", "driving_buses", "female_singing", "helicopter", "horse_clip-clop",
      "lawn_mowing", "lions_roaring", "male_speech", "mynah_bird_singing", "playing_acoustic_guitar",
      "playing_glockenspiel", "playing_piano", "playing_tabla", "playing_ukulele", "playing_violin",
      "race_car",
      "typing_on_computer_keyboard",
    ]
    let entries = CategoryTable.rows.flatMap { $0 }
    #expect(entries.count == 23)
    for (folder, entry) in zip(folders, entries) {
      #expect(entries.filter { $0.matches(folder) } == [entry], "\(folder)")
    }
  }

  @Test func theCategoriesGiveThePapersAverage() {
    // Checks the typing of 46 numbers, and that the paper's deviation is the population's.
    let entries = CategoryTable.rows.flatMap { $0 }
    let iou = CategoryScores.Spread(entries.map(\.paper.mIoU))
    let f = CategoryScores.Spread(entries.map(\.paper.f))
    #expect(abs(iou.mean - 83.05) < 0.005 && abs(iou.deviation - 6.21) < 0.005)
    #expect(abs(f.mean - 0.907) < 0.0005 && abs(f.deviation - 0.041) < 0.0005)
  }

  @Test func tablesAgreeWhereThePaperRepeatsItself() throws {
    func row(_ number: PaperTableNumber, _ condition: RowCondition) throws -> [TableDataset: TableScore] {
      try #require(PaperTable(number)?.rows.first { $0.condition == condition }).paper
    }
    for variant in ["swin-vggish", "swin-panns", "pvtv2-vggish", "pvtv2-panns"] {
      #expect(
        try row(.one, .variant(variant))
          == row(.two, .ablation(variant, audioFeatures: true, consensus: "audio-visual")))
    }
    #expect(try row(.one, .variant("pvtv2-panns")) == row(.six, .audioNoise("pvtv2-panns", nil)))
    #expect(try row(.one, .variant("pvtv2-panns")) == row(.seven, .frameNoise("pvtv2-panns", nil)))
    #expect(PaperTableNumber.allCases.compactMap(PaperTable.init).map(\.rows.count) == [25, 20, 4, 6, 4])
  }
}
