import Foundation
import Media
import Testing

/// What is told about frames that are no plain RGB, and which of them are refused.
@Suite struct FrameReadingTests {
  @Test(arguments: [
    ("rgb8.png", []), ("palette4.png", []), ("jpeg-rgb.jpg", []),
    ("gray8.png", ["gray, taken as red, green and blue alike"]),
    ("rgb16.png", ["16 bits a sample, of which the upper 8 are taken"]),
    ("rgba8.png", ["transparency, which is dropped"]), ("palette8.png", ["transparency, which is dropped"]),
    ("transparent-colour.png", ["transparency, which is dropped"]),
    ("jpeg-cmyk.jpg", ["CMYK, converted to RGB as by Pillow"]),
    ("gray16.png", ["gray of 16 bits; the upper 8 are taken, as red, green and blue alike"]),
    (
      "grayalpha16.png",
      [
        "16 bits a sample, of which the upper 8 are taken; gray, taken as red, green and blue alike; "
          + "transparency, which is dropped"
      ]
    ),
  ])
  func whatIsChangedIsTold(_ name: String, _ notes: [String]) throws {
    #expect(try RGBImage.read(Fixture.path("images/\(name)")).notes == notes)
  }

  @Test func grayOf16BitsWithSmallValuesIsOf8() throws {
    let folder = try TemporaryFolder()
    let file = madePNG(width: 2, colour: 0, depth: 16, rows: [[0, 7, 0, 255]])
    let (image, notes) = try RGBImage.read(folder.write(file, "a.png"))
    #expect(image.pixels == [7, 7, 7, 255, 255, 255])
    #expect(notes[0].hasPrefix("gray of 16 bits with values up to 255; taken as 8 bits"))
  }

  /// A TIFF header with one entry, the orientation.
  private func tiff(_ orientation: UInt8, isBig: Bool) -> [UInt8] {
    isBig
      ? Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
      : Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
  }

  @Test(arguments: [false, true])
  func orientationIsToldAndIgnored(isBig: Bool) throws {
    let folder = try TemporaryFolder()
    let plain = try Fixture.bytes("images/jpeg-rgb.jpg")
    let exif = Array("Exif\0\0".utf8) + tiff(6, isBig: isBig)
    let turned = plain.prefix(2) + [0xff, 0xe1, 0, UInt8(exif.count + 2)] + exif + plain.dropFirst(2)
    let (image, notes) = try RGBImage.read(folder.write(turned, "a.jpg"))
    #expect(notes == ["EXIF orientation 6 is ignored, as by AVSBench's loader"])
    #expect(try image == RGBImage(contentsOf: Fixture.path("images/jpeg-rgb.jpg")))

    let rows: [[UInt8]] = [[1, 2, 3, 4, 5, 6]]
    func png(_ orientation: UInt8) throws -> [String] {
      let file = madePNG(
        width: 2, colour: 2, depth: 8, rows: rows, chunks: [("eXIf", tiff(orientation, isBig: isBig))])
      let (image, notes) = try RGBImage.read(folder.write(file, "a.png"))
      #expect(image.pixels == rows[0])
      return notes
    }
    #expect(try png(3) == ["EXIF orientation 3 is ignored, as by AVSBench's loader"])
    #expect(try png(1) == [] && png(9) == [])
  }

  /// What phones, 4K videos and 8K screens make, also flat and so in few bytes.
  @Test func largePicturesOfSmallFilesAreRead() throws {
    let folder = try TemporaryFolder()
    let large = GrayImage(width: 7680, height: 4320, pixels: [UInt8](repeating: 7, count: 7680 * 4320))
    try large.writePNG(to: folder.path("8k.png"))
    // Only numbers in the expectations: what fails is described, and these have a hundred million.
    let last = try RGBImage(contentsOf: folder.path("8k.png")).pixels.last
    #expect(last == 7)
    let phone = try RGBImage(contentsOf: Fixture.path("large/jpeg-4032x3024-progressive.jpg"))
    let (width, height, middle) = (phone.width, phone.height, phone.pixels[phone.pixels.count / 2])
    #expect(width == 4032 && height == 3024)
    #expect((88...92).contains(middle))
  }

  @Test func refusalsSayWhatToDo() throws {
    let folder = try TemporaryFolder()
    let wide = madePNG(width: 16_385, colour: 0, depth: 1, rows: [[UInt8](repeating: 0, count: 2049)])
    #expect(
      problem { _ = try RGBImage(contentsOf: folder.write(wide, "a.png")) }
        == "PNG cannot be read: 16385 x 1 pixels; expected at most 16384 a side and 100000000 in all: "
        + "scale it down, the network sees 224 x 224")
  }

  /// More in the stream than the header promises is not unpacked, and texts are passed over, whatever they hold.
  @Test func whatIsBesideThePixelsIsNotRead() throws {
    let folder = try TemporaryFolder()
    let rows: [[UInt8]] = [[1, 2, 3], [4, 5, 6]]
    let texts = [
      ("zTXt", Array("Comment\0\0no stream".utf8)), ("iTXt", [UInt8](repeating: 65, count: 90_000)),
    ]
    let file = madePNG(
      width: 1, colour: 2, depth: 8, rows: rows, chunks: texts, behind: [UInt8](repeating: 9, count: 300_000))
    #expect(try RGBImage(contentsOf: folder.write(file, "a.png")).pixels == rows.flatMap(\.self))
    // The chunks must be whole all the same.
    #expect(
      problem { _ = try RGBImage(contentsOf: folder.write(file.dropLast(13), "b.png")) }
        == "PNG cannot be read: the file ends early")
    var damaged = file
    damaged[damaged.count - 20] ^= 1
    #expect(
      problem { _ = try RGBImage(contentsOf: folder.write(damaged, "c.png")) }
        == "PNG cannot be read: IDAT: CRC error")
  }

  @Test func textsInAPicturesPlaceAreNamed() throws {
    let folder = try TemporaryFolder()
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n"
    let page = "\n<!DOCTYPE html><html><head>"
    for read: (String) throws -> Void in [
      { _ = try RGBImage(contentsOf: $0) }, { _ = try Mask(contentsOf: $0) }, { _ = try Mask(classesOf: $0) },
      { _ = try readWaveform($0, seconds: 1) },
    ] {
      #expect(
        problem { try read(folder.write(pointer.utf8, "a")) }
          == "a Git LFS pointer, not the file: git lfs pull")
      #expect(
        problem { try read(folder.write(page.utf8, "b")) }?.hasPrefix("an HTML page, not the file")
          == true)
    }
  }
}
