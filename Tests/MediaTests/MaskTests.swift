import Media
import Testing

@Suite struct MaskTests {
  @Test func cutsAtHalfOfTheMaximum() {
    let grays: [UInt8] = [0, 127, 128, 255]
    let mask = Mask(RGBImage(width: 4, height: 1, pixels: grays.flatMap { [$0, $0, $0] }))
    #expect(mask.values == [0, 0, 1, 1])
    #expect(mask.hadOtherValues)
  }

  @Test func anyChannelSetsAPixelOfColour() {
    let mask = Mask(RGBImage(width: 3, height: 1, pixels: [0, 0, 200, 0, 0, 0, 255, 255, 255]))
    #expect(mask.values == [1, 0, 1])
    #expect(mask.hadOtherValues)
  }

  @Test func blackAndWhiteGivesNoWarning() throws {
    let mask = try Mask(contentsOf: Fixture.path("images/gray1.png"))
    #expect(!mask.hadOtherValues)
    #expect(
      mask.values == stride(from: 0, to: 105, by: 3).map { try! Fixture.bytes("images/gray1.rgb")[$0] / 255 })
    #expect(!mask.isEmpty)
    #expect(Mask(width: 2, height: 1, values: [0, 0]).isEmpty)
  }

  @Test func deepPicturesAreCutAtTheirOwnHalf() throws {
    // 16 bits: the high byte decides; 2 bits: 2 of 3 is above half.
    for name in ["gray16", "gray2"] {
      let rgb = try Fixture.bytes("images/\(name).rgb")
      let expected = stride(from: 0, to: rgb.count, by: 3).map { rgb[$0..<$0 + 3].max()! > 127 ? 1 : 0 }
      #expect(try Mask(contentsOf: Fixture.path("images/\(name).png")).values.map(Int.init) == expected)
    }
  }

  @Test func everyColourOfAFewButBlackIsSet() throws {
    let rgb = try Fixture.bytes("images/palette4.rgb")
    let expected = stride(from: 0, to: rgb.count, by: 3).map { rgb[$0..<$0 + 3].max()! > 0 ? 1 : 0 }
    let mask = try Mask(contentsOf: Fixture.path("images/palette4.png"))
    #expect(mask.values.map(Int.init) == expected && mask.reading == .colours)
  }

  @Test func anyClassButTheBackgroundSounds() throws {
    let mask = Mask(anyClassOf: try GrayImage(indicesOf: Fixture.path("images/palette4.png")))
    #expect(try mask.values == Fixture.bytes("images/palette4.indices").map { $0 == 0 ? 0 : 1 })
    #expect(!mask.hadOtherValues)
  }

  @Test(arguments: [[40, 30], [61, 20], [13, 47], [90, 11], [70, 60]])
  func nearestResizingIsPillows(_ size: [Int]) throws {
    let mask = try Mask(contentsOf: Fixture.path("images/resize-mask.png"))
    let resized = mask.resized(width: size[0], height: size[1])
    #expect(try resized.values == Fixture.bytes("images/resize-\(size[0])x\(size[1]).mask"))
    #expect(resized.width == size[0])
  }

  @Test func tensorAndPictureOfAMask() throws {
    let mask = Mask(width: 2, height: 1, values: [1, 0])
    #expect(mask.tensor.shape == [1, 2])
    #expect(mask.tensor.values == [1, 0])
    #expect(GrayImage(mask).pixels == [255, 0])
  }
}
