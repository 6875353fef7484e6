import C3N
import Layers
import Tensors
import Testing

@Suite("A clip in chunks of frames")
struct ChunkTests {
  @Test func chunksAreFewAndEven() {
    #expect(C3NModel.chunks(of: 10, atMost: 10) == [0..<10])
    #expect(C3NModel.chunks(of: 11, atMost: 10) == [0..<5, 5..<11])
    #expect(C3NModel.chunks(of: 3, atMost: 1) == [0..<1, 1..<2, 2..<3])
    for frames in 1...64 {
      let chunks = C3NModel.chunks(of: frames, atMost: 7)
      #expect(chunks.flatMap(Array.init) == Array(0..<frames) && chunks.allSatisfy { 1...7 ~= $0.count })
    }
  }

  @Test(arguments: [true, false])
  func partsOfAClipAddUpToTheNonLocalBlock(listens: Bool) {
    let (x, audio) = (numbers(1, [5, 2, 4, 16]), numbers(2, [5, 3]))
    let sound = listens ? audio : nil
    let block = NonLocalFusion(formulaRoot(seed: 3)["b"], audio: 3, width: 16)
    let whole = block.forward(x, audio: sound)
    let attention = block.attention(x, audio: sound)
    for parts in [[0..<5], [0..<2, 2..<5], (0..<5).map { $0..<$0 + 1 }] as [[Range<Int>]] {
      let summaries = parts.map { block.summary(x.slice($0), ofClip: 5, listens: listens) }
      let map = block.map(.joined(summaries), audio: sound)
      let mapped = Tensor.concatenate(parts.map { block.forward(x.slice($0), by: map) })
      #expect(largestDifference(mapped, whole) < 1e-5)
      let maps = Tensor.concatenate(parts.map { block.attention(x.slice($0), by: map) })
      #expect(largestDifference(maps, attention) < 1e-5)
    }
    // The sums over the clip matter: a part by itself is something else.
    let alone = block.forward(x.slice(0..<2), audio: sound?.slice(0..<2))
    #expect(largestDifference(alone, whole.slice(0..<2)) > 1e-3)
  }

  /// A small network with each kind of backbone that there is.
  static func model(_ variant: Variant) throws -> C3NModel {
    let reader = WeightReader(FormulaWeights(seed: 5))
    let visual: any VisualBackbone
    let weights = reader.root[variant.visual == .resNet50 ? "resnet" : "encoder_backbone"]
    let hasClasses = variant.method.hasClasses
    switch variant.visual {
    case .pvtv2:
      visual = PVTv2(
        weights, depths: [1, 1, 1, 1], channels: [8, 8, 16, 16], heads: [1, 1, 2, 2], hasClasses: hasClasses)
    case .swin: visual = Swin(weights, depths: [2, 1, 1, 1], width: 8, heads: [1, 2, 2, 4])
    case .resNet50: visual = ResNet(weights)
    default: visual = EfficientNetLite(weights)
    }
    let audio = LiteAudio(reader.root.audio_backbone)
    let segmentation = C3NModel.Segmentation(
      reader.root, visual: visual.channels, audio: audio.embeddingWidth, width: 8, method: variant.method)
    return C3NModel(
      variant, visual: visual, audio: audio, segmentation: segmentation, reader,
      similarity: try SimilarityMatrix(
        FormulaWeights(seed: 5).tensor("similarity_matrix", shape: [1000, 527]), source: "formula"),
      origin: "test")
  }

  /// Everything that a run computes, its frames in chunks of at most `limit`.
  static func run(
    _ model: C3NModel, _ frames: Tensor, _ sound: Tensor, _ switches: Switches, atMost limit: Int
  ) throws -> (logits: Tensor, omegas: [Tensor], labels: [Int]) {
    let switches = model.feasible(switches)
    let count = frames.shape[0]
    let heard = try model.hear(sound)!
    let audio = model.audioConfidences(heard, switches)
    var (omegas, labels): ([[Tensor]], [Int]) = ([], [])
    var pooled: [[Tensor]] = []
    for chunk in C3NModel.chunks(of: count, atMost: limit) {
      let seen = try model.see(
        frames.slice(chunk), recording: model.visual.hasClasses ? .inputGradients : .none)
      let agreed = model.agree(audio: audio?.slice(chunk), visual: model.visualConfidences(seen), switches)
      let omega = try agreed.map { try model.weigh(seen, labels: $0.map(\.visualLabel)) }
      if let omega { omegas.append(omega) }
      labels += agreed?.map(\.visualLabel) ?? []
      pooled.append(try model.pool(model.attend(seen, omegas: omega))!)
    }
    let summaries = pooled.compactMap { model.summarize($0, ofClip: count, switches) }
    let maps = model.fusionMaps(summaries, embedding: heard.embedding, switches)
    let logits = Tensor.concatenate(try pooled.map { try model.decode($0, by: maps) })
    return (
      logits, omegas.isEmpty ? [] : (0..<4).map { i in .concatenate(omegas.map { $0[i] }) }, labels
    )
  }

  @Test(arguments: [.pvtv2PANNs, .swinPANNs, .lite, .tpaviPVTv2VGGish, .tpaviResNet50VGGish] as [Variant])
  func chunksEqualTheWhole(variant: Variant) throws {
    let model = try Self.model(variant)
    let (frames, sound) = (numbers(6, [3, 224, 224, 3]), numbers(7, [3, 16_000], scale: 0.1))
    var settings = [Switches()]
    if variant == .pvtv2PANNs || variant == .tpaviPVTv2VGGish {
      var vision = Switches()
      vision.audioFeatures = false
      var none = Switches()
      (none.consensus, none.nonLocal) = (.none, false)
      var forced = Switches()
      forced.forcedLabel = 235
      settings += [vision, none, forced]
    }
    for switches in settings {
      let whole = try Self.run(model, frames, sound, switches, atMost: 10)
      let chunked = try Self.run(model, frames, sound, switches, atMost: 1)
      // The tolerances of the comparison with the published program.
      #expect(largestDifference(whole.logits, chunked.logits) <= 1e-3, "\(switches)")
      #expect(whole.labels == chunked.labels && whole.omegas.count == chunked.omegas.count)
      for (a, b) in zip(whole.omegas, chunked.omegas) {
        #expect(largestDifference(a, b) <= 1e-4 * a.values.map(abs).max()!)
      }
      if model.feasible(switches).consensus != .none { #expect(whole.omegas.count == 4) }
      let spread = whole.logits.values.max()! - whole.logits.values.min()!
      #expect(spread > 0.1, "logits that are all the same would always be equal")
    }
  }

  /// More than ten seconds of sound, and more than ten frames of features, as training validates on.
  @Test func longSoundAndLongSegmentationGoInPieces() throws {
    let model = try Self.model(.lite)
    let sound = numbers(7, [23, 16_000], scale: 0.1)
    var milestones = 0
    let whole = try model.hear(sound) { _, _ in milestones += 1 }!
    #expect(whole.embedding.shape == [23, 128] && whole.classes!.scores.shape == [23, 527])
    #expect(milestones == model.milestoneCounts(Switches(), seconds: 23)[.audio])
    for second in [0, 9, 10, 22] {
      let alone = try model.hear(sound.slice(second..<second + 1))!
      let part = whole.embedding.slice(second..<second + 1)
      #expect(largestDifference(alone.embedding, part) <= 1e-4 * whole.embedding.values.map(abs).max()!)
    }

    let sizes = [56, 28, 14, 7]
    let attended = (0..<4).map { i in
      numbers(UInt64(i), [23, sizes[i], sizes[i], model.visual.channels[i]])
    }
    let masks = try model.segment(attended, embedding: whole.embedding, Switches())!
    let atOnce = try model.decode(model.pool(attended)!, embedding: whole.embedding, Switches())
    #expect(masks.shape == [23, 224, 224] && largestDifference(masks, atOnce) <= 1e-3)
  }
}
