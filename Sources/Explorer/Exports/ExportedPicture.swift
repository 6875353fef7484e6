import Media
import TerminalUI

extension ExplorerState {
  /// A file name without a suffix that tells what was exported.
  var exportName: String {
    guard let clip, screen != .clips, screen != .jobs else { return screen.rawValue }
    return "\(Self.fileName(clip.id))-\(frame + 1)-\(screen.rawValue)"
      + (screen == .inspect && display.overlay != .none ? "-\(display.overlay.rawValue)" : "")
  }

  /// The picture of the screen: on Inspect the frame with its overlay at the frame's extent, on CCAM the stages and on
  /// Compare the columns, with titles. Nil where there is none.
  var exportedPicture: RGBImage? {
    switch screen {
    case .inspect:
      guard let loaded, frame < loaded.pictures.count else { return nil }
      return Self.painted(loaded.pictures[frame], frameOverlay.overlay)
    case .ccam: return stagesPicture
    case .compare: return columnsPicture
    case .clips, .matrix, .jobs: return nil
    }
  }

  /// A frame with what lies over it, in the mixtures of the screen.
  static func painted(_ frame: RGBPicture, _ overlay: PictureOverlay) -> RGBImage {
    let mask = Appearance.pictureColor(.mask)
    return image(width: frame.width, height: frame.height) { x, y in
      let i = 3 * (y * frame.width + x)
      let pixel = RGB(frame.values[i], frame.values[i + 1], frame.values[i + 2])
      let dark = pixel.mixed(with: RGB(0, 0, 0), 0.5)
      // The entry of a map or mask of another extent that covers the pixel.
      func position(_ width: Int, _ height: Int) -> Int {
        y * height / frame.height * width + x * width / frame.width
      }
      switch overlay {
      case .none: return pixel
      case .heat(let heat, let range, let map):
        return pixel.mixed(with: map.rgb(range.part(heat.values[position(heat.width, heat.height)])), 0.6)
      case .mask(let cover):
        return cover.values[position(cover.width, cover.height)] ? pixel.mixed(with: mask, 0.6) : dark
      case .difference(let masks):
        let place = position(masks.truth.width, masks.truth.height)
        switch (masks.prediction.values[place], masks.truth.values[place]) {
        case (true, true): return dark.mixed(with: Appearance.pictureColor(.truePositive), 0.7)
        case (true, false): return dark.mixed(with: Appearance.pictureColor(.falsePositive), 0.7)
        case (false, true): return dark.mixed(with: Appearance.pictureColor(.falseNegative), 0.7)
        case (false, false): return dark
        }
      }
    }
  }

  static func image(width: Int, height: Int, color: (Int, Int) -> RGB) -> RGBImage {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * width * height)
    for y in 0..<height {
      for x in 0..<width {
        let color = color(x, y)
        pixels += [color.red, color.green, color.blue]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}

extension ClosedRange<Float> {
  /// Where a value lies in the range, 0 to 1; 0 in a range of one value.
  func part(_ value: Float) -> Float {
    let extent = upperBound - lowerBound
    return extent > 0 ? Swift.max(0, Swift.min(1, (value - lowerBound) / extent)) : 0
  }
}
