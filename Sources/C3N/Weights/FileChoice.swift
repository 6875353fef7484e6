import Checkpoints

/// Which variant some files make, what it has, and where each file belongs.
struct FileChoice {
  let variant: Variant
  var parts: C3NModel.Parts
  private(set) var mounts: [CheckpointWeights.Mount] = []

  private let files: [WeightFile]
  private var unused: [Int]
  private var missing: [String] = []

  /// Chooses among the files.
  ///
  /// - Parameters:
  ///   - wanted: The variant, or nil to infer it.
  ///   - isComplete: Whether the published network must be whole; a training may begin with the encoders alone.
  /// - Throws: ``ModelError`` for a file of no use and for a part that is missing.
  init(_ wanted: Variant?, _ files: [WeightFile], _ place: String, isComplete: Bool) throws {
    for file in files where file.role == .unknown {
      throw ModelError(
        place: file.checkpoint.file,
        problem: "a \(file.checkpoint.format) file of \(file.checkpoint.names.count) tensors that is "
          + "\(file.role); expected a segmentation network, an audio encoder or a visual backbone")
    }
    variant = try wanted ?? Self.inferred(files, place)
    parts = .backboneAlone
    self.files = files
    unused = Array(files.indices)
    switch variant {
    case .pvtv2PANNs:
      let found = mountNetwork(
        .pvtv2,
        isComplete
          ? "the segmentation network trained with PANNs (`*_best.pth`: keys encoder_backbone.*, "
            + "tpavi_1.align_channel.weight [256, 2048])"
          : "the visual backbone (`pvt_v2_b5.pth`) or a segmentation network", takesBackbone: !isComplete)
      if !found.hasAudioEncoder, !mount(below: "audio_backbone.", where: { $0 == .panns }) {
        missing.append("the audio encoder (`Cnn14_16k_mAP=0.438.pth`, from PANNs' publication)")
      }
      parts = C3NModel.Parts(
        decoderWidth: found.isNetwork ? found.width ?? 256 : nil, hasAudio: true, fusesAudio: true)
    case .lite:
      let found = mountNetwork(
        .efficientNetLite, "EfficientNet-Lite0 (keys _conv_stem.*, _blocks.*)", takesBackbone: true)
      let hasOwn = !found.hasAudioEncoder && mount(below: "audio_backbone.", where: { $0 == .liteAudio })
      parts = C3NModel.Parts(
        decoderWidth: found.width, hasAudio: found.hasAudioEncoder || hasOwn,
        fusesAudio: found.audioWidth != nil)
    }
    if !missing.isEmpty {
      let given = files.map { "\($0.checkpoint.file) is \($0.role)" }.joined(separator: "; ")
      throw ModelError(
        place: "variant \(variant)",
        problem: "missing \(missing.joined(separator: " and "))"
          + (given.isEmpty ? "; no file was given" : "; \(given)"))
    }
    if let index = unused.first {
      let hint = files[index].role == .similarity ? "; a similarity matrix is given with --similarity" : ""
      throw ModelError(
        place: files[index].checkpoint.file,
        problem: "\(files[index].role), which variant \(variant) has no place for beside the others\(hint)")
    }
  }

  private struct Network {
    var isNetwork = false
    var width, audioWidth: Int?
    var hasAudioEncoder = false
  }

  /// Mounts a segmentation network with the backbone, or else the backbone alone.
  private mutating func mountNetwork(
    _ backbone: WeightFile.Backbone, _ what: String, takesBackbone: Bool
  ) -> Network {
    for index in files.indices {
      guard case .segmentation(backbone, let width, let audioWidth, let hasAudio) = files[index].role else {
        continue
      }
      take(index, below: "")
      return Network(isNetwork: true, width: width, audioWidth: audioWidth, hasAudioEncoder: hasAudio)
    }
    if !takesBackbone || !mount(below: "encoder_backbone.", where: { $0 == .backbone(backbone) }) {
      missing.append(what)
    }
    return Network()
  }

  private mutating func mount(below prefix: String, where fits: (WeightFile.Role) -> Bool) -> Bool {
    guard let index = files.indices.first(where: { fits(files[$0].role) }) else { return false }
    take(index, below: prefix)
    return true
  }

  private mutating func take(_ index: Int, below prefix: String) {
    mounts.append(.init(files[index].checkpoint, below: prefix))
    unused.removeAll { $0 == index }
  }

  private static func inferred(_ files: [WeightFile], _ place: String) throws -> Variant {
    let names = files.lazy.flatMap(\.fittingVariants)
    if let variant = names.compactMap({ Variant(rawValue: $0) }).first { return variant }
    throw ModelError(
      place: place.isEmpty ? "weights" : place,
      problem: "no variant of this build fits; found \(files.map { "\($0.role)" }.joined(separator: ", ")), "
        + "expected one of \(Variant.allCases.map(\.rawValue).joined(separator: ", "))")
  }
}
