import C3N
import Glibc
import Inference
import TerminalUI

/// One frame with its overlay, all frames, the sound, the confidences, the label and the scores (the paper's Fig. 6).
struct InspectScreen {
  let state: ExplorerState
  let onePane: Bool

  func draw(in rect: Rect, on grid: inout CellGrid) {
    if onePane {
      switch state.pane {
      case .time: drawTime(in: rect, on: &grid)
      case .labels: drawLabels(in: rect, on: &grid)
      default: drawFrame(in: rect, on: &grid)
      }
      return
    }
    let sides = rect.columns([.share(9), .share(11, minimum: 44)])
    let timeHeight = max(8, min(15, rect.height / 3))
    let left = sides[0].rows([.share(1), .fixed(timeHeight)])
    drawFrame(in: left[0], on: &grid)
    drawTime(in: left[1], on: &grid)
    drawLabels(in: sides[1], on: &grid)
  }

  // MARK: The frame

  private func drawFrame(in rect: Rect, on grid: inout CellGrid) {
    let (overlay, legend) = state.frameOverlay
    let noise = state.knobs.frameNoise == nil ? "" : ", noise not drawn"
    var title = "frame \(state.frame + 1) of \(max(1, state.frameCount))\(noise)"
    var line = legend
    if let probe = state.probe, let loaded = state.loaded, state.frame < loaded.pictures.count {
      let room = rect.width - 6
      let (pixels, values) = probeTexts(probe, loaded)
      line = StyledLine("\(pixels[0])  \(values[0])", .accent)
      if line.columns > room {
        // The pixel goes to the upper line of the frame, whose number stands in the first line, too.
        line = .fitting(room, values.map { StyledLine($0, .accent) })
        title =
          StyledLine.fitting(
            room,
            pixels.flatMap { pixel in
              [title, "frame \(state.frame + 1)", "\(state.frame + 1)"].map { StyledLine("\($0)  \(pixel)") }
            }
          ).text
      }
    }
    let inner = grid.drawPane(title, note: state.bookmarkMark, in: rect, focused: state.pane == .frame)
    guard let loaded = state.loaded, state.frame < loaded.pictures.count else {
      grid.drawText(state.whyNoAnalysis, in: inner.inset(1, 0), role: .faint)
      return
    }
    let placement = grid.draw(loaded.pictures[state.frame], overlay: overlay, in: inner)
    if let probe = state.probe, let cell = placement.cell(probe) { grid.drawProbe(at: cell) }
    // The legend stands in the lower line of the frame: rows are dear.
    let framed: StyledLine = StyledLine([Span(" ")] + line.spans + [Span(" ")])
    grid.put(framed, in: rect.row(rect.height - 1).inset(2, 0))
  }

  /// The pixel under the probe, and the heat or the mask's probability there, each in fewer and fewer words.
  private func probeTexts(_ probe: Point, _ loaded: LoadedClip) -> (pixels: [String], values: [String]) {
    let picture = loaded.pictures[state.frame]
    let (x, y) = probe.scaled(width: picture.width, height: picture.height)
    let channels = (0..<3).map { String(picture.values[3 * (y * picture.width + x) + $0]) }
    let color = channels.joined(separator: " ")
    let pixels = ["(\(x), \(y)) rgb \(color)", "(\(x), \(y)) \(color)", "(\(x), \(y))"]
    if [.prediction, .difference].contains(state.display.overlay), let logit = state.maskLogit(at: probe) {
      let probability = decimal(1 / (1 + Glibc.exp(-logit)), 3)
      return (pixels, ["sigmoid(\(decimal(logit, 2))) = \(probability)", "mask \(probability)"])
    }
    guard let heat = state.heat(stage: state.stage) else { return (pixels, [""]) }
    let value = heat.value(at: probe).value
    let arithmetic = state.display.heatKind.arithmetic(value, in: heat.range)
    return (
      pixels,
      [
        "stage \(state.stage) \(arithmetic)", "\(state.stage): \(arithmetic)",
        "stage \(state.stage) \(measure(value, in: heat.range))",
      ]
    )
  }

  // MARK: The filmstrip and the sound

  private func drawTime(in rect: Rect, on grid: inout CellGrid) {
    let strip = SoundStrip(
      view: state.display.soundView, envelopes: state.loaded?.envelopes ?? [],
      picture: state.analysis?.soundPicture)
    let sounds = strip.drawn(height: rect.height - 2)
    let inner = grid.drawPane(
      "frames and sound", note: soundNote(sounds, strip.picture), in: rect, focused: state.pane == .time)
    guard let loaded = state.loaded else { return }
    let range = sounds.contains(.logMel) ? strip.range : 0...0
    // At least six columns a frame; of more frames those around the current one are shown.
    let shown = max(1, min(loaded.frameCount, (inner.width + 1) / 7))
    let first = max(0, min(state.frame - shown / 2, loaded.frameCount - shown))
    let places = inner.columns(Array(repeating: .share(1), count: shown), gap: 1)
    for (place, frame) in zip(places, first..<first + shown) {
      let rows = place.rows([.share(3)] + sounds.map { _ in .share(2) } + [.fixed(1)])
      if rows[0].height > 1 { grid.draw(loaded.thumbnails[frame], in: rows[0]) }
      for (kind, row) in zip(sounds, rows.dropFirst()) {
        strip.draw(kind, second: frame, map: state.display.colorMap, range: range, in: row, on: &grid)
      }
      let last = rows[rows.count - 1]
      let level = loaded.levels[frame].map { decimal($0, 0) } ?? (place.width >= 9 ? "silent" : "-")
      let isCurrent = frame == state.frame
      let caption: StyledLine = [
        Span("\(isCurrent ? "▶" : " ")\(frame + 1)", .text), Span(" \(level)", isCurrent ? .text : .faint),
      ]
      grid.put(caption, in: last)
      if isCurrent { grid.restyle(last) { $0.attributes.insert(.reverse) } }
    }
  }

  /// What the strip shows; in the focused pane how the current second's loudness comes about.
  private func soundNote(_ sounds: [SoundView], _ picture: SoundPicture?) -> String {
    if state.pane == .time, let loaded = state.loaded { return loaded.loudnessText(second: state.frame) }
    guard let picture else {
      return state.display.soundView == .logMel ? "no log-mel yet, rms dBFS" : "1 s a frame, rms dBFS"
    }
    return sounds.contains(.logMel)
      ? "log-mel of \(picture.source), rms dBFS" : "1 s a frame, rms dBFS"
  }

  // MARK: Confidences, label and scores

  private func drawLabels(in rect: Rect, on grid: inout CellGrid) {
    let isFocused = state.pane == .labels
    let inner = grid.drawPane(
      "confidences and label", note: state.isStale ? "earlier knobs" : "", in: rect, focused: isFocused)
    guard let analysis = state.analysis, let frame = state.frameAnalysis else {
      grid.drawText(state.whyNoAnalysis, in: inner.inset(1, 0), role: .faint)
      return
    }
    let hasAudio = !frame.audioTop.isEmpty
    let lists = [1 + frame.visualTop.count, hasAudio ? 1 + frame.audioTop.count : 2]
    let columns = inner.inset(1, 0)
    let verdict = verdict(
      analysis, frame, columns: columns.width, rows: max(0, columns.height - lists[0] - lists[1]))
    let parts = columns.rows([.fixed(lists[0]), .fixed(lists[1]), .fixed(verdict.count), .share(1)])
    drawTop(
      "visual, ImageNet", frame.visualTop, exponent: "β", from: 0, name: state.labels.visual,
      unified: frame.agreement?.visualLabel, role: .visualBar, in: parts[0], on: &grid)
    if hasAudio {
      drawTop(
        "audio, AudioSet", frame.audioTop, exponent: "α", from: frame.visualTop.count,
        name: state.labels.audio,
        unified: frame.agreement?.audioLabel, role: .audioBar, in: parts[1], on: &grid)
    } else {
      grid.put("audio, AudioSet", in: parts[1].row(0), role: .header)
      let lack = analysis.variant.method.hasClasses ? "audio encoder" : "classes"
      grid.put("none: \(analysis.variant) has no \(lack)", in: parts[1].row(1), role: .faint)
    }
    for (row, line) in verdict.enumerated() { grid.put(line, in: parts[2].row(row)) }
    drawMore(analysis, frame, in: parts[3], on: &grid)
  }

  private func drawTop(
    _ title: String, _ top: [Confidence], exponent: String, from start: Int, name: (Int) -> String,
    unified: Int?, role: Role, in rect: Rect, on grid: inout CellGrid
  ) {
    let widths: [Length] = [.fixed(1), .share(3), .share(2), .fixed(5), .fixed(5)]
    let header = rect.row(0).columns(widths, gap: 1)
    grid.put(
      title, in: Rect(x: rect.x, y: rect.y, width: header[2].x - rect.x, height: header[1].height),
      role: .header)
    grid.put("█ C  ░ C^\(exponent)", in: header[2], role: .faint)
    grid.put("C", in: header[3], role: .faint, alignment: .right)
    grid.put("C^\(exponent)", in: header[4], role: .faint, alignment: .right)
    for (index, entry) in top.enumerated() {
      let line = rect.row(index + 1)
      let parts = line.columns(widths, gap: 1)
      let isUnified = entry.label == unified
      grid.put(isUnified ? "▶" : " ", in: parts[0], role: .accent)
      grid.put(name(entry.label), in: parts[1], role: isUnified ? .strong : .text)
      let raised = Int((max(0, min(entry.raised, 1)) * Float(parts[2].width)).rounded())
      grid.fill(
        Rect(x: parts[2].x, y: line.y, width: raised, height: line.height), with: "░",
        style: grid.style(.faint))
      grid.drawBar(entry.value, in: parts[2], role: role)
      grid.put(confidence(entry.value), in: parts[3], role: .text, alignment: .right)
      grid.put(confidence(entry.raised), in: parts[4], role: .faint, alignment: .right)
      if state.pane == .labels, state.labelList.selection == start + index {
        grid.restyle(line) { $0.attributes.insert(.reverse) }
      }
    }
  }

  /// The selected class's arithmetic, the label, the frame's scores and those of the clip, in at most so many rows.
  private func verdict(
    _ analysis: ClipAnalysis, _ frame: FrameAnalysis, columns: Int, rows: Int
  ) -> [StyledLine] {
    var first: StyledLine?
    if state.pane == .labels, let chosen = selected(frame) {
      let switches = analysis.effective
      let power = chosen.isVisual ? switches.beta : switches.alpha
      first = StyledLine(
        "C^\(chosen.isVisual ? "β" : "α") = \(confidence(chosen.entry.value))^\(exponent(power)) = "
          + "\(confidence(chosen.entry.raised)), C = softmax", .accent)
    }
    let scores = scoreLines(frame, analysis, columns: columns)
    let clip = clipLine(analysis, columns: columns).map { [$0] } ?? []
    let label = state.agreementLines(columns: columns)
    var lines = [first ?? ""] + label + scores + clip
    // Rather than a note and the frame's scores the blank line goes, then the clip's scores, then the selected class.
    let noteRows = state.hasNotes ? 1 : 0
    if lines.count + noteRows > rows, first == nil { lines.removeFirst() }
    if lines.count + noteRows > rows { lines.removeLast(clip.count) }
    if lines.count > rows, first != nil { lines.removeFirst() }
    return Array(lines.prefix(rows))
  }

  /// IoU and F of the frame, or why there are none.
  private func scoreLines(_ frame: FrameAnalysis, _ analysis: ClipAnalysis, columns: Int) -> [StyledLine] {
    guard let iou = frame.iou else {
      let reason =
        !analysis.isComplete
        ? "not computed yet" : state.prediction == nil ? state.whyNoMask : state.whyNoTruth
      return TerminalText.wrapped("no IoU: \(reason)", columns: columns).map { StyledLine($0, .faint) }
    }
    // Thresholds are 1/254 apart.
    let at = frame.pixels?.threshold.map { "at \(decimal($0, $0 < 0.01 ? 3 : 2))" } ?? "(best threshold)"
    let f = frame.fScore.map { "F \(decimal($0, 3))" } ?? "no F: empty ground truth"
    let (text, short) = (frame.pixels?.iouText(iou) ?? "IoU \(decimal(iou, 3))", "IoU \(decimal(iou, 3))")
    return [
      .fitting(
        columns,
        [
          [Span(text, .strong), Span(frame.fScore == nil ? "  \(f)" : "  \(f) \(at)")],
          [Span(text, .strong), Span("  \(f)")], [Span(short, .strong), Span("  \(f)")],
        ])
    ]
  }

  /// IoU and F of the clip; nil without any.
  private func clipLine(_ analysis: ClipAnalysis, columns: Int) -> StyledLine? {
    guard let iou = analysis.iou else { return nil }
    let scored = analysis.frames.count { $0.iou != nil }
    let of = scored == analysis.frames.count ? "\(scored)" : "\(scored) of \(analysis.frames.count)"
    let scores = "clip IoU \(decimal(iou, 3))  F \(score(analysis.fScore))"
    return .fitting(
      columns,
      ["\(scores), \(of) frames", scores].map { StyledLine($0, .text) })
  }

  /// What else there is room for: the selected class in full, and on tall terminals M_cof.
  private func drawMore(
    _ analysis: ClipAnalysis, _ frame: FrameAnalysis, in rect: Rect, on grid: inout CellGrid
  ) {
    var rest = rect
    if rest.height >= 4, let text = frame.pixels?.fText(frame.fScore) {
      rest = rest.dropping(top: grid.drawText(text, in: rest, role: .faint))
    }
    if state.pane == .labels, rest.height > 0 {
      let used = grid.drawText(
        selectedClass(frame), in: rest.dropping(bottom: max(0, rest.height - 2)), role: .accent)
      rest = rest.dropping(top: used)
    }
    rest = rest.dropping(top: state.drawNotes(in: rest, on: &grid))
    guard rest.height >= 11, !frame.audioTop.isEmpty else { return }
    rest = rest.dropping(top: 1)
    grid.put("M_cof, re-weighted: C^α × similarity × C^β", in: rest.row(0), role: .header)
    let view = MatrixView(
      values: frame.reweighted, rows: frame.visualTop.map { state.labels.visual($0.label) },
      columns: frame.audioTop.map { state.labels.audio($0.label) }, cursor: nil, map: state.display.colorMap)
    // Rows of one line: a frame step sends the whole of it.
    view.draw(in: rest.dropping(top: 1, bottom: max(0, rest.height - 2 - frame.reweighted.count)), on: &grid)
  }

  private func selectedClass(_ frame: FrameAnalysis) -> String {
    guard let (isVisual, entry) = selected(frame) else { return "" }
    let label = entry.label
    return isVisual
      ? "ImageNet \(label): \(state.labels.visual(label))" : "AudioSet \(label): \(state.labels.audio(label))"
  }

  /// The class that the list's cursor is on.
  private func selected(_ frame: FrameAnalysis) -> (isVisual: Bool, entry: Confidence)? {
    let all = frame.visualTop.map { (true, $0) } + frame.audioTop.map { (false, $0) }
    return all.indices.contains(state.labelList.selection) ? all[state.labelList.selection] : nil
  }
}

extension Point {
  /// The pixel of a picture at a place given in 56ths of its extent.
  func scaled(width: Int, height: Int) -> (x: Int, y: Int) {
    let extent = 2 * ExplorerState.probeExtent
    return (
      x: min(width - 1, (2 * x + 1) * width / extent), y: min(height - 1, (2 * y + 1) * height / extent)
    )
  }
}

extension PicturePlacement {
  /// The cell of a place given in 56ths of the picture's extent.
  func cell(_ probe: Point) -> Point? {
    guard width > 0, height > 0 else { return nil }
    let (x, y) = probe.scaled(width: width, height: height)
    return cell(x: x, y: y)
  }
}
