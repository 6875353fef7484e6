import AVSBench
import C3N
import Inference
import Media
import Tensors
import TerminalUI

/// The pictures that `c3n run --output` writes, one of each kind a frame.
struct RunPictures {
  private let contents: ClipContents
  private let analysis: ClipAnalysis
  private let kind: HeatMapKind

  init(_ contents: ClipContents, _ analysis: ClipAnalysis, _ kind: HeatMapKind) {
    self.contents = contents
    self.analysis = analysis
    self.kind = kind
  }

  /// Writes `<clip>/<frame>_{mask,heat1..heat4,overlay}.png` and returns the paths.
  func write(below folder: String) throws -> [String] {
    let target = folder + "/" + contents.clip.id
    try makeFolder(target)
    var paths: [String] = []
    for frame in contents.frames.indices {
      let base = "\(target)/\(frame + 1)"
      let photo = contents.frames[frame].resized(width: 224, height: 224)
      if let logits = analysis.maskLogits {
        let mask = logits.slice(frame..<frame + 1).values.map { $0 > 0 ? UInt8(255) : 0 }
        try GrayImage(width: 224, height: 224, pixels: mask).writePNG(to: base + "_mask.png")
        try photo.tinted(where: mask.map { $0 > 0 }).writePNG(to: base + "_overlay.png")
        paths += [base + "_mask.png", base + "_overlay.png"]
      }
      // Where no class is traced back (TPAVI, or without consensus), the attention of the non-local blocks.
      let maps = analysis.heatMaps.isEmpty ? analysis.fusionAttention : analysis.heatMaps.map { $0[kind] }
      for (index, map) in maps.enumerated() {
        let path = "\(base)_heat\(index + 1).png"
        try Self.picture(map, frame: frame).writePNG(to: path)
        paths.append(path)
      }
    }
    return paths
  }

  /// A map of one frame in viridis from its least to its greatest value, enlarged to 224 x 224.
  private static func picture(_ map: Tensor, frame: Int) -> RGBImage {
    let (height, width) = (map.shape[1], map.shape[2])
    let values = map.slice(frame..<frame + 1).values
    let (low, high) = (values.min()!, values.max()!)
    let pixels = values.flatMap { value -> [UInt8] in
      let color = ColorMap.viridis.rgb(high > low ? (value - low) / (high - low) : 0)
      return [color.red, color.green, color.blue]
    }
    return RGBImage(width: width, height: height, pixels: pixels).resized(width: 224, height: 224)
  }
}

extension RGBImage {
  /// The picture with half of an orange laid over the marked pixels.
  fileprivate func tinted(where marked: [Bool]) -> RGBImage {
    let tint: [UInt8] = [255, 140, 0]
    var tinted = pixels
    for i in marked.indices where marked[i] {
      for c in 0..<3 { tinted[3 * i + c] = UInt8((Int(pixels[3 * i + c]) + Int(tint[c])) / 2) }
    }
    return RGBImage(width: width, height: height, pixels: tinted)
  }
}
