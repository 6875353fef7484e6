import C3N
import Tensors

/// All that M_sim and M_cof of a clip's frames are made of; their entries are computed when they are asked for.
public struct LabelEvidence: Sendable {
  /// C_A [T, 527].
  public let audio: Tensor

  /// C_V [T, 1000].
  public let visual: Tensor

  /// M_sim, shared by all clips.
  public let similarity: SimilarityMatrix

  /// Confidences of as many seconds as frames.
  public init(audio: Tensor, visual: Tensor, similarity: SimilarityMatrix) {
    precondition(audio.shape[0] == visual.shape[0], "\(audio.shape) and \(visual.shape): one second a frame")
    self.audio = audio
    self.visual = visual
    self.similarity = similarity
  }

  /// What one frame's matrices are made of, under the exponents of eq. 6.
  public func frame(_ frame: Int, alpha: Float, beta: Float) -> FrameEvidence {
    let (audio, visual) = (audio.slice(frame..<frame + 1), visual.slice(frame..<frame + 1))
    return FrameEvidence(
      audio: audio.values, visual: visual.values,
      raisedAudio: CategoryMatch.raised(audio, to: alpha).values,
      raisedVisual: CategoryMatch.raised(visual, to: beta).values, similarity: similarity)
  }
}

/// What M_sim and M_cof of one frame are made of: rows are visual classes k, columns audio classes j.
public struct FrameEvidence: Sendable {
  /// C_A [527].
  public let audio: [Float]

  /// C_V [1000].
  public let visual: [Float]

  /// C_A^alpha [527].
  public let raisedAudio: [Float]

  /// C_V^beta [1000].
  public let raisedVisual: [Float]

  /// M_sim.
  public let similarity: SimilarityMatrix

  /// M_cof[k, j] = C_A[j]^alpha M_sim[k, j] C_V[k]^beta (eq. 6).
  public func reweighted(visual k: Int, audio j: Int) -> Float {
    similarity[k, j] * raisedAudio[j] * raisedVisual[k]
  }

  /// The largest entry of each row and column of M_cof, or of M_sim, and the smallest and largest of all.
  ///
  /// One pass over the 527,000 similarities; the matrix itself is not made.
  public func extremes(isReweighted: Bool) -> MatrixExtremes {
    let (rows, columns) = (visual.count, audio.count)
    var rowMaxima = [Float](repeating: -.infinity, count: rows)
    var columnMaxima = [Float](repeating: -.infinity, count: columns)
    var (low, high) = (Float.infinity, -Float.infinity)
    var place = (visual: 0, audio: 0)
    similarity.values.read { similarity in
      columnMaxima.withUnsafeMutableBufferPointer { columnMaxima in
        raisedAudio.withUnsafeBufferPointer { raisedAudio in
          for k in 0..<rows {
            let row = similarity + k * columns
            let weight = raisedVisual[k]
            var (largest, at) = (-Float.infinity, 0)
            for j in 0..<columns {
              // The factors in the order of `reweighted`, so that equal entries are equal bit for bit.
              let value = isReweighted ? row[j] * raisedAudio[j] * weight : row[j]
              if value > largest { (largest, at) = (value, j) }
              if value > columnMaxima[j] { columnMaxima[j] = value }
              if value < low { low = value }
            }
            rowMaxima[k] = largest
            if largest > high { (high, place) = (largest, (k, at)) }
          }
        }
      }
    }
    return MatrixExtremes(rows: rowMaxima, columns: columnMaxima, low: low, high: high, place: place)
  }
}

/// The largest entries of a matrix of labels.
public struct MatrixExtremes: Sendable {
  /// Of each row [1000].
  public let rows: [Float]

  /// Of each column [527].
  public let columns: [Float]

  /// The smallest entry of all.
  public let low: Float

  /// The largest entry of all.
  public let high: Float

  /// Where the largest is: of equal ones the lowest row, in it the lowest column.
  public let place: (visual: Int, audio: Int)
}
