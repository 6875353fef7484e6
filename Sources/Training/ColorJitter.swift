import Media

/// Random changes of brightness, contrast, saturation and hue, with the arithmetic of torchvision's `ColorJitter` on
/// 8-bit pictures: factors in 1 +- 0.4, a hue shift in +-0.1 of the circle, the four in random order.
public struct ColorJitter: Sendable {
  /// One change of all pixels.
  public enum Change: Sendable, Equatable {
    /// Towards black.
    case brightness(Float)
    /// Towards the mean gray of the picture.
    case contrast(Float)
    /// Towards the gray of each pixel.
    case saturation(Float)
    /// Around the colour circle, in turns.
    case hue(Float)
  }

  /// The changes in the order in which they are made.
  public let changes: [Change]

  /// Given changes.
  public init(_ changes: [Change]) {
    self.changes = changes
  }

  init(random: inout Random) {
    let (amount, turn): (ClosedRange<Float>, ClosedRange<Float>) = (0.6...1.4, -0.1...0.1)
    let drawn: [Change] = [
      .brightness(random.uniform(amount)), .contrast(random.uniform(amount)),
      .saturation(random.uniform(amount)), .hue(random.uniform(turn)),
    ]
    changes = random.permutation(4).map { drawn[$0] }
  }

  /// The changed picture.
  public func applied(to image: RGBImage) -> RGBImage {
    var pixels = image.pixels
    for change in changes {
      switch change {
      case .brightness(let factor):
        for i in pixels.indices { pixels[i] = Self.blend(0, pixels[i], factor) }
      case .contrast(let factor):
        var sum = 0
        for i in stride(from: 0, to: pixels.count, by: 3) { sum += Int(Self.gray(pixels, i)) }
        let mean = UInt8(Double(sum) / Double(pixels.count / 3) + 0.5)
        for i in pixels.indices { pixels[i] = Self.blend(mean, pixels[i], factor) }
      case .saturation(let factor):
        for i in stride(from: 0, to: pixels.count, by: 3) {
          let gray = Self.gray(pixels, i)
          for c in 0..<3 { pixels[i + c] = Self.blend(gray, pixels[i + c], factor) }
        }
      case .hue(let turn):
        let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
        for i in stride(from: 0, to: pixels.count, by: 3) { Self.shiftHue(&pixels, i, by: shift) }
      }
    }
    return RGBImage(width: image.width, height: image.height, pixels: pixels)
  }

  /// from + factor (to - from), cut to 8 bits.
  private static func blend(_ from: UInt8, _ to: UInt8, _ factor: Float) -> UInt8 {
    let value = Float(from) + factor * (Float(to) - Float(from))
    return value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
  }

  /// The luma of ITU-R 601 in 16-bit fixed point.
  private static func gray(_ pixels: [UInt8], _ i: Int) -> UInt8 {
    let sum = Int(pixels[i]) * 19595 + Int(pixels[i + 1]) * 38470 + Int(pixels[i + 2]) * 7471 + 0x8000
    return UInt8(sum >> 16)
  }

  /// To hue, saturation and value in 8 bits and back; the hue wraps around.
  private static func shiftHue(_ pixels: inout [UInt8], _ i: Int, by shift: UInt8) {
    let (r, g, b) = (pixels[i], pixels[i + 1], pixels[i + 2])
    let (high, low) = (max(r, g, b), min(r, g, b))
    guard high != low else { return }
    let range = Float(high) - Float(low)
    let (rc, gc, bc) = (
      (Float(high) - Float(r)) / range, (Float(high) - Float(g)) / range, (Float(high) - Float(b)) / range
    )
    let sixths = r == high ? bc - gc : g == high ? 2 + rc - bc : 4 + gc - rc
    // Rounded to single precision here, as Pillow does: pure blue is 170, not 169.
    let turns = Float((Double(sixths) / 6 + 1).truncatingRemainder(dividingBy: 1))
    let hue = UInt8(Double(turns) * 255) &+ shift
    let saturation = Float(UInt8(Double(range / Float(high)) * 255)) / 255
    let position = Float(hue) * 6 / 255
    let sector = Int(position)
    let part = position - Float(sector)
    func level(_ share: Float) -> UInt8 {
      UInt8(min(max((Double(high) * Double(share)).rounded(), 0), 255))
    }
    let p = level(1 - saturation)
    let q = level(1 - saturation * part)
    let t = level(1 - saturation * (1 - part))
    guard saturation > 0 else {
      (pixels[i], pixels[i + 1], pixels[i + 2]) = (high, high, high)
      return
    }
    let rgb: (UInt8, UInt8, UInt8)
    switch sector % 6 {
    case 0: rgb = (high, t, p)
    case 1: rgb = (q, high, p)
    case 2: rgb = (p, high, t)
    case 3: rgb = (p, q, high)
    case 4: rgb = (t, p, high)
    default: rgb = (high, p, q)
    }
    (pixels[i], pixels[i + 1], pixels[i + 2]) = rgb
  }
}

extension RGBImage {
  /// The picture with left and right exchanged.
  public var mirrored: RGBImage {
    var out = pixels
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 { out[(y * width + x) * 3 + c] = pixels[(y * width + width - 1 - x) * 3 + c] }
      }
    }
    return RGBImage(width: width, height: height, pixels: out)
  }
}

extension Mask {
  /// The mask with left and right exchanged.
  public var mirrored: Mask {
    var out = values
    for y in 0..<height {
      for x in 0..<width { out[y * width + x] = values[y * width + width - 1 - x] }
    }
    return Mask(width: width, height: height, values: out)
  }
}
