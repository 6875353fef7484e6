import AVSBench
import C3N
import Figures
import Foundation
import Inference
import Media
import Tensors

/// A clip of three frames and analyses with values that are easy to tell.
enum Made {
  private static let visual: [(Int, Float)] = [
    (235, 0.642), (225, 0.21), (269, 0.03), (248, 0.0041), (852, 0.00002),
  ]
  private static let audio: [(Int, Float)] = [(75, 0.431), (74, 0.402), (72, 0.09), (67, 0.03), (76, 0.0003)]
  private static let similarity: [[Float]] = [
    [0.71, 0.94, 0.52, 0.48, 0.33], [0.55, 0.61, 0.31, 0.28, 0.24], [0.41, 0.46, 0.38, 0.51, 0.2],
    [0.66, 0.9, 0.5, 0.47, 0.35], [0.08, 0.12, -0.04, 0.02, 0.01],
  ]

  static let labels = Labels(
    audio: (0..<527).map { $0 == 74 ? "Dog" : "audio \($0)" },
    visual: (0..<1000).map { $0 == 235 ? "German shepherd, alsatian" : "visual \($0)" })

  static func contents(clip id: String = "clip") throws -> ClipContents {
    let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["frames", "masks"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    for frame in 0..<3 {
      let pixels = (0..<3 * 64 * 48).map { UInt8(($0 * 7 + frame * 40) % 256) }
      try RGBImage(width: 64, height: 48, pixels: pixels).writePNG(to: "\(folder)/frames/\(frame).png")
      guard frame < 2 else { continue }
      let mask = Mask(width: 64, height: 48, values: (0..<64 * 48).map { $0 % 64 < 30 ? 1 : 0 })
      try GrayImage(mask).writePNG(to: "\(folder)/masks/\(frame).png")
    }
    let samples = (0..<3 * Waveform.sampleRate).map {
      0.8 * sin(Float($0) * 0.1) * Float($0 % 16_000) / 16_000
    }
    try writeWAV(samples, to: "\(folder)/sound.wav")
    // The one layout whose files are not named after the clip.
    return try Clip(
      id: id, category: id, layout: .semantic, framesFolder: "\(folder)/frames",
      masksFolder: "\(folder)/masks", audio: "\(folder)/sound.wav"
    ).load()
  }

  static func analysis(
    nonLocal: Bool = true, hasClasses: Bool = true, hasDecoder: Bool = true, origin: String = "made up"
  ) -> ClipAnalysis {
    var switches = Switches()
    switches.nonLocal = nonLocal && hasDecoder
    if !hasClasses { switches.consensus = .none }
    let frames = (0..<3).map { frame -> FrameAnalysis in
      let visual = hasClasses ? visual.map { Confidence($0.0, $0.1, raised: pow($0.1, 0.1)) } : []
      let audio = hasClasses ? audio.map { Confidence($0.0, $0.1, raised: pow($0.1, 0.1)) } : []
      let reweighted = zip(visual, similarity).map { v, row in
        zip(audio, row).map { $0.raised * $1 * v.raised }
      }
      return FrameAnalysis(
        visual: visual, audio: audio, similarity: hasClasses ? similarity : [], reweighted: reweighted,
        agreement: hasClasses ? agreement : nil,
        iou: frame < 2 ? (nonLocal ? 0.8 : 0.5) - 0.05 * Double(frame) : nil, fScore: nil)
    }
    return ClipAnalysis(
      hasClasses ? .pvtv2PANNs : .tpaviPVTv2VGGish, requested: switches, effective: switches, origin: origin,
      similaritySource: hasClasses ? "made up" : "", frames: frames,
      heatMaps: hasClasses ? (1...4).map { stage in HeatMaps(stage: stage) { _ in ramp(stage) } } : [],
      fusionAttention: switches.nonLocal ? (1...4).map(ramp) : [],
      featureMaps: hasDecoder ? (1...4).map(ramp) : [], maskLogits: hasDecoder ? logits : nil)
  }

  private static let agreement: CategoryMatch.Agreement = {
    var (sight, sound) = ([Float](repeating: 0, count: 1000), [Float](repeating: 0, count: 527))
    var matrix = [Float](repeating: 0, count: 527_000)
    for (row, object) in visual.enumerated() {
      sight[object.0] = object.1
      for (column, heard) in audio.enumerated() {
        sound[heard.0] = heard.1
        matrix[object.0 * 527 + heard.0] = similarity[row][column]
      }
    }
    let match = CategoryMatch(
      similarity: try! SimilarityMatrix(Tensor(matrix, [1000, 527]), source: "made up"))
    return match.agreements(
      audio: Tensor(sound, [1, 527]), visual: Tensor(sight, [1, 1000]), alpha: 0.1, beta: 0.1)[0]
  }()

  /// 0 at the left edge to 1 at the right, at the extent of a stage.
  private static func ramp(_ stage: Int) -> Tensor {
    let side = 112 >> stage
    return Tensor((0..<3 * side * side).map { Float($0 % side) / Float(side - 1) }, [3, side, side])
  }

  private static let logits = Tensor(
    (0..<3 * 50_176).map { $0 % 224 < 112 ? 2 : -2 }, [3, 224, 224])

  private static let clip = try! contents()

  static func subject(
    frames: [Int], labels: Labels = labels, clip id: String = "clip", origin: String = "made up",
    analysis: ClipAnalysis? = nil
  ) throws -> FigureSubject {
    FigureSubject(
      id == "clip" ? clip : try contents(clip: id), analysis ?? Self.analysis(origin: origin), labels,
      frames: frames)
  }
}
