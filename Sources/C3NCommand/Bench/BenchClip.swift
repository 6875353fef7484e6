import C3N
import Tensors

/// A clip of noise that goes through a model.
struct BenchClip {
  private let model: C3NModel
  private let frames, waveform: Tensor

  init(_ model: C3NModel, frames count: Int) {
    self.model = model
    frames = .noise([count, 224, 224, 3], scale: 2)
    waveform = .noise([count, 16_000], scale: 0.1)
  }

  func run() throws -> PartTimes {
    let switches = model.feasible(Switches())
    return try PartTimes(measuring: { chargeName in
      func charge(_ part: Milestone.Part) { chargeName(part.rawValue) }
      let heard = try model.hear(waveform)
      if heard != nil { charge(.audio) }
      var seen = try model.see(frames)
      charge(.backbone)
      let agreements = model.agree(
        audio: heard.flatMap { model.audioConfidences($0, switches) }, visual: model.visualConfidences(seen),
        switches)
      charge(.consensus)
      let omegas = try agreements.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
      seen = seen.withoutRecord
      charge(.backward)
      let attended = try model.attend(seen, omegas: omegas)
      charge(.attention)
      _ = try model.segment(attended, embedding: heard?.embedding, switches) { milestone, _ in
        charge(milestone.part)
      }
    })
  }
}
