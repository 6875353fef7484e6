import Media
import Tensors
import Testing

@Suite struct FrameTests {
  @Test(arguments: [[40, 30], [61, 20], [13, 47], [90, 11], [70, 60]])
  func bilinearResizingIsPillows(_ size: [Int]) throws {
    let source = try RGBImage(contentsOf: Fixture.path("images/resize-source.png"))
    let resized = source.resized(width: size[0], height: size[1])
    #expect(try resized.pixels == Fixture.bytes("images/resize-\(size[0])x\(size[1]).rgb"))
  }

  @Test func resizingToOnePixelIsTheMean() {
    let source = RGBImage(width: 2, height: 1, pixels: [10, 20, 30, 20, 40, 60])
    #expect(source.resized(width: 1, height: 1).pixels == [15, 30, 45])
    #expect(source.resized(width: 2, height: 1) == source)
  }

  @Test func framesAreNormalisedChannelsLast() {
    let frame = RGBImage(width: 2, height: 2, pixels: [0, 128, 255] + [UInt8](repeating: 255, count: 9))
    let tensor = normalized([frame, frame], size: 2)
    #expect(tensor.shape == [2, 2, 2, 3])
    let expected: [Float] = [
      (0 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225, (1 - 0.485) / 0.229,
    ]
    #expect(Array(tensor.values[..<4]) == expected)
    #expect(Array(tensor.values[12..<16]) == expected)
  }

  @Test func liteStatisticsAreCentredAt127() {
    let frame = RGBImage(width: 1, height: 1, pixels: [127, 255, 0])
    let values = normalized([frame], .efficientNetLite, size: 1).values
    for (value, expected) in zip(values, [0, 1, -127.0 / 128] as [Float]) {
      #expect(abs(value - expected) < 1e-6)
    }
  }

  @Test func framesOfAnotherSizeAreResizedTo224() throws {
    let source = try RGBImage(contentsOf: Fixture.path("images/resize-source.png"))
    let tensor = normalized([source])
    #expect(tensor.shape == [1, 224, 224, 3])
    #expect(tensor.values == normalized([source.resized(width: 224, height: 224)]).values)
  }
}
