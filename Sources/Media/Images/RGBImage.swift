import CImages

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

  /// Reads a PNG or JPEG file, told apart by content, as straight RGB; see ``read(_:)``.
  public init(contentsOf path: String) throws {
    self = try Self.read(path).image
  }

  /// Reads a PNG or JPEG file, told apart by content, as straight RGB, and tells what of it was changed or dropped.
  ///
  /// All PNG colour types and bit depths, and RGB, gray and CMYK JPEG: the pixels that Pillow's `convert('RGB')` gives,
  /// which AVSBench's loader takes. Alpha is dropped, 16 bits keep the upper 8, and an EXIF orientation is ignored.
  /// Only gray of 16 bits with values above 255 is not as there: Pillow clips it to white, and here its upper 8 bits are
  /// kept.
  ///
  /// Throws ``MediaError`` for anything else, for damaged or truncated files, and for images of more than 16,384 pixels
  /// a side or 100 million pixels, or of more than 64 MiB that the file is too short to hold.
  ///
  /// - Returns: the picture, and what there is to know about the file, a sentence each.
  public static func read(_ path: String) throws -> (image: RGBImage, notes: [String]) {
    let file = try ImageFile(path, pixelSize: 3)
    var notes: [String] = []
    let header: CImagesHeader
    let pixels: [UInt8]
    if file.isDeepGray {
      let samples: [UInt16]
      (header, samples) = try file.samples()
      let isShallow = stride(from: 0, to: samples.count, by: 4).allSatisfy { samples[$0] <= 255 }
      pixels = (0..<file.width * file.height * 3).map { i in
        UInt8(truncatingIfNeeded: isShallow ? samples[i / 3 * 4] : samples[i / 3 * 4] >> 8)
      }
      notes.append(
        isShallow
          ? "gray of 16 bits with values up to 255; taken as 8 bits, and as red, green and blue alike"
          : "gray of 16 bits; the upper 8 are taken, as red, green and blue alike")
    } else {
      (header, pixels) = try file.decoded(.rgb)
      var changes: [String] = []
      if header.depth > 8 { changes.append("\(header.depth) bits a sample, of which the upper 8 are taken") }
      if header.is_gray { changes.append("gray, taken as red, green and blue alike") }
      if header.is_cmyk { changes.append("CMYK, converted to RGB as by Pillow") }
      if header.has_alpha { changes.append("transparency, which is dropped") }
      if !changes.isEmpty { notes.append(changes.joined(separator: "; ")) }
    }
    if file.orientation != 1 {
      notes.append("EXIF orientation \(file.orientation) is ignored, as by AVSBench's loader")
    }
    return (RGBImage(width: file.width, height: file.height, pixels: pixels), notes)
  }

  /// The bytes of an RGB PNG file.
  public var png: [UInt8] { encodedPNG(pixels, width: width, height: height, channels: 3) }

  /// Writes an RGB PNG file, completely or not at all.
  public func writePNG(to path: String) throws {
    try encodePNG(pixels, width: width, height: height, channels: 3, to: path)
  }
}
