extension CellGrid {
  /// Draws a horizontal bar of a value in 0-1: eighth blocks, or `#` in ASCII. A positive value is never invisible.
  public mutating func drawBar(_ value: Float, in rect: Rect, role: Role = .accent) {
    guard !rect.isEmpty else { return }
    let clamped = value > 0 ? min(value, 1) : 0
    let style = style(role)
    if appearance.isASCII {
      var filled = Int((clamped * Float(rect.width)).rounded())
      if clamped > 0 { filled = max(1, filled) }
      for x in 0..<filled { set("#", x: rect.x + x, y: rect.y, style: style) }
      return
    }
    var eighths = Int((clamped * Float(rect.width * 8)).rounded())
    if clamped > 0 { eighths = max(1, eighths) }
    let parts: [Character] = Array(" ▏▎▍▌▋▊▉")
    for x in 0..<eighths / 8 { set("█", x: rect.x + x, y: rect.y, style: style) }
    if eighths % 8 > 0 { set(parts[eighths % 8], x: rect.x + eighths / 8, y: rect.y, style: style) }
  }

  /// Draws a label, a bar of a value in 0-1 and the value as text in one row.
  public mutating func drawLabelledBar(
    _ label: StyledLine, value: Float, text: String, labelWidth: Int, in rect: Rect, role: Role = .accent
  ) {
    let parts = rect.row(0).columns(
      [.fixed(labelWidth), .share(1), .fixed(TerminalText.columns(text))], gap: 1)
    put(label, in: parts[0])
    drawBar(value, in: parts[1], role: role)
    put(text, in: parts[2], role: .text, alignment: .right)
  }

  /// Draws a progress bar `[####....] text` for a fraction in 0-1.
  public mutating func drawProgress(_ fraction: Float, text: String, in rect: Rect) {
    let columns = TerminalText.columns(text)
    let parts = rect.row(0).columns([.share(1), .fixed(min(columns, rect.width))], gap: 1)
    let track = parts[0]
    if track.width >= 3 {
      put("[", in: track, role: .faint)
      put("]", in: track.dropping(left: track.width - 1), role: .faint)
      let inner = track.inset(1, 0)
      fill(inner, with: appearance.isASCII ? "." : "·", style: style(.faint))
      drawBar(fraction, in: inner, role: .accent)
    }
    put(text, in: parts[1], role: .text)
  }

  /// The glyph of a turning mark at a step.
  public func spinner(_ step: Int) -> Character {
    let glyphs: [Character] = Array(appearance.isASCII ? "|/-\\" : "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
    return glyphs[((step % glyphs.count) + glyphs.count) % glyphs.count]
  }

  /// Draws values in 0-1 as columns, averaged or repeated to the rectangle's width; taller rectangles resolve more.
  public mutating func drawSparkline(_ values: [Float], in rect: Rect, role: Role = .accent) {
    guard !rect.isEmpty, !values.isEmpty else { return }
    let columns = Resampling.averaged(
      values, channels: 1, from: Size(width: values.count, height: 1), to: Size(width: rect.width, height: 1))
    let levels: [Character] = Array(appearance.isASCII ? " .:-=+*##" : " ▁▂▃▄▅▆▇█")
    let style = style(role)
    for (x, value) in columns.enumerated() {
      let eighths = Int((max(0, min(value, 1)) * Float(rect.height * 8)).rounded())
      for row in 0..<rect.height {
        let level = max(0, min(8, eighths - 8 * (rect.height - 1 - row)))
        if level > 0 { set(levels[level], x: rect.x + x, y: rect.y + row, style: style) }
      }
    }
  }

  /// Draws a waveform: samples in -1...1, each column from its smallest to its largest.
  ///
  /// Each column covers its own equal part of the samples. Half blocks resolve twice the rows, in ASCII the glyph tells how
  /// much of a row is covered.
  public mutating func drawWaveform(_ samples: [Float], in rect: Rect, role: Role = .audioBar) {
    guard !rect.isEmpty, !samples.isEmpty else { return }
    let rows = appearance.isASCII ? rect.height : 2 * rect.height
    let style = style(role)
    for x in 0..<rect.width {
      let start = x * samples.count / rect.width
      let end = max(start + 1, (x + 1) * samples.count / rect.width)
      var low: Float = 1
      var high: Float = -1
      for sample in samples[start..<min(end, samples.count)] {
        low = min(low, sample)
        high = max(high, sample)
      }
      func row(_ value: Float) -> Int {
        let part = (1 - max(-1, min(value, 1))) / 2
        return min(rows - 1, Int(part * Float(rows)))
      }
      guard high >= low else { continue }
      let filled = row(high)...row(low)
      for y in 0..<rect.height {
        let glyph: Character
        if appearance.isASCII {
          guard filled.contains(y) else { continue }
          // The row's own range of samples, of which low to high covers a part.
          let top = 1 - 2 * Float(y) / Float(rows)
          let bottom = 1 - 2 * Float(y + 1) / Float(rows)
          let share = (min(high, top) - max(low, bottom)) / (top - bottom)
          glyph = share > 2 / 3 ? "|" : share > 1 / 3 ? ":" : bottom >= 0 ? "." : top <= 0 ? "'" : "-"
        } else {
          switch (filled.contains(2 * y), filled.contains(2 * y + 1)) {
          case (true, true): glyph = "█"
          case (true, false): glyph = "▀"
          case (false, true): glyph = "▄"
          case (false, false): continue
          }
        }
        set(glyph, x: rect.x + x, y: rect.y + y, style: style)
      }
    }
  }
}
