import C3N
import Inference

/// Comparisons that the paper makes.
package enum LineUp: String, CaseIterable, Sendable {
  /// Table II: C3N, its label by vision alone, and neither label nor sound.
  case ablation
  /// Table II: the rows between.
  case features
  /// Table II: all five rows.
  case table
  /// Table III.
  case exponents
  /// Fig. 8.
  case nonLocal = "non-local"
  /// Table VI.
  case audioNoise = "audio-noise"
  /// Table VII.
  case frameNoise = "frame-noise"
  /// Figs. 5 and 7: C3N and AVSBench's TPAVI.
  case baselines

  /// The name in the palette.
  package var title: String {
    switch self {
    case .ablation: "AF + CC, CC-V, none (Table II)"
    case .table: "all five rows (Table II)"
    case .features: "CC, AF, AF + CC (Table II)"
    case .exponents: "alpha and beta (Table III)"
    case .nonLocal: "with and without non-local (Fig. 8)"
    case .audioNoise: "noise in the sound (Table VI)"
    case .frameNoise: "noise in the frames (Table VII)"
    case .baselines: "C3N and TPAVI (Fig. 7)"
    }
  }

  /// The columns, or what is missing for them.
  ///
  /// - Parameter models: the models that there are, the explorer's own first.
  func columns(_ models: [ModelSpecification], _ switches: Switches) -> Result<[Comparison.Column], Missing> {
    let own = models[0]
    func column(_ change: (inout Switches) -> Void) -> Comparison.Column {
      var changed = switches
      change(&changed)
      return Comparison.Column(model: own, switches: changed)
    }
    func rows(_ rows: [Ablation]) -> [Comparison.Column] { rows.map { column { _ in }.row($0) } }
    switch self {
    case .ablation:
      // Where each row has weights of its own, those trained longer would be no fair beginning.
      let first = own.isEmbedded ? rows([.afCC]) : [column { _ in }]
      return .success(first + rows([.ccV, .none]))
    case .table: return .success(rows(Ablation.allCases))
    case .features: return .success(rows([.cc, .af, .afCC]))
    case .exponents:
      let pairs: [(Float, Float)] = [(0.1, 0.1), (0.25, 0.25), (0.1, 0.25), (0.25, 0.1)]
      return .success(pairs.map { pair in column { ($0.alpha, $0.beta) = pair } })
    case .nonLocal: return .success([true, false].map { isThere in column { $0.nonLocal = isThere } })
    case .audioNoise:
      return .success([nil, 10, 0, -10].map { ratio in column { $0.audioNoise = ratio } })
    case .frameNoise:
      return .success([nil, 30, 20, 10].map { ratio in column { $0.frameNoise = ratio } })
    case .baselines:
      let baselines = models.filter { $0.variant?.method == .tpavi }
      guard !baselines.isEmpty else {
        let names = Variant.allCases.filter { $0.method == .tpavi }.map(\.rawValue)
        return .failure(
          Missing(what: "TPAVI's weights: models.json names none of " + names.joined(separator: ", ")))
      }
      return .success(
        [column { _ in }] + baselines.map { Comparison.Column(model: $0, switches: switches) })
    }
  }

  /// What a comparison lacks.
  struct Missing: Error {
    let what: String
  }
}
