import C3N
import Tensors

extension CategoryMatch {
  /// The paper's Fig. 6 of one frame: the five most confident classes on both sides and the two matrices between them.
  func frameAnalysis(
    _ frame: Int, audio: Tensor?, visual: Tensor?, _ agreement: Agreement?, _ switches: Switches
  ) -> FrameAnalysis {
    let visualTop = visual.map { Self.top($0, frame: frame, exponent: switches.beta) } ?? []
    let audioTop = audio.map { Self.top($0, frame: frame, exponent: switches.alpha) } ?? []
    let similarities =
      audioTop.isEmpty ? [] : visualTop.map { object in audioTop.map { similarity[object.label, $0.label] } }
    let reweighted = zip(visualTop, similarities).map { object, row in
      zip(audioTop, row).map { $0.raised * $1 * object.raised }
    }
    return FrameAnalysis(
      visualTop: visualTop, audioTop: audioTop, similarity: similarities, reweighted: reweighted,
      agreement: agreement)
  }

  /// The five largest confidences of a row, best first; ties go to the lower class.
  static func top(_ confidences: Tensor, frame: Int, exponent: Float, count: Int = 5) -> [Confidence] {
    let row = confidences.slice(frame..<frame + 1)
    let raised = raised(row, to: exponent)
    let (values, powers) = (row.values, raised.values)
    return values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(count)
      .map { Confidence(label: $0, value: values[$0], raised: powers[$0]) }
  }
}
