/// A picture of 8-bit red, green and blue.
public struct RGBImage: Sendable, Equatable {
  /// Pixels a row.
  public let width: Int

  /// Rows.
  public let height: Int

  /// `height * width * 3` samples, row-major.
  public let pixels: [UInt8]

  /// A picture of the given samples, `height * width * 3` of them.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image of \(width) x \(height)")
    precondition(pixels.count == width * height * 3, "\(pixels.count) samples for \(width) x \(height) RGB")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads a PNG or JPEG file, told apart by content, as straight RGB.
  ///
  /// All PNG colour types and bit depths (16 bits keep the high byte, alpha is dropped) and RGB, gray and CMYK
  /// JPEG. Throws ``MediaError`` for anything else, for damaged or truncated files, and for images of more
  /// than 16,384 pixels a side or 100 million pixels, or of more than 27 MiB and four times the file.
  public init(contentsOf path: String) throws {
    let decoded = try decodeImage(path, form: .rgb)
    self.init(width: decoded.width, height: decoded.height, pixels: decoded.bytes)
  }

  /// The bytes of an RGB PNG file.
  public var png: [UInt8] { encodedPNG(pixels, width: width, height: height, channels: 3) }

  /// Writes an RGB PNG file, completely or not at all.
  public func writePNG(to path: String) throws {
    try encodePNG(pixels, width: width, height: height, channels: 3, to: path)
  }
}
