import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import Media
import Tensors
import TerminalUI

/// A made-up data set, clip and analyses, the same in every run.
enum Specimen {
  static let monochrome = Appearance(colors: .monochrome, glyphs: .ascii)
  static let eight = Appearance(colors: .ansi8, glyphs: .halfBlocks)
  static let indexed = Appearance(colors: .indexed256, glyphs: .quadrants)

  static let clips = [
    ("dog_c3n_001", "dog"), ("cat_c3n_001", "cat"), ("horse_c3n_1", "horse"), ("sheep_c3n_1", "sheep"),
    ("duck_c3n_01", "duck"), ("cow_c3n_001", "cow"), ("pig_c3n_001", "pig"), ("owl_c3n_001", "owl"),
    ("chicken_c3n", "chicken"),
  ].map { clip($0.0, $0.1) }

  static func clip(_ id: String, _ category: String?, folder: String = "/nowhere") -> Clip {
    Clip(
      id: id, category: category, split: "test", layout: .singleSource, framesFolder: "\(folder)/frames",
      masksFolder: "\(folder)/masks", audio: "\(folder)/sound.wav")
  }

  static let labels = Labels(
    audio: names(
      count: 527, prefix: "audio",
      [0: "Speech", 74: "Dog", 75: "Bark", 76: "Yip", 72: "Domestic animals, pets", 67: "Animal"]),
    visual: names(
      count: 1000, prefix: "visual",
      [
        235: "German shepherd, German shepherd dog, German police dog, alsatian", 225: "malinois",
        269: "timber wolf, grey wolf, gray wolf, Canis lupus", 248: "Eskimo dog, husky", 852: "tennis ball",
        277: "red fox, Vulpes vulpes", 345: "ox", 690: "oxcart", 691: "cart of an ox",
      ]))

  private static func names(count: Int, prefix: String, _ known: [Int: String]) -> [String] {
    (0..<count).map { known[$0] ?? "\(prefix) \($0)" }
  }

  static func start(_ clips: [Clip] = clips, labels: Labels = labels) -> ExplorerState {
    ExplorerState(
      dataset: "Single-source", clips: clips, labels: labels,
      specification: ModelSpecification(variant: .pvtv2PANNs, weights: ["formula:1"]),
      model: Variant.pvtv2PANNs.parts)
  }

  // MARK: Contents

  static let extent = 224

  /// The middle of the object in a frame.
  static func middle(_ frame: Int) -> (x: Double, y: Double) { (80 + 16 * Double(frame), 120) }

  static func covers(_ x: Int, _ y: Int, frame: Int, shift: Double = 0) -> Bool {
    let middle = middle(frame)
    let (dx, dy) = (Double(x) - middle.x - shift, 1.4 * (Double(y) - middle.y))
    return dx * dx + dy * dy < 48 * 48
  }

  /// Sky, grass and a dark object; sound that swells, with a silent second. Frame 4 has no ground truth.
  static let contents: ClipContents = try! contents(of: clips[0])

  static func contents(of clip: Clip) throws -> ClipContents {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "explorer-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["frames", "masks"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    for frame in 0..<5 {
      try image(frame).writePNG(to: "\(folder)/frames/\(clip.id)_\(frame + 1).png")
      let values = (0..<extent * extent).map { covers($0 % extent, $0 / extent, frame: frame) ? UInt8(1) : 0 }
      if frame != 4 {
        try GrayImage(Mask(width: extent, height: extent, values: values))
          .writePNG(to: "\(folder)/masks/\(clip.id)_\(frame + 1).png")
      }
    }
    let rate = Waveform.sampleRate
    let samples = (0..<5 * rate).map { index -> Float in
      let second = index / rate
      let swell = Float(index % rate) / Float(rate)
      return second == 2 ? 0 : 0.9 * swell * sin(Float(index) * 0.171) * Float(5 - second) / 5
    }
    try writeWAV(samples, to: "\(folder)/sound.wav")
    return try self.clip(clip.id, clip.category, folder: folder).load()
  }

  private static func image(_ frame: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<extent {
      for x in 0..<extent {
        if covers(x, y, frame: frame) {
          pixels += [96, 64, UInt8(32 + x % 16)]
        } else if y < 110 {
          pixels += [UInt8(120 + y / 2), UInt8(160 + y / 2), 235]
        } else {
          pixels += [60, UInt8(120 + (x * 7 + y * 13) % 40), 50]
        }
      }
    }
    return RGBImage(width: extent, height: extent, pixels: pixels)
  }

  // MARK: Analyses

  static let visual: [(Int, Float)] = [(235, 0.642), (225, 0.21), (269, 0.03), (248, 0.0041), (852, 0.00002)]
  static let audio: [(Int, Float)] = [(75, 0.431), (74, 0.402), (72, 0.09), (67, 0.03), (76, 0.0003)]
  static let similarity: [[Float]] = [
    [0.71, 0.94, 0.52, 0.48, 0.33], [0.55, 0.61, 0.31, 0.28, 0.24], [0.41, 0.46, 0.38, 0.51, 0.2],
    [0.66, 0.9, 0.5, 0.47, 0.35], [0.08, 0.12, -0.04, 0.02, 0.01],
  ]

  /// The label that the network's own arithmetic finds in the made-up numbers.
  static func agreement(_ switches: Switches) -> CategoryMatch.Agreement? {
    switch switches.consensus {
    case .none: return nil
    case .visual: return CategoryMatch.visualLabels(evidence.visual)[0]
    case .audioVisual:
      return CategoryMatch(similarity: evidence.similarity).agreements(
        audio: evidence.audio, visual: evidence.visual, alpha: switches.alpha, beta: switches.beta
      )[0]
    }
  }

  /// All classes; those beyond the five have no confidence and no likeness.
  static let evidence: LabelEvidence = {
    var visualValues = [Float](repeating: 0, count: 1000)
    var audioValues = [Float](repeating: 0, count: 527)
    var matrix = [Float](repeating: 0, count: 527_000)
    for (row, entry) in visual.enumerated() {
      visualValues[entry.0] = entry.1
      for (column, sound) in audio.enumerated() {
        audioValues[sound.0] = sound.1
        matrix[entry.0 * 527 + sound.0] = similarity[row][column]
      }
    }
    return LabelEvidence(
      audio: Tensor((0..<5).flatMap { _ in audioValues }, [5, 527]),
      visual: Tensor((0..<5).flatMap { _ in visualValues }, [5, 1000]),
      similarity: try! SimilarityMatrix(Tensor(matrix, [1000, 527]), source: "made up"))
  }()

  /// Two tones that rise, louder in the middle of each second.
  static let soundPicture = SoundPicture(
    values: Tensor(
      (0..<5 * 20 * 16).map { index -> Float in
        let (second, time, band) = (index / 320, index / 16 % 20, index % 16)
        let near = abs(band - time / 2 - second) < 2 || abs(band - 12) < 1
        return near ? 10 - Float(abs(time - 10)) : -60 + Float(band)
      }, [5, 20, 16]), source: "PANNs Cnn14_16k")

  static let fusionAttention = zip(1...4, [56, 28, 14, 7]).map { stage, side in
    Tensor(
      (0..<5 * side * side).map { Float($0 % side + $0 / side % side) * Float(stage) / 10 - 1 },
      [5, side, side])
  }

  /// What enters the decoder; without non-local blocks it is flatter.
  static func featureMaps(_ nonLocal: Bool) -> [Tensor] {
    heatMaps.map { maps in
      let values = maps.raw.values.map { nonLocal ? 2 * $0 : 0.5 * $0 + 0.1 }
      return Tensor(values, maps.raw.shape)
    }
  }

  static func analysis(
    _ variant: Variant = .pvtv2PANNs, _ requested: Switches = Switches(), isComplete: Bool = true
  ) -> ClipAnalysis {
    let hasAudio = variant != .lite
    var effective = requested
    if !hasAudio, effective.consensus == .audioVisual { effective.consensus = .visual }
    let agreement = agreement(effective)
    let frames = (0..<5).map { frame in
      let visual = visual.map { Confidence($0.0, $0.1, raised: pow($0.1, requested.beta)) }
      let audio = hasAudio ? audio.map { Confidence($0.0, $0.1, raised: pow($0.1, requested.alpha)) } : []
      let similarity = hasAudio ? similarity : []
      let reweighted = zip(visual, similarity).map { v, row in
        zip(audio, row).map { $0.raised * $1 * v.raised }
      }
      let isScored = hasAudio && isComplete && frame != 4
      return FrameAnalysis(
        visual: visual, audio: audio, similarity: similarity, reweighted: reweighted, agreement: agreement,
        iou: isScored ? 0.8 - 0.05 * Double(frame) : nil, fScore: isScored ? 0.9 - 0.03 * Double(frame) : nil,
        pixels: isScored
          ? ScoredPixels(
            count: 50176, intersection: 4000, union: 5000 + 333 * frame, positives: 4600, threshold: 0.417,
            predicted: 4800, hits: 4300) : nil)
    }
    return ClipAnalysis(
      variant, requested: requested, effective: effective,
      limitations: hasAudio
        ? [] : ["lite has no audio encoder yet: the unified label is the visual one (CC-V)"],
      origin: hasAudio ? "formula, seed 1: weights by formula, no skill" : "EfficientNet-Lite0, ImageNet-1k",
      similaritySource: "GloVe 50-d with WordNet", frames: frames,
      heatMaps: effective.consensus == .none || !isComplete ? [] : heatMaps,
      fusionAttention: hasAudio && isComplete && effective.nonLocal ? fusionAttention : [],
      evidence: hasAudio ? evidence : nil, soundPicture: hasAudio ? soundPicture : nil,
      featureMaps: hasAudio && isComplete ? featureMaps(effective.nonLocal) : [],
      maskLogits: hasAudio && isComplete ? maskLogits : nil, iou: hasAudio && isComplete ? 0.725 : nil,
      fScore: hasAudio && isComplete ? 0.855 : nil,
      seconds: [
        .audio: 0.31, .backbone: 2.42, .consensus: 0.004, .backward: 3.8, .attention: 0.02, .aspp: 0.9,
        .fusion: 0.55, .decoder: 1.7,
      ], reused: [], isComplete: isComplete)
  }

  /// The analysis of a column: the worse, the less it is given; with reuse.
  static func columnAnalysis(_ variant: Variant, _ requested: Switches) -> ClipAnalysis {
    let worse = requested.consensus == .audioVisual ? 0.0 : requested.consensus == .visual ? 0.1 : 0.2
    let whole = analysis(variant, requested)
    let frames = whole.frames.map { frame in
      FrameAnalysis(
        visual: frame.visualTop, audio: frame.audioTop, similarity: frame.similarity,
        reweighted: frame.reweighted, agreement: frame.agreement, iou: frame.iou.map { $0 - worse },
        fScore: frame.fScore.map { $0 - worse })
    }
    return ClipAnalysis(
      variant, requested: requested, effective: whole.effective, limitations: whole.limitations,
      origin: whole.origin, similaritySource: whole.similaritySource, frames: frames,
      heatMaps: whole.heatMaps, fusionAttention: whole.fusionAttention, featureMaps: whole.featureMaps,
      maskLogits: logits(shift: 12 + 100 * worse),
      iou: whole.iou.map { $0 - worse },
      fScore: whole.fScore, seconds: [.backward: 1, .decoder: 0.5],
      reused: [.audio, .backbone], savedSeconds: [.audio: 0.5, .backbone: 3],
      store: StoreUse(bytes: 300 << 20, budget: 1 << 30, count: 12))
  }

  static let heatMaps = zip(1...4, [56, 28, 14, 7]).map { stage, side in
    HeatMaps(stage: stage) { kind in
      Tensor(
        (0..<5 * side * side).map { index -> Float in
          let (frame, y, x) = (index / (side * side), index / side % side, index % side)
          let middle = middle(frame)
          let scale = Double(extent) / Double(side)
          let dx = (Double(x) + 0.5) * scale - middle.x
          let dy = (Double(y) + 0.5) * scale - middle.y
          let bump = Float(exp(-(dx * dx + dy * dy) / 3200))
          switch kind {
          case .spatialAttention: return 0.49 + 0.04 * bump * Float(stage)
          case .raw: return -0.01 + 0.3 * bump
          case .gradCAM: return max(0, 2 * bump - 0.2)
          }
        }, [5, side, side])
    }
  }

  static let maskLogits = logits(shift: 12)

  private static func logits(shift: Double) -> Tensor {
    Tensor(
      (0..<5 * extent * extent).map { index in
        let (frame, pixel) = (index / (extent * extent), index % (extent * extent))
        return covers(pixel % extent, pixel / extent, frame: frame, shift: shift) ? 3 : -3
      }, [5, extent, extent])
  }

  /// A screen as if its clip had been analysed.
  static func snapshot(
    _ screen: ScreenName, _ size: Size, frame: Int = 1, analysis: ClipAnalysis? = analysis(),
    display: Display = Display()
  ) -> ExplorerState {
    start().snapshot(
      screen, contents: contents, analysis: analysis, frame: frame, size: size, display: display)
  }

  static func grid(_ state: ExplorerState, _ appearance: Appearance) -> CellGrid {
    var grid = CellGrid(size: state.size, appearance: appearance)
    state.draw(in: grid.bounds, on: &grid)
    return grid
  }
}
