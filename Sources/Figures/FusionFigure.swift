import C3N
import Foundation
import Inference
import Tensors
import TerminalUI

/// The paper's Fig. 8: features and prediction without and with the cross-modal non-local blocks. One row a frame.
///
/// A feature map is M_i of one stage averaged over its channels; each column of maps has a colour scale of its own.
public struct FusionFigure: Figure {
  private let subject: FigureSubject
  private let without: ClipAnalysis
  private let stage: Int
  private let colors: ColorMap

  private static let width = 540.0
  private static let gutter = 14.0
  private static let gap = 6.0

  /// A figure of a subject analysed with the blocks and of the same analysed without.
  ///
  /// Throws ``FigureError`` where there are no features: without a decoder.
  ///
  /// - Parameters:
  ///   - subject: clip, analysis and frames.
  ///   - without: the same analysis without the non-local blocks.
  ///   - stage: 1 to 4.
  ///   - colors: the colour map.
  public init(
    _ subject: FigureSubject, without: ClipAnalysis, stage: Int = 1, colors: ColorMap = .viridis
  ) throws {
    precondition((1...4).contains(stage), "stage \(stage)")
    guard subject.analysis.featureMaps.count == 4, without.featureMaps.count == 4 else {
      throw FigureError("figure 8: \(subject.analysis.variant) has no decoder, hence no fused features")
    }
    precondition(
      subject.analysis.effective.nonLocal && !without.effective.nonLocal, "with and without blocks")
    self.subject = subject
    self.without = without
    self.stage = stage
    self.colors = colors
  }

  /// The whole file.
  public var svg: String {
    let rows = Double(subject.frames.count)
    let between = 12.0
    // Rows of at most ten frames stay on a page.
    let tile = min((Self.width - 8 - Self.gutter - 4 * Self.gap - between) / 6, 640 / rows - 10)
    let left = 4 + Self.gutter + (Self.width - 8 - Self.gutter - 4 * Self.gap - between - 6 * tile) / 2
    var x = [left, left + tile + Self.gap]
    x.append(x[1] + tile + between)
    x.append(x[2] + tile + Self.gap)
    x.append(x[3] + tile + Self.gap)
    x.append(x[4] + tile + Self.gap)
    var canvas = SVGCanvas()
    for (start, title) in [(2, "without non-local blocks"), (4, "with non-local blocks")] {
      let (first, last) = (x[start], x[start + 1] + tile)
      canvas.text(FigureText(title), x: (first + last) / 2, y: 10, anchor: .middle)
      canvas.path(
        "M\(SVGCanvas.number(first)) 13H\(SVGCanvas.number(last))", stroke: Ink.grey, width: 0.5)
    }
    let heads = ["frame", "ground truth", "features", "prediction", "features", "prediction"]
    for (head, x) in zip(heads, x) {
      canvas.text(FigureText(head), x: x + tile / 2, y: 21, size: 6.5, anchor: .middle, color: Ink.grey)
    }
    let maps = [without, subject.analysis].map { $0.featureMaps[stage - 1] }
    let ranges = maps.map { map in ClosedRange(of: subject.frames.flatMap { map.slice($0..<$0 + 1).values }) }
    for (row, frame) in subject.frames.enumerated() {
      let y = 25 + Double(row) * (tile + 10)
      func box(_ column: Int) -> Box { Box(x: x[column], y: y, width: tile, height: tile) }
      canvas.text("\(frame + 1)", x: left - 4, y: y + tile / 2 + 2, anchor: .end)
      canvas.image(FigurePicture.photo(subject.contents.frames[frame]), in: box(0))
      canvas.drawTruth(subject, frame: frame, in: box(1))
      for (index, analysis) in [without, subject.analysis].enumerated() {
        canvas.image(
          FigurePicture.heat(maps[index], frame: frame, range: ranges[index], colors: colors),
          in: box(2 + 2 * index))
        canvas.drawPrediction(analysis.maskLogits, frame: frame, in: box(3 + 2 * index))
        if let iou = analysis.frames[frame].iou {
          canvas.group(index == 0 ? "iou-without" : "iou-with") {
            $0.text(
              FigureText("IoU \(decimal(iou, 3))"), x: x[3 + 2 * index] + tile / 2, y: y + tile + 7.5,
              size: 6,
              anchor: .middle)
          }
        }
      }
    }
    var y = 25 + rows * (tile + 10) + 2
    for (index, range) in ranges.enumerated() {
      let box = Box(x: x[2 + 2 * index], y: y, width: tile, height: 5)
      canvas.drawScale(colors, in: box)
      canvas.group("scale") {
        $0.text(FigureText(measure(range.lowerBound, in: range)), x: box.x, y: y + 12, size: 6)
        $0.text(
          FigureText(measure(range.upperBound, in: range)), x: box.maxX, y: y + 12, size: 6, anchor: .end)
      }
    }
    y = canvas.drawCaption(caption, x: 4, y: y + 17, width: Self.width - 8)
    return canvas.document(
      width: Self.width, height: y + 3, title: "Non-local blocks of \(subject.contents.clip.id)")
  }

  private var caption: String {
    let extent = subject.analysis.featureMaps[stage - 1].shape
    let features = "M\(["₁", "₂", "₃", "₄"][stage - 1])"
    return
      "Features: \(features), what enters the decoder at stage \(stage) (\(extent[1]) × \(extent[2])), averaged "
      + "over channels; each column has its own colour scale; values between positions are interpolated. The same "
      + "weights without the blocks: \(features) is then what comes out of the pooling. " + subject.provenance
  }
}
