import Layers
import Tensors

extension C3NModel {
  /// ASPP, non-local blocks and decoder: everything after CCAM.
  public struct Segmentation: Sendable {
    /// The channels between ASPP and the decoder: 256 in the paper.
    public let width: Int

    /// One pooling a stage, 1 to 4: ASPP in C3N.
    let pooling: [any StagePooling]

    /// One non-local block a stage, 1 to 4.
    let nonLocal: [NonLocalFusion]

    /// The decoder.
    let head: SegmentationHead

    /// Whether the non-local blocks can take sound.
    var listens: Bool { nonLocal[0].align != nil }

    /// What a backward pass needs.
    public struct Record: Sendable {
      let pooling: [any Sendable]
      /// nil where the switches leave the block out.
      let nonLocal: [NonLocalFusion.Record?]
      let shapes: [Shape]
      let frames: [Int]
      let head: SegmentationHead.Record
    }

    /// Reads `conv{i}`, `tpavi_{i}` (`tpavi_b{i}` in TPAVI), `path{i}` and `output_conv`.
    package init(
      _ weights: Weights, visual: [Int], audio: Int?, width: Int = 256, method: Method = .c3n
    ) {
      self.width = width
      pooling = (1...4).map { method.pooling(weights["conv\($0)"], in: visual[$0 - 1], width: width) }
      nonLocal = (1...4).map {
        NonLocalFusion(weights["\(method.nonLocalName)\($0)"], audio: audio, width: width)
      }
      head = SegmentationHead(weights, width: width)
    }

    /// V_i^r of several clips and their F_a [F, d] -> mask logits of the chosen frames, as training computes them.
    ///
    /// - Parameters:
    ///   - attended: V_1^r ... V_4^r of all frames of all clips.
    ///   - embedding: F_a, or nil for attention from vision to vision.
    ///   - clips: the frames of each clip.
    ///   - frames: those to decode. The blocks before see all frames of a clip, the decoder one at a time.
    ///   - isFused: false leaves out the non-local blocks.
    public func batchForward(
      _ attended: [Tensor], embedding: Tensor?, clips: [Range<Int>], decoding frames: [Int],
      nonLocal isFused: Bool
    ) throws -> (Tensor, Record) {
      var pools: [any Sendable] = []
      var fusions: [NonLocalFusion.Record?] = []
      let maps = (0..<4).map { i in
        let (pooled, poolRecord) = pooling[i].recordedForward(attended[i])
        pools.append(poolRecord)
        guard isFused else {
          fusions.append(nil)
          return pooled
        }
        let (fused, fusionRecord) = nonLocal[i].batchForward(pooled, audio: embedding, clips: clips)
        fusions.append(fusionRecord)
        return fused
      }
      let (logits, headRecord) = try head.forward(
        maps.map { $0.frames(frames) }, recording: .allGradients)
      let record = Record(
        pooling: pools, nonLocal: fusions, shapes: maps.map(\.shape), frames: frames, head: headRecord)
      return (logits, record)
    }

    /// The gradients of V_1^r ... V_4^r from that of the decoded logits; adds those of all parameters to `gradients`.
    public func backward(
      _ dLogits: Tensor, _ record: Record, accumulating gradients: Gradients? = nil
    ) -> [Tensor] {
      let maps = head.backward(dLogits, record.head, accumulating: gradients)
      return (0..<4).map { i in
        var d = maps[i].spread(over: record.shapes[i], at: record.frames)
        if let kept = record.nonLocal[i] { d = nonLocal[i].backward(d, kept, accumulating: gradients) }
        return pooling[i].backward(d, recorded: record.pooling[i], accumulating: gradients)
      }
    }
  }
}

extension Tensor {
  /// Copies of the given outermost slices.
  fileprivate func frames(_ indices: [Int]) -> Tensor {
    if indices == Array(0..<shape[0]) { return self }
    return .concatenate(indices.map { slice($0..<$0 + 1) })
  }

  /// The slices at their places among zeros.
  fileprivate func spread(over shape: Shape, at indices: [Int]) -> Tensor {
    if indices == Array(0..<shape[0]) { return self }
    let inner = count / max(indices.count, 1)
    var out = Tensor(zeros: shape)
    out.write { out in
      read { source in
        for (position, index) in indices.enumerated() {
          (out + index * inner).update(from: source + position * inner, count: inner)
        }
      }
    }
    return out
  }
}
