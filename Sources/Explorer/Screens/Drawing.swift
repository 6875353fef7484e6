import C3N
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
    let name = analysis?.variant.rawValue ?? specification.variant?.rawValue
    let right = name.map { rect.width >= 110 ? "\($0): \(analysis?.variant.parts ?? model)" : $0 } ?? model
    grid.drawStatus(left: StyledLine(left), right: StyledLine("\(right) "), in: rect)
  }

  private func drawTabs(in rect: Rect, on grid: inout CellGrid) {
    // Where there is little room the knobs shorten, then the names of the other screens give way.
    let hasNames = rect.width >= ScreenLayout.paned.width
    let choices = (hasNames ? [true, false] : [false]).flatMap { names in
      [true, false].map { (tabs: tabLine(names: names), knobs: knobLine(long: $0)) }
    }
    let fitting = choices.first { $0.tabs.columns + $0.knobs.columns <= rect.width }
    let chosen = fitting ?? choices[choices.count - 1]
    let used = grid.put(chosen.tabs, in: rect)
    grid.put(chosen.knobs, in: rect.dropping(left: used), alignment: .right)
  }

  private func tabLine(names: Bool) -> StyledLine {
    var spans: [Span] = [Span(" ")]
    for name in ScreenName.allCases {
      spans.append(Span(String(name.key), name == screen ? .focusedTitle : .key))
      if names || name == screen {
        spans.append(Span(" \(name.title)", name == screen ? .focusedTitle : .text))
      }
      spans.append(Span("  "))
    }
    return StyledLine(spans)
  }

  /// The knobs; what is not as published stands out.
  private func knobLine(long: Bool) -> StyledLine {
    let published = Switches()
    func role(_ isPublished: Bool) -> Role { isPublished ? .text : .accent }
    let gap = Span(long ? "   " : " ")
    var label = knobs.consensus.abbreviation
    if let analysis, !isStale, analysis.effective.consensus != knobs.consensus {
      label += ">" + analysis.effective.consensus.abbreviation
    }
    var spans = [
      Span("α \(exponent(knobs.alpha))", role(knobs.alpha == published.alpha)), gap,
      Span("β \(exponent(knobs.beta))", role(knobs.beta == published.beta)), gap,
      knobs.forcedLabel.map { forcedLabelSpan($0, long: long) }
        ?? Span((long ? "label " : "") + label, role(knobs.consensus == published.consensus)), gap,
      Span(knobs.audioFeatures ? "AF" : "no AF", role(knobs.audioFeatures)), gap,
      Span(
        (knobs.nonLocal ? "" : "no ") + (long ? "non-local" : "NL"), role(knobs.nonLocal)),
    ]
    if knobs.audioScores != published.audioScores { spans += [gap, Span("logits", .accent)] }
    if isStale { spans += [gap, Span(long ? "shown: earlier knobs" : "old", .warning)] }
    return StyledLine(spans + [Span(" ")])
  }

  /// Says that the label is chosen by hand, on every screen.
  private func forcedLabelSpan(_ label: Int, long: Bool) -> Span {
    let name = TerminalText.truncated(labels.shortVisual(label), columns: long ? 20 : 12)
    return Span((long ? "label " : "") + "forced: \(name)", .warning)
  }

  /// What limits the numbers on the screen.
  var notices: [String] {
    guard let analysis else { return warnings }
    return [analysis.origin] + analysis.limitations + ["similarity: \(analysis.similaritySource)"]
      + (contents?.warnings ?? [])
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
