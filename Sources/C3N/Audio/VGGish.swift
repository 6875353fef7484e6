import Layers
import Media
import Tensors

/// VGGish, and behind it the AudioSet classifier that works on its principal components in 8 bits.
///
/// Log-mels [T, 96, 64] -> embedding [T, 128], after its last ReLU, and logits [T, 527].
public struct VGGish: AudioEncoder {
  /// 128.
  public let embeddingWidth = 128

  /// true: AVSBench ships log-mels made for it.
  public let takesShippedLogMels = true

  private let framing: C3NModel.Options.VGGishFraming
  private let groups: [[Conv2d]]
  private let embeddings: [Linear]
  private let components: PrincipalComponents?
  private let classifier: AttentionClassifier?

  /// Reads `audio_backbone` and, for classes, `pproc` and `classification_model` below a path.
  public init(
    _ weights: Weights, hasClasses: Bool = true, framing: C3NModel.Options.VGGishFraming = .clip
  ) {
    self.framing = framing
    let features = weights.audio_backbone.features
    // Indices in the published sequence, which counts ReLUs and poolings too; a pooling follows each group.
    let layers = [
      [(0, 1, 64)], [(3, 64, 128)], [(6, 128, 256), (8, 256, 256)], [(11, 256, 512), (13, 512, 512)],
    ]
    groups = layers.map { group in
      group.map { index, input, output in
        Conv2d(features[index], in: input, out: output, kernel: 3, padding: 1)
      }
    }
    embeddings = [(0, 12288, 4096), (2, 4096, 4096), (4, 4096, 128)].map { index, input, output in
      Linear(weights.audio_backbone.embeddings[index], in: input, out: output)
    }
    components = hasClasses ? PrincipalComponents(weights.pproc) : nil
    classifier = hasClasses ? AttentionClassifier(weights.classification_model) : nil
  }

  /// Front-end, four groups, embedding; with classes also components, codes and scores.
  public var milestoneCount: Int { classifier == nil ? 6 : 9 }

  /// The weights of the classifier's attention over one step of time.
  public var idleParameterCount: Int { classifier?.idleParameterCount ?? 0 }

  /// Log-mels [T, 96, 64].
  public func frontEnd(_ waveform: Tensor) -> Tensor {
    vggishLogMel(waveform, acrossSeconds: framing == .clip)
  }

  /// Log-mels [T, 96, 64]: the whole examples of the sound, and the last one again where it ends early.
  public func frontEnd(_ waveform: Tensor, sampleCount: Int) -> Tensor {
    vggishLogMel(waveform, acrossSeconds: framing == .clip, sampleCount: sampleCount)
  }

  /// true, but for seconds that are framed alone.
  public var repeatsLastExample: Bool { framing == .clip }

  /// See ``AudioEncoder``. The published scores are logits.
  public func forward(_ logMel: Tensor, observe: Observer) throws -> AudioFeatures {
    let seconds = logMel.shape[0]
    // [T, 96, 64] -> [T, 96, 64, 1]
    var x = logMel.reshaped([seconds, 96, 64, 1])
    for (index, group) in groups.enumerated() {
      for convolution in group { x = ReLU.forward(convolution.forward(x).0) }
      x = MaxPool.forward(x, window: Window(kernel: 2, stride: 2))
      try observe(.audioBlock(index + 1), x)
    }
    // [T, 6, 4, 512] -> [T, 12288]: in the order time, frequency, channel, as published.
    x = x.reshaped([seconds, x.count / seconds])
    for layer in embeddings { x = ReLU.forward(layer.forward(x).0) }
    try observe(.audioEmbedding, x)
    guard let components else { return AudioFeatures(embedding: x) }
    let projected = components.forward(x)
    try observe(.audioComponents, projected)
    let codes = PrincipalComponents.codes(projected)
    try observe(.audioCodes, codes)
    let classes = classes(ofCodes: codes)
    if let classes { try observe(.audioScores, classes.scores) }
    return AudioFeatures(embedding: x, classes: classes)
  }

  /// Codes [T, 128], each 0 to 255 -> class scores; nil without classifier.
  func classes(ofCodes codes: Tensor) -> AudioFeatures.Classes? {
    (classifier?.forward(codes)).map { .init(scores: $0, logits: $0) }
  }

  /// E (x - mean) and its quantisation, as in the data set that the classifier was trained on.
  private struct PrincipalComponents: Sendable {
    let vectors, means: Parameter

    init(_ weights: Weights) {
      vectors = weights.parameter("pca_eigen_vectors", [128, 128])
      means = weights.parameter("pca_means", [128, 1])
    }

    /// [T, 128] -> [T, 128].
    func forward(_ embedding: Tensor) -> Tensor {
      var centred = embedding
      centred.write { x in
        means.value.read { means in for i in 0..<embedding.count { x[i] -= means[i % 128] } }
      }
      return Tensor.product(centred, vectors.value, transposed: true)
    }

    /// -2 ... 2 in 256 steps, 0 ... 255, halves to the even one.
    static func codes(_ components: Tensor) -> Tensor {
      var codes = components
      codes.write { x in
        for i in 0..<components.count {
          x[i] = ((min(max(x[i], -2), 2) + 2) * (255 / 4)).rounded(.toNearestOrEven)
        }
      }
      return codes
    }
  }
}

/// The AudioSet classifier on VGGish's codes: three layers, attention over time, one layer.
///
/// A second is one step of time, so that attention normalised over time is 1 whatever its weights
/// (`attention.att.*`, which are not read).
private struct AttentionClassifier: Sendable {
  private let bn0, attentionNorm: BatchNorm
  private let layers: [(Conv2d, BatchNorm)]
  private let classes: Conv2d
  private let last: Linear

  init(_ weights: Weights) {
    let hidden = 1024
    bn0 = BatchNorm(weights.emb.bn0, channels: 128)
    layers = (1...3).map { i in
      (
        Conv2d(weights.emb["conv\(i)"], in: i == 1 ? 128 : hidden, out: hidden, kernel: 1, bias: false),
        BatchNorm(weights.emb["bn\(i)"], channels: hidden)
      )
    }
    classes = Conv2d(weights.attention.cla, in: hidden, out: hidden, kernel: 1)
    attentionNorm = BatchNorm(weights.bn_attention, channels: hidden)
    last = Linear(weights.fc_final, in: hidden, out: 527)
  }

  /// `attention.att` has the shape of `attention.cla`.
  var idleParameterCount: Int { classes.weight.value.count + classes.bias!.value.count }

  /// Codes [T, 128] -> logits [T, 527].
  func forward(_ codes: Tensor) -> Tensor {
    var x = codes
    x.write { x in for i in 0..<codes.count { x[i] = (x[i] - 128) / 128 } }
    // [T, 128] -> [T, 1, 1, 128]
    x = bn0.forward(x).reshaped([codes.shape[0], 1, 1, 128])
    for (convolution, norm) in layers { x = ReLU.forward(norm.forward(convolution.forward(x).0)) }
    // The published program computes the attention too.
    Work.add(published: codes.shape[0] * classes.weight.value.count)
    x = ReLU.forward(attentionNorm.forward(classes.forward(x).0))
    return last.forward(x.reshaped([codes.shape[0], x.shape.last])).0
  }
}

extension EncoderKind {
  /// VGGish, whose classes come in two files more.
  public static let vggish = EncoderKind(
    name: "VGGish", embeddingWidth: 128,
    parts: [
      Part(
        name: "audio encoder VGGish", root: "audio_backbone",
        signature: ["features.0.weight", "embeddings.0.weight"],
        source: "`vggish-10086976.pth`, from torchvggish"),
      Part(
        name: "PCA of VGGish", root: "pproc", signature: ["pca_eigen_vectors", "pca_means"],
        source: "`vggish_pca_params-970ea276.pth`, from torchvggish", isForClasses: true),
      Part(
        name: "AudioSet classifier on VGGish", root: "classification_model",
        signature: ["emb.conv1.weight", "fc_final.weight"],
        source: "`md_50000_iters.pth`, from the published program of C3N", isForClasses: true),
    ],
    parameterCount: 75_984_143, classParameterCount: 3_842_959, secondBytes: 4_540 << 10,
    largestKernelBytes: 9 << 20,
    build: { VGGish($0, hasClasses: $1, framing: $2.vggishFraming) })
}
