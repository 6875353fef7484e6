import Layers
import Media
import Tensors

/// The audio encoder of `lite`: a small convolutional network over PANNs' log-mels.
///
/// Log-mels [T, 101, 64] -> embedding [T, 128] and logits [T, 527]. Four blocks of convolution 3x3, batch norm, ReLU and
/// halving; mean and maximum over the last map, side by side; two linear layers. About 200,000 parameters. It knows
/// only some of AudioSet's classes, listed in the buffer `trained_classes`: the logits of the others say "never", so
/// that the softmax over all 527 is a distribution over those that it knows.
public struct LiteAudio: AudioEncoder {
  /// 128.
  public let embeddingWidth = 128

  /// 4 blocks, front-end, embedding, scores.
  public let milestoneCount = 7

  /// The classes that the encoder was trained on: 1, and 0 for all others [527].
  public let trainedClasses: Buffer

  /// The number of classes that it was trained on.
  public var knownClassCount: Int { trainedClasses.value.values.count { $0 == 1 } }

  /// The logit of a class that the encoder does not know.
  public static let masked: Float = -1e4

  private static let channels = [1, 16, 32, 64, 128]

  private let bn0: BatchNorm
  private let blocks: [Block]
  private let fc1, fcAudioSet: Linear

  private struct Block: Sendable {
    let conv: Conv2d
    let norm: BatchNorm
  }

  /// What a backward pass needs.
  public struct Record: Sendable {
    fileprivate struct BlockRecord: Sendable {
      let conv: Conv2d.Record
      let norm: BatchNorm.BatchRecord
      let rectified: Tensor
    }

    fileprivate let bn0: BatchNorm.BatchRecord
    fileprivate let blocks: [BlockRecord]
    fileprivate let lastShape: Shape
    fileprivate let maxima: [Int]
    fileprivate let fc1, fcAudioSet: Linear.Record
    fileprivate let embedding: Tensor
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    bn0 = BatchNorm(weights.bn0, channels: 64)
    blocks = (1...4).map { i in
      let block = weights["conv_block\(i)"]
      return Block(
        conv: Conv2d(
          block.conv, in: Self.channels[i - 1], out: Self.channels[i], kernel: 3, padding: 1, bias: false),
        norm: BatchNorm(block.bn, channels: Self.channels[i]))
    }
    fc1 = Linear(weights.fc1, in: 256, out: 128)
    fcAudioSet = Linear(weights.fc_audioset, in: 128, out: 527)
    trainedClasses = weights.buffer("trained_classes", [527])
  }

  /// Log-mels [T, 101, 64].
  public func frontEnd(_ waveform: Tensor) -> Tensor { pannsLogMel(waveform) }

  /// See ``AudioEncoder``. The published scores are the logits.
  public func forward(_ logMel: Tensor, observe: Observer) throws -> AudioFeatures {
    var x = bn0.forward(logMel).reshaped([logMel.shape[0], logMel.shape[1], logMel.shape[2], 1])
    for (index, block) in blocks.enumerated() {
      x = AveragePool.halving(ReLU.forward(block.norm.forward(block.conv.forward(x).0)))
      try observe(.audioBlock(index + 1), x)
    }
    let embedding = ReLU.forward(fc1.forward(Self.pooled(x).0).0)
    try observe(.audioEmbedding, embedding)
    let logits = masked(fcAudioSet.forward(embedding).0)
    try observe(.audioScores, logits)
    return AudioFeatures(embedding: embedding, classes: .init(scores: logits, logits: logits))
  }

  /// Log-mels [N, 101, 64] -> masked logits [N, 527] by the batch's statistics, recorded for training.
  public func batchForward(_ logMel: Tensor) -> (Tensor, Record) {
    let (normed, bn0Record) = bn0.batchForward(logMel)
    var x = normed.reshaped([logMel.shape[0], logMel.shape[1], logMel.shape[2], 1])
    let kept = blocks.map { block in
      let (convolved, convRecord) = block.conv.forward(x, recording: .allGradients)
      let (normed, normRecord) = block.norm.batchForward(convolved)
      let rectified = ReLU.forward(normed)
      x = AveragePool.halving(rectified)
      return Record.BlockRecord(conv: convRecord, norm: normRecord, rectified: rectified)
    }
    let (pooled, maxima) = Self.pooled(x)
    let (hidden, fc1Record) = fc1.forward(pooled, recording: .allGradients)
    let embedding = ReLU.forward(hidden)
    let (logits, lastRecord) = fcAudioSet.forward(embedding, recording: .allGradients)
    let record = Record(
      bn0: bn0Record, blocks: kept, lastShape: x.shape, maxima: maxima, fc1: fc1Record,
      fcAudioSet: lastRecord, embedding: embedding)
    return (masked(logits), record)
  }

  /// Adds all parameters' gradients to `gradients`, given that of the logits; masked classes have none.
  public func backward(_ dLogits: Tensor, _ record: Record, accumulating gradients: Gradients) {
    var dLogits = dLogits
    let (count, classes) = (dLogits.count, dLogits.shape[1])
    dLogits.write { d in
      trainedClasses.value.read { known in
        for i in 0..<count where known[i % classes] == 0 { d[i] = 0 }
      }
    }
    let dEmbedding = fcAudioSet.backward(dLogits, record.fcAudioSet, accumulating: gradients)
    let dPooled = fc1.backward(
      ReLU.backward(dEmbedding, input: record.embedding), record.fc1, accumulating: gradients)
    var dx = Self.pooledBackward(dPooled, record.lastShape, record.maxima)
    for (block, kept) in zip(blocks, record.blocks).reversed() {
      let dRectified = AveragePool.halvingBackward(dx, kept.rectified.shape)
      let dNormed = ReLU.backward(dRectified, input: kept.rectified)
      let dConvolved = block.norm.backward(dNormed, kept.norm, accumulating: gradients)
      dx = block.conv.backward(dConvolved, kept.conv, accumulating: gradients)
    }
    // [N, 101, 64, 1] -> [N, 101, 64]
    _ = bn0.backward(dx.reshaped(Shape(dx.shape.extents.dropLast())), record.bn0, accumulating: gradients)
  }

  private func masked(_ logits: Tensor) -> Tensor {
    var logits = logits
    let (count, classes) = (logits.count, logits.shape[1])
    logits.write { values in
      trainedClasses.value.read { known in
        for i in 0..<count where known[i % classes] == 0 { values[i] = Self.masked }
      }
    }
    return logits
  }

  /// [T, time, mel, C] -> [T, 2 C]: means, then maxima, and where each maximum was.
  private static func pooled(_ x: Tensor) -> (Tensor, [Int]) {
    let (seconds, channels) = (x.shape[0], x.shape[3])
    let positions = x.shape[1] * x.shape[2]
    let means = AveragePool.global(x)
    var places = [Int](repeating: 0, count: seconds * channels)
    let pooled = Tensor([seconds, 2 * channels]) { out in
      read(x, means) { x, means in
        for second in 0..<seconds {
          let row = out + second * 2 * channels
          row.update(from: means + second * channels, count: channels)
          for channel in 0..<channels {
            let map = x + second * positions * channels + channel
            var best = 0
            for position in 1..<positions where map[position * channels] > map[best * channels] {
              best = position
            }
            row[channels + channel] = map[best * channels]
            places[second * channels + channel] = best
          }
        }
      }
    }
    return (pooled, places)
  }

  private static func pooledBackward(_ dy: Tensor, _ shape: Shape, _ places: [Int]) -> Tensor {
    let (seconds, channels) = (shape[0], shape[3])
    let positions = shape[1] * shape[2]
    let dMeans = Tensor([seconds, channels]) { out in
      dy.read { dy in
        for second in 0..<seconds {
          (out + second * channels).update(from: dy + second * 2 * channels, count: channels)
        }
      }
    }
    var dx = AveragePool.globalBackward(dMeans, shape)
    dx.write { dx in
      dy.read { dy in
        for (index, place) in places.enumerated() {
          let (second, channel) = (index / channels, index % channels)
          dx[(second * positions + place) * channels + channel] +=
            dy[second * 2 * channels + channels + channel]
        }
      }
    }
    return dx
  }
}

extension EncoderKind {
  /// The small encoder of `lite`.
  public static let liteAudio = EncoderKind(
    name: "small log-mel CNN", embeddingWidth: 128,
    parts: [
      Part(
        name: "audio encoder of lite", root: "audio_backbone",
        signature: ["trained_classes", "fc_audioset.weight"], source: "made by `c3n train-audio`")
    ],
    parameterCount: 198_399, secondBytes: 1_350 << 10, largestKernelBytes: 1 << 20,
    headKeys: ["fc_audioset."], build: { weights, _, _ in LiteAudio(weights.audio_backbone) })
}
