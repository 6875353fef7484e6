import CImages
import Glibc

/// The forms that a file's pixels are decoded to; see `CImagesForm`.
enum PixelForm {
  case rgb, indices, samples

  fileprivate var form: CImagesForm {
    switch self {
    case .rgb: CImagesRGB
    case .indices: CImagesIndices
    case .samples: CImagesSamples
    }
  }
}

private let largestFile = 512 << 20

/// An image file in memory whose header is known and allowed.
struct ImageFile {
  let path: String
  let header: CImagesHeader
  let isPNG: Bool

  /// The EXIF orientation, 1 to 8; 1 where the file has none.
  let orientation: Int

  private let bytes: [UInt8]

  var width: Int { Int(header.width) }
  var height: Int { Int(header.height) }

  /// Whether gray of 16 bits: what its numbers mean is decided by all of them, so it is decoded as samples.
  var isDeepGray: Bool { isPNG && header.is_gray && header.depth == 16 && !header.has_alpha }

  /// Reads a file by its content, whatever its name says.
  ///
  /// - Parameter pixelSize: bytes a pixel that its reader makes of it; see ``ImageAllowance``.
  init(_ path: String, pixelSize: Int) throws {
    let file = try RegularFile(path).bytes(limit: largestFile)
    let isPNG = cimages_is_png(file, file.count)
    guard isPNG || cimages_is_jpeg(file, file.count) else {
      let found = textInstead(of: file) ?? "not an image: begins with \(hexadecimal(file.prefix(4)))"
      throw MediaError(path, found + (textInstead(of: file) == nil ? "; expected PNG or JPEG" : ""))
    }
    var header = CImagesHeader()
    let failure =
      withMessage {
        isPNG
          ? cimages_measure_png(file, file.count, &header, $0)
          : cimages_measure_jpeg(file, file.count, &header, $0)
      } ?? ImageAllowance.refusal(header, isPNG: isPNG, fileSize: file.count, pixelSize: pixelSize)
    if let failure { throw Self.unreadable(path, isPNG, failure) }
    (self.path, self.header, self.isPNG, bytes) = (path, header, isPNG, file)
    orientation = isPNG ? exifOrientation(png: file) : exifOrientation(jpeg: file)
  }

  /// The pixels, and the header with what only decoding tells.
  func decoded(_ form: PixelForm) throws -> (header: CImagesHeader, bytes: [UInt8]) {
    var header = header
    let count = width * height * Int(form.form.rawValue)
    let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      header = try decode(form, into: buffer.baseAddress!)
      filled = count
    }
    return (header, pixels)
  }

  /// Samples of 16 bits, four a pixel, in 0...255 or, of 16 bits a sample, in 0...65535.
  func samples() throws -> (header: CImagesHeader, samples: [UInt16]) {
    guard isPNG else {
      let (header, bytes) = try decoded(.rgb)
      return (header, samplesOfRGB(bytes))
    }
    var header = header
    let count = width * height * 4
    let samples = try [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
      header = try buffer.withMemoryRebound(to: UInt8.self) {
        try decode(.samples, into: $0.baseAddress!)
      }
      filled = count
    }
    return (header, samples)
  }

  private func decode(
    _ form: PixelForm, into pixels: UnsafeMutablePointer<UInt8>
  ) throws -> CImagesHeader {
    guard isPNG || form == .rgb else {
      throw Self.unreadable(path, isPNG, "a JPEG image; expected PNG for class indices")
    }
    var header = header
    let failure = withMessage {
      isPNG
        ? cimages_decode_png(bytes, bytes.count, form.form, &header, pixels, $0)
        : cimages_decode_jpeg(bytes, bytes.count, &header, pixels, $0)
    }
    if let failure { throw Self.unreadable(path, isPNG, failure) }
    return header
  }

  private static func unreadable(_ path: String, _ isPNG: Bool, _ problem: String) -> MediaError {
    MediaError(path, "\(isPNG ? "PNG" : "JPEG") cannot be read: \(problem)")
  }
}

/// Red, green, blue and full alpha of bytes, red, green and blue.
func samplesOfRGB(_ pixels: [UInt8]) -> [UInt16] {
  let count = pixels.count / 3
  return [UInt16](unsafeUninitializedCapacity: 4 * count) { samples, filled in
    pixels.withUnsafeBufferPointer { pixels in
      for i in 0..<count {
        for channel in 0..<3 { samples[4 * i + channel] = UInt16(pixels[3 * i + channel]) }
        samples[4 * i + 3] = 255
      }
    }
    filled = 4 * count
  }
}

/// Writes 8-bit pixels as a PNG file, completely or not at all.
func encodePNG(_ pixels: [UInt8], width: Int, height: Int, channels: Int, to path: String) throws {
  let file = encodedPNG(pixels, width: width, height: height, channels: channels)
  try file.withUnsafeBytes { try writeFile($0, to: path) }
}

/// 8-bit pixels as the bytes of a PNG file.
func encodedPNG(_ pixels: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8] {
  var file = CImagesFile()
  let failure = withMessage { message in
    cimages_encode_png(pixels, UInt32(width), UInt32(height), Int32(channels), &file, message)
  }
  defer { free(file.bytes) }
  // Pixels in memory are sound: only memory itself can lack.
  if let failure { preconditionFailure("PNG of \(width) x \(height): \(failure)") }
  return Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
}

/// Runs a decoder and returns its message if it failed.
private func withMessage(_ body: (UnsafeMutablePointer<CChar>) -> Bool) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CIMAGES_MESSAGE_CAPACITY)) { buffer in
    buffer.initialize(repeating: 0)
    let message = buffer.baseAddress!
    return body(message) ? nil : String(cString: message)
  }
}
