import C3N
import Inference
import Tensors
import TerminalUI
import Glibc

/// One frame of a map of numbers with the ends of its colour scale.
struct ScaledMap {
  let picture: ScalarPicture
  let range: ClosedRange<Float>

  /// The map's own extent.
  var extent: Size { Size(width: picture.width, height: picture.height) }

  /// The ends in words: `0.490 .. 0.530`.
  var limits: String { limitsText(range) }

  /// The entry under a probe and its value.
  func value(at probe: Point) -> (place: String, value: Float) {
    let (x, y) = probe.scaled(width: picture.width, height: picture.height)
    return ("(\(x), \(y))", picture.values[y * picture.width + x])
  }

  /// A frame of a map [T, H, W]; nil beyond its end.
  ///
  /// - Parameters:
  ///   - all: the maps that share the scale `fixed`.
  ///   - fixed: the scale `fixed` where it does not follow from the maps.
  init?(
    _ map: Tensor, frame: Int, scale: HeatScale, among all: [Tensor], fixed: ClosedRange<Float>? = nil
  ) {
    guard frame < map.shape[0] else { return nil }
    picture = ScalarPicture(
      width: map.shape[2], height: map.shape[1], values: map.slice(frame..<frame + 1).values)
    switch scale {
    case .frame: range = picture.range
    case .clip: range = Self.range(of: map)
    case .fixed:
      let ranges = all.map(Self.range)
      range = fixed ?? ranges.map(\.lowerBound).min()!...ranges.map(\.upperBound).max()!
    }
  }

  private static func range(of map: Tensor) -> ClosedRange<Float> {
    ScalarPicture(width: map.count, height: 1, values: map.values).range
  }
}

extension ExplorerState {
  /// A stage's heat map of the frame shown.
  func heat(stage: Int) -> ScaledMap? {
    let maps = heatMaps.maps
    guard let map = maps.first(where: { $0.stage == stage }) else { return nil }
    return ScaledMap(
      map[display.heatKind], frame: frame, scale: display.scale, among: maps.map { $0[display.heatKind] },
      fixed: display.heatKind == .spatialAttention ? 0...1 : nil)
  }

  /// What the non-local block of a stage attends to in the frame shown.
  func fusionAttention(stage: Int) -> ScaledMap? {
    guard let analysis else { return nil }
    let maps =
      analysis.fusionAttention.isEmpty && !analysis.isComplete
      ? earlier?.fusionAttention ?? [] : analysis.fusionAttention
    guard maps.indices.contains(stage - 1) else { return nil }
    return ScaledMap(maps[stage - 1], frame: frame, scale: display.scale, among: maps)
  }

  /// Why there is no such map.
  var whyNoFusionAttention: String {
    guard let analysis else { return whyNoAnalysis }
    if !analysis.effective.nonLocal { return "no non-local blocks (w)" }
    return analysis.isComplete ? "none" : isWorking ? "not computed yet" : "the run was stopped before it"
  }
}

/// The ends of a scale in words.
func limitsText(_ range: ClosedRange<Float>) -> String {
  let (low, high) = (measure(range.lowerBound, in: range), measure(range.upperBound, in: range))
  return [low, high].joined(separator: low.count > 5 ? ".." : " .. ")
}

/// What sigmoid is taken of: ln(a / (1 - a)).
func logit(_ a: Float) -> Float { Glibc.log(a / (1 - a)) }
