import Media
import Tensors
import TerminalUI

/// The small pictures of figures, as the network sees them: 224 x 224, whatever the file's shape.
enum FigurePicture {
  private static let side = 224

  static func photo(_ image: RGBImage) -> [UInt8] { image.resized(width: side, height: side).png }

  static func mask(_ mask: Mask) -> [UInt8] { GrayImage(mask.resized(width: side, height: side)).png }

  /// A frame of mask logits [T, H, W]: white where sigmoid is above 0.5.
  static func prediction(_ logits: Tensor, frame: Int) -> [UInt8] {
    GrayImage(
      width: logits.shape[2], height: logits.shape[1],
      pixels: logits.slice(frame..<frame + 1).values.map { $0 > 0 ? 255 : 0 }
    ).png
  }

  /// A frame of a map [T, H, W] in colours; values between positions are interpolated, as the network enlarges.
  static func heat(_ map: Tensor, frame: Int, range: ClosedRange<Float>, colors: ColorMap) -> [UInt8] {
    let (height, width) = (map.shape[1], map.shape[2])
    let extent = side / 2
    let columns = taps(width, extent)
    let rows = taps(height, extent)
    let values = map.slice(frame..<frame + 1).values
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * extent * extent)
    for row in rows {
      for column in columns {
        func along(_ y: Int) -> Float {
          let (left, right) = (values[y * width + column.low], values[y * width + column.high])
          return left + (right - left) * column.part
        }
        let upper = along(row.low)
        let color = colors.rgb(range.part(upper + (along(row.high) - upper) * row.part))
        pixels += [color.red, color.green, color.blue]
      }
    }
    return RGBImage(width: extent, height: extent, pixels: pixels).png
  }

  /// The neighbours of each new position and how far it is from the lower one.
  private static func taps(_ source: Int, _ target: Int) -> [(low: Int, high: Int, part: Float)] {
    (0..<target).map { position in
      let place = max(0, (Float(position) + 0.5) * Float(source) / Float(target) - 0.5)
      let low = min(source - 1, Int(place))
      return (low, min(source - 1, low + 1), place - Float(low))
    }
  }
}

extension SVGCanvas {
  /// A colour scale from left to right or from below upwards, in the map's own steps.
  mutating func drawScale(_ colors: ColorMap, in box: Box, upwards: Bool = false) {
    let steps = ColorMap.steps
    for step in 0..<steps {
      var part = box
      if upwards {
        part.height = box.height / Double(steps)
        part.y = box.maxY - Double(step + 1) * part.height
      } else {
        part.width = box.width / Double(steps)
        part.x = box.x + Double(step) * part.width
      }
      // A little more, so that no gap shows between neighbours; the frame covers the rest.
      if upwards { part.height += step > 0 ? 0.2 : 0 } else { part.width += step < steps - 1 ? 0.2 : 0 }
      fill(part, Ink.hexadecimal(colors.rgb((Float(step) + 0.5) / Float(steps))))
    }
    frame(box, Ink.grey, width: 0.4)
  }

  /// A place for a picture that there is not, with the reason.
  mutating func drawMissing(_ reason: String, in box: Box) {
    fill(box, Ink.pale)
    let size = min(6.5, max(4, box.width / 8))
    let lines = FigureText.wrapped(reason, width: box.width - 2, size: size)
    for (row, line) in lines.enumerated() {
      let y = box.y + box.height / 2 + size * (0.35 + Double(row) - Double(lines.count - 1) / 2)
      text(FigureText(line), x: box.x + box.width / 2, y: y, size: size, anchor: .middle, color: Ink.grey)
    }
  }

  /// The ground truth of a frame.
  mutating func drawTruth(_ subject: FigureSubject, frame: Int, in box: Box) {
    if let mask = subject.contents.masks[frame] {
      image(FigurePicture.mask(mask), in: box)
    } else {
      drawMissing("no ground truth", in: box)
    }
  }

  /// The predicted mask of a frame.
  mutating func drawPrediction(_ analysis: Tensor?, frame: Int, in box: Box) {
    if let analysis {
      image(FigurePicture.prediction(analysis, frame: frame), in: box)
    } else {
      drawMissing("no mask", in: box)
    }
  }

  /// A caption over the whole width; returns the height below its last line.
  mutating func drawCaption(_ caption: String, x: Double, y: Double, width: Double) -> Double {
    let size = 6.5
    let lines = FigureText.wrapped(caption, width: width, size: size)
    for (row, line) in lines.enumerated() {
      text(FigureText(line), x: x, y: y + 3 + size + 8 * Double(row), size: size, color: Ink.grey)
    }
    return y + 3 + 8 * Double(lines.count) + 2
  }
}
