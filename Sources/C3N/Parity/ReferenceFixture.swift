import Checkpoints
import Tensors

/// Reference inputs and outputs of one variant with weights by formula.
///
/// A safetensors file whose metadata says `variant` and `seed`; what its tensors are is told in
/// ``ParityCheck``. Images are channels-first in the file.
public struct ReferenceFixture: Sendable {
  /// The variant that the metadata names.
  public let variant: Variant

  /// The seed of the formula.
  public let seed: UInt64

  /// Normalised frames [T, 224, 224, 3].
  public let frames: Tensor

  /// Samples [T, 16000], or what the audio encoder is fed, such as VGGish's log-mels [T, 96, 64].
  public let sound: Sound

  /// What a fixture has of the sound.
  public enum Sound: Sendable {
    case waveform(Tensor)
    case prepared(Tensor)
  }

  /// The file with its reference tensors.
  public let checkpoint: Checkpoint

  /// Opens and checks a fixture.
  public init(opening path: String) throws {
    let checkpoint = try Checkpoint.open(path)
    func metadata(_ key: String) throws -> String {
      guard let value = checkpoint.metadata[key] else {
        throw ModelError(place: path, problem: "no '\(key)' in the metadata, expected a reference fixture")
      }
      return value
    }
    do {
      variant = try Variant(named: metadata("variant"))
    } catch let error as UnknownVariant {
      throw ModelError(place: path, problem: "\(error)")
    }
    guard let seed = UInt64(try metadata("seed")) else {
      throw ModelError(place: path, problem: "seed '\(try metadata("seed"))' is no whole number")
    }
    self.seed = seed
    func input(_ name: String, _ expected: String, where fits: (Shape) -> Bool) throws -> Tensor {
      guard let entry = checkpoint[name] else {
        throw ModelError(place: path, problem: "no input '\(name)', expected \(expected)")
      }
      guard fits(entry.shape) else {
        throw ModelError(place: path, problem: "'\(name)' has shape \(entry.shape), expected \(expected)")
      }
      return entry.tensor()
    }
    let images = try input("images", "[T, 3, 224, 224]") {
      $0.rank == 4 && Array($0.extents.dropFirst()) == [3, 224, 224] && $0[0] > 0
    }
    let seconds = images.shape[0]
    // [T, 3, 224 224] -> [T, 224 224, 3]
    frames = images.swappingInnerAxes(outer: seconds, rows: 3, columns: 224 * 224)
      .reshaped([seconds, 224, 224, 3])
    if checkpoint["vggish_logmel"] != nil {
      let logMel = try input("vggish_logmel", "[\(seconds), 1, 96, 64]") { $0 == [seconds, 1, 96, 64] }
      sound = .prepared(logMel.reshaped([seconds, 96, 64]))
    } else {
      sound = .waveform(try input("waveform", "[\(seconds), 16000]") { $0 == [seconds, 16000] })
    }
    self.checkpoint = checkpoint
  }
}
