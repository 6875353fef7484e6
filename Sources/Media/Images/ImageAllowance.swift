import CImages

/// Which pictures are decoded: what a small file may ask for is bounded, and what people have is taken.
///
/// A picture has at most 16,384 pixels a side and 100 million in all. Its pixels and what the decoder keeps beside them
/// (of a progressive JPEG the coefficients, 2 bytes for each sample) may take 64 MiB whatever the size of the file, and
/// more where the file is long enough to hold that many: deflate makes at most 1032 bytes of one, JPEG spends at
/// least a bit on a block of 8 x 8. A file may hold 64 MiB of other things beside its pixels.
enum ImageAllowance {
  private static let side = 16_384
  private static let pixels = 100_000_000
  private static let memory = 64 << 20

  /// Why a picture is not decoded, with what to do about it; nil if it is.
  ///
  /// - Parameters:
  ///   - header: what the file says about its picture.
  ///   - fileSize: the bytes of the file.
  ///   - pixelSize: bytes a pixel of what is made of it.
  static func refusal(
    _ header: CImagesHeader, isPNG: Bool, fileSize: Int, pixelSize: Int
  ) -> String? {
    let (width, height) = (Int(header.width), Int(header.height))
    let (count, _) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0 else { return "\(width) x \(height) pixels" }
    guard width <= side, height <= side, count <= pixels else {
      return "\(width) x \(height) pixels; expected at most \(side) a side and \(pixels) in all: "
        + "scale it down, the network sees 224 x 224"
    }
    let rows = height * (1 + (width * Int(header.components) * Int(header.depth) + 7) / 8)
    let coefficients = header.has_several_scans ? 2 * Int(header.components) : 0
    let canBeThere = isPNG ? rows <= 1032 * fileSize : count <= 512 * fileSize
    guard count * (pixelSize + coefficients) <= memory || canBeThere else {
      return "\(width) x \(height) pixels in \(fileSize) bytes, which cannot hold them: is the file whole?"
    }
    guard fileSize <= memory + 2 * rows else {
      return "\(fileSize) bytes for \(width) x \(height) pixels; expected at most \(memory + 2 * rows): "
        + "write it again without what else is in it"
    }
    return nil
  }
}
