import C3N
import Inference
import Tensors
import TerminalUI

/// The paper's Fig. 7: frames, ground truth and the heat maps of the four stages, CCAM's beside those of the attention in
/// the non-local blocks. One column a frame; each row of maps has a colour scale of its own.
public struct AttentionFigure: Figure {
  /// Maps of the four stages with what they are called.
  private struct Family {
    let title: String
    /// Stages 1 to 4, each [T, H, W].
    let maps: [Tensor]
  }

  private let subject: FigureSubject
  private let families: [Family]
  private let caption: String
  private let colors: ColorMap

  private static let width = 540.0
  private static let gutter = 38.0
  private static let scale = 35.0
  private static let gap = 2.0

  /// A figure of what heat maps there are. Throws ``FigureError`` if there are none.
  ///
  /// - Parameters:
  ///   - subject: clip, analysis and frames.
  ///   - kind: which of CCAM's maps; the paper shows `raw`, without the sigmoids.
  ///   - colors: the colour map.
  public init(_ subject: FigureSubject, kind: HeatMapKind = .raw, colors: ColorMap = .viridis) throws {
    let analysis = subject.analysis
    var families: [Family] = []
    var words: [String] = []
    if !analysis.heatMaps.isEmpty {
      families.append(Family(title: "CCAM", maps: analysis.heatMaps.map { $0[kind] }))
      words.append("CCAM: \(kind.formula)")
    }
    if !analysis.fusionAttention.isEmpty {
      families.append(Family(title: "attention of the non-local blocks", maps: analysis.fusionAttention))
      words.append("Non-local blocks: θφᵀ averaged over the positions of φ")
    }
    guard !families.isEmpty else {
      throw FigureError(
        "figure 7: no heat maps: consensus \(analysis.effective.consensus.abbreviation), "
          + (analysis.effective.nonLocal ? "no decoder" : "no non-local blocks"))
    }
    self.subject = subject
    self.families = families
    self.colors = colors
    caption =
      words.joined(separator: ". ")
      + ". Each row has its own colour scale; values between the positions of a stage are interpolated. "
      + subject.provenance
  }

  /// The whole file.
  public var svg: String {
    let count = Double(subject.frames.count)
    let isBeside = families.count == 2 && subject.frames.count <= 5
    let blocks = isBeside ? 2.0 : 1.0
    // In a block: gutter, pictures, colour scale; the second block needs no gutter.
    let room = (Self.width - 8 - Self.gutter - blocks * Self.scale) / blocks
    let tile = min(isBeside ? 96 : 62, room / count - Self.gap)
    let blockWidth = count * (tile + Self.gap) + Self.scale
    let left = 4 + (Self.width - 8 - Self.gutter - blocks * blockWidth) / 2 + Self.gutter
    var canvas = SVGCanvas()
    var y = 4.0
    if isBeside {
      drawPhotos(x: left, y: y, tile, on: &canvas)
      drawTruths(x: left + blockWidth, y: y, tile, isNamed: false, on: &canvas)
      y += 10 + tile + 5
      for (index, family) in families.enumerated() {
        draw(family, x: left + Double(index) * blockWidth, y: y, tile, isNamed: index == 0, on: &canvas)
      }
      y += 10 + 4 * (tile + Self.gap) + 3
    } else {
      drawPhotos(x: left, y: y, tile, on: &canvas)
      y += 10 + tile + Self.gap
      drawTruths(x: left, y: y - 10, tile, isNamed: true, on: &canvas)
      y += tile + 5
      for family in families {
        draw(family, x: left, y: y, tile, isNamed: true, on: &canvas)
        y += 10 + 4 * (tile + Self.gap) + 3
      }
    }
    y = canvas.drawCaption(caption, x: 4, y: y, width: Self.width - 8)
    return canvas.document(
      width: Self.width, height: y + 3, title: "Heat maps of \(subject.contents.clip.id)")
  }

  /// The columns, each with its frame.
  private func columns(x: Double, y: Double, _ tile: Double) -> [(frame: Int, box: Box)] {
    subject.frames.enumerated().map {
      ($1, Box(x: x + Double($0) * (tile + Self.gap), y: y, width: tile, height: tile))
    }
  }

  private func drawPhotos(x: Double, y: Double, _ tile: Double, on canvas: inout SVGCanvas) {
    canvas.text("frame", x: x - 3, y: y + 10 + tile / 2, size: 6.5, anchor: .end)
    for (frame, box) in columns(x: x, y: y + 10, tile) {
      canvas.text("\(frame + 1)", x: box.x + tile / 2, y: y + 7, size: 6.5, anchor: .middle)
      canvas.image(FigurePicture.photo(subject.contents.frames[frame]), in: box)
    }
  }

  private func drawTruths(
    x: Double, y: Double, _ tile: Double, isNamed: Bool, on canvas: inout SVGCanvas
  ) {
    if isNamed {
      canvas.text("ground", x: x - 3, y: y + 8 + tile / 2, size: 6.5, anchor: .end)
      canvas.text("truth", x: x - 3, y: y + 15 + tile / 2, size: 6.5, anchor: .end)
    } else {
      canvas.text("ground truth", x: x, y: y + 7)
    }
    for (frame, box) in columns(x: x, y: y + 10, tile) { canvas.drawTruth(subject, frame: frame, in: box) }
  }

  private func draw(
    _ family: Family, x: Double, y: Double, _ tile: Double, isNamed: Bool, on canvas: inout SVGCanvas
  ) {
    canvas.text(FigureText(family.title), x: x, y: y + 7)
    for (index, map) in family.maps.enumerated() {
      let top = y + 10 + Double(index) * (tile + Self.gap)
      if isNamed {
        canvas.text("stage \(index + 1)", x: x - 3, y: top + tile / 2, size: 6.5, anchor: .end)
        canvas.text(
          "\(map.shape[1]) × \(map.shape[2])", x: x - 3, y: top + tile / 2 + 7, size: 5.5, anchor: .end,
          color: Ink.grey)
      }
      let range = ClosedRange(of: subject.frames.flatMap { map.slice($0..<$0 + 1).values })
      for (frame, box) in columns(x: x, y: top, tile) {
        canvas.image(FigurePicture.heat(map, frame: frame, range: range, colors: colors), in: box)
      }
      let end = x + Double(subject.frames.count) * (tile + Self.gap)
      let scale = Box(x: end + 1, y: top, width: 4, height: tile)
      canvas.drawScale(colors, in: scale, upwards: true)
      canvas.group("scale") {
        $0.text(FigureText(measure(range.upperBound, in: range)), x: scale.maxX + 2, y: top + 5, size: 5.5)
        $0.text(FigureText(measure(range.lowerBound, in: range)), x: scale.maxX + 2, y: scale.maxY, size: 5.5)
      }
    }
  }
}

extension HeatMapKind {
  /// What the numbers are.
  var formula: String {
    switch self {
    case .spatialAttention: "sigmoid of the mean of V^c over channels (eq. 11)"
    case .raw: "mean of V ω over channels, the spatial attention without its sigmoids"
    case .gradCAM: "max(0, sum of ω A over channels)"
    }
  }
}
