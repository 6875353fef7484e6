import CKernels
import Foundation
import Tensors

/// C3IM, the Cross-modal Cognitive Consensus Inference Module (paper III-A; `category_match` in the published program).
///
///     M_cof[k, j] = C_A[j]^alpha * M_sim[k, j] * C_V[k]^beta,   (j*, k*) = argmax
///
/// with C_A and C_V the softmax confidences. The unified label is the visual class k*; ties go to the
/// lowest k, then the lowest j.
public struct CategoryMatch: Sendable {
  /// M_sim.
  public let similarity: SimilarityMatrix

  /// A match by the given similarities.
  public init(similarity: SimilarityMatrix) {
    self.similarity = similarity
  }

  /// The label that one frame and its second of sound agree on.
  public struct Agreement: Sendable, Hashable {
    /// k*, the unified label.
    public let visualLabel: Int

    /// j*, the audio class that it agrees with; nil where audio had no say.
    public let audioLabel: Int?

    /// M_cof[k*, j*]; nil where audio had no say.
    public let value: Float?

    /// What the value is made of; nil where audio had no say.
    public let factors: Factors?

    init(visualLabel: Int, audioLabel: Int? = nil, value: Float? = nil, factors: Factors? = nil) {
      self.visualLabel = visualLabel
      self.audioLabel = audioLabel
      self.value = value
      self.factors = factors
    }
  }

  /// The factors of one entry of M_cof, before the exponents.
  public struct Factors: Sendable, Hashable {
    /// C_A[j].
    public let audio: Float

    /// M_sim[k, j].
    public let similarity: Float

    /// C_V[k].
    public let visual: Float
  }

  /// The agreement of every frame (eqs. 6 and 7).
  ///
  /// - Parameters:
  ///   - audio: C_A [F, 527], confidences.
  ///   - visual: C_V [F, 1000], confidences.
  ///   - alpha: the exponent of the audio confidence.
  ///   - beta: the exponent of the visual confidence.
  public func agreements(audio: Tensor, visual: Tensor, alpha: Float, beta: Float) -> [Agreement] {
    precondition(audio.shape[0] == visual.shape[0], "\(audio.shape) and \(visual.shape): one second a frame")
    let (objects, sounds) = (SimilarityMatrix.visualCount, SimilarityMatrix.audioCount)
    let (raisedAudio, raisedVisual) = (Self.raised(audio, to: alpha), Self.raised(visual, to: beta))
    return (0..<visual.shape[0]).map { frame in
      var value: Float = 0
      var (k, j): (Int64, Int64) = (0, 0)
      read(similarity.values, raisedAudio, raisedVisual) {
        c3n_reweighted_maximum($0, $1 + frame * sounds, $2 + frame * objects, objects, sounds, &value, &k, &j)
      }
      let (visualLabel, audioLabel) = (Int(k), Int(j))
      return Agreement(
        visualLabel: visualLabel, audioLabel: audioLabel, value: value,
        factors: Factors(
          audio: audio[frame * sounds + audioLabel], similarity: similarity[visualLabel, audioLabel],
          visual: visual[frame * objects + visualLabel]))
    }
  }

  /// M_cof [1000, 527] of one frame (eq. 6).
  public func reweighted(audio: Tensor, visual: Tensor, frame: Int, alpha: Float, beta: Float) -> Tensor {
    let audio = Self.raised(audio.slice(frame..<frame + 1), to: alpha)
    let visual = Self.raised(visual.slice(frame..<frame + 1), to: beta)
    let (rows, columns) = (SimilarityMatrix.visualCount, SimilarityMatrix.audioCount)
    return Tensor([rows, columns]) { out in
      read(similarity.values, audio, visual) { similarity, audio, visual in
        for k in 0..<rows {
          for j in 0..<columns { out[k * columns + j] = similarity[k * columns + j] * audio[j] * visual[k] }
        }
      }
    }
  }

  /// CC-V: every frame's visual class of the highest confidence, without audio.
  public static func visualLabels(_ visual: Tensor) -> [Agreement] {
    let (frames, classes) = (visual.shape[0], visual.shape[1])
    return visual.read { visual in
      (0..<frames).map { frame in
        let row = UnsafeBufferPointer(start: visual + frame * classes, count: classes)
        // `max` keeps the first of equal elements: the lowest class wins.
        let label = row.indices.max { row[$0] < row[$1] }!
        return Agreement(visualLabel: label)
      }
    }
  }

  /// Softmax over the classes of each row (eqs. 1 and 2).
  public static func confidences(_ scores: Tensor) -> Tensor {
    var result = scores
    result.write { c3n_softmax_rows($0, scores.shape.rows, scores.shape.last) }
    return result
  }

  /// Every confidence to the power `exponent`.
  public static func raised(_ confidences: Tensor, to exponent: Float) -> Tensor {
    Tensor(confidences.shape) { out in
      confidences.read { for i in 0..<confidences.count { out[i] = powf($0[i], exponent) } }
    }
  }
}
