import C3N
import Checkpoints
import Foundation
import Layers
import Media
import Tensors
import Testing

/// A file fits a variant if loading it would succeed.
@Suite("Files that fit") final class FittingTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "fitting-\(UUID().uuidString)")
    .path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private typealias Tensors = [(key: String, shape: Shape)]

  /// The tensors with others behind them.
  private static func adding(_ tensors: Tensors, _ others: KeyValuePairs<String, Shape>) -> Tensors {
    tensors + others.map { (key: $0.key, shape: $0.value) }
  }

  /// The tensors, those chosen with another first extent.
  private static func resizing(_ tensors: Tensors, to extent: Int, where isChosen: (String) -> Bool)
    -> Tensors
  {
    tensors.map { tensor in
      guard isChosen(tensor.key) else { return tensor }
      return (key: tensor.key, shape: Shape([extent] + tensor.shape.extents.dropFirst()))
    }
  }

  /// A file of shapes, opened.
  private func file(_ tensors: Tensors) throws -> WeightFile {
    let path = "\(folder)/\(UUID().uuidString).pth"
    try ShapeFile.write(tensors, to: path)
    return try WeightFile(opening: path)
  }

  private static let resNet = Shapes.of(.tpaviResNet50VGGish, .backbone(.resNet50), below: "resnet")
    .map { (key: $0.key.replacing(/^layer([34])_1\./) { "layer\($0.output.1)." }, shape: $0.shape) }

  // Not TPAVI with ResNet-50: its pooling has more elements than a tensor that repeats one may have.
  @Test(arguments: Variant.allCases.filter { $0 != .lite && $0 != .tpaviResNet50VGGish })
  func publishedNetworks(variant: Variant) throws {
    let shapes = Shapes.of(variant, .segmentation(.published(variant)))
    let whole = try file(shapes)
    #expect(whole.fittingVariants == [variant.rawValue])
    // Data parallel within a compiled program's attribute.
    let prefixed = try file(shapes.map { (key: "net._orig_mod.module." + $0.key, shape: $0.shape) })
    #expect(prefixed.fittingVariants == [variant.rawValue])
    #expect(prefixed.checkpoint.strippedPrefix == "net._orig_mod.module.")
    // Every key alone is needed, the ones that tell the backbone and the decoder too.
    for key in ["output_conv.0.weight", "\(shapes[0].key)", shapes[shapes.count / 2].key] {
      let file = try file(shapes.filter { $0.key != key })
      #expect(file.fittingVariants.isEmpty)
      #expect(file.misfits.map(\.variants) == [[variant]])
      #expect(file.misfits.first?.problems.map(\.key) == [key], "\(key)")
    }
    let third = try file(Array(shapes.prefix(shapes.count / 3)))
    #expect(!third.fits(variant))
  }

  @Test func otherSizesOfABackbone() throws {
    let swin = Shapes.of(.swinBEATs, .backbone(.swin), below: "encoder_backbone")
    let pvt = Shapes.of(.pvtv2BEATs, .backbone(.pvtv2), below: "encoder_backbone")
    #expect(
      try file(swin).fits(.swinPANNs) && file(pvt).fits(.pvtv2PANNs)
        && file(Self.resNet).fits(.tpaviResNet50VGGish))
    // Without the norms that a segmentation network adds, with the classifier's and the buffers of 224 pixels.
    let published = Self.adding(
      swin.filter { !$0.key.contains(/^norm\d/) },
      [
        "norm.weight": [1024], "layers.0.blocks.1.attn_mask": [64, 49, 49],
        "layers.2.blocks.1.attn_mask": [4, 49, 49],
        "layers.3.blocks.0.attn.relative_position_index": [49, 49],
      ])
    #expect(try file(published).fittingVariants.count == 3)
    let table = "layers.0.blocks.0.attn.relative_position_bias_table"
    let (mask, index) = ("layers.0.blocks.1.attn_mask", "layers.0.blocks.0.attn.relative_position_index")
    let misfits: [(Tensors, WeightProblem)] = [
      (
        Self.resizing(swin, to: 529) { $0.hasSuffix("bias_table") },
        .shape(key: table, found: [529, 4], expected: [169, 4])
      ),
      (
        Self.adding(swin, [mask: [256, 49, 49]]),
        .shape(key: mask, found: [256, 49, 49], expected: [64, 49, 49])
      ),
      (
        Self.adding(swin, [index: [144, 144]]),
        .shape(key: index, found: [144, 144], expected: [49, 49])
      ),
      (
        Self.resizing(swin, to: 2) { $0.hasPrefix("head.") },
        .shape(key: "head.weight", found: [2, 1024], expected: [1000, 1024])
      ),
      (
        pvt.filter { !$0.key.contains(/^block3\.([6-9]|\d\d)\./) },
        .missing(key: "block3.6.norm1.weight", expected: [320])
      ),
      (Self.adding(pvt, ["pos_embed1": [1, 3136, 64]]), .unexpected(key: "pos_embed1")),
      (
        Self.adding(Self.resNet, ["layer3.6.conv1.weight": [256, 1024, 1, 1]]),
        .unexpected(key: "layer3.6.conv1.weight")
      ),
    ]
    for (tensors, problem) in misfits {
      let file = try file(tensors)
      #expect(file.fittingVariants.isEmpty)
      #expect(file.misfits.first?.problems.first == problem, "\(problem)")
    }
    let error = #expect(throws: ModelError.self) {
      try C3NModel.load(nil, from: .files([try file(misfits[0].0).checkpoint.file]), similarity: nil)
    }
    #expect(error?.problem.contains("expected `swin_base_patch4_window7_224.pth`") == true)
  }

  /// PANNs' front-end, which is not read, tells the rate and the window that a file is for.
  @Test func frontEndsOfOtherRates() {
    let role = WeightFile.Role.audio(.panns, root: "audio_backbone")
    var good = ShapeSource(
      shapes: Dictionary(uniqueKeysWithValues: Shapes.of(.pvtv2PANNs, role).map { ($0.key, $0.shape) }))
    #expect(role.problems(of: good, in: .pvtv2PANNs).isEmpty)
    let (real, imaginary, mel) = (
      "audio_backbone.spectrogram_extractor.stft.conv_real.weight",
      "audio_backbone.spectrogram_extractor.stft.conv_imag.weight", "audio_backbone.logmel_extractor.melW"
    )
    func set(_ source: inout ShapeSource, _ key: String, _ values: Tensor) {
      (source.shapes[key], source.values[key]) = (values.shape, values)
    }
    set(&good, real, Tensor(PANNsFrontEnd.transform(isReal: true), [257, 1, 512]))
    set(&good, imaginary, Tensor(PANNsFrontEnd.transform(isReal: false), [257, 1, 512]))
    set(&good, mel, Tensor(PANNsFrontEnd.melMatrix, [257, 64]))
    #expect(role.problems(of: good, in: .pvtv2PANNs).isEmpty)
    // In half precision it is the same one.
    var half = good
    set(&half, mel, Tensor(PANNsFrontEnd.melMatrix.map { Float(Float16($0)) }, [257, 64]))
    #expect(role.problems(of: half, in: .pvtv2PANNs).isEmpty)

    var other = good
    set(&other, real, Tensor(zeros: [513, 1, 1024]))
    set(&other, mel, Tensor(zeros: [513, 64]))
    #expect(
      role.problems(of: other, in: .swinPANNs) == [
        .shape(key: real, found: [513, 1, 1024], expected: [257, 1, 512]),
        .shape(key: mel, found: [513, 64], expected: [257, 64]),
      ])
    // The same shapes for 32 kHz, from 0 Hz and up to 7 kHz; cosines for sines; no numbers; another window.
    let bins = 257
    func bank(_ range: ClosedRange<Double>, _ nyquist: Double) -> Tensor {
      let filters = MelFilterBank.slaney(64, over: range, bins: bins, nyquist: nyquist)
      return Tensor(
        (0..<bins).flatMap { bin in
          filters.applied(to: (0..<bins).map { $0 == bin ? 1 : 0 }).map { Float($0) }
        }, [257, 64])
    }
    // Hamming's window instead of Hann's.
    let cosines = good.values[real]!.values
    let hann = hannWindow(512, isPeriodic: true)
    let hamming = Tensor(
      cosines.enumerated().map { index, value -> Float in
        let height = Float(hann[index % 512])
        return height == 0 ? 0.08 : value * (0.08 + 0.92 * height) / height
      }, [257, 1, 512])
    let changes: [(String, Tensor)] = [
      (mel, bank(50...14000, 16000)), (mel, bank(0...8000, 8000)), (mel, bank(50...7000, 8000)),
      (imaginary, good.values[real]!), (real, Tensor(repeating: .nan, [257, 1, 512])),
      (real, hamming),
    ]
    for (key, values) in changes {
      var other = good
      set(&other, key, values)
      let problems = role.problems(of: other, in: .pvtv2PANNs)
      #expect(problems.map(\.key) == [key])
      guard case .differs? = problems.first else {
        Issue.record("\(problems)")
        continue
      }
    }
  }

  @Test func settingsOfBEATs() throws {
    let published = try Checkpoint.open(Fixtures.path("label_dict.pt"))
    #expect(EncoderKind.beats.settingProblems(published, "audio_backbone").isEmpty)
    let beats = try Checkpoint.open(Fixtures.path("beats_cfg.pt"))
    #expect(
      EncoderKind.beats.settingProblems(beats, "audio_backbone") == [
        .differs(key: "cfg.finetuned_model", found: "bool False", expected: "True"),
        .differs(key: "cfg.encoder_layers", found: "int 24", expected: "12"),
        .differs(key: "cfg.max_distance", found: "int 1280", expected: "800"),
      ])
  }

  /// What a decoder of `lite` may be wrapped in, and what it must not lack.
  @Test func decodersOfLite() throws {
    let own = try Checkpoint.open(Fixtures.asset("Weights/lite-row-af.f16.safetensors"))
    let tensors = own.names.filter { !$0.hasPrefix("optimizer.") }.map { ($0, own[$0]!.tensor()) }
    func write(_ tensors: [(String, Tensor)]) throws -> WeightFile {
      let path = "\(folder)/\(UUID().uuidString).safetensors"
      try writeSafetensors(tensors.map { StoredTensor($0.0, $0.1) }, to: path)
      return try WeightFile(opening: path)
    }
    for prefix in [
      "", "module.", "_orig_mod.", "model.", "net.module.", "model_state_dict.module._orig_mod.",
    ] {
      var named = tensors.map { (prefix + $0.0, $0.1) }
      if prefix.hasPrefix("model_state_dict.") {
        named.append(("optimizer_state_dict.state.0.exp_avg", Tensor(zeros: [3])))
      }
      #expect(try write(named).fittingVariants == ["lite"], "\(prefix)")
    }
    #expect(try write(tensors.map { ("other." + $0.0, $0.1) }).role == .unknown)
    let missing = try write(tensors.filter { $0.0 != "output_conv.2.bias" })
    #expect(missing.misfits.first?.problems == [.missing(key: "output_conv.2.bias", expected: [32])])
    let more = try write(tensors + [("extra.weight", Tensor(zeros: [2]))])
    #expect(more.misfits.first?.problems == [.unexpected(key: "extra.weight")])
    // Whole numbers in a weight's place are quantised ones.
    let path = "\(folder)/integers.safetensors"
    try writeSafetensors(
      tensors.map { key, value in
        key == "output_conv.2.bias"
          ? StoredTensor(key, integers: value.values.map { Int64($0) }, shape: value.shape)
          : StoredTensor(key, value)
      }, metadata: [:], as: .float32, to: path)
    let integers = try WeightFile(opening: path)
    guard
      case .differs("output_conv.2.bias", "whole numbers (I64)", _)? = integers.misfits.first?.problems.first
    else {
      Issue.record("\(integers.misfits)")
      return
    }
  }
}
