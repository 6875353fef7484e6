import Layers
import Tensors

/// A clip in chunks of frames, so that its memory is bounded: everything but the non-local blocks sees one frame at a time,
/// and those read a clip only through sums over its frames.
///
///     each chunk: see, agree, weigh, attend, pool, summarize      all summaries -> fusionMaps      each chunk: decode
extension C3NModel {
  /// The most frames, or seconds of sound, that are computed together: longer clips go in chunks.
  ///
  /// Ten, a whole clip of AVSBench-semantic: more would be no faster.
  public static let framesAtATime = 10

  /// `0..<frames` in as few ranges of at most `limit` as it takes, of sizes that differ by at most one.
  public static func chunks(of frames: Int, atMost limit: Int) -> [Range<Int>] {
    precondition(limit > 0, "chunks of \(limit) frames")
    let count = max(1, (frames + limit - 1) / limit)
    return (0..<count).map { frames * $0 / count..<frames * ($0 + 1) / count }
  }

  /// What the non-local blocks read of some frames, stage by stage.
  public struct FusionSummary: Sendable {
    let stages: [NonLocalFusion.Summary]
  }

  /// What the non-local blocks do to all frames of a clip, stage by stage.
  public struct FusionMaps: Sendable {
    let stages: [NonLocalFusion.ClipMap]
  }

  /// What the non-local blocks read of V_i^a of some frames of a clip; nil where the switches leave the blocks out.
  ///
  /// - Parameters:
  ///   - pooled: V_i^a of these frames.
  ///   - frames: the number of frames of the clip.
  ///   - switches: the settings.
  public func summarize(
    _ pooled: [Tensor], ofClip frames: Int, _ switches: Switches
  ) -> FusionSummary? {
    guard let segmentation else { preconditionFailure("\(variant) has no decoder") }
    let switches = feasible(switches)
    guard switches.nonLocal else { return nil }
    return FusionSummary(
      stages: (0..<4).map { i in
        segmentation.nonLocal[i].summary(pooled[i], ofClip: frames, listens: switches.audioFeatures)
      })
  }

  /// The non-local blocks of a clip, from the summaries of all of its frames in their order and its F_a [T, d]; nil without
  /// summaries.
  public func fusionMaps(
    _ summaries: [FusionSummary], embedding: Tensor?, _ switches: Switches
  ) -> FusionMaps? {
    guard let segmentation, !summaries.isEmpty else { return nil }
    let sound = feasible(switches).audioFeatures ? embedding : nil
    return FusionMaps(
      stages: (0..<4).map { i in
        segmentation.nonLocal[i].map(.joined(summaries.map { $0.stages[i] }), audio: sound)
      })
  }

  /// V_i^a of some frames of a clip -> their mask logits [T, 224, 224], of a model with a decoder.
  ///
  /// - Parameters:
  ///   - pooled: V_i^a of these frames.
  ///   - maps: the non-local blocks of the whole clip; nil leaves them out.
  ///   - observe: told of every milestone; throwing stops the run.
  public func decode(
    _ pooled: [Tensor], by maps: FusionMaps?, observe: Observer = { _, _ in }
  ) throws -> Tensor {
    guard let segmentation else { preconditionFailure("\(variant) has no decoder") }
    guard let maps else { return try segmentation.head.forward(pooled, observe: observe) }
    let mixed = try (0..<4).map { i in
      let (block, map) = (segmentation.nonLocal[i], maps.stages[i])
      try observe(.fusionAttention(i + 1), block.attention(pooled[i], by: map))
      let fused = block.forward(pooled[i], by: map)
      try observe(.fused(i + 1), fused)
      return fused
    }
    return try segmentation.head.forward(mixed, observe: observe)
  }
}

extension AudioFeatures {
  /// The features of all seconds, from those of some at a time.
  init(joining pieces: [AudioFeatures]) {
    guard pieces.count > 1 else {
      self = pieces[0]
      return
    }
    let classes = pieces.compactMap(\.classes)
    self.init(
      embedding: .concatenate(pieces.map(\.embedding)),
      classes: classes.isEmpty
        ? nil
        : Classes(
          scores: .concatenate(classes.map(\.scores)), logits: .concatenate(classes.map(\.logits))))
  }
}
