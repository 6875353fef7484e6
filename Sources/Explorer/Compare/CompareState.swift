import C3N
import Inference
import TerminalUI

/// The Compare screen's columns and what is known of them. Only ``setup`` is worth saving.
struct CompareState: Sendable {
  /// What is compared; nil before the screen was first shown.
  var setup: Comparison?

  /// What each column has, parallel to the columns.
  var work: [ColumnWork] = []

  /// The models that columns can have, the explorer's own first.
  var models: [ModelSpecification] = []

  /// What is wrong with the models file, a line each.
  var modelProblems: [String] = []

  /// The column that runs.
  var running: Int?

  /// The number of the latest request; results of other numbers are dropped.
  var generation = 0

  /// The requests that have to be cancelled.
  var abandoned: [Int] = []

  /// The line-up that was chosen last.
  var lineUp = LineUp.ablation

  private var wishes = 0

  /// The column to run next: the one that was wished for last, of equals the left one.
  var next: Int? {
    let waiting = work.indices.filter { work[$0].status == .waiting }
    return waiting.max { (work[$0].wish, $1) < (work[$1].wish, $0) }
  }

  /// Wants columns to be run (again), as one wish.
  mutating func wish(_ columns: some Sequence<Int>) {
    wishes += 1
    for column in columns {
      work[column].wish = wishes
      work[column].status = .waiting
    }
  }

  /// Takes what is compared; all columns are waiting.
  mutating func take(_ comparison: Comparison) {
    setup = comparison
    work = comparison.columns.map { _ in ColumnWork() }
    wish(work.indices)
  }

  /// Forgets everything that belongs to a clip.
  mutating func forgetClip() {
    for column in work.indices { work[column] = ColumnWork() }
    wish(work.indices)
  }
}

/// What a column has.
struct ColumnWork: Sendable {
  /// How far it is.
  enum Status: Equatable {
    /// It waits for its turn.
    case waiting
    /// The weights are being read, or the model runs.
    case running(String)
    /// The analysis is what the column asks for.
    case done
    /// The user stopped it.
    case cancelled
    /// It cannot be computed.
    case failed(String)
  }

  var status = Status.waiting

  /// A larger one is a later wish.
  var wish = 0

  /// The latest analysis, perhaps not complete, perhaps of earlier switches.
  var analysis: ClipAnalysis?

  /// The pictures of the latest analysis with masks, a frame each.
  var pictures: [ColumnFrame] = []
}

/// A frame's mask with what it is compared with, computed once.
struct ColumnFrame: Sendable {
  let mask: MaskPicture

  /// The mask at half the extent: a column has fewer cells than pixels, and four columns are drawn at every key.
  let small: MaskPicture

  /// At half the extent with the ground truth; nil without any.
  let difference: DifferencePicture?
}

extension ColumnFrame {
  /// The frames of an analysis; empty without masks.
  static func all(_ analysis: ClipAnalysis, _ loaded: LoadedClip) -> [ColumnFrame] {
    guard let logits = analysis.maskLogits else { return [] }
    let (height, width) = (logits.shape[1], logits.shape[2])
    return (0..<logits.shape[0]).map { frame in
      let mask = MaskPicture(
        width: width, height: height, values: logits.slice(frame..<frame + 1).values.map { $0 > 0 })
      let truth = frame < loaded.contents.masks.count ? loaded.contents.masks[frame] : nil
      let small = mask.halved
      return ColumnFrame(
        mask: mask, small: small,
        difference: truth.map {
          let resized = MaskPicture($0.resized(width: width, height: height))
          return DifferencePicture(prediction: small, truth: resized.halved)
        })
    }
  }

  /// The share of all pixels in which the masks differ, 0 to 1; nil for masks of other extents.
  func disagreement(with other: ColumnFrame) -> Double? {
    let (own, others) = (mask.values, other.mask.values)
    guard own.count == others.count, !own.isEmpty else { return nil }
    var count = 0
    for index in own.indices where own[index] != others[index] { count += 1 }
    return Double(count) / Double(own.count)
  }
}

extension MaskPicture {
  /// The mask at half the extent: of each four pixels at least two.
  var halved: MaskPicture {
    let (width, height) = (max(1, self.width / 2), max(1, self.height / 2))
    var halved = [Bool](repeating: false, count: width * height)
    values.withUnsafeBufferPointer { values in
      for y in 0..<height {
        for x in 0..<width {
          var count = 0
          for row in 2 * y..<min(2 * y + 2, self.height) {
            for column in 2 * x..<min(2 * x + 2, self.width) where values[row * self.width + column] {
              count += 1
            }
          }
          halved[y * width + x] = count >= 2
        }
      }
    }
    return MaskPicture(width: width, height: height, values: halved)
  }
}
