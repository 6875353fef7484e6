import Layers
import Media
import Tensors

/// PANNs Cnn14_16k: six pairs of convolutions over a log-mel spectrogram, fine-tuned on AudioSet.
///
/// Log-mels [T, 101, 64] -> embedding [T, 2048] and sigmoid class outputs [T, 527].
public struct PANNs: AudioEncoder {
  /// 2048.
  public let embeddingWidth = 2048

  /// 6 blocks, front-end, embedding, scores.
  public let milestoneCount = 9

  private let bn0: BatchNorm
  private let blocks: [Block]
  private let fc1, fcAudioSet: Linear

  private struct Block: Sendable {
    let conv1, conv2: Conv2d
    let bn1, bn2: BatchNorm
  }

  /// Reads the keys below a path.
  public init(_ weights: Weights) {
    let channels = [1, 64, 128, 256, 512, 1024, 2048]
    Self.expectFrontEnd(weights)
    bn0 = BatchNorm(weights.bn0, channels: 64)
    blocks = (1...6).map { i in
      let block = weights["conv_block\(i)"]
      return Block(
        conv1: Conv2d(block.conv1, in: channels[i - 1], out: channels[i], kernel: 3, padding: 1, bias: false),
        conv2: Conv2d(block.conv2, in: channels[i], out: channels[i], kernel: 3, padding: 1, bias: false),
        bn1: BatchNorm(block.bn1, channels: channels[i]),
        bn2: BatchNorm(block.bn2, channels: channels[i]))
    }
    fc1 = Linear(weights.fc1, in: 2048, out: 2048)
    fcAudioSet = Linear(weights.fc_audioset, in: 2048, out: 527)
  }

  /// Holds the front-end that a file brings along (torchlibrosa's STFT as two convolutions, and its mel filter bank) against
  /// ``pannsLogMel(_:)``: PANNs for 32 and 8 kHz, and for other windows, have the keys and most shapes of this one.
  private static func expectFrontEnd(_ weights: Weights) {
    let bins = PANNsFrontEnd.window / 2 + 1
    for (name, isReal) in [("conv_real", true), ("conv_imag", false)] {
      weights.spectrogram_extractor.stft[name].expect(
        "weight", [bins, 1, PANNsFrontEnd.window],
        of: "the Fourier transform of Cnn14_16k: a periodic Hann window of \(PANNsFrontEnd.window) samples"
      ) {
        Tensor(PANNsFrontEnd.transform(isReal: isReal), [bins, 1, PANNsFrontEnd.window])
      }
    }
    weights.logmel_extractor.expect(
      "melW", [bins, PANNsFrontEnd.bands],
      of: "the mel filter bank of Cnn14_16k: 16 kHz, \(PANNsFrontEnd.bands) bands from 50 to 8000 Hz"
    ) {
      Tensor(PANNsFrontEnd.melMatrix, [bins, PANNsFrontEnd.bands])
    }
  }

  /// Log-mels [T, 101, 64].
  public func frontEnd(_ waveform: Tensor) -> Tensor { pannsLogMel(waveform) }

  /// See ``AudioEncoder``.
  public func forward(_ logMel: Tensor, observe: Observer) throws -> AudioFeatures {
    let seconds = logMel.shape[0]
    // [T, 101, 64] -> [T, 101, 64, 1]; bn0 normalises each mel band.
    var x = bn0.forward(logMel).reshaped([seconds, logMel.shape[1], logMel.shape[2], 1])
    for (index, block) in blocks.enumerated() {
      x = block.conv1.forward(x, normalized: block.bn1, rectified: true).0
      x = block.conv2.forward(x, normalized: block.bn2, rectified: true).0
      if index < 5 { x = AveragePool.halving(x) }
      try observe(.audioBlock(index + 1), x)
    }
    let embedding = fc1.forward(Self.overTime(x), rectified: true).0
    try observe(.audioEmbedding, embedding)
    let logits = fcAudioSet.forward(embedding).0
    let scores = Sigmoid.forward(logits)
    try observe(.audioScores, scores)
    return AudioFeatures(embedding: embedding, classes: .init(scores: scores, logits: logits))
  }

  /// [T, time, mel, C] -> [T, C]: the mean over mel, then maximum plus mean over time.
  private static func overTime(_ x: Tensor) -> Tensor {
    let (seconds, times, bands, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    // [T, time, mel, C] -> [T time, mel, C]
    let bandMeans = AveragePool.global(x.reshaped([seconds * times, bands, channels]))
    return Tensor([seconds, channels]) { out in
      bandMeans.read { means in
        for second in 0..<seconds {
          for channel in 0..<channels {
            var (sum, maximum) = (Float(0), -Float.infinity)
            for time in 0..<times {
              let value = means[(second * times + time) * channels + channel]
              sum += value
              maximum = max(maximum, value)
            }
            out[second * channels + channel] = maximum + sum / Float(times)
          }
        }
      }
    }
  }
}

extension EncoderKind {
  /// PANNs Cnn14_16k.
  public static let panns = EncoderKind(
    name: "PANNs Cnn14_16k", embeddingWidth: 2048,
    parts: [
      Part(
        name: "audio encoder PANNs Cnn14_16k", root: "audio_backbone",
        signature: ["conv_block1.conv1.weight", "fc_audioset.weight"],
        source: "`Cnn14_16k_mAP=0.438.pth`, from PANNs' publication")
    ],
    parameterCount: 80_753_615, secondBytes: 7_770 << 10, largestKernelBytes: 144 << 20,
    headKeys: ["fc_audioset."], build: { weights, _, _ in PANNs(weights.audio_backbone) })
}
