import C3N
import Inference

extension ModelSpecification {
  /// The row of Table II under which the weights were trained; nil where nobody says, and for `lite`'s default.
  var trainedRow: Ablation? { try? ablation }

  /// The model with the weights that were trained under a row of Table II. Only `lite` ships them; another model is itself.
  func trained(as row: Ablation) -> ModelSpecification {
    guard isEmbedded else { return self }
    var model = ModelSpecification.embedded(row)
    (model.similarity, model.options) = (similarity, options)
    return model
  }

  /// The variant's name; empty where it follows from files that were not read yet.
  var variantName: String { (variant ?? (isEmbedded ? .lite : nil))?.rawValue ?? "" }

  /// The weights in a few words, such as `formula:1` or the first file's name.
  var weightsName: String {
    if let trainedRow { return "lite as \(trainedRow.title)" }
    if isEmbedded { return "lite, default" }
    guard let first = weights.first else { return "none given" }
    let name = first.split(separator: "/").last.map(String.init) ?? first
    return weights.count > 1 ? "\(name) +\(weights.count - 1)" : name
  }
}

extension Comparison.Column {
  /// The column of a row of Table II: its switches, and its own weights where there are some.
  func row(_ row: Ablation) -> Comparison.Column {
    Comparison.Column(model: model.trained(as: row), switches: row.applied(to: switches))
  }

  /// Whether the weights were trained under another row than the switches ask for.
  var hasOtherRowsWeights: Bool { model.trainedRow.map { Ablation(switches) != $0 } ?? false }
}

extension Comparison {
  /// What is to be known of the rows' weights; nil where the columns are no rows of Table II.
  var rowCaveat: String? {
    guard Set(columns.map(\.switches.rowName)).count > 1 else { return nil }
    if columns.allSatisfy({ $0.model.trainedRow != nil && !$0.hasOtherRowsWeights }) {
      return "rows of Table II, each by a small decoder trained for it (450 steps, seed 1)"
    }
    let areShared = Set(columns.map(\.model)).count < columns.count
    return areShared
      ? "rows by switching the same weights; the paper trained each row by itself"
      : "rows of Table II by weights that were not all trained for their rows"
  }
}
