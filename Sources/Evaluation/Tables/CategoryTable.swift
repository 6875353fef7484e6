import Foundation

/// The paper's Table V: each category of S4, in three rows of columns.
public struct CategoryTable: Sendable {
  /// A category with the paper's score.
  public struct Entry: Hashable, Sendable {
    /// The name as the paper has it, such as `gun shooting`.
    public let name: String

    /// The paper's score.
    public let paper: TableScore

    init(_ name: String, _ mIoU: Double, _ f: Double) {
      self.name = name
      paper = TableScore(mIoU, f)
    }

    /// Whether a data set's category is this one: the words of the paper's name are among its words.
    ///
    /// The folder of `gun shooting` is `cap_gun_shooting`.
    public func matches(_ category: String) -> Bool {
      let words = Set(category.lowercased().split { $0 == "_" || $0 == " " })
      return name.split(separator: " ").allSatisfy(words.contains)
    }
  }

  /// The paper's categories in its three rows of columns.
  public static var rows: [[Entry]] { published }

  /// What was measured; nil for nothing.
  public let measured: CategoryScores?

  /// Why nothing or not everything was measured.
  public let absence: String

  /// The table with the categories of one evaluation; those that the paper does not have come below.
  public init(_ measured: CategoryScores?, absence: String) {
    self.measured = measured
    self.absence = absence
  }

  /// The measured score of a category of the paper.
  public func score(_ entry: Entry) -> TableScore? {
    measured?.entries.first { entry.matches($0.category) }.map { Self.rounded($0.score) }
  }

  /// The table in the paper's layout, with a line of the paper's numbers and a line of those measured here.
  public func text(notes: [String] = []) -> String {
    var footnotes = Footnotes()
    var lines = ["Table V (section IV-D6): Categories, S4, test set"]
    for (number, row) in Self.rows.enumerated() {
      let names = row.map { $0.name.split(separator: " ", maxSplits: 1).map(String.init) }
      let paper = row.map(\.paper).map(Self.cell)
      let here = row.map { entry in
        footnotes.cell(score(entry).map { .score($0) } ?? .absent(absence), Self.cell)
      }
      var blocks = [
        names.map { $0[0] }, names.map { $0.count > 1 ? $0[1] : "" }, row.map { _ in "mIoU  F" }, paper,
        here,
      ]
      if number == Self.rows.count - 1 {
        let average = measured.map {
          Self.average(
            TableScore(100 * $0.meanIoU.mean, $0.f.mean),
            TableScore(100 * $0.meanIoU.deviation, $0.f.deviation))
        }
        let last = [
          "Class Average", "", "mIoU         F", Self.average(Self.publishedMean, Self.publishedDeviation),
          average ?? here.last!,
        ]
        blocks = zip(blocks, last).map { $0 + [$1] }
      }
      lines.append("")
      for (title, cells) in zip(["", "", "", "paper", "here"], blocks) {
        lines.append(trimmed(padded(title, 7) + cells.map { padded($0, 14) }.joined()))
      }
    }
    return (lines + others + footnotes.lines(notes)).joined(separator: "\n")
  }

  /// The categories that the paper does not have.
  private var others: [String] {
    let others = measured?.entries.filter { entry in
      !Self.rows.joined().contains { $0.matches(entry.category) }
    }
    guard let others, !others.isEmpty else { return [] }
    return ["", "Categories that the paper does not have; Class Average here is over all measured:"]
      + others.map { "  " + padded($0.category, 22) + "  " + Self.cell(Self.rounded($0.score)) }
  }

  private static func rounded(_ score: SplitScore) -> TableScore { TableScore(100 * score.meanIoU, score.f) }

  private static func cell(_ score: TableScore) -> String {
    String(format: "%5.2f %.3f", score.mIoU, score.f)
  }

  private static func average(_ mean: TableScore, _ deviation: TableScore) -> String {
    String(format: "%.2f+-%.2f %.3f+-%.3f", mean.mIoU, deviation.mIoU, mean.f, deviation.f)
  }
}
