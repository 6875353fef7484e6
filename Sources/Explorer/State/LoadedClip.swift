import AVSBench
import Foundation
import Media
import TerminalUI

/// A clip's contents with what every drawing of them needs, computed once.
struct LoadedClip: Sendable {
  let contents: ClipContents

  /// The frames, as pictures for cells.
  let pictures: [RGBPicture]

  /// The frames at about 64 pixels a side, for the filmstrip.
  let thumbnails: [RGBPicture]

  /// The ground truth of each frame.
  let truths: [MaskPicture?]

  /// Pairs of the smallest and the largest sample of each 1/250 of each second.
  let envelopes: [[Float]]

  /// Root mean square of each second relative to full scale, in dB; nil for silence.
  let levels: [Double?]

  init(_ contents: ClipContents) {
    self.contents = contents
    pictures = contents.frames.map { RGBPicture(width: $0.width, height: $0.height, values: $0.pixels) }
    thumbnails = contents.frames.map { Self.reduced($0, to: 64) }
    truths = contents.masks.map { $0.map(MaskPicture.init) }
    let rate = Waveform.sampleRate
    let samples = contents.waveform.samples.values
    let seconds = (0..<contents.waveform.seconds).map { samples[$0 * rate..<($0 + 1) * rate] }
    envelopes = seconds.map { second in
      stride(from: second.startIndex, to: second.endIndex, by: 64).flatMap { start in
        let part = second[start..<min(start + 64, second.endIndex)]
        return [part.min()!, part.max()!]
      }
    }
    levels = seconds.map { second in
      let power = second.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(second.count)
      return power > 0 ? 10 * log10(power) : nil
    }
  }

  var frameCount: Int { contents.frames.count }

  /// Averages whole blocks of pixels, so that a side has at least `extent` pixels if it had them before.
  private static func reduced(_ image: RGBImage, to extent: Int) -> RGBPicture {
    let factor = max(1, min(image.width, image.height) / extent)
    let (width, height) = (image.width / factor, image.height / factor)
    var values: [UInt8] = []
    values.reserveCapacity(3 * width * height)
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<3 {
            var sum = 0
            for row in y * factor..<(y + 1) * factor {
              for column in x * factor..<(x + 1) * factor {
                sum += Int(pixels[3 * (row * image.width + column) + channel])
              }
            }
            values.append(UInt8(sum / (factor * factor)))
          }
        }
      }
    }
    return RGBPicture(width: width, height: height, values: values)
  }
}

extension MaskPicture {
  /// A mask of a data set.
  init(_ mask: Mask) {
    self.init(width: mask.width, height: mask.height, values: mask.values.map { $0 != 0 })
  }
}
