import Foundation
import Media
import Testing

@Suite struct ImageTests {
  @Test(arguments: [
    "gray1", "gray2", "gray4", "gray8", "gray16", "palette1", "palette2", "palette4", "palette8", "rgb8",
    "rgb16", "rgba8", "rgba16", "grayalpha8", "grayalpha16", "transparent-colour", "interlaced",
  ])
  func everyKindOfPNGIsStraightRGB(_ name: String) throws {
    let image = try RGBImage(contentsOf: Fixture.path("images/\(name).png"))
    #expect(image.width == 7)
    #expect(image.height == 5)
    #expect(try image.pixels == Fixture.bytes("images/\(name).rgb"))
  }

  @Test(arguments: ["jpeg-rgb", "jpeg-progressive", "jpeg-gray", "jpeg-cmyk"])
  func everyKindOfJPEGIsRGB(_ name: String) throws {
    let image = try RGBImage(contentsOf: Fixture.path("images/\(name).jpg"))
    #expect(image.width == 7)
    #expect(image.height == 5)
    // Versions of libjpeg may round differently.
    #expect(largestDifference(image.pixels, try Fixture.bytes("images/\(name).rgb")) <= 3)
  }

  @Test(arguments: ["palette1", "palette2", "palette4", "palette8"])
  func indicesAreNotScaled(_ name: String) throws {
    let image = try GrayImage(indicesOf: Fixture.path("images/\(name).png"))
    #expect(try image.pixels == Fixture.bytes("images/\(name).indices"))
  }

  @Test func indicesOfColourAreRefused() {
    #expect(
      problem { _ = try GrayImage(indicesOf: Fixture.path("images/rgb8.png")) }
        == "PNG cannot be read: an RGB image; expected one channel of indices")
    #expect(
      problem { _ = try GrayImage(indicesOf: Fixture.path("images/gray16.png")) }
        == "PNG cannot be read: 16 bits a sample; expected indices of at most 8 bits")
    #expect(
      problem { _ = try GrayImage(indicesOf: Fixture.path("images/jpeg-rgb.jpg")) }
        == "JPEG cannot be read: a JPEG image; expected PNG for class indices")
  }

  @Test func formatFollowsContentNotName() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Fixture.bytes("images/rgb8.png"), "misnamed.jpg")
    #expect(try RGBImage(contentsOf: path).pixels == Fixture.bytes("images/rgb8.rgb"))
  }

  @Test(arguments: ["rgb8.png", "interlaced.png", "palette8.png", "jpeg-rgb.jpg", "jpeg-progressive.jpg"])
  func everyTruncationIsAnError(_ name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try Fixture.bytes("images/\(name)")
    for count in 1..<bytes.count {
      let path = try folder.write(bytes.prefix(count), "cut")
      #expect(problem { _ = try RGBImage(contentsOf: path) } != nil, "\(count) of \(bytes.count) bytes")
    }
  }

  @Test func damageInPNGIsAnError() throws {
    let folder = try TemporaryFolder()
    var bytes = try Fixture.bytes("images/rgb8.png")
    bytes[bytes.count - 14] ^= 0xff  // in the checksum of the pixels' chunk
    let path = try folder.write(bytes, "damaged.png")
    #expect(problem { _ = try RGBImage(contentsOf: path) } == "PNG cannot be read: IDAT: CRC error")
  }

  @Test func errorsNameTheFileAndTheReason() throws {
    let folder = try TemporaryFolder()
    func reading(_ path: String) -> String? { problem { _ = try RGBImage(contentsOf: path) } }
    #expect(reading(folder.path("missing.png")) == "No such file or directory")
    #expect(reading(folder.url.path) == "not a regular file")
    #expect(reading(try folder.write([], "empty.png")) == "the file is empty (0 bytes)")
    #expect(
      reading(try folder.write("GIF89a".utf8, "a.gif"))
        == "not an image: begins with 47 49 46 38; expected PNG or JPEG")
    let cut = try folder.write(Fixture.bytes("images/rgb8.png").dropLast(20), "cut.png")
    #expect(reading(cut) == "PNG cannot be read: the file ends early")
    #expect(throws: MediaError(cut, "PNG cannot be read: the file ends early")) {
      try RGBImage(contentsOf: cut)
    }
    #expect("\(MediaError(cut, "x"))" == "\(cut): x")
  }

  @Test func hugeImagesAreRefusedByTheirHeader() throws {
    let folder = try TemporaryFolder()
    for (width, height) in [(16_385, 1), (1, 70_000), (16_000, 16_000)] {
      let path = try folder.write(headerOfPNG(width: width, height: height), "huge.png")
      #expect(
        problem { _ = try RGBImage(contentsOf: path) }
          == "PNG cannot be read: \(width) x \(height) pixels; "
          + "expected at most 16384 a side and 100000000 in all: scale it down, the network sees 224 x 224")
    }
  }

  @Test func smallFilesCannotAskForMuchMemory() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(headerOfPNG(width: 9_000, height: 9_000), "flat.png")
    #expect(
      problem { _ = try RGBImage(contentsOf: path) }
        == "PNG cannot be read: 9000 x 9000 pixels in 41 bytes, which cannot hold them: is the file whole?")
    // A flat frame of 4K video.
    let frame = GrayImage(width: 3840, height: 2160, pixels: [UInt8](repeating: 7, count: 3840 * 2160))
    try frame.writePNG(to: folder.path("4k.png"))
    #expect(try RGBImage(contentsOf: folder.path("4k.png")).width == 3840)
  }

  @Test func writtenPicturesReadBack() throws {
    let folder = try TemporaryFolder()
    let colour = RGBImage(width: 3, height: 2, pixels: (0..<18).map { UInt8($0 * 14) })
    try colour.writePNG(to: folder.path("ünï code.png"))
    #expect(try RGBImage(contentsOf: folder.path("ünï code.png")) == colour)
    let gray = GrayImage(width: 2, height: 2, pixels: [0, 90, 128, 255])
    try gray.writePNG(to: folder.path("gray.png"))
    #expect(try GrayImage(indicesOf: folder.path("gray.png")) == gray)
    #expect(try folder.names == ["gray.png", "ünï code.png"])
  }

  @Test func failedWritingLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let image = GrayImage(width: 1, height: 1, pixels: [9])
    #expect(problem { try image.writePNG(to: folder.path("no/such/a.png")) } == "No such file or directory")
    try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
    #expect(problem { try image.writePNG(to: folder.path("folder")) } == "Is a directory")
    #expect(try folder.names == ["folder"])
  }

  /// The signature and the header chunk of an RGB PNG.
  private func headerOfPNG(width: Int, height: Int) -> [UInt8] {
    func big(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    let chunk = Array("IHDR".utf8) + big(UInt32(width)) + big(UInt32(height)) + [8, 2, 0, 0, 0]
    var crc: UInt32 = 0xffff_ffff
    for byte in chunk {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + big(13) + chunk + big(~crc)
      + big(0) + Array("IDAT".utf8)
  }
}
