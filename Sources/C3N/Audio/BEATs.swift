import CKernels
import Checkpoints
import Foundation
import Layers
import Media
import Tensors

/// BEATs (iter3+, fine-tuned on AudioSet): a transformer over patches of a filter bank.
///
/// Filter bank energies [T, 98, 128] -> 48 tokens a second -> embedding [T, 768], their mean, and logits [T, 527], the mean
/// of the tokens' own.
public struct BEATs: AudioEncoder {
  /// 768.
  public let embeddingWidth = 768

  /// 12 layers, front-end, embedding, scores.
  public var milestoneCount: Int { layers.count + 3 }

  private let patches: Conv2d
  private let patchNorm, encoderNorm: LayerNorm
  private let projection, predictor: Linear
  private let positions: PositionalConvolution
  private let layers: [BEATsLayer]
  private let bias: RelativePositionBias

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    let (width, heads, depth) = (768, 12, 12)
    patches = Conv2d(
      weights.patch_embedding, in: 1, out: 512, window: Window(kernel: 16, stride: 16), bias: false)
    patchNorm = LayerNorm(weights.layer_norm, channels: 512)
    projection = Linear(weights.post_extract_proj, in: 512, out: width)
    positions = PositionalConvolution(weights.encoder.pos_conv[0], channels: width, groups: 16, taps: 128)
    encoderNorm = LayerNorm(weights.encoder.layer_norm, channels: width)
    // One table for all layers, stored with the first.
    bias = RelativePositionBias(weights.encoder.layers[0].self_attn.relative_attention_bias, heads: heads)
    layers = (0..<depth).map {
      BEATsLayer(
        weights.encoder.layers[$0], width: width, heads: heads, hidden: 3072,
        skipScale: pow(2 * Float(depth), 0.25))
    }
    predictor = Linear(weights.predictor, in: width, out: 527)
  }

  /// What a checkpoint's `cfg` says of the architecture that its tensors' shapes do not tell, or tell less clearly; other entries,
  /// such as dropout, are of training.
  private static let settings: [(name: String, value: Int64)] = [
    ("finetuned_model", 1), ("encoder_layers", 12), ("encoder_embed_dim", 768),
    ("encoder_attention_heads", 12),
    ("input_patch_size", 16), ("deep_norm", 1), ("layer_norm_first", 0), ("relative_position_embedding", 1),
    ("num_buckets", 320), ("max_distance", 800), ("gru_rel_pos", 1), ("conv_pos", 128),
    ("conv_pos_groups", 16),
    ("predictor_class", 527),
  ]

  fileprivate static func problems(of checkpoint: Checkpoint) -> [WeightProblem] {
    guard let configuration = checkpoint.object?["cfg"] else { return [] }
    return settings.compactMap { name, value in
      guard let entry = configuration[name] else { return nil }
      let found: Double? =
        switch entry {
        case .bool(let isOn): isOn ? 1 : 0
        case .int(let number): Double(number)
        case .float(let number): number
        default: nil
        }
      guard let found, found != Double(value) else { return nil }
      let expected = if case .bool = entry { value == 1 ? "True" : "False" } else { "\(value)" }
      return .differs(key: "cfg.\(name)", found: entry.summary, expected: expected)
    }
  }

  /// Filter bank energies [T, 98, 128].
  public func frontEnd(_ waveform: Tensor) -> Tensor { beatsFilterBank(waveform) }

  /// See ``AudioEncoder``. The published scores are logits.
  public func forward(_ energies: Tensor, observe: Observer) throws -> AudioFeatures {
    let seconds = energies.shape[0]
    // [T, 98, 128] -> [T, 98, 128, 1] -> [T, 6, 8, 512] -> [T, 48, 512]: time, then frequency
    let map = patches.forward(energies.reshaped([seconds, energies.shape[1], energies.shape[2], 1])).0
    let tokens = map.reshaped([seconds, map.shape[1] * map.shape[2], 512])
    var x = projection.forward(patchNorm.forward(tokens).0).0
    x.add(GELU.forward(positions.forward(x)))
    x = encoderNorm.forward(x).0
    let bias = bias.table(positions: x.shape[1])
    for (index, layer) in layers.enumerated() {
      x = layer.forward(x, bias: bias)
      try observe(.audioBlock(index + 1), x)
    }
    let embedding = AveragePool.global(x)
    try observe(.audioEmbedding, embedding)
    // The mean of the tokens' logits is the logits of their mean.
    let logits = predictor.forward(embedding).0
    Work.add(published: (x.shape[1] - 1) * seconds * predictor.weight.value.count)
    try observe(.audioScores, logits)
    return AudioFeatures(embedding: embedding, classes: .init(scores: logits, logits: logits))
  }
}

/// A layer with norms after its branches: x = LN(a x + attention(x)), x = LN(a x + ffn(x)), "deep norm".
private struct BEATsLayer: Sendable {
  private let queries, keys, values, output, gate, fc1, fc2: Linear
  private let gateScale: Parameter
  private let attentionNorm, finalNorm: LayerNorm
  private let heads: Int
  private let skipScale: Float

  init(_ weights: Weights, width: Int, heads: Int, hidden: Int, skipScale: Float) {
    let attention = weights.self_attn
    self.heads = heads
    self.skipScale = skipScale
    queries = Linear(attention.q_proj, in: width, out: width)
    keys = Linear(attention.k_proj, in: width, out: width)
    values = Linear(attention.v_proj, in: width, out: width)
    output = Linear(attention.out_proj, in: width, out: width)
    gate = Linear(attention.grep_linear, in: width / heads, out: 8)
    gateScale = attention.parameter("grep_a", [1, heads, 1, 1])
    attentionNorm = LayerNorm(weights.self_attn_layer_norm, channels: width)
    fc1 = Linear(weights.fc1, in: width, out: hidden)
    fc2 = Linear(weights.fc2, in: hidden, out: width)
    finalNorm = LayerNorm(weights.final_layer_norm, channels: width)
  }

  /// [T, N, C] -> [T, N, C]; `bias` [heads, N, N].
  func forward(_ x: Tensor, bias: Tensor) -> Tensor {
    var y = x
    y.scale(by: skipScale)
    y.add(output.forward(attended(x, bias: bias)).0)
    y = attentionNorm.forward(y).0
    var z = y
    z.scale(by: skipScale)
    z.add(fc2.forward(GELU.forward(fc1.forward(y).0)).0)
    return finalNorm.forward(z).0
  }

  private func attended(_ x: Tensor, bias: Tensor) -> Tensor {
    let (seconds, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
    let width = channels / heads
    let q = queries.forward(x).0
    let (k, v) = (keys.forward(x).0, values.forward(x).0)
    let gates = gates(q)
    // q k^T and P v
    Work.add(performed: 2 * seconds * tokens * tokens * channels)
    return Tensor(x.shape) { y in
      read(q, k, v) { q, k, v in
        read(gates, bias) { gates, bias in
          Parallel.each(seconds * heads) { index in
            let (second, head) = (index / heads, index % heads)
            let offset = second * tokens * channels + head * width
            withScratch(tokens * tokens) { scores in
              // The position bias times the query's gate, then q k^T / sqrt(width) on top.
              for i in 0..<tokens {
                let gate = gates[(second * tokens + i) * heads + head]
                for j in 0..<tokens {
                  scores[i * tokens + j] = gate * bias[(head * tokens + i) * tokens + j]
                }
              }
              BLAS.multiply(
                m: tokens, n: tokens, k: width, alpha: 1 / Float(width).squareRoot(),
                .plain(q + offset, channels), .transposed(k + offset, channels), beta: 1, into: scores, tokens
              )
              c3n_softmax_rows(scores, tokens, tokens)
              BLAS.multiply(
                m: tokens, n: width, k: tokens, .plain(scores, tokens), .plain(v + offset, channels),
                into: y + offset, channels)
            }
          }
        }
      }
    }
  }

  /// How much the position bias counts for each query and head [T, N, heads].
  ///
  /// Eight numbers of the head's unscaled query, summed by fours, give a and b: sigmoid(a) (sigmoid(b) grep_a - 1) + 2.
  private func gates(_ q: Tensor) -> Tensor {
    let rows = q.shape.rows * heads
    // [T, N, C] -> [T N heads, C / heads] -> [T N heads, 8]
    let numbers = gate.forward(q.reshaped([rows, q.shape.last / heads])).0
    return Tensor([q.shape[0], q.shape[1], heads]) { out in
      read(numbers, gateScale.value) { numbers, scale in
        func sigmoid(_ first: Int) -> Float {
          1 / (1 + expf(-(numbers[first] + numbers[first + 1] + numbers[first + 2] + numbers[first + 3])))
        }
        for row in 0..<rows {
          out[row] = sigmoid(8 * row) * (sigmoid(8 * row + 4) * scale[row % heads] - 1) + 2
        }
      }
    }
  }
}

/// T5's relative position bias: one number a head and bucket of the distance from query to key.
private struct RelativePositionBias: Sendable {
  private let weight: Parameter
  private let heads: Int
  private static let (buckets, farthest) = (320, 800)

  init(_ weights: Weights, heads: Int) {
    self.heads = heads
    weight = weights.parameter("weight", [Self.buckets, heads])
  }

  /// [heads, N, N], query by key.
  func table(positions: Int) -> Tensor {
    Tensor([heads, positions, positions]) { out in
      weight.value.read { weight in
        for i in 0..<positions {
          for j in 0..<positions {
            let bucket = Self.bucket(of: j - i)
            for head in 0..<heads {
              out[(head * positions + i) * positions + j] = weight[bucket * heads + head]
            }
          }
        }
      }
    }
  }

  /// Half of the buckets for keys behind the query; half of each half exact, the rest logarithmic.
  private static func bucket(of relative: Int) -> Int {
    let (half, exact) = (buckets / 2, buckets / 4)
    let side = relative > 0 ? half : 0
    let distance = abs(relative)
    guard distance >= exact else { return side + distance }
    let ratio = log(Double(distance) / Double(exact)) / log(Double(farthest) / Double(exact))
    return side + min(exact + Int(ratio * Double(half - exact)), half - 1)
  }
}

/// A grouped convolution over time with weight normalisation; an even number of taps, so the last output is dropped.
private struct PositionalConvolution: Sendable {
  private let direction, length, bias: Parameter
  private let groups, taps: Int

  /// The kernels of each group [taps, out, in], normalised.
  private let kernels: [Tensor]

  init(_ weights: Weights, channels: Int, groups: Int, taps: Int) {
    let width = channels / groups
    self.groups = groups
    self.taps = taps
    direction = weights.parameter("weight_v", [channels, width, taps])
    length = weights.parameter("weight_g", [1, 1, taps])
    bias = weights.parameter("bias", [channels])
    // The norm is that of all weights of a tap.
    var squares = [Double](repeating: 0, count: taps)
    direction.value.read { v in
      for i in 0..<channels * width * taps { squares[i % taps] += Double(v[i]) * Double(v[i]) }
    }
    let scales = (0..<taps).map { [g = length.value] in Float(Double(g[$0]) / squares[$0].squareRoot()) }
    kernels = (0..<groups).map { [v = direction.value] group in
      Tensor([taps, width, width]) { out in
        v.read { v in
          for o in 0..<width {
            for i in 0..<width {
              let row = v + ((group * width + o) * width + i) * taps
              for tap in 0..<taps { out[(tap * width + o) * width + i] = row[tap] * scales[tap] }
            }
          }
        }
      }
    }
  }

  /// [T, N, C] -> [T, N, C].
  func forward(_ x: Tensor) -> Tensor {
    let (seconds, positions, channels) = (x.shape[0], x.shape[1], x.shape[2])
    let (width, pad) = (channels / groups, taps / 2)
    Work.add(x.count * taps * width)
    return Tensor(x.shape) { y in
      read(x, bias.value) { x, bias in
        c3n_fill_rows(y, bias, seconds * positions, channels)
        Parallel.each(seconds * groups) { index in
          let (second, group) = (index / groups, index % groups)
          let offset = second * positions * channels + group * width
          // The group's channels with zeros around them: every tap then reads as many rows, one further on.
          let padded = (positions + taps) * width
          withScratch(padded) { rows in
            rows.initialize(repeating: 0, count: padded)
            for position in 0..<positions {
              (rows + (pad + position) * width).update(from: x + offset + position * channels, count: width)
            }
            kernels[group].read { kernel in
              for tap in 0..<taps {
                BLAS.multiply(
                  m: positions, n: width, k: width, .plain(rows + tap * width, width),
                  .transposed(kernel + tap * width * width, width), beta: 1, into: y + offset, channels)
              }
            }
          }
        }
      }
    }
  }
}

extension EncoderKind {
  /// BEATs, fine-tuned on AudioSet.
  public static let beats = EncoderKind(
    name: "BEATs", embeddingWidth: 768,
    parts: [
      Part(
        name: "audio encoder BEATs", root: "audio_backbone",
        signature: ["patch_embedding.weight", "encoder.pos_conv.0.weight_v"],
        source: "`BEATs_iter3_plus_AS2M_finetuned_on_AS2M_cpt2.pt`, from the publication of BEATs")
    ],
    parameterCount: 90_717_055, secondBytes: 2_672 << 10, largestKernelBytes: 19 << 20,
    headKeys: ["predictor."], hasOwnLabelOrder: true,
    settingProblems: { checkpoint, _ in BEATs.problems(of: checkpoint) },
    build: { weights, _, _ in BEATs(weights.audio_backbone) })
}
