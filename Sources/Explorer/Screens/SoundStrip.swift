import Inference
import Tensors
import TerminalUI

/// One second's pictures below its frame: the waveform, what the audio encoder is fed, or both.
struct SoundStrip {
  let view: SoundView
  let envelopes: [[Float]]
  let picture: SoundPicture?

  /// Rows that both need beside frames and captions.
  private static let roomForBoth = 9

  /// What is drawn in so many rows of frames, sound and captions. Where there is no log-mel the waveform stands in.
  func drawn(height: Int) -> [SoundView] {
    guard picture != nil else { return [.waveform] }
    switch view {
    case .waveform: return [.waveform]
    case .logMel: return [.logMel]
    case .both: return height >= Self.roomForBoth ? [.waveform, .logMel] : [.waveform]
    }
  }

  /// The ends of the log-mel's scale: those of the clip.
  var range: ClosedRange<Float> {
    guard let values = picture?.values else { return 0...0 }
    return ScalarPicture(width: values.count, height: 1, values: values.values).range
  }

  func draw(
    _ kind: SoundView, second: Int, map: ColorMap, range: ClosedRange<Float>, in rect: Rect,
    on grid: inout CellGrid
  ) {
    guard kind == .logMel, let picture = picture.flatMap({ Self.spectrogram($0, second: second) }) else {
      if envelopes.indices.contains(second) { grid.drawWaveform(envelopes[second], in: rect) }
      return
    }
    grid.draw(picture, map: map, range: range, in: rect, fit: .fill)
  }

  /// [time, bands] with the lowest band first -> time across and the highest band on top.
  private static func spectrogram(_ picture: SoundPicture, second: Int) -> ScalarPicture? {
    let shape = picture.values.shape
    guard second < shape[0] else { return nil }
    let (times, bands) = (shape[1], shape[2])
    let values = picture.values.slice(second..<second + 1).values
    var turned = [Float](repeating: 0, count: values.count)
    for time in 0..<times {
      for band in 0..<bands { turned[(bands - 1 - band) * times + time] = values[time * bands + band] }
    }
    return ScalarPicture(width: times, height: bands, values: turned)
  }
}
