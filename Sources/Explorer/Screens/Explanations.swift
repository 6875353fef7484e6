import C3N
import Glibc
import Inference
import TerminalUI

/// A number on a screen: what it is called, how it comes about and where the paper defines it.
struct Explanation {
  let name: String
  let text: String

  init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }
}

extension ScreenName {
  /// How the numbers on the screen come about.
  var explanations: [Explanation] { Self.explained[self] ?? [] }

  private static let iou = Explanation(
    "IoU",
    "|P∧G| / |P∨G|; P: pixels with sigmoid(logit) > 0.5, G: ground truth. Where G is empty: (N - |P|) / N. Section IV-A, "
      + "AVSBench's mask_iou. A clip's is the mean of its frames with a ground truth.")
  private static let f = Explanation(
    "F",
    "1.3 precision recall / (0.3 precision + recall), the largest over 255 thresholds; precision |P_t∧G| / |P_t|, recall "
      + "|P_t∧G| / |G|. Section IV-A. A clip's is the maximum of its frames' mean curve.")
  private static let confidences = Explanation(
    "C", "C_A, C_V: softmax of the class scores, eqs. 1 and 2; C^α and C^β enter eq. 6. Section III-A.")
  private static let reweighted = Explanation(
    "M_cof",
    "C_A^α × M_sim × C_V^β, eq. 6. The unified label is the visual class of its largest entry, eq. 7.")

  private static let explained: [ScreenName: [Explanation]] = [
    .clips: [
      iou, f,
      Explanation(
        "knobs",
        "scores are of the knobs in the second line; where there are none, of the reference's, which status tells, and "
          + "those count for no mean. Means are over the clips; c3n evaluate's mIoU is over AVSBench's batches."
      ),
      Explanation(
        "diff",
        "IoU - IoU under the reference's knobs (as published, until p pins others); - where one is not known."
      ),
      Explanation(
        "scores from",
        "this session, or the database that c3n evaluate and E write: same weights (SHA-256), knobs and files."
      ),
    ],
    .inspect: [
      confidences, reweighted, iou, f,
      Explanation("dBFS", "20 log10(rms) of the second's samples in -1 to 1."),
      Explanation(
        "log-mel",
        "the audio encoder's own input: time across, low bands below, colours from the clip's smallest to largest."
      ),
    ],
    .matrix: [
      Explanation("M_sim", "cosine of the label embeddings, e_A e_V / (|e_A| |e_V|), eq. 5. Section III-A."),
      confidences, reweighted,
      Explanation(
        "search",
        "in the whole matrix /dog finds a label or its number where the last search looked, /v:dog (or visual:) among the "
          + "rows, /a:dog (or audio:) among the columns; n and N go on."),
      Explanation(
        "forced label",
        "F or Enter: this row's class takes the place of eq. 7's for every frame; omega and all after it follow."
      ),
    ],
    .ccam: [
      Explanation("omega", "mean over space of d logit(label) / d A_i, eq. 8; here normalised to length 1."),
      Explanation("attention", "sigmoid(mean over channels of V^c), V^c = V sigmoid(omega), eqs. 9 to 11."),
      Explanation("raw", "mean over channels of V omega: the same without its sigmoids, as Fig. 7 draws it."),
      Explanation("Grad-CAM", "max(0, sum over channels of omega A)."),
      Explanation(
        "theta phi",
        "theta(x) . mean of phi(sound): the non-local block's attention (eq. 13), averaged over the sound; TPAVI's map in Fig. 7."
      ),
      Explanation(
        "M_i", "V_i^a + θ4(Φ θ3(V_i^a)), eq. 14, mean over channels; V_i^a without the blocks (Fig. 8)."),
    ],
    .compare: [
      Explanation(
        "columns",
        "two to six; those in sight are the ones around the focused one, h and l go on. All five rows of Table II: : five."
      ),
      iou, f, reweighted,
      Explanation("time", "seconds of what the column's run computed; parts that were reused took none."),
    ],
    .jobs: [
      Explanation(
        "seconds",
        "time between milestones on this machine; reused: taken from an earlier run, because nothing it depends on changed."
      ),
      Explanation("memory", "pages of the process in RAM (statm)."),
    ],
  ]

  /// The explanations as lines of at most so many columns.
  func explanationLines(columns: Int) -> [StyledLine] {
    guard columns > 16, !explanations.isEmpty else { return [] }
    let names = 2 + (explanations.map { TerminalText.columns($0.name) }.max() ?? 0)
    return ["", StyledLine("the numbers", .header)]
      + explanations.flatMap { explanation in
        TerminalText.wrapped(explanation.text, columns: columns - names).enumerated().map { row, text in
          let name = row == 0 ? explanation.name : ""
          let gap = String(repeating: " ", count: names - TerminalText.columns(name))
          return [Span(name, .key), Span(gap), Span(text)]
        }
      }
  }
}

extension ScoredPixels {
  /// `IoU 5120/6283 = 0.815`.
  func iouText(_ iou: Double) -> String {
    positives > 0
      ? "IoU \(intersection)/\(union) = \(decimal(iou, 3))"
      : "IoU \(count - union)/\(count) = \(decimal(iou, 3))"
  }

  /// `precision 4000/4200, recall 4000/5000: 1.3 p r / (0.3 p + r) = 0.951`; nil where nothing sounds.
  func fText(_ f: Double?) -> String? {
    guard let f, threshold != nil else { return nil }
    return "F: p = precision \(hits)/\(predicted), r = recall \(hits)/\(positives); "
      + "1.3 p r / (0.3 p + r) = \(decimal(f, 3))"
  }
}

extension LoadedClip {
  /// How a second's loudness comes about.
  func loudnessText(second: Int) -> String {
    guard levels.indices.contains(second) else { return "" }
    guard let level = levels[second] else { return "rms 0: silent" }
    return "20 log10(\(decimal(Glibc.pow(10, level / 20), 4))) = \(decimal(level, 1)) dBFS"
  }
}
