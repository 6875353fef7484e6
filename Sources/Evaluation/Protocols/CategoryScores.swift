/// The scores of each category of a data set and how they vary (the paper's Table V).
public struct CategoryScores: Sendable, Equatable {
  /// A category's name and score.
  public struct Entry: Sendable, Equatable {
    /// The name as the data set has it.
    public let category: String

    /// The score of its clips, batched by themselves.
    public let score: SplitScore
  }

  /// A mean over categories and the standard deviation of the whole population, which is what Table V prints.
  public struct Spread: Sendable, Equatable {
    /// The mean.
    public let mean: Double

    /// The square root of the mean squared distance from the mean.
    public let deviation: Double

    /// The spread of at least one value.
    public init(_ values: [Double]) {
      precondition(!values.isEmpty, "the spread of no values")
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
  }

  /// The categories by name.
  public let entries: [Entry]

  /// The mean IoU over categories.
  public let meanIoU: Spread

  /// F over categories.
  public let f: Spread

  /// Groups clips by category; nil if no clip has one. Clips without a category are left out.
  public init?(_ clips: [ClipScore], _ batching: BatchProtocol) {
    let groups = Dictionary(grouping: clips.filter { $0.category != nil }) { $0.category! }
    guard !groups.isEmpty else { return nil }
    entries = groups.sorted { $0.key < $1.key }
      .map { Entry(category: $0.key, score: SplitScore($0.value, batching)!) }
    meanIoU = Spread(entries.map(\.score.meanIoU))
    f = Spread(entries.map(\.score.f))
  }
}
