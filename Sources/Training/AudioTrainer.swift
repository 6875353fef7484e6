import C3N
import CKernels
import Checkpoints
import Glibc
import Layers
import Media
import Tensors

/// Trains the audio encoder of `lite` on a list of sounds; the same options make the same bytes.
public final class AudioTrainer {
  /// Everything that a run depends on besides its sounds.
  public struct Options: Sendable {
    /// How often `examples` are drawn.
    public var epochs = 30
    /// Seconds of sound an epoch; 0 for 40 for each class.
    public var examples = 0
    /// Seconds of sound a step.
    public var batch = 32
    /// Adam's learning rate, falling linearly to a hundredth.
    public var learningRate: Float = 2e-3
    /// The share of examples in which two sounds are mixed.
    public var mixing: Float = 0.3
    /// What is minimised.
    public var loss = Loss.softmax
    /// Order, augmentation and initial values follow from it.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
  }

  /// The two objectives.
  public enum Loss: String, CaseIterable, Sendable {
    /// Cross entropy of the softmax over the trained classes; mixed sounds share the target.
    case softmax
    /// Binary cross entropy of each trained class.
    case binary
  }

  /// How well sounds that were not trained on are told.
  public struct Score: Sendable {
    /// The number of seconds and of files that were asked.
    public let seconds, files: Int
    /// The share whose best class is right.
    public let top1, fileTop1: Double
    /// The share of which a right class is among the best three.
    public let top3, fileTop3: Double
    /// Right files and all files by class.
    public let byClass: [Int: (right: Int, all: Int)]
  }

  /// What is said after each epoch; the score is nil if nothing was held out.
  public struct Report: Sendable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The mean loss of its steps.
    public let loss: Double
    /// The held-out sounds' score.
    public let score: Score?
  }

  /// The encoder.
  public let encoder: LiteAudio

  private let manifest: AudioManifest
  private let options: Options
  private let parameters: [Parameter]
  private let buffers: [Buffer]
  private let byClass: [[AudioManifest.Sound]]
  private let starts: [String: [Int]]

  /// An encoder with initial values for the classes of the list.
  public init(_ manifest: AudioManifest, _ options: Options) {
    self.manifest = manifest
    self.options = options
    let reader = WeightReader(InitialAudio(seed: options.seed))
    encoder = LiteAudio(reader.root)
    parameters = reader.parameters
    buffers = reader.buffers
    var known = Tensor(zeros: [527])
    known.write { known in for label in manifest.classes { known[label] = 1 } }
    encoder.trainedClasses.value = known
    let training = manifest.sounds.filter(\.isTraining)
    let groups = manifest.classes.map { label in training.filter { $0.labels.contains(label) } }
    let background = training.filter(\.labels.isEmpty)
    byClass = groups + (background.isEmpty ? [] : [background])
    starts = Dictionary(manifest.sounds.map { ($0.path, $0.loudSeconds) }) { first, _ in first }
  }

  /// The number of trained values.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// Trains all epochs; throws ``TrainingError`` if the loss is not finite.
  public func run(report: (Report) -> Void) throws {
    var optimizer = Adam(parameters)
    let examples = options.examples > 0 ? options.examples : 40 * byClass.count
    let steps = max(1, examples / options.batch)
    for epoch in 0..<options.epochs {
      var sum = 0.0
      for step in 0..<steps {
        let progress = Float(epoch * steps + step) / Float(options.epochs * steps)
        let (logMels, targets) = batch(epoch, step * options.batch)
        let (logits, record) = encoder.batchForward(logMels)
        let (loss, gradient) = objective(logits, targets)
        guard loss.isFinite else {
          throw TrainingError("epoch \(epoch + 1), step \(step + 1): the loss is \(loss); nothing was saved")
        }
        let gradients = Gradients()
        encoder.backward(gradient, record, accumulating: gradients)
        optimizer.update(gradients, rate: options.learningRate * (1 - 0.99 * progress))
        sum += loss
      }
      report(Report(epoch: epoch + 1, loss: sum / Double(steps), score: try score()))
    }
  }

  /// Writes the encoder's weights, for `c3n train --weights` and `c3n run --weights`.
  public func save(to path: String, score: Score?) throws {
    try writeSafetensors(
      parameters.map(\.stored) + buffers.map(\.stored),
      metadata: [
        "format": "c3n lite audio encoder", "seed": "\(options.seed)", "epochs": "\(options.epochs)",
        "classes": manifest.classes.map(String.init).joined(separator: "|"),
        "held_out": score.map { "top-1 \($0.top1), top-3 \($0.top3) of \($0.seconds) seconds" } ?? "none",
      ], to: path)
  }

  /// Log-mels [N, 101, 64] and targets [N, 527], each row's sum 1 for the softmax.
  private func batch(_ epoch: Int, _ first: Int) -> (Tensor, Tensor) {
    var labels = [[Int]](repeating: [], count: options.batch)
    let waveforms = (0..<options.batch).map { index in
      var random = Random(options.seed, 5, UInt64(epoch), UInt64(first + index))
      let (samples, found) = example(&random)
      labels[index] = found
      return samples
    }
    var logMels = Self.logMels(waveforms)
    var random = Random(options.seed, 6, UInt64(epoch), UInt64(first))
    Self.disturb(&logMels, &random)
    var targets = Tensor(zeros: [options.batch, 527])
    targets.write { targets in
      for (index, row) in labels.enumerated() {
        // Background is none of the classes: all alike to the softmax, none to the binary loss.
        let those = row.isEmpty && options.loss == .softmax ? manifest.classes : row
        let value = options.loss == .softmax ? 1 / Float(those.count) : 1
        for label in those { targets[index * 527 + label] = value }
      }
    }
    return (logMels, targets)
  }

  /// A second of one or two sounds with speed, gain and noise changed, and its labels.
  private func example(_ random: inout Random) -> ([Float], [Int]) {
    var (samples, labels) = piece(&random)
    if random.uniform() < options.mixing {
      let (other, more) = piece(&random)
      for i in samples.indices { samples[i] += other[i] }
      labels = Set(labels + more).sorted()
    }
    // Clean sounds stay in the mixture: their quiet bands are at the spectrogram's floor, far from any noise.
    if random.uniform() < 0.75 {
      let level = (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
      let noise = level * powf(10, -random.uniform(5...35) / 20)
      for i in samples.indices { samples[i] += noise * random.normal() }
    }
    return (samples, labels)
  }

  /// A loud second of a sound of a class drawn first, at a level of -32 to -14 dB; silence stays silent.
  private func piece(_ random: inout Random) -> ([Float], [Int]) {
    let group = byClass[random.below(byClass.count)]
    let sound = group[random.below(group.count)]
    let places = starts[sound.path]!
    let start = max(0, places[random.below(places.count)] + random.below(4000) - 2000)
    var samples = sound.second(at: start, speed: random.uniform(0.82...1.22))
    let level = (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
    let gain = powf(10, random.uniform(-32 ... -14) / 20) / max(level, 1e-5)
    for i in samples.indices { samples[i] *= gain }
    return (samples, sound.labels)
  }

  /// Colours every spectrogram [N, time, mel] and hides a stretch of time and a band of it, so that no single trait of
  /// a recording is enough to tell it (SpecAugment without warping).
  private static func disturb(_ logMels: inout Tensor, _ random: inout Random) {
    let (count, times, mels) = (logMels.shape[0], logMels.shape[1], logMels.shape[2])
    logMels.write { values in
      for example in 0..<count {
        // A gain of up to 8 dB at six bands, linear between them.
        let gains = (0..<6).map { _ in random.uniform(-8...8) }
        let hiddenTimes = stretch(of: times / 5, in: times, &random)
        let hiddenMels = stretch(of: mels / 6, in: mels, &random)
        let map = values + example * times * mels
        let mean = UnsafeBufferPointer(start: map, count: times * mels).reduce(0, +) / Float(times * mels)
        for time in 0..<times {
          for mel in 0..<mels {
            let isHidden = hiddenTimes.contains(time) || hiddenMels.contains(mel)
            let place = Float(mel) / Float(mels - 1) * 4.999
            let share = place - place.rounded(.down)
            let gain = gains[Int(place)] * (1 - share) + gains[Int(place) + 1] * share
            let i = time * mels + mel
            map[i] = isHidden ? mean : map[i] + gain
          }
        }
      }
    }
  }

  /// A stretch of up to `length` somewhere in 0..<`count`.
  private static func stretch(of length: Int, in count: Int, _ random: inout Random) -> Range<Int> {
    let width = random.below(length + 1)
    let start = random.below(count - width + 1)
    return start..<start + width
  }

  private static func logMels(_ waveforms: [[Float]]) -> Tensor {
    let values = waveforms[0].count
    let parts = waveforms.map { Tensor($0, [1, values]) }
    let first = pannsLogMel(parts[0])
    let count = first.count
    return Tensor([waveforms.count, first.shape[1], first.shape[2]]) { out in
      nonisolated(unsafe) let out = out
      Parallel.each(waveforms.count) { index in
        pannsLogMel(parts[index]).read { (out + index * count).update(from: $0, count: count) }
      }
    }
  }

  /// The mean loss of the rows, and its gradient.
  private func objective(_ logits: Tensor, _ targets: Tensor) -> (Double, Tensor) {
    let (rows, classes) = (logits.shape[0], manifest.classes)
    var loss = 0.0
    var gradient = options.loss == .softmax ? CategoryMatch.confidences(logits) : Sigmoid.forward(logits)
    let share = 1 / Float(options.loss == .softmax ? rows : rows * classes.count)
    gradient.write { p in
      read(logits, targets) { logits, targets in
        for row in 0..<rows {
          for label in classes {
            let i = row * 527 + label
            let (t, x) = (Double(targets[i]), Double(logits[i]))
            switch options.loss {
            case .softmax: loss -= t > 0 ? t * log(max(Double(p[i]), 1e-30)) : 0
            case .binary: loss += max(x, 0) - x * t + log1p(exp(-abs(x)))
            }
            p[i] = share * (p[i] - targets[i])
          }
        }
      }
    }
    return (loss * Double(share), gradient)
  }

  /// How the held-out sounds with labels are told; nil without any.
  private func score() throws -> Score? {
    let held = manifest.sounds.filter { !$0.isTraining && !$0.labels.isEmpty }
    guard !held.isEmpty else { return nil }
    var (seconds, hits1, hits3, files1, files3) = (0, 0, 0, 0, 0)
    var byClass: [Int: (right: Int, all: Int)] = [:]
    for sound in held {
      let places = starts[sound.path]!.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
      let logMels = Self.logMels(places.map { sound.second(at: $0) })
      let features = try encoder.forward(logMels) { _, _ in }
      let confidences = CategoryMatch.confidences(features.classes!.scores)
      var mean = [Float](repeating: 0, count: 527)
      for row in places.indices {
        let values = confidences.slice(row..<row + 1).values
        for i in mean.indices { mean[i] += values[i] }
        let (first, three) = Self.hits(values, sound.labels)
        seconds += 1
        hits1 += first ? 1 : 0
        hits3 += three ? 1 : 0
      }
      let (first, three) = Self.hits(mean, sound.labels)
      files1 += first ? 1 : 0
      files3 += three ? 1 : 0
      for label in sound.labels {
        let known = byClass[label] ?? (0, 0)
        byClass[label] = (known.right + (first ? 1 : 0), known.all + 1)
      }
    }
    func share(_ count: Int, _ all: Int) -> Double { Double(count) / Double(max(all, 1)) }
    return Score(
      seconds: seconds, files: held.count, top1: share(hits1, seconds), fileTop1: share(files1, held.count),
      top3: share(hits3, seconds), fileTop3: share(files3, held.count), byClass: byClass)
  }

  /// Whether a label is the best class, and whether one is among the best three.
  private static func hits(_ confidences: [Float], _ labels: [Int]) -> (Bool, Bool) {
    let best = confidences.indices.sorted { confidences[$0] > confidences[$1] }.prefix(3)
    return (labels.contains(best.first!), best.contains { labels.contains($0) })
  }
}

/// Initial values: kernels uniform in +-sqrt(6 / fan in) for the rectifier (He), biases 0, norms 1 and 0.
private struct InitialAudio: WeightSource {
  let seed: UInt64

  var keys: [String] { [] }

  func tensor(_ key: String, shape: Shape) -> Tensor {
    if shape.rank == 1 {
      let isOne = key.hasSuffix("running_var") || (key.hasSuffix("weight") && key.contains("bn"))
      return Tensor(repeating: isOne ? 1 : 0, shape)
    }
    var random = Random(seed, 4, key.utf8.reduce(0) { $0 &* 1_099_511_628_211 &+ UInt64($1) })
    let bound = (6 / Float(shape.extents.dropFirst().reduce(1, *))).squareRoot()
    return Tensor((0..<shape.count).map { _ in random.uniform(-bound...bound) }, shape)
  }
}
