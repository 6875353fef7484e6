extension CellGrid {
  /// Draws an image with something over it.
  ///
  /// With 256 colours and more in blocks, otherwise in a ramp of glyphs. A mask is brighter than what
  /// surrounds it, and reversed in the ramp; a difference is drawn as its classes, on the darkened image.
  @discardableResult
  public mutating func draw(
    _ picture: RGBPicture, overlay: PictureOverlay = .none, in rect: Rect, fit: PictureFit = .aspect
  ) -> PicturePlacement {
    let placement = PicturePlacement(width: picture.width, height: picture.height, in: rect, fit: fit)
    let area = placement.rect
    guard !area.isEmpty else { return placement }
    let cell = pixelsPerCell()
    let size = Size(width: area.width * cell.width, height: area.height * cell.height)
    var pixels = Self.resampled(picture, to: size)
    let colored = appearance.colors >= .indexed256
    switch overlay {
    case .none: drawPixelsOrRamp(pixels, per: cell, in: area)
    case .heat(let heat, let range, let map):
      let values = Self.resampled(heat, to: size, range: range)
      if colored {
        for index in pixels.indices {
          let color = SIMD3<Float>(map.rgb(values[index]))
          pixels[index] += (color - pixels[index]) * 0.6
        }
        drawPixels(pixels, per: cell, in: area)
      } else {
        drawRamp(values, map: map, in: area)
      }
    case .mask(let mask):
      let covered = Self.resampled(mask, to: size)
      if colored {
        let color = SIMD3<Float>(Appearance.pictureColor(.mask))
        for index in pixels.indices {
          pixels[index] =
            covered[index] >= 0.5 ? pixels[index] + (color - pixels[index]) * 0.6 : pixels[index] * 0.5
        }
        drawPixels(
          pixels, per: cell, in: area, bytesPerCell: CellColors.maskBytes, mask: covered.map { $0 >= 0.5 })
      } else {
        drawPixelsOrRamp(pixels, per: cell, in: area)
        let attributes = style(.mask).attributes.union(.reverse)
        for index in covered.indices where covered[index] >= 0.5 {
          let place = Rect(
            x: area.x + index % area.width, y: area.y + index / area.width, width: 1, height: 1)
          restyle(place) { $0.attributes.formUnion(attributes) }
        }
      }
    case .difference(let difference):
      if colored {
        // The classes over it take their share.
        drawPixels(
          pixels.map { $0 * 0.5 }, per: cell, in: area, bytesPerCell: CellColors.maskBytes * 0.9)
      }
      drawClasses(of: difference, in: area, overPicture: colored)
    }
    return placement
  }

  /// Draws a map of numbers; `range` is mapped to the whole colour scale, values outside are clamped.
  @discardableResult
  public mutating func draw(
    _ picture: ScalarPicture, map: ColorMap, range: ClosedRange<Float>, in rect: Rect,
    fit: PictureFit = .aspect
  ) -> PicturePlacement {
    let placement = PicturePlacement(width: picture.width, height: picture.height, in: rect, fit: fit)
    let area = placement.rect
    guard !area.isEmpty else { return placement }
    let cell = pixelsPerCell()
    let size = Size(width: area.width * cell.width, height: area.height * cell.height)
    let values = Self.resampled(picture, to: size, range: range)
    if appearance.colors >= .indexed256 {
      drawPixels(values.map { SIMD3<Float>(map.rgb($0)) }, per: cell, in: area, tolerance: CellColors.map)
    } else {
      drawRamp(values, map: map, in: area)
    }
    return placement
  }

  /// Draws a mask as a shape of blocks, or of `#`, `"` (upper half) and `_` (lower half) in ASCII.
  @discardableResult
  public mutating func draw(
    _ picture: MaskPicture, role: Role = .mask, in rect: Rect, fit: PictureFit = .aspect
  ) -> PicturePlacement {
    let placement = PicturePlacement(width: picture.width, height: picture.height, in: rect, fit: fit)
    let area = placement.rect
    guard !area.isEmpty else { return placement }
    let cell = pixelsPerCell(mask: true)
    let size = Size(width: area.width * cell.width, height: area.height * cell.height)
    let covered = Self.resampled(picture, to: size)
    let style = style(role)
    for row in 0..<area.height {
      for column in 0..<area.width {
        let upper = 2 * row * size.width + column * cell.width
        let lower = upper + size.width
        let right = cell.width - 1
        let ink =
          (covered[upper] >= 0.5 ? 1 : 0) | (covered[upper + right] >= 0.5 ? 2 : 0)
          | (covered[lower] >= 0.5 ? 4 : 0) | (covered[lower + right] >= 0.5 ? 8 : 0)
        set(Blocks.quadrants[ink], x: area.x + column, y: area.y + row, style: ink == 0 ? .plain : style)
      }
    }
    return placement
  }

  /// Draws where a prediction is right and wrong: `#` true positive, `+` false positive, `-` false negative,
  /// each also in its own colour.
  @discardableResult
  public mutating func draw(
    _ difference: DifferencePicture, in rect: Rect, fit: PictureFit = .aspect
  ) -> PicturePlacement {
    let placement = PicturePlacement(
      width: difference.truth.width, height: difference.truth.height, in: rect, fit: fit)
    if !placement.rect.isEmpty {
      fill(placement.rect)
      drawClasses(of: difference, in: placement.rect, overPicture: false)
    }
    return placement
  }

  /// The glyph of a role in difference pictures, for legends.
  public static func differenceGlyph(_ role: Role) -> Character {
    switch role {
    case .truePositive: "#"
    case .falsePositive: "+"
    case .falseNegative: "-"
    default: " "
    }
  }

  /// Marks the cell of a probe on a picture.
  public mutating func drawProbe(at cell: Point) {
    let place = Rect(x: cell.x, y: cell.y, width: 1, height: 1)
    if self[cell.x, cell.y].glyph == " " || appearance.colors >= .indexed256 {
      set("+", x: cell.x, y: cell.y, role: .cursor)
    } else {
      restyle(place) { $0.attributes.formUnion([.bold, .reverse, .underline]) }
    }
  }

  /// Draws a colour scale from left to right with its smallest and largest value as text.
  public mutating func drawScale(map: ColorMap, low: String, high: String, in rect: Rect) {
    let parts = rect.row(0).columns(
      [.fixed(TerminalText.columns(low)), .share(1), .fixed(TerminalText.columns(high))], gap: 1)
    put(low, in: parts[0], role: .text)
    put(high, in: parts[2], role: .text)
    guard !parts[1].isEmpty else { return }
    let width = parts[1].width
    let values = (0..<width).map { (Float($0) + 0.5) / Float(width) }
    draw(
      ScalarPicture(width: width, height: 1, values: values), map: map, range: 0...1, in: parts[1], fit: .fill
    )
  }
}

extension CellGrid {
  private mutating func drawPixelsOrRamp(_ pixels: [SIMD3<Float>], per cell: Size, in rect: Rect) {
    if appearance.colors >= .indexed256 { return drawPixels(pixels, per: cell, in: rect) }
    for (index, pixel) in pixels.enumerated() {
      var style = Style(pixel.color).lowered(to: appearance.colors)
      // Black on a black background would vanish.
      if style.foreground == .ansi(0) { style.foreground = .standard }
      let luminance = (pixel * SIMD3(0.2126, 0.7152, 0.0722)).sum() / 255
      set(
        ColorMap.glyph(luminance), x: rect.x + index % rect.width, y: rect.y + index / rect.width,
        style: style)
    }
  }

  private mutating func drawRamp(_ values: [Float], map: ColorMap, in rect: Rect) {
    for (index, value) in values.enumerated() {
      set(
        ColorMap.glyph(value), x: rect.x + index % rect.width, y: rect.y + index / rect.width,
        style: Style(map.color(value, depth: appearance.colors)))
    }
  }

  private mutating func drawClasses(of difference: DifferencePicture, in rect: Rect, overPicture: Bool) {
    let predicted = difference.prediction.values
    let actual = difference.truth.values
    var classes = [Float](repeating: 0, count: 3 * actual.count)
    for index in actual.indices where predicted[index] || actual[index] {
      classes[3 * index + (predicted[index] ? (actual[index] ? 0 : 1) : 2)] = 1
    }
    let parts = Resampling.averaged(
      classes, channels: 3, from: Size(width: difference.truth.width, height: difference.truth.height),
      to: rect.size)
    let roles: [Role] = [.truePositive, .falsePositive, .falseNegative]
    for index in 0..<rect.width * rect.height {
      let part = parts[3 * index..<3 * index + 3]
      let x = rect.x + index % rect.width
      let y = rect.y + index / rect.width
      if part.reduce(0, +) >= 0.5 {
        let largest = part.indices.max { part[$0] < part[$1] }! - part.startIndex
        var style = style(roles[largest])
        if overPicture {
          style.foreground = Appearance.pictureColor(roles[largest]).color
          style.background = self[x, y].style.background
        }
        set(Self.differenceGlyph(roles[largest]), x: x, y: y, style: style)
      } else if !overPicture {
        set(" ", x: x, y: y, style: .plain)
      }
    }
  }

  private static func resampled(_ picture: RGBPicture, to size: Size) -> [SIMD3<Float>] {
    let averages = Resampling.averaged(
      picture.values.map(Float.init), channels: 3, from: Size(width: picture.width, height: picture.height),
      to: size)
    return (0..<averages.count / 3).map {
      SIMD3(averages[3 * $0], averages[3 * $0 + 1], averages[3 * $0 + 2])
    }
  }

  // Values as positions in the range, 0-1.
  private static func resampled(_ picture: ScalarPicture, to size: Size, range: ClosedRange<Float>) -> [Float]
  {
    let extent = range.upperBound - range.lowerBound
    let averages = Resampling.averaged(
      picture.values, channels: 1, from: Size(width: picture.width, height: picture.height), to: size)
    // A range of one value has nothing to show: all of it is the lowest colour.
    return averages.map { extent > 0 ? max(0, min(1, ($0 - range.lowerBound) / extent)) : 0 }
  }

  private static func resampled(_ picture: MaskPicture, to size: Size) -> [Float] {
    Resampling.averaged(
      picture.values.map { $0 ? 1 : 0 }, channels: 1,
      from: Size(width: picture.width, height: picture.height), to: size)
  }
}
