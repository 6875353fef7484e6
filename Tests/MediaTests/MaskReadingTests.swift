import Media
import Testing

/// Masks as people have them, each of four pixels of which the second and the last belong to an object.
@Suite struct MaskReadingTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let file: [UInt8]
    let reading: MaskReading
    var values: [UInt8] = [0, 1, 0, 1]
  }

  static let cases: [Case] = [
    Case(
      testDescription: "16 bits, 0 and 255", file: deep([0, 255, 0, 255]),
      reading: .twoValues(255, isDeep: true)),
    Case(
      testDescription: "16 bits, 0 and 1", file: deep([0, 1, 0, 1]), reading: .twoValues(1, isDeep: true)),
    Case(testDescription: "16 bits", file: deep([0, 65535, 0, 65535]), reading: .blackAndWhite),
    Case(testDescription: "16 bits, gray levels of 8", file: deep([90, 255, 0, 200]), reading: .grays),
    Case(testDescription: "16 bits, gray levels", file: deep([30000, 65535, 0, 40000]), reading: .grays),
    Case(testDescription: "0 and 1", file: gray([0, 1, 0, 1]), reading: .twoValues(1, isDeep: false)),
    Case(
      testDescription: "0 and 127", file: gray([0, 127, 0, 127]), reading: .twoValues(127, isDeep: false)),
    Case(testDescription: "indices", file: gray([0, 3, 0, 21]), reading: .smallValues),
    Case(testDescription: "soft edges", file: gray([90, 255, 127, 128]), reading: .grays),
    Case(testDescription: "black and white", file: gray([0, 255, 0, 255]), reading: .blackAndWhite),
    Case(
      testDescription: "nothing", file: gray([0, 0, 0, 0]), reading: .blackAndWhite, values: [0, 0, 0, 0]),
    Case(
      testDescription: "1 bit", file: madePNG(width: 4, colour: 0, depth: 1, rows: [[0b0101_0000]]),
      reading: .blackAndWhite),
    Case(
      testDescription: "2 bits, 0 and 3",
      file: madePNG(width: 4, colour: 0, depth: 2, rows: [[0b0011_0011]]), reading: .blackAndWhite),
    Case(
      testDescription: "2 bits, 0 and 1",
      file: madePNG(width: 4, colour: 0, depth: 2, rows: [[0b0001_0001]]),
      reading: .twoValues(85, isDeep: false)),
    Case(
      testDescription: "4 bits, 0 and 1", file: madePNG(width: 4, colour: 0, depth: 4, rows: [[0x01, 0x01]]),
      reading: .twoValues(17, isDeep: false)),
    Case(
      testDescription: "palette of label colours",
      file: palette([0, 1, 0, 2], [0, 0, 0, 128, 0, 0, 0, 64, 0]), reading: .colours),
    Case(
      testDescription: "palette of black and white", file: palette([0, 1, 0, 1], [0, 0, 0, 255, 255, 255]),
      reading: .blackAndWhite),
    Case(
      testDescription: "palette of dark and black", file: palette([0, 1, 0, 1], [0, 0, 0, 1, 1, 1]),
      reading: .twoValues(1, isDeep: false)),
    Case(
      testDescription: "palette, transparent background",
      file: palette([0, 1, 0, 1], [255, 255, 255, 255, 255, 255], transparency: [0]), reading: .alpha),
    Case(
      testDescription: "label colours",
      file: madePNG(width: 4, colour: 2, depth: 8, rows: [[0, 0, 0, 0, 0, 64, 0, 0, 0, 192, 128, 0]]),
      reading: .colours),
    Case(
      testDescription: "opaque black and white",
      file: rgba([[0, 255], [255, 255], [0, 255], [255, 255]]),
      reading: .blackAndWhite),
    Case(
      testDescription: "alpha alone, white", file: rgba([[255, 0], [255, 255], [255, 90], [255, 255]]),
      reading: .alpha),
    Case(
      testDescription: "alpha alone, black", file: rgba([[0, 0], [0, 255], [0, 0], [0, 200]]), reading: .alpha
    ),
    Case(
      testDescription: "fully transparent", file: rgba([[255, 0], [255, 0], [255, 0], [255, 0]]),
      reading: .alpha, values: [0, 0, 0, 0]),
    Case(
      testDescription: "gray and alpha, alpha alone",
      file: madePNG(width: 4, colour: 4, depth: 8, rows: [[9, 0, 9, 255, 9, 0, 9, 255]]), reading: .alpha),
    Case(
      testDescription: "gray and alpha of 16 bits, alpha alone",
      file: madePNG(
        width: 4, colour: 4, depth: 16,
        rows: [[0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 255, 0, 0, 200, 0]]), reading: .alpha),
    Case(
      testDescription: "alpha of the same mask", file: rgba([[0, 0], [255, 255], [0, 0], [255, 255]]),
      reading: .blackAndWhite),
    Case(
      testDescription: "alpha of another mask", file: rgba([[0, 255], [255, 0], [0, 255], [255, 255]]),
      reading: .ignoredAlpha),
  ]

  @Test(arguments: cases)
  func aMaskIsWhatItCanOnlyMean(_ one: Case) throws {
    let folder = try TemporaryFolder()
    let mask = try Mask(contentsOf: folder.write(one.file, "mask.png"))
    #expect(mask.values == one.values)
    #expect(mask.reading == one.reading)
    #expect((mask.reading.note == nil) == (one.reading == .blackAndWhite))
  }

  /// A cut-out photograph: more colours than labels, and alpha tells the object.
  @Test func alphaOfAPhotographIsItsMask() throws {
    let folder = try TemporaryFolder()
    var row: [UInt8] = []
    for x: UInt8 in 0..<64 { row += [x * 3 + 9, x, 40, x < 10 ? 255 : 0] }
    let file = madePNG(width: 64, colour: 6, depth: 8, rows: [row])
    let mask = try Mask(contentsOf: folder.write(file, "mask.png"))
    #expect(mask.reading == .alpha)
    let expected = [UInt8](repeating: 1, count: 10) + [UInt8](repeating: 0, count: 54)
    #expect(mask.values == expected)
  }

  @Test func classesOf16BitsAreNotTheBackground() throws {
    let folder = try TemporaryFolder()
    let mask = try Mask(classesOf: folder.write(Self.deep([0, 5, 0, 70]), "classes.png"))
    #expect(mask.values == [0, 1, 0, 1])
  }

  private static func gray(_ values: [UInt8]) -> [UInt8] {
    madePNG(width: values.count, colour: 0, depth: 8, rows: [values])
  }

  private static func deep(_ values: [UInt16]) -> [UInt8] {
    madePNG(
      width: values.count, colour: 0, depth: 16,
      rows: [values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }])
  }

  private static func rgba(_ pixels: [[UInt8]]) -> [UInt8] {
    madePNG(width: 4, colour: 6, depth: 8, rows: [pixels.flatMap { [$0[0], $0[0], $0[0], $0[1]] }])
  }

  private static func palette(
    _ indices: [UInt8], _ colours: [UInt8], transparency: [UInt8]? = nil
  ) -> [UInt8] {
    madePNG(
      width: 4, colour: 3, depth: 8, rows: [indices],
      chunks: [("PLTE", colours)] + (transparency.map { [("tRNS", $0)] } ?? []))
  }
}
