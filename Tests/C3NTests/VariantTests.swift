import C3N
import Checkpoints
import Foundation
import Layers
import Tensors
import Testing

@Suite("Variants and the files that they are made of")
struct VariantTests {
  /// Checkpoints of a tensor for each key, in a folder that is removed afterwards.
  private func withFiles(
    _ files: [String: [String: Shape]], _ body: ((String) -> String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("parts-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    for (name, tensors) in files {
      try writeSafetensors(
        tensors.sorted { $0.key < $1.key }.map { ($0.key, Tensor(zeros: $0.value)) }, metadata: [:],
        to: path(name))
    }
    try body(path)
  }

  private static let vggish: [String: Shape] = ["features.0.weight": [1], "embeddings.0.weight": [1]]
  private static let components: [String: Shape] = ["pca_eigen_vectors": [1], "pca_means": [1]]
  private static let classifier: [String: Shape] = ["emb.conv1.weight": [1], "fc_final.weight": [1]]
  private static let swin: [String: Shape] = ["layers.0.blocks.0.attn.qkv.weight": [1], "norm.weight": [1]]
  private static let beats: [String: Shape] = [
    "patch_embedding.weight": [1], "encoder.pos_conv.0.weight_v": [1],
  ]

  private static func network(_ key: String, tpavi: Bool = false, audio: Int) -> [String: Shape] {
    let block = tpavi ? "tpavi_b1" : "tpavi_1"
    return [
      key: [1], "\(block).theta.weight": [1], "\(block).align_channel.weight": [256, audio],
      "output_conv.0.weight": [128, 256, 3, 3],
    ]
  }

  @Test func namesOfFixtures() throws {
    #expect(try Variant(named: "pvt_panns") == .pvtv2PANNs)
    #expect(try Variant(named: "tpavi_pvt_vggish") == .tpaviPVTv2VGGish)
    #expect(try Variant(named: "tpavi_resnet_vggish") == .tpaviResNet50VGGish)
    #expect(throws: UnknownVariant.self) { try Variant(named: "swin") }
    for variant in Variant.allCases { #expect(try Variant(named: variant.rawValue) == variant) }
  }

  @Test func keysTellRolesAndVariants() throws {
    let files = [
      "swin-beats": Self.network("encoder_backbone.layers.0.blocks.0.attn.qkv.weight", audio: 768),
      "tpavi": Self.network("resnet.layer1.0.conv1.weight", tpavi: true, audio: 128),
      "vggish": Self.vggish, "pca": Self.components, "classifier": Self.classifier, "swin": Self.swin,
      "beats": Self.beats,
    ]
    let expected: [String: [String]] = [
      "swin-beats": ["swin-beats"], "tpavi": ["tpavi-resnet50-vggish"],
      "vggish": ["pvtv2-vggish", "swin-vggish", "tpavi-pvtv2-vggish", "tpavi-resnet50-vggish"],
      "pca": ["pvtv2-vggish", "swin-vggish"], "classifier": ["pvtv2-vggish", "swin-vggish"],
      "swin": ["swin-vggish", "swin-panns", "swin-beats"],
      "beats": ["pvtv2-beats", "swin-beats"],
    ]
    try withFiles(files) { path in
      for (name, variants) in expected {
        let file = try WeightFile(opening: path(name))
        #expect(Variant.allCases.filter(file.isPart).map(\.rawValue) == variants, "\(name)")
        // By its names alone; loading it would not succeed.
        #expect(file.fittingVariants.isEmpty && !file.misfits.isEmpty, "\(name)")
      }
      func variant(_ names: String...) throws -> Variant? {
        let files = try names.map { try WeightFile(opening: path($0)) }
        return Variant.allCases.first { variant in files.allSatisfy { $0.isPart(of: variant) } }
      }
      // In any order; a file too many leaves none.
      let found = [
        try variant("beats", "swin-beats"), try variant("vggish", "tpavi"), try variant("swin", "pca"),
        try variant("tpavi", "beats"),
      ]
      #expect(found == [.swinBEATs, .tpaviResNet50VGGish, .swinVGGish, nil])
    }
  }

  /// A decoder by itself: its pooling tells whose stages it takes.
  @Test func aDecoderTellsItsBackbone() throws {
    func decoder(_ channels: [Int], audio: Int, tpavi: Bool = false) -> [String: Shape] {
      var tensors = Self.network("conv1.unused", tpavi: tpavi, audio: audio)
      for (stage, input) in channels.enumerated() {
        let kernel = tpavi ? "conv2d_list.0.weight" : "conv.weight"
        tensors["conv\(stage + 1).\(kernel)"] = [256, input, 1, 1]
      }
      return tensors
    }
    let files = [
      "lite": decoder([24, 40, 112, 320], audio: 128),
      "pvt": decoder([64, 128, 320, 512], audio: 128), "swin": decoder([128, 256, 512, 1024], audio: 768),
      "tpavi": decoder([256, 512, 1024, 2048], audio: 128, tpavi: true),
      "other": decoder([1, 2, 3, 4], audio: 128),
    ]
    let expected = [
      "lite": ["lite"], "pvt": ["pvtv2-vggish"], "swin": ["swin-beats"], "tpavi": ["tpavi-resnet50-vggish"],
      "other": [],
    ]
    try withFiles(files) { path in
      for (name, variants) in expected {
        let file = try WeightFile(opening: path(name))
        #expect(Variant.allCases.filter(file.isPart).map(\.rawValue) == variants, "\(name)")
      }
      let lite = try WeightFile(opening: path("lite"))
      #expect(
        lite.role.description
          == "segmentation network (C3N, without its backbone EfficientNet-Lite0, width 256, audio width 128)"
      )
      // Not taken for another variant's decoder beside that variant's backbone.
      let problem = #expect(throws: ModelError.self) {
        try C3NModel.load(
          .swinVGGish, from: .files([Fixtures.asset("Weights/lite-decoder.f16.safetensors")]), similarity: nil
        )
      }
      #expect(problem?.description.contains("missing the segmentation network") == true)
    }
  }

  @Test func missingPartsAreNamedWithTheirSources() throws {
    try withFiles(["pca": ["pca_eigen_vectors": [128, 128], "pca_means": [128]]]) { path in
      let folder = URL(fileURLWithPath: path("pca")).deletingLastPathComponent().path
      for (name, variant) in [("network", Variant.swinVGGish), ("network-beats", .swinBEATs)] {
        try ShapeFile.write(Self.shapes(of: variant), to: "\(folder)/\(name)")
      }
      func problem(_ variant: Variant?, _ names: String...) -> String {
        do {
          _ = try C3NModel.load(variant, from: .files(names.map(path)), similarity: nil)
          return ""
        } catch {
          return "\(error)"
        }
      }
      let halves = problem(nil, "pca", "network")
      #expect(halves.contains("vggish-10086976.pth") && halves.contains("md_50000_iters.pth"), "\(halves)")
      #expect(!halves.contains("vggish_pca_params-970ea276.pth"))
      #expect(problem(nil, "pca").contains("segmentation network trained with VGGish"))
      #expect(problem(nil, "network-beats", "pca").contains("no variant is made of these together"))
      #expect(problem(.pvtv2BEATs, "pca").contains("missing"))
      #expect(problem(.tpaviPVTv2VGGish).contains("TPAVI"))
    }
  }

  /// The keys and shapes of a whole published network, without its audio encoder.
  private static func shapes(of variant: Variant) -> [(key: String, shape: Shape)] {
    Shapes.of(variant, .segmentation(.published(variant)))
  }

  @Test func filesAreMountedUnderTheModelsNames() throws {
    try withFiles(["a": ["layer3.0.x": [2], "fc.x": [3], "means": [128]]]) { path in
      let mount = CheckpointWeights.Mount(try Checkpoint.open(path("a")), below: "resnet") {
        $0.hasPrefix("fc.") ? nil : $0.replacing("layer3", with: "layer3_1")
      }
      let weights = CheckpointWeights([mount])
      #expect(weights.keys.sorted() == ["resnet.layer3_1.0.x", "resnet.means"])
      let kernel = try weights.tensor("resnet.layer3_1.0.x", shape: [2])
      #expect(kernel.count == 2)
      // Axes of extent 1 hold nothing; other shapes are refused.
      let means = try weights.tensor("resnet.means", shape: [128, 1])
      #expect(means.shape == [128, 1])
      #expect(throws: WeightProblem.self) { try weights.tensor("resnet.means", shape: [2, 64]) }
      #expect(throws: WeightProblem.self) { try weights.tensor("resnet.fc.x", shape: [3]) }
    }
  }

  @Test func backbonesOwnFilesAreAdopted() {
    let published = C3NModel.Options()
    var mapping = published
    mapping.mapsSwinFinalNorm = true
    #expect(BackboneKind.swin.adopt("norm.weight", published, true) == nil)
    #expect(BackboneKind.swin.adopt("norm.weight", mapping, true) == "norm3.weight")
    #expect(
      BackboneKind.swin.adopt("layers.0.downsample.norm.bias", mapping, true)
        == "layers.0.downsample.norm.bias")
    #expect(
      BackboneKind.resNet50.adopt("layer3.0.conv1.weight", published, false) == "layer3_1.0.conv1.weight")
    #expect(BackboneKind.resNet50.adopt("layer1.0.conv1.weight", published, false) == "layer1.0.conv1.weight")
    #expect(BackboneKind.resNet50.adopt("fc.bias", published, false) == nil)
    #expect(BackboneKind.pvtv2.adopt("head.weight", published, true) == "head.weight")
    #expect(BackboneKind.pvtv2.adopt("head.weight", published, false) == nil)
  }

  @Test func labelsAreBroughtIntoAudioSetsOrder() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("label_dict.pt"))
    #expect(try LabelAlignment(checkpoint, identifiers: ["/m/a", "/m/b", "/m/c"]).outputs == [1, 2, 0])
    #expect(throws: ModelError.self) {
      try LabelAlignment(checkpoint, identifiers: ["/m/a", "/m/b", "/m/d"])
    }
    #expect(throws: ModelError.self) { try LabelAlignment(checkpoint, identifiers: ["/m/a", "/m/b"]) }
    // A training keeps the order with its weights.
    try withFiles(["none": ["x": [1]], "wrong": ["audio_backbone.label_order": [3]]]) { path in
      let none = try LabelAlignment(storedIn: Checkpoint.open(path("none")))
      #expect(none?.outputs == nil)
      #expect(throws: ModelError.self) { try LabelAlignment(storedIn: Checkpoint.open(path("wrong"))) }
      let buffer = try LabelAlignment(checkpoint, identifiers: ["/m/a", "/m/b", "/m/c"]).buffer
      try writeSafetensors([(buffer.key, buffer.value)], metadata: [:], to: path("kept"))
      let kept = try LabelAlignment(storedIn: Checkpoint.open(path("kept")))
      #expect(kept?.outputs == [1, 2, 0])
    }
    let other = try Checkpoint.open(Fixtures.path("pvt_panns.safetensors"))
    #expect(throws: ModelError.self) { try LabelAlignment(other, identifiers: ["/m/a"]) }
    var options = C3NModel.Options()
    options.labelOrder = .aligned
    #expect(throws: ModelError.self) {
      try C3NModel.load(.swinBEATs, from: .formula(seed: 1), similarity: nil, options: options)
    }
  }
}

@Suite("Swin in small: the whole backward pass agrees with finite differences", .serialized)
struct SwinGradientTests {
  @Test func parametersFromTheFirstToTheLast() throws {
    let reader = WeightReader(FormulaWeights(seed: 5))
    let network = Swin(
      reader.root.encoder_backbone, depths: [2, 2, 1, 2], width: 8, heads: [1, 2, 2, 4], window: 2)
    let frames = numbers(6, [1, 64, 64, 3])
    let silent: Observer = { _, _ in }
    let depth = StochasticDepth(
      blocks: (0..<7).map { ([$0 == 3 ? 0 : 1.25], [$0 == 4 ? 0 : 1]) })
    let seen = try network.forward(frames, recording: .allGradients, depth: depth, observe: silent)
    #expect(seen.stages.map(\.shape) == [[1, 16, 16, 8], [1, 8, 8, 16], [1, 4, 4, 32], [1, 2, 2, 64]])
    let logitGradient = numbers(7, seen.logits!.shape, scale: 0.05)
    let stageGradients = seen.stages.enumerated().map { numbers(UInt64(8 + $0), $1.shape, scale: 0.05) }
    func loss() throws -> Double {
      let seen = try network.forward(frames, recording: .none, depth: depth, observe: silent)
      return zip([seen.logits!] + seen.stages, [logitGradient] + stageGradients).reduce(0) { sum, pair in
        sum + zip(pair.0.values, pair.1.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let gradients = Gradients()
    var activations: [Int] = []
    try network.backward(
      logits: logitGradient, stages: stageGradients, from: seen, accumulating: gradients, observe: silent
    ) { stage, _ in activations.append(stage) }
    #expect(activations == [4, 3, 2, 1])
    for parameter in reader.parameters {
      guard let gradient = gradients[parameter] else {
        #expect(parameter.key.contains(".head."), "\(parameter.key) has no gradient")
        continue
      }
      // Along the gradient itself the difference quotient is largest against rounding.
      let norm = gradient.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let value = parameter.value
      let size = value.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let step = 1e-3 * size
      func at(_ sign: Double) throws -> Double {
        parameter.value = Tensor(
          zip(value.values, gradient.values).map { $0 + Float(sign * step / norm) * $1 }, value.shape)
        return try loss()
      }
      // A branch that is left out of the frame has no gradient, and no effect.
      let quotient = norm > 0 ? (try at(1) - at(-1)) / (2 * step) : 0
      parameter.value = value
      #expect(
        abs(quotient - norm) < 0.03 * max(norm, 1e-2),
        "\(parameter.key): |gradient| \(norm), quotient \(quotient)")
    }
  }

  @Test func omegaIsTheGradientOfTheLabel() throws {
    let reader = WeightReader(FormulaWeights(seed: 5))
    let network = Swin(
      reader.root.encoder_backbone, depths: [2, 1, 2, 1], width: 8, heads: [1, 2, 2, 4], window: 2)
    let frames = numbers(6, [2, 64, 64, 3])
    let silent: Observer = { _, _ in }
    let seen = try network.forward(frames, recording: .inputGradients, observe: silent)
    let omegas = try network.classActivatedWeights(seen, labels: [3, 997])
    #expect(omegas.map(\.shape) == [[2, 8], [2, 16], [2, 32], [2, 64]])
    // The training's recording has the same way back.
    let recorded = try network.forward(frames, recording: .allGradients, observe: silent)
    for (a, b) in zip(omegas, try network.classActivatedWeights(recorded, labels: [3, 997])) {
      #expect(a.values == b.values && a.values.contains { abs($0) > 1e-7 })
    }
  }
}

@Suite("TPAVI")
struct TPAVITests {
  @Test func theAttentionIsTheMeanOverTheMatrix() {
    let (x, audio) = (numbers(1, [3, 2, 4, 16]), numbers(2, [3, 5]))
    let formula = FormulaWeights(seed: 3)
    let block = NonLocalFusion(formulaRoot(seed: 3)["b"], audio: 5, width: 16)
    func linear(_ rows: [[Double]], _ key: String, _ out: Int, _ rank5: Bool) -> [[Double]] {
      let input = rows[0].count
      let w = formula.tensor("b.\(key).weight", shape: rank5 ? [out, input, 1, 1, 1] : [out, input]).values
      let b = formula.tensor("b.\(key).bias", shape: [out]).values
      return rows.map { row in
        (0..<out).map { o in (0..<input).reduce(Double(b[o])) { $0 + Double(w[o * input + $1]) * row[$1] } }
      }
    }
    func rows(_ tensor: Tensor) -> [[Double]] {
      let width = tensor.shape.last
      return (0..<tensor.shape.rows).map { r in (0..<width).map { Double(tensor[r * width + $0]) } }
    }
    for sound in [audio, nil] {
      let theta = linear(rows(x), "theta", 8, true)
      let keys = sound.map { linear(rows($0), "align_channel", 16, false) } ?? rows(x)
      let phi = linear(keys, "phi", 8, true)
      let expected = theta.map { query in
        Float(phi.reduce(0) { $0 + zip(query, $1).reduce(0) { $0 + $1.0 * $1.1 } } / Double(phi.count))
      }
      let map = block.attention(x, audio: sound)
      #expect(largestDifference(map, Tensor(expected, [3, 2, 4])) < 1e-5)
    }
  }

  @Test func withoutClassesThereIsNoConsensus() throws {
    let reader = WeightReader(FormulaWeights(seed: 3))
    let model = C3NModel(
      .tpaviPVTv2VGGish,
      visual: PVTv2(
        reader.root.encoder_backbone, depths: [1, 1, 1, 1], channels: [8, 8, 8, 8], heads: [1, 1, 1, 1],
        hasClasses: false),
      audio: nil,
      segmentation: C3NModel.Segmentation(
        reader.root, visual: [8, 8, 8, 8], audio: nil, width: 8, method: .tpavi), reader,
      similarity: try SimilarityMatrix(Tensor(zeros: [1000, 527]), source: "zero"), origin: "test")
    var switches = Switches()
    switches.forcedLabel = 3
    #expect(model.feasible(switches).consensus == .none && model.feasible(switches).forcedLabel == nil)
    let seen = try model.see(numbers(1, [2, 64, 64, 3]))
    #expect(seen.logits == nil && model.visualConfidences(seen) == nil)
    #expect(model.agree(audio: nil, visual: nil, switches) == nil)
    var announced: [Milestone.Part: Int] = [:]
    _ = try model.segment(model.attend(seen, omegas: nil), embedding: nil, switches) { milestone, _ in
      announced[milestone.part, default: 0] += 1
    }
    let counts = model.milestoneCounts(switches)
    #expect(counts[.fusion] == announced[.fusion] && counts[.aspp] == 4 && counts[.backward] == nil)
    #expect(counts[.backbone] == 8)
    #expect(reader.parameters.contains { $0.key == "conv4.conv2d_list.3.bias" })
    #expect(reader.parameters.contains { $0.key == "tpavi_b2.W_z.0.weight" })
  }
}
