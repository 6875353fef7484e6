/// A picture of one 8-bit channel: gray values, or the class indices of AVSBench-semantic.
public struct GrayImage: Sendable, Equatable {
  /// Pixels a row.
  public let width: Int

  /// Rows.
  public let height: Int

  /// `height * width` samples, row-major.
  public let pixels: [UInt8]

  /// A picture of the given samples, `height * width` of them.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image of \(width) x \(height)")
    precondition(pixels.count == width * height, "\(pixels.count) samples for \(width) x \(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads class indices from a PNG file of one channel of at most 8 bits: palette indices or unscaled gray
  /// values. Throws ``MediaError``.
  public init(indicesOf path: String) throws {
    let file = try ImageFile(path, pixelSize: 1)
    self.init(width: file.width, height: file.height, pixels: try file.decoded(.indices).bytes)
  }

  /// A mask in black and white.
  public init(_ mask: Mask) {
    self.init(width: mask.width, height: mask.height, pixels: mask.values.map { $0 == 0 ? 0 : 255 })
  }

  /// The bytes of an 8-bit gray PNG file.
  public var png: [UInt8] { encodedPNG(pixels, width: width, height: height, channels: 1) }

  /// Writes an 8-bit gray PNG file, completely or not at all.
  public func writePNG(to path: String) throws {
    try encodePNG(pixels, width: width, height: height, channels: 1, to: path)
  }
}
