import Checkpoints
import Layers

/// Which variant some files make, what it has, and where each file belongs.
struct FileChoice {
  let variant: Variant
  var parts: C3NModel.Parts
  private(set) var mounts: [CheckpointWeights.Mount] = []

  /// The audio encoder's file that lists the order of its classes, if it has one.
  private(set) var labelled: Checkpoint?

  private let files: [WeightFile]
  private let options: C3NModel.Options
  private var unused: [Int]
  private var taken: [Int] = []
  private var missing: [String] = []

  /// Chooses among the files.
  ///
  /// - Parameters:
  ///   - wanted: The variant, or nil to infer it.
  ///   - isComplete: Whether the published network must be whole; a training may begin with the encoders alone.
  /// - Throws: ``ModelError`` for a file of no use and for a part that is missing.
  init(
    _ wanted: Variant?, _ files: [WeightFile], _ place: String, options: C3NModel.Options, isComplete: Bool
  ) throws {
    for file in files where file.role == .unknown {
      throw ModelError(
        place: file.checkpoint.file,
        problem: "a \(file.checkpoint.format) file of \(file.checkpoint.names.count) tensors that is "
          + "\(file.role); \(file.glimpse); expected a segmentation network, an audio encoder or a visual backbone"
      )
    }
    if wanted == nil, let error = WeightFile.misfit(among: files) { throw error }
    variant = try wanted ?? Self.inferred(files, place)
    parts = .backboneAlone
    self.files = files
    self.options = options
    unused = Array(files.indices)
    let network = mountNetwork(takesBackbone: !isComplete || variant.mayBePartial)
    parts.hasAudio = mountAudio(besides: network)
    if variant.mayBePartial {
      parts.decoderWidth = network?.width
      parts.fusesAudio = network?.audioWidth != nil
    } else {
      parts.decoderWidth = network.map { $0.width ?? 256 }
      parts.fusesAudio = true
    }
    if !missing.isEmpty {
      // A file that is of the right kind but does not fit is the reason, whatever else is missing.
      if let error = WeightFile.misfit(among: files) { throw error }
      let given = files.map { "\($0.checkpoint.file) is \($0.role)" }.joined(separator: "; ")
      throw ModelError(
        place: "variant \(variant)",
        problem: "missing \(missing.joined(separator: " and "))"
          + (given.isEmpty ? "; no file was given" : "; \(given)"))
    }
    for index in taken where !files[index].settingProblems.isEmpty {
      throw files[index].misfit(files[index].problems(in: variant, options: options))
    }
    if let index = unused.first {
      let hint = files[index].role == .similarity ? "; a similarity matrix is given with --similarity" : ""
      throw ModelError(
        place: files[index].checkpoint.file,
        problem: "\(files[index].role), which variant \(variant) has no place for beside the others\(hint)")
    }
  }

  /// Mounts a segmentation network with the backbone, or both from files of their own, or else the backbone alone.
  private mutating func mountNetwork(takesBackbone: Bool) -> WeightFile.Network? {
    let (kind, method, audio) = (variant.visual, variant.method, variant.audio)
    func network(of backbone: BackboneKind?) -> (index: Int, WeightFile.Network)? {
      for index in files.indices {
        if case .segmentation(let network) = files[index].role, network.backbone == backbone,
          network.method == method, network.fits(kind)
        {
          return (index, network)
        }
      }
      return nil
    }
    if let (index, whole) = network(of: kind) {
      take(index)
      return whole
    }
    let rest = network(of: nil)
    if takesBackbone || rest != nil,
      let index = files.indices.first(where: { files[$0].role == .backbone(kind) })
    {
      take(index)
      if let (index, _) = rest { take(index) }
      return rest?.1
    }
    let whole =
      "the segmentation network trained with \(audio) (`*_best.pth`, from the publication of \(method.title): "
      + "keys \(kind.root).*, \(method.nonLocalName)1.align_channel.weight [256, \(audio.embeddingWidth)])"
    let backbone = "the visual backbone \(kind) (\(kind.source))"
    missing.append(
      !takesBackbone ? whole : variant.mayBePartial ? backbone : "\(backbone) or a segmentation network")
    return nil
  }

  /// Mounts what the network does not hold of its audio encoder; whether the encoder is there.
  private mutating func mountAudio(besides network: WeightFile.Network?) -> Bool {
    var absent: [String] = []
    for part in variant.audioParts where network?.audioRoots.contains(part.root) != true {
      if let index = files.indices.first(where: {
        files[$0].role == .audio(variant.audio, root: part.root)
      }) {
        take(index)
        if variant.audio.hasOwnLabelOrder { labelled = files[index].checkpoint }
      } else {
        absent.append("the \(part.name) (\(part.source))")
      }
    }
    if !variant.mayBePartial { missing += absent }
    return absent.isEmpty
  }

  private mutating func take(_ index: Int) {
    if let mount = files[index].mount(in: variant, options) { mounts.append(mount) }
    taken.append(index)
    unused.removeAll { $0 == index }
  }

  /// The error of what did not fit the model, by file.
  func misfit(_ problems: [WeightProblem]) -> ModelError? {
    var errors = CheckpointWeights(mounts).byFile(problems).compactMap { mount, problems in
      files.first { $0.checkpoint.file == mount.checkpoint.file }?.misfit(problems)
    }
    guard !errors.isEmpty else { return nil }
    let first = errors.removeFirst()
    return ModelError(
      place: first.place, problem: ([first.problem] + errors.map(\.description)).joined(separator: "\n"))
  }

  private static func inferred(_ files: [WeightFile], _ place: String) throws -> Variant {
    // A file of no use beside others is told later, by its name.
    let parts = files.filter { $0.role != .similarity }
    if let variant = WeightFile.variant(of: parts) { return variant }
    let fits = files.map {
      "\($0.checkpoint.file) is \($0.role), of \($0.fittingVariants.isEmpty ? "no variant" : $0.fittingVariants.joined(separator: ", "))"
    }
    throw ModelError(
      place: place.isEmpty ? "weights" : place,
      problem: "no variant is made of these together"
        + (files.isEmpty ? "" : ": \(fits.joined(separator: "; "))")
        + "; expected the parts of one of \(Variant.allCases.map(\.rawValue).joined(separator: ", "))")
  }
}
