import AVSBench
import Glibc
import Tensors

/// A sound of nothing that a clip shows: the ground truth beside it is empty.
///
/// Training clips nearly always show what sounds, so that a network may learn to draw what could sound. These teach that
/// the sound decides.
package enum NegativeSound {
  /// Digital silence.
  case silence
  /// White noise of its own seed and level.
  case noise(seed: UInt64)
  /// The sound of another clip.
  case clip(Clip)

  /// A third each of silence, noise and the sound of a clip of another category; half of the first two where the data
  /// set does not tell the clip's category, or knows no other.
  ///
  /// A clip of another category may show what is also seen here, silent: data sets do not tell.
  package static func drawn(for clip: Clip, among clips: [Clip], _ random: inout Random) -> NegativeSound {
    let others = clip.category.map { own in clips.filter { $0.category != nil && $0.category != own } } ?? []
    switch random.below(others.isEmpty ? 2 : 3) {
    case 0: return .silence
    case 1: return .noise(seed: random.next())
    default: return .clip(others[random.below(others.count)])
    }
  }

  /// White noise of a level of -60 to -15 dB below full scale, [seconds, 16000].
  package static func noise(seed: UInt64, seconds: Int) -> Tensor {
    var random = Random(seed)
    let level = powf(10, random.uniform(-60 ... -15) / 20)
    return Tensor([seconds, 16_000]) { samples in
      for i in 0..<seconds * 16_000 { samples[i] = max(-1, min(1, level * random.normal())) }
    }
  }
}
