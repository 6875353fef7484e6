import C3N
import Inference
import TerminalUI

extension ExplorerState {
  /// Draws everything into a rectangle; colours and glyphs are the grid's.
  public func draw(in rect: Rect, on grid: inout CellGrid) {
    guard rect.width >= ScreenLayout.minimum.width, rect.height >= ScreenLayout.minimum.height else {
      return grid.drawTooSmall(minimum: ScreenLayout.minimum)
    }
    grid.fill(rect)
    let layout = layout(in: rect)
    drawTitle(in: layout.title, on: &grid)
    drawTabs(in: layout.tabs, on: &grid)
    drawScreen(layout, on: &grid)
    drawNotice(in: layout.notice, on: &grid)
    drawStatus(in: layout.status, on: &grid)
    drawOverlay(in: rect, on: &grid)
  }

  /// The screen as text for terminals of any kind: pictures are ramps of glyphs.
  public var text: String {
    var grid = CellGrid(size: size, appearance: Appearance(colors: .monochrome, glyphs: .quadrants))
    draw(in: grid.bounds, on: &grid)
    return grid.plainText
  }

  private func drawScreen(_ layout: ScreenLayout, on grid: inout CellGrid) {
    let (body, onePane) = (layout.body, layout.showsOnePane)
    switch screen {
    case .clips: ClipsScreen(state: self).draw(in: body, on: &grid)
    case .inspect: InspectScreen(state: self, onePane: onePane).draw(in: body, on: &grid)
    case .matrix: MatrixScreen(state: self, onePane: onePane).draw(in: body, on: &grid)
    case .ccam: CCAMScreen(state: self, onePane: onePane).draw(in: body, on: &grid)
    case .compare: CompareScreen(state: self, onePane: onePane).draw(in: body, on: &grid)
    case .jobs: JobsScreen(state: self, onePane: onePane).draw(in: body, on: &grid)
    }
  }

  private func drawTitle(in rect: Rect, on grid: inout CellGrid) {
    var left = [Span(" c3n", .strong), Span("  \(dataset)")]
    if let clip {
      left.append(Span("  \(clip.id)", .strong))
      if frameCount > 0 {
        left.append(Span("  frame \(frame + 1)/\(frameCount)\(isPlaying ? " playing" : "")"))
      }
    }
    let variant = analysis?.variant ?? specification.variant ?? (specification.isEmbedded ? .lite : nil)
    let right = variant.map { rect.width >= 110 ? "\($0): \($0.parts)" : "\($0)" } ?? model
    // It comes and goes with every run, and must not move the knobs.
    let mark = showsEarlierKnobs ? (rect.width >= 110 ? "shown: earlier knobs  " : "earlier knobs  ") : ""
    grid.drawStatus(left: StyledLine(left), right: [Span(mark, .warning), Span("\(right) ")], in: rect)
  }

  /// Whether the numbers on the screen belong to other knobs than those in the line above.
  private var showsEarlierKnobs: Bool { shownAnalysis.map { $0.requested != turnedSwitches } ?? false }

  private func drawTabs(in rect: Rect, on grid: inout CellGrid) {
    // Where there is little room, gaps and the names of the other screens give way to the knobs.
    let knobs = [knobLine(long: true), knobLine(long: false)]
    let tabs = [tabLine(gap: 2, allNames: true), tabLine(gap: 1, allNames: true)]
    let fitting = zip([tabs[0], tabs[0], tabs[1]], [knobs[0], knobs[1], knobs[1]])
      .first { $0.columns + $1.columns <= rect.width && rect.width >= ScreenLayout.paned.width }
    let (left, right) = fitting ?? (tabLine(gap: 1, allNames: false), knobs[1])
    let used = grid.put(left, in: rect)
    grid.put(right, in: rect.dropping(left: used), alignment: .right)
  }

  private func tabLine(gap: Int, allNames: Bool) -> StyledLine {
    var spans: [Span] = [Span(" ")]
    for name in ScreenName.allCases {
      spans.append(Span(String(name.key), name == screen ? .focusedTitle : .key))
      if allNames || name == screen {
        spans.append(Span(" \(name.title)", name == screen ? .focusedTitle : .text))
      }
      spans.append(Span(String(repeating: " ", count: gap)))
    }
    return StyledLine(spans)
  }

  /// The knobs; what is not as published stands out.
  private func knobLine(long: Bool) -> StyledLine {
    let published = Switches()
    let (knobs, analysis) = (turnedSwitches, shownAnalysis)
    let isStale = showsEarlierKnobs
    func role(_ isPublished: Bool) -> Role { isPublished ? .text : .accent }
    let gap = Span(long ? "   " : " ")
    var label = knobs.consensus.abbreviation
    if let analysis, !isStale, analysis.effective.consensus != knobs.consensus {
      label += ">" + analysis.effective.consensus.abbreviation
    }
    var spans = [
      Span("α \(exponent(knobs.alpha))", role(knobs.alpha == published.alpha)), gap,
      Span("β \(exponent(knobs.beta))", role(knobs.beta == published.beta)), gap,
      Span((long ? "label " : "") + label, role(knobs.consensus == published.consensus)), gap,
      Span(knobs.audioFeatures ? "AF" : "no AF", role(knobs.audioFeatures)), gap,
      Span(
        (knobs.nonLocal ? "" : "no ") + (long ? "non-local" : "NL"), role(knobs.nonLocal)),
    ]
    if knobs.audioScores != published.audioScores { spans += [gap, Span("logits", .accent)] }
    if let label = knobs.forcedLabel {
      let name = TerminalText.truncated(labels.shortVisual(label), columns: long ? 20 : 12)
      spans += [gap, Span("forced: \(name)", .warning)]
    }
    if let ratio = knobs.audioNoise {
      spans += [gap, Span(long ? "sound \(decibels(ratio))" : "s\(decimal(ratio, 0))dB", .accent)]
    }
    if let ratio = knobs.frameNoise {
      spans += [gap, Span(long ? "frames \(decibels(ratio))" : "f\(decimal(ratio, 0))dB", .accent)]
    }
    return StyledLine(spans + [Span(" ")])
  }

  /// What limits the numbers on the screen.
  var notices: [String] {
    // Until the next clip is analysed, what holds for the model stays, and so do the rows that it takes.
    guard let analysis = shownAnalysis else {
      return loadedFiles.notices + compare.modelProblems + modelNotices + warnings
    }
    return loadedFiles.notices + compare.modelProblems + Self.notices(of: analysis)
      + (contents?.notes(analysis.soundCompletion).map(\.text) ?? [])
  }

  /// What limits the numbers of a model, whatever the clip.
  static func notices(of analysis: ClipAnalysis) -> [String] {
    [analysis.origin] + analysis.limitations + ["similarity: \(analysis.similaritySource)"]
  }

  func noticeLines(columns: Int) -> [String] {
    TerminalText.wrapped(notices.joined(separator: " · "), columns: columns)
  }

  private func drawNotice(in rect: Rect, on grid: inout CellGrid) {
    let lines = noticeLines(columns: rect.width - 2)
    let place = rect.inset(1, 0)
    for row in 0..<min(rect.height, lines.count) {
      // The last row takes the rest, so that a cut is seen as one.
      let line = row == rect.height - 1 ? lines[row...].joined(separator: " ") : lines[row]
      grid.put(line, in: place.row(row), role: .faint)
    }
  }
}
