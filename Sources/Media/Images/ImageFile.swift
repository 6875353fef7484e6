import CImages
import Glibc

enum PixelForm { case rgb, indices }

private let largestFile = 512 << 20

/// Refuses what no data set holds, so that a small file cannot ask for all memory.
///
/// Flat colour takes a thousandth of its pixels in a file: 27 MiB are given whatever the file's size, 9 million pixels or a
/// frame of 4K video. The pixels are copied once, which takes as much again.
private func limits(fileSize: Int) -> CImagesLimits {
  CImagesLimits(side: 16_384, pixels: 100_000_000, memory: UInt64(27 << 20 + 4 * fileSize))
}

/// Reads an image file by its content, whatever its name says.
func decodeImage(_ path: String, form: PixelForm) throws -> (width: Int, height: Int, bytes: [UInt8]) {
  let file = try RegularFile(path).bytes(limit: largestFile)
  let isPNG = cimages_is_png(file, file.count)
  guard isPNG || cimages_is_jpeg(file, file.count) else {
    throw MediaError(path, "not an image: begins with \(hexadecimal(file.prefix(4))); expected PNG or JPEG")
  }
  let limits = limits(fileSize: file.count)
  var pixels = CImagesPixels()
  let failure = withMessage { message in
    switch (isPNG, form) {
    case (true, .rgb): cimages_decode_png(file, file.count, CImagesRGB, limits, &pixels, message)
    case (true, .indices): cimages_decode_png(file, file.count, CImagesIndices, limits, &pixels, message)
    case (false, .rgb): cimages_decode_jpeg(file, file.count, limits, &pixels, message)
    case (false, .indices): refuse("a JPEG image; expected PNG for class indices", message)
    }
  }
  defer { free(pixels.bytes) }
  if let failure {
    throw MediaError(path, "\(isPNG ? "PNG" : "JPEG") cannot be read: \(failure)")
  }
  let count = Int(pixels.width) * Int(pixels.height) * (form == .rgb ? 3 : 1)
  let bytes = Array(UnsafeBufferPointer(start: pixels.bytes, count: count))
  return (Int(pixels.width), Int(pixels.height), bytes)
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

private func refuse(_ problem: String, _ message: UnsafeMutablePointer<CChar>) -> Bool {
  strncpy(message, problem, Int(CIMAGES_MESSAGE_CAPACITY) - 1)
  return false
}
