import Checkpoints
import Tensors

/// M_sim: how near the 1000 ImageNet labels are to the 527 AudioSet labels in a word embedding (eqs. 3 to 5).
public struct SimilarityMatrix: Sendable {
  /// ImageNet-1k's classes.
  public static let visualCount = 1000

  /// AudioSet's classes.
  public static let audioCount = 527

  /// [1000 visual, 527 audio], as the published program stores it. The paper draws the transpose.
  public let values: Tensor

  /// What the matrix was made from, for the screens.
  public let source: String

  /// The number of entries that were not finite and are taken as 0: labels outside the vocabulary.
  public let replacedCount: Int

  /// The file as it was when it was read; nil for a matrix that is not from a file.
  public let file: FileVersion?

  /// A matrix in either orientation.
  ///
  /// - Throws: ``SimilarityShapeError`` for any other shape.
  public init(_ stored: Tensor, source: String, file: FileVersion? = nil) throws {
    self.file = file
    let oriented: Tensor
    switch stored.shape {
    case [Self.visualCount, Self.audioCount]:
      oriented = stored
    case [Self.audioCount, Self.visualCount]:
      // [527, 1000] -> [1000, 527]
      oriented = stored.swappingInnerAxes(outer: 1, rows: Self.audioCount, columns: Self.visualCount)
        .reshaped([Self.visualCount, Self.audioCount])
    default:
      throw SimilarityShapeError(source: source, found: stored.shape)
    }
    var values = oriented
    var replaced = 0
    if oriented.read({ p in (0..<oriented.count).contains { !p[$0].isFinite } }) {
      values.write { p in
        for i in 0..<oriented.count where !p[i].isFinite {
          p[i] = 0
          replaced += 1
        }
      }
    }
    self.values = values
    self.source =
      replaced == 0
      ? source : "\(source), \(replaced) value\(replaced == 1 ? "" : "s") not finite, taken as 0"
    replacedCount = replaced
  }

  /// The similarity of a visual and an audio class.
  public subscript(visual: Int, audio: Int) -> Float { values[visual * Self.audioCount + audio] }
}

/// A similarity matrix of a shape that fits neither orientation.
public struct SimilarityShapeError: Error, CustomStringConvertible {
  /// Where the matrix came from.
  public let source: String

  /// The shape it has.
  public let found: Shape

  /// One line with both shapes.
  public var description: String {
    "\(source): the similarity matrix has shape \(found), expected [1000, 527] (visual, audio) or [527, 1000]"
  }
}
