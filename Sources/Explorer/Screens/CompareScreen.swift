import C3N
import Inference
import TerminalUI

/// Columns on the same frame: what each finds, and how that differs from the pinned one.
struct CompareScreen {
  let state: ExplorerState
  let onePane: Bool

  /// The narrowest column that shows numbers and pictures: three fit on 80 columns.
  private static let narrowest = 26

  func draw(in rect: Rect, on grid: inout CellGrid) {
    guard let setup = state.compare.setup else {
      let inner = grid.drawPane("compare", in: rect, focused: true)
      grid.drawText(state.whyNoAnalysis, in: inner.inset(1, 0), role: .faint)
      return
    }
    let count = setup.columns.count
    let shown = onePane ? 1 : max(1, min(count, rect.width / Self.narrowest))
    let first = max(0, min(setup.focus - shown / 2, count - shown))
    let parts = rect.rows([.fixed(shown < count ? 1 : 0), .share(1), .fixed(2)])
    if shown < count { drawHeader(first..<first + shown, setup, in: parts[0].inset(1, 0), on: &grid) }
    let places = parts[1].columns(Array(repeating: .share(1), count: shown))
    for (place, index) in zip(places, first..<first + shown) {
      CompareColumn(state: state, setup: setup, index: index).draw(in: place, on: &grid)
    }
    drawLegend(setup, in: parts[2].inset(1, 0), on: &grid)
  }

  /// Which columns are in sight, and which go on to the left and to the right with their IoU, in fewer words where that
  /// does not fit.
  private func drawHeader(
    _ shown: Range<Int>, _ setup: Comparison, in rect: Rect, on grid: inout CellGrid
  ) {
    let rows = Set(setup.columns.map(\.switches.rowName))
    let names = setup.columns.indices.map { setup.title(of: $0) }
    // What all columns have in common tells none of them apart.
    let short = rows.count == setup.columns.count ? setup.columns.map(\.switches.rowName) : names
    let none = Array(repeating: "", count: names.count)
    let range =
      shown.count == 1 ? "column \(shown.upperBound)" : "columns \(shown.lowerBound + 1)-\(shown.upperBound)"
    let lines = [names, short, none].map { names -> StyledLine in
      func list(_ columns: Range<Int>) -> String {
        columns.map { index in
          ["\(index + 1)", names[index], iou(of: index), setup.pinned == index ? "reference" : ""]
            .filter { !$0.isEmpty }.joined(separator: " ")
        }.joined(separator: ", ")
      }
      var spans = [Span("\(range) of \(setup.columns.count)", .strong)]
      for (key, columns) in [
        ("h", 0..<shown.lowerBound), ("l", shown.upperBound..<setup.columns.count),
      ] where !columns.isEmpty {
        spans += [Span("  "), Span(key, .key), Span(" \(list(columns))", .faint)]
      }
      return StyledLine(spans)
    }
    grid.put(.fitting(rect.width, lines), in: rect.row(0))
  }

  /// The IoU of a column's frame; empty where it is not known.
  private func iou(of column: Int) -> String {
    guard let frames = state.compare.work[column].finished?.frames, frames.indices.contains(state.frame)
    else { return "" }
    return frames[state.frame].iou.map { decimal($0, 3) } ?? ""
  }

  private func drawLegend(_ setup: Comparison, in rect: Rect, on grid: inout CellGrid) {
    var first = [
      Span("#", .truePositive), Span(" both "),
      Span("+", .falsePositive), Span(" predicted "), Span("-", .falseNegative), Span(" missed"),
    ]
    first.append(Span(" · heat: \(state.display.heatKind.rawValue) \(state.stage)", .faint))
    // Pictures without room for their names stand in this order.
    let order =
      setup.pictures == .all ? " · heat, mask; truth" + (setup.pinned == nil ? "" : ", reference") : ""
    if StyledLine(first).columns + order.count <= rect.width { first.append(Span(order, .faint)) }
    grid.put(StyledLine(first), in: rect.row(0))
    let caveat = setup.rowCaveat ?? "knobs change the focused column; times count what was not reused"
    grid.put(caveat, in: rect.row(1), role: .faint)
  }
}

/// One column of a comparison.
struct CompareColumn {
  let state: ExplorerState
  let setup: Comparison
  let index: Int

  private var work: ColumnWork { state.compare.work[index] }
  private var column: Comparison.Column { setup.columns[index] }

  /// The reference; nil without one, and for the reference itself.
  private var reference: ColumnWork? {
    setup.pinned.flatMap { $0 == index ? nil : state.compare.work[$0] }
  }

  private var frame: FrameAnalysis? { Self.frame(work, state.frame) }

  private static func frame(_ work: ColumnWork, _ frame: Int) -> FrameAnalysis? {
    work.analysis.flatMap { $0.frames.indices.contains(frame) ? $0.frames[frame] : nil }
  }

  func draw(in rect: Rect, on grid: inout CellGrid) {
    let isFocused = setup.focus == index
    let inner = grid.drawPane(
      "\(index + 1) \(setup.title(of: index))", note: setup.pinned == index ? "reference" : "", in: rect,
      focused: isFocused)
    guard let analysis = work.analysis else {
      grid.drawText(statusText, in: inner.inset(1, 0), role: statusRole)
      return
    }
    let lines = lines(analysis)
    let height = min(lines.count, max(0, inner.height - 4))
    let parts = inner.rows([.fixed(height), .share(1)])
    for (row, line) in lines.prefix(height).enumerated() { grid.put(line, in: parts[0].row(row).inset(1, 0)) }
    drawPictures(analysis, in: parts[1], on: &grid)
  }

  // MARK: Words

  private var statusText: String {
    switch work.status {
    case .waiting:
      state.loaded == nil
        ? state.whyNoAnalysis : state.isWorking ? "after the clip's own run" : "waits its turn"
    case .running(let text): text
    case .done: ""
    case .cancelled: "stopped; r runs"
    case .failed(let reason): "failed: \(reason)"
    }
  }

  private var statusRole: Role {
    switch work.status {
    case .waiting, .done: .faint
    case .running: .accent
    case .cancelled: .warning
    case .failed: .error
    }
  }

  private func lines(_ analysis: ClipAnalysis) -> [StyledLine] {
    var lines = [labelLine(analysis), scoreLine(analysis)]
    if let iou = analysis.iou {
      lines.append(StyledLine("clip \(decimal(iou, 3))  F \(score(analysis.fScore))", .faint))
    } else {
      lines.append(StyledLine("no IoU of the clip", .faint))
    }
    lines.append(timeLine(analysis))
    lines.append(weightsLine)
    // A row in every column, so that the pictures stand side by side.
    if let reference {
      lines.append(differenceLine(reference))
    } else if setup.pinned != nil {
      lines.append("")
    }
    return lines
  }

  /// The unified label; marked where it is not the reference's.
  private func labelLine(_ analysis: ClipAnalysis) -> StyledLine {
    guard let frame else { return "" }
    guard let label = frame.agreement?.visualLabel else {
      return StyledLine(analysis.variant.method.hasClasses ? "no label" : "no classes", .faint)
    }
    let other = reference.flatMap { Self.frame($0, state.frame) }
    let differs = other.map { $0.agreement?.visualLabel != label } ?? false
    let isForced = analysis.effective.forcedLabel != nil
    return StyledLine(
      (differs ? [Span("≠ ", .warning)] : []) + (isForced ? [Span("forced ", .warning)] : [])
        + [Span(state.labels.shortVisual(label), .accent), Span(" (\(label))", .faint)])
  }

  private func scoreLine(_ analysis: ClipAnalysis) -> StyledLine {
    guard let frame, let iou = frame.iou else {
      let reason =
        analysis.maskLogits == nil
        ? (analysis.isComplete ? "\(analysis.variant) has no decoder" : "mask not there yet")
        : state.whyNoTruth
      return StyledLine(reason, .faint)
    }
    return [Span("IoU \(decimal(iou, 3))", .strong), Span("  F \(score(frame.fScore))")]
  }

  /// What the run took, and what it would have taken without earlier results; or what is being done.
  private func timeLine(_ analysis: ClipAnalysis) -> StyledLine {
    guard work.status == .done else {
      let isOld = analysis.isComplete && analysis.requested != column.switches
      return StyledLine((isOld ? "earlier knobs; " : "") + statusText, statusRole)
    }
    if analysis.variant.method.hasClasses, analysis.effective.consensus != analysis.requested.consensus {
      return StyledLine("ran with label \(analysis.effective.consensus.abbreviation)", .warning)
    }
    let took = shortDuration(analysis.totalSeconds)
    let all = analysis.totalSeconds + analysis.totalSavedSeconds
    return StyledLine(
      analysis.totalSavedSeconds > 0 ? "\(took) (whole \(duration(all)))" : took, .faint)
  }

  /// Which weights these are; marked where they were trained under another row than the switches ask for.
  private var weightsLine: StyledLine {
    StyledLine("weights: \(column.model.weightsName)", column.hasOtherRowsWeights ? .warning : .faint)
  }

  private func differenceLine(_ reference: ColumnWork) -> StyledLine {
    var spans: [Span] = []
    if let iou = frame?.iou, let other = Self.frame(reference, state.frame)?.iou {
      let change = iou - other
      spans.append(
        Span(
          "IoU " + (change >= 0 ? "+" : "") + decimal(change, 3),
          change > 0.0005 ? .good : change < -0.0005 ? .error : .text))
    }
    if let own = pictures, let other = Self.pictures(reference, state.frame),
      let share = own.disagreement(with: other)
    {
      spans.append(Span((spans.isEmpty ? "" : "  ") + "mask \(decimal(100 * share, 1)) %"))
    }
    return spans.isEmpty ? StyledLine("nothing to compare", .faint) : StyledLine(spans)
  }

  // MARK: Pictures

  private var pictures: ColumnFrame? { Self.pictures(work, state.frame) }

  private static func pictures(_ work: ColumnWork, _ frame: Int) -> ColumnFrame? {
    work.pictures.indices.contains(frame) ? work.pictures[frame] : nil
  }

  private func drawPictures(_ analysis: ClipAnalysis, in rect: Rect, on grid: inout CellGrid) {
    guard rect.height > 0 else { return }
    switch setup.pictures {
    case .heat: drawHeat(analysis, in: rect, on: &grid)
    case .mask: drawMask(in: rect, on: &grid)
    case .difference: drawDifference(in: rect, on: &grid)
    case .all:
      // The same places in all columns, whether or not this one is the reference.
      let places = Self.places(count: setup.pinned == nil ? 3 : 4, in: rect)
      drawHeat(analysis, in: places[0], on: &grid)
      drawMask(in: places[1], on: &grid)
      drawDifference(in: places[2], on: &grid)
      if reference != nil { drawReference(in: places[3], on: &grid) }
    }
  }

  /// Two by two, in a column or in a row, whichever shows larger pictures.
  private static func places(count: Int, in rect: Rect) -> [Rect] {
    let half = rect.rows([.share(1), .share(1)]).flatMap { $0.columns([.share(1), .share(1)], gap: 1) }
    let shares = Array(repeating: Length.share(1), count: count)
    func height(_ places: [Rect]) -> Int {
      PicturePlacement(width: 1, height: 1, in: Self.caption(places[0]).below).rect.height
    }
    return [half, rect.rows(shares), rect.columns(shares, gap: 1)].max { height($0) < height($1) }!
  }

  /// A row for the name of a picture where the picture stays large enough.
  private static func caption(_ rect: Rect) -> (row: Rect?, below: Rect) {
    rect.height >= 8 ? (rect.row(0), rect.dropping(top: 1)) : (nil, rect)
  }

  private func place(_ name: String, in rect: Rect, on grid: inout CellGrid) -> Rect {
    let parts = Self.caption(rect)
    if let row = parts.row { grid.put(name, in: row, role: .faint, alignment: .center) }
    return parts.below
  }

  private func drawHeat(_ analysis: ClipAnalysis, in rect: Rect, on grid: inout CellGrid) {
    guard let map = state.columnHeat(analysis) else {
      let below = place("heat", in: rect, on: &grid)
      grid.drawText("no heat", in: below, role: .faint)
      return
    }
    let range = state.columnHeatRange(map)
    let ends = "\(measure(range.lowerBound, in: range))..\(measure(range.upperBound, in: range))"
    let below = place(rect.width >= ends.count + 5 ? "heat \(ends)" : "heat", in: rect, on: &grid)
    grid.draw(map.picture, map: state.display.colorMap, range: range, in: below)
  }

  private func drawMask(in rect: Rect, on grid: inout CellGrid) {
    let isEmpty = pictures.map { !$0.small.values.contains(true) } ?? false
    let below = place(isEmpty ? "mask: empty" : "mask", in: rect, on: &grid)
    guard let pictures else { return }
    if grid.appearance.colors >= .indexed256, let loaded = state.loaded,
      loaded.thumbnails.indices.contains(state.frame)
    {
      grid.draw(loaded.thumbnails[state.frame], overlay: .mask(pictures.small), in: below)
    } else {
      grid.draw(pictures.small, in: below)
      if isEmpty { grid.put("empty", in: below.row(below.height / 2), role: .faint, alignment: .center) }
    }
  }

  private func drawDifference(in rect: Rect, on grid: inout CellGrid) {
    let below = place("truth", in: rect, on: &grid)
    if let difference = pictures?.difference {
      grid.draw(difference, in: below)
    } else if pictures != nil {
      grid.drawText(state.whyNoTruth, in: below, role: .faint)
    }
  }

  private func drawReference(in rect: Rect, on grid: inout CellGrid) {
    let below = place("vs ref", in: rect, on: &grid)
    guard let own = pictures, let reference, let other = Self.pictures(reference, state.frame),
      own.small.width == other.small.width, own.small.height == other.small.height
    else { return }
    grid.draw(DifferencePicture(prediction: own.small, truth: other.small), in: below)
  }
}

extension ExplorerState {
  /// A heat map of the frame shown and the range of its stage over the clip.
  typealias ColumnHeat = (picture: ScalarPicture, clip: ClosedRange<Float>)

  /// The heat map of an analysis at the stage shown: CCAM's, or the attention of the non-local blocks where there are no
  /// classes; nil without either.
  func columnHeat(_ analysis: ClipAnalysis) -> ColumnHeat? {
    let ofStage = analysis.heatMaps.first { $0.stage == stage }?[display.heatKind]
    let attention =
      analysis.variant.method.hasClasses || analysis.fusionAttention.count < stage
      ? nil : analysis.fusionAttention[stage - 1]
    guard let map = ofStage ?? attention, frame < map.shape[0] else { return nil }
    return (
      ScalarPicture(
        width: map.shape[2], height: map.shape[1], values: map.slice(frame..<frame + 1).values),
      ScalarPicture(width: map.count, height: 1, values: map.values).range
    )
  }

  /// The ends of a column's colours: per frame, per clip, or one scale for all columns.
  func columnHeatRange(_ heat: ColumnHeat) -> ClosedRange<Float> {
    switch display.scale {
    case .frame: return heat.picture.range
    case .clip: return heat.clip
    case .fixed:
      if display.heatKind == .spatialAttention { return 0...1 }
      let all = compare.work.compactMap { $0.analysis.flatMap(columnHeat)?.clip } + [heat.clip]
      return all.map(\.lowerBound).min()!...all.map(\.upperBound).max()!
    }
  }
}
