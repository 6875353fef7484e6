import C3N
import Foundation
import Inference
import Media
import TerminalUI

/// The paper's Fig. 6: how sight and sound agree on a label. One row a frame.
///
/// (a) frame and second of sound, (b) the five best classes of either side with C and C raised, (c) M_sim and (d) M_cof
/// of these with the largest entry framed and the unified label, (e) prediction, (f) ground truth.
public struct ConsensusFigure: Figure {
  private let subject: FigureSubject
  private let colors: ColorMap

  /// Common to all matrices of the figure, so that their colours can be compared.
  private let range: ClosedRange<Float>

  private static let width = 540.0
  private static let blockHeight = 132.0

  /// A figure of a subject whose model has visual classes. Throws ``FigureError`` otherwise.
  public init(_ subject: FigureSubject, colors: ColorMap = .viridis) throws {
    guard subject.frames.allSatisfy({ !subject.analysis.frames[$0].visualTop.isEmpty }) else {
      throw FigureError(
        "figure 6: \(subject.analysis.variant) has no classes, hence no confidences and no matrices")
    }
    self.subject = subject
    self.colors = colors
    let frames = subject.frames.map { subject.analysis.frames[$0] }
    range = ClosedRange(of: frames.flatMap { ($0.similarity + $0.reweighted).joined() } + [0, 1])
  }

  /// The whole file.
  public var svg: String {
    var canvas = SVGCanvas()
    for (row, frame) in subject.frames.enumerated() {
      canvas.group("frame-\(frame + 1)") { drawBlock(frame, y: 4 + Double(row) * Self.blockHeight, on: &$0) }
    }
    var y = 4 + Double(subject.frames.count) * Self.blockHeight
    if hasAudio {
      drawLegend(y: y, on: &canvas)
      y += 16
    }
    y = canvas.drawCaption(caption, x: 4, y: y, width: Self.width - 8)
    return canvas.document(
      width: Self.width, height: y + 3, title: "Cognitive consensus of \(subject.contents.clip.id)")
  }

  private var hasAudio: Bool { subject.frames.contains { !subject.analysis.frames[$0].audioTop.isEmpty } }

  private var caption: String {
    var caption = "Dark bars: softmax confidence C; pale bars: C raised to β (V, visual) or α (A, audio). "
    if hasAudio {
      caption +=
        "An entry of (d) is that of (c) times both raised confidences; the largest of the 25 shown is framed. "
      if subject.analysis.effective.consensus == .audioVisual, subject.analysis.effective.forcedLabel == nil {
        caption += "The unified label is the maximum of all 1000 × 527 entries. "
      }
    }
    return caption + subject.provenance
  }

  private func drawBlock(_ frame: Int, y: Double, on canvas: inout SVGCanvas) {
    let analysis = subject.analysis.frames[frame]
    let top = y + 11
    canvas.text("(a) frame \(frame + 1) and its sound", x: 4, y: y + 7)
    canvas.image(
      FigurePicture.photo(subject.contents.frames[frame]), in: Box(x: 4, y: top, width: 84, height: 84))
    drawSound(frame, in: Box(x: 4, y: top + 87, width: 84, height: 27), on: &canvas)

    canvas.text("(b) confidences", x: 98, y: y + 7)
    let names = subject.labels
    canvas.group("visual") {
      drawTop(
        "visual, ImageNet", "V", "β", analysis.visualTop, names.shortVisual,
        (Ink.visual, Ink.visualPale), unified: analysis.agreement?.visualLabel, y: top, on: &$0)
    }
    if !analysis.audioTop.isEmpty {
      canvas.group("audio") {
        drawTop(
          "audio, AudioSet", "A", "α", analysis.audioTop, names.audio, (Ink.audio, Ink.audioPale),
          unified: analysis.agreement?.audioLabel, y: top + 60, on: &$0)
      }
      canvas.group("similarity") {
        $0.text("(c) " + .symbol("M", lowered: "sim"), x: 276, y: y + 7)
        drawMatrix(analysis.similarity, x: 276, y: top, on: &$0)
      }
      canvas.group("reweighted") {
        $0.text("(d) " + .symbol("M", lowered: "cof"), x: 380, y: y + 7)
        drawMatrix(analysis.reweighted, x: 380, y: top, on: &$0)
      }
    } else {
      canvas.text("(c), (d): no audio confidences,", x: 276, y: top + 30, color: Ink.grey)
      canvas.text("hence no matrices", x: 276, y: top + 39, color: Ink.grey)
    }
    drawLabel(analysis, in: Box(x: 276, y: top + 88, width: 199, height: 26), on: &canvas)

    canvas.text("(e) prediction", x: 485, y: y + 7)
    canvas.drawPrediction(
      subject.analysis.maskLogits, frame: frame, in: Box(x: 485, y: top, width: 51, height: 51))
    canvas.text("(f) ground truth", x: 485, y: top + 60)
    canvas.drawTruth(subject, frame: frame, in: Box(x: 485, y: top + 63, width: 51, height: 51))
  }

  /// The samples of the frame's second, full scale from edge to edge.
  private func drawSound(_ second: Int, in box: Box, on canvas: inout SVGCanvas) {
    canvas.frame(box, Ink.pale, width: 0.5)
    let rate = Waveform.sampleRate
    let samples = subject.contents.waveform.samples.values
    guard samples.count >= (second + 1) * rate else { return }
    let columns = 168
    let path = (0..<columns).map { column -> String in
      let part = samples[
        (second * rate + column * rate / columns)..<(second * rate + (column + 1) * rate / columns)]
      let range = ClosedRange(of: part)
      let middle = box.y + box.height / 2
      let reach = box.height / 2
      let x = box.x + (Double(column) + 0.5) * box.width / Double(columns)
      let high = middle - Double(min(1, max(-1, range.upperBound))) * reach
      let low = middle - Double(min(1, max(-1, range.lowerBound))) * reach
      // A silent column is a line all the same.
      return "M\(SVGCanvas.number(x)) \(SVGCanvas.number(high - 0.15))V\(SVGCanvas.number(low + 0.15))"
    }
    canvas.path(path.joined(), stroke: Ink.audio, width: 0.5)
  }

  private func drawTop(
    _ title: String, _ letter: String, _ exponent: String, _ top: [Confidence], _ name: (Int) -> String,
    _ inks: (raw: String, raised: String), unified: Int?, y: Double, on canvas: inout SVGCanvas
  ) {
    let bar = Box(x: 182, y: 0, width: 40, height: 6)
    let (valueEnd, raisedEnd) = (244.0, 267.0)
    canvas.text(FigureText(title), x: 98, y: y + 5, size: 6, color: Ink.grey)
    canvas.text("C", x: valueEnd, y: y + 5, size: 6, anchor: .end, color: Ink.grey)
    canvas.text(
      .symbol("C", raised: exponent), x: raisedEnd, y: y + 5, size: 6, anchor: .end, color: Ink.grey)
    for (row, entry) in top.enumerated() {
      let line = y + 13 + 9.2 * Double(row)
      canvas.text("\(letter)\(row + 1)", x: 98, y: line, size: 6.5, color: Ink.grey)
      let shown = FigureText.fitted(name(entry.label), width: 72, size: 6.5)
      canvas.text(entry.label == unified ? .strong(shown) : FigureText(shown), x: 109, y: line, size: 6.5)
      var place = bar
      place.y = line - 5.3
      canvas.fill(place, "#f4f4f4")
      place.width = bar.width * Self.share(entry.raised)
      canvas.fill(place, inks.raised)
      place.width = bar.width * Self.share(entry.value)
      canvas.fill(place, inks.raw)
      canvas.text(FigureText(confidence(entry.value)), x: valueEnd, y: line, size: 6.5, anchor: .end)
      canvas.text(FigureText(confidence(entry.raised)), x: raisedEnd, y: line, size: 6.5, anchor: .end)
    }
  }

  private static func share(_ value: Float) -> Double { value.isNaN ? 0 : Double(max(0, min(1, value))) }

  private func drawMatrix(_ values: [[Float]], x: Double, y: Double, on canvas: inout SVGCanvas) {
    let (width, height) = (17.0, 15.0)
    let (left, top) = (x + 10, y + 8)
    var best: (value: Float, box: Box)?
    for column in 0..<(values.first?.count ?? 0) {
      canvas.text(
        "A\(column + 1)", x: left + (Double(column) + 0.5) * width, y: y + 5.5, size: 6, anchor: .middle,
        color: Ink.grey)
    }
    for (row, entries) in values.enumerated() {
      canvas.text("V\(row + 1)", x: x, y: top + Double(row) * height + 10, size: 6, color: Ink.grey)
      for (column, value) in entries.enumerated() {
        let box = Box(
          x: left + Double(column) * width, y: top + Double(row) * height, width: width, height: height)
        let color = colors.rgb(range.part(value))
        canvas.fill(box, Ink.hexadecimal(color))
        canvas.text(
          FigureText(decimal(value, 3)), x: box.x + width / 2, y: box.y + 9.6, size: 5.6, anchor: .middle,
          color: color.luminance > 0.45 ? "#000000" : "#ffffff")
        if value.isFinite, best == nil || value > best!.value { best = (value, box) }
      }
    }
    if let best {
      // Dark around light stands out on any colour of the map.
      canvas.frame(best.box, "#ffffff", width: 2.6)
      canvas.frame(best.box, Ink.accent, width: 1.4, name: "maximum")
    }
  }

  private func drawLabel(_ frame: FrameAnalysis, in box: Box, on canvas: inout SVGCanvas) {
    let middle = box.x + box.width / 2
    guard let agreement = frame.agreement else {
      canvas.text(
        "no unified label: consensus is off", x: middle, y: box.y + 15, anchor: .middle, color: Ink.grey)
      return
    }
    canvas.frame(box, Ink.accent, width: 1, name: "unified-label")
    let isForced = subject.analysis.effective.forcedLabel != nil
    let title = isForced ? "label by hand: " : agreement.value == nil ? "visual label: " : "unified label: "
    let number = " (\(agreement.visualLabel))"
    let room = box.width - 8 - FigureText.width(title + number, size: 7.5)
    let name = FigureText.fitted(
      subject.labels.shortVisual(agreement.visualLabel), width: room * 0.93, size: 7.5)
    canvas.text(
      FigureText(title) + .strong(name) + FigureText(number), x: middle, y: box.y + 10.5, size: 7.5,
      anchor: .middle)
    canvas.text(origin(of: agreement), x: middle, y: box.y + 20.5, size: 6.5, anchor: .middle)
  }

  /// The arithmetic of the largest entry, or where else the label comes from.
  private func origin(of agreement: CategoryMatch.Agreement) -> FigureText {
    guard let factors = agreement.factors, let value = agreement.value else {
      return subject.analysis.effective.forcedLabel != nil
        ? "instead of the consensus" : "CC-V: the most confident visual class"
    }
    let switches = subject.analysis.effective
    return .symbol(confidence(factors.audio), raised: decimal(switches.alpha, 2))
      + FigureText("\u{a0}× \(decimal(factors.similarity, 3)) ×\u{a0}")
      + .symbol(confidence(factors.visual), raised: decimal(switches.beta, 2))
      + FigureText("\u{a0}= \(decimal(value, 3))")
  }

  /// The colours of the matrices and what they stand for.
  private func drawLegend(y: Double, on canvas: inout SVGCanvas) {
    let box = Box(x: 310, y: y, width: 131, height: 6)
    canvas.drawScale(colors, in: box)
    canvas.text(FigureText(decimal(range.lowerBound, 2)), x: box.x - 3, y: y + 5.4, size: 6.5, anchor: .end)
    canvas.text(FigureText(decimal(range.upperBound, 2)), x: box.maxX + 3, y: y + 5.4, size: 6.5)
  }
}
