import Checkpoints
import Layers

/// Whether a file fits: whether loading it, with the other files of its variant, would succeed.
extension WeightFile {
  /// Whether the file is a part of the variant by its keys, whatever their shapes.
  package func isPart(of variant: Variant) -> Bool {
    switch role {
    case .segmentation(let network):
      network.fits(variant.visual) && network.method == variant.method
        && (network.audioWidth ?? variant.audio.embeddingWidth) == variant.audio.embeddingWidth
    case .audio(let encoder, let root):
      encoder == variant.audio && variant.audioParts.contains { $0.root == root }
    case .backbone(let backbone): backbone == variant.visual
    case .similarity, .unknown: false
    }
  }

  /// Whether the file is a part of the variant, with every tensor that the variant takes from it, and no other.
  public func fits(_ variant: Variant) -> Bool { isPart(of: variant) && problems(in: variant).isEmpty }

  /// The variants that the file is a part of, in words.
  public var fittingVariants: [String] {
    if role == .similarity { return Variant.allCases.map(\.rawValue) }
    let isStart =
      switch role {
      case .backbone: true
      case .segmentation(let network): !network.hasDecoder
      case .audio, .similarity, .unknown: false
      }
    return Variant.allCases.filter(fits).map {
      $0.rawValue + (isStart && !$0.mayBePartial ? " (as the start of a training)" : "")
    }
  }

  /// The first variant that all files are parts of; nil if there is none.
  public static func variant(of files: [WeightFile]) -> Variant? {
    files.isEmpty ? nil : Variant.allCases.first { variant in files.allSatisfy { $0.fits(variant) } }
  }

  /// The variants that the file is a part of by its keys but does not fit, and why: as the file calls its keys.
  public var misfits: [(variants: [Variant], problems: [WeightProblem])] {
    var misfits: [(variants: [Variant], problems: [WeightProblem])] = []
    for variant in candidates {
      let problems = problems(in: variant)
      guard !problems.isEmpty else { continue }
      if let same = misfits.firstIndex(where: { $0.problems == problems }) {
        misfits[same].variants.append(variant)
      } else {
        misfits.append(([variant], problems))
      }
    }
    return misfits
  }

  /// The variants that the file is a part of by its keys. Where the sizes of a network are no variant's, those that are made of
  /// the same backbone and method, to compare with.
  private var candidates: [Variant] {
    let parts = Variant.allCases.filter(isPart)
    guard parts.isEmpty, case .segmentation(let network) = role else { return parts }
    let related = Variant.allCases.filter {
      $0.method == network.method && (network.backbone ?? $0.visual) == $0.visual
    }
    return related.filter { network.audioWidth == $0.audio.embeddingWidth }.isEmpty
      ? related : related.filter { network.audioWidth == $0.audio.embeddingWidth }
  }

  /// What of the file does not fit a variant that it is a part of by its keys; as the file calls its keys. No tensor is read but
  /// the tables that tell how the input is made.
  public func problems(in variant: Variant) -> [WeightProblem] {
    problems(in: variant, options: .init())
  }

  func problems(in variant: Variant, options: C3NModel.Options) -> [WeightProblem] {
    guard let mount = mount(in: variant, options) else { return [] }
    let weights = CheckpointWeights([mount])
    let problems = role.problems(of: weights, in: variant, options)
    return Self.sorted(weights.byFile(problems).flatMap(\.problems) + settingProblems)
  }

  /// Shapes first: they say most about what a file is instead.
  private static func sorted(_ problems: [WeightProblem]) -> [WeightProblem] {
    func isShape(_ problem: WeightProblem) -> Bool { if case .shape = problem { true } else { false } }
    return problems.filter(isShape) + problems.filter { !isShape($0) }
  }

  /// What the file says of itself, besides its tensors, that is not what the model is.
  var settingProblems: [WeightProblem] {
    guard case .audio(let encoder, let root) = role else { return [] }
    return encoder.settingProblems(checkpoint, root)
  }

  /// Where the file's keys are in a model of a variant that it is a part of; nil for what no model takes keys of.
  func mount(in variant: Variant, _ options: C3NModel.Options) -> CheckpointWeights.Mount? {
    switch role {
    case .segmentation: .init(checkpoint)
    case .audio(_, let root): .init(checkpoint, below: root)
    case .backbone(let kind):
      .init(checkpoint, below: kind.root) { kind.adopt($0, options, variant.method.hasClasses) }
    case .similarity, .unknown: nil
    }
  }

  /// The error of the first file that is a part of variants by its keys and fits none of them; nil if there is none such.
  public static func misfit(among files: [WeightFile]) -> ModelError? {
    files.lazy.compactMap { file in
      guard !Variant.allCases.contains(where: file.fits) else { return nil }
      return file.misfits.first.map { file.misfit($0.problems) }
    }.first
  }

  /// An error of the file with what does not fit, and which file was expected.
  func misfit(_ problems: [WeightProblem]) -> ModelError {
    let problems = Self.sorted(problems)
    return ModelError(
      place: checkpoint.file,
      problem: "\(role) by its keys, but \(WeightProblems(problems: problems))"
        + (role.source.map { "\nexpected \($0)" } ?? ""))
  }

  /// The first tensors of the file with their shapes, or what it holds instead of tensors: for messages.
  public var glimpse: String {
    let names = checkpoint.names
    guard !names.isEmpty else {
      let held = checkpoint.topLevel.prefix(6).map(\.description).joined(separator: ", ")
      let isWholeModel = checkpoint.topLevel.contains { $0.summary.hasPrefix("opaque ") }
      return (held.isEmpty ? "it is empty" : "it holds \(held)")
        + (isWholeModel ? " (opaque: not read and not run; of a model, save its state_dict())" : "")
    }
    let first = names.prefix(4).map { "\(printable($0)) \(checkpoint[$0]!.shape)" }
    return "its keys are \(first.joined(separator: ", "))" + (names.count > 4 ? ", ..." : "")
  }

  /// The role whose keys the file has most of, at least half of both; nil if there is none.
  ///
  /// For files that lack the very key by which their kind is told.
  static func nearestRole(of checkpoint: Checkpoint) -> Role? {
    let roles: [Role] =
      EncoderKind.all.flatMap { encoder in encoder.parts.map { .audio(encoder, root: $0.root) } }
      + BackboneKind.all.map { .backbone($0) }
    var best: (role: Role, shared: Int)?
    for role in roles {
      guard let variant = Variant.allCases.first(where: { WeightFile(checkpoint, role).isPart(of: $0) }),
        let mount = WeightFile(checkpoint, role).mount(in: variant, .init())
      else { continue }
      let weights = CheckpointWeights([mount])
      let found = Agreement(of: weights, role, variant, below: "")
      guard found.isMostOfBoth, found.shared > best?.shared ?? 0 else { continue }
      best = (role, found.shared)
    }
    return best?.role
  }

  /// The backbone of which a network's file has most keys, where it lacks the one that tells; nil where it has none.
  static func nearestBackbone(in checkpoint: Checkpoint) -> BackboneKind? {
    let weights = CheckpointWeights([.init(checkpoint)])
    let found = BackboneKind.all.compactMap { kind -> (kind: BackboneKind, shared: Int)? in
      guard weights.keys.contains(where: { $0.hasPrefix(kind.root + ".") }),
        let variant = Variant.allCases.first(where: { $0.visual == kind })
      else { return nil }
      let found = Agreement(of: weights, .backbone(kind), variant, below: kind.root + ".")
      return found.isMostOfBoth ? (kind, found.shared) : nil
    }
    return found.max { $0.shared < $1.shared }?.kind
  }

  /// How many keys below a path a source and a variant's part have in common.
  private struct Agreement {
    /// The keys of both.
    let shared: Int
    /// Whether they are most of the source's and of the part's keys; a part that was cut off has nothing but its keys.
    let isMostOfBoth: Bool

    init(of weights: CheckpointWeights, _ role: Role, _ variant: Variant, below path: String) {
      let own = weights.keys.count { $0.hasPrefix(path) && !CheckpointWeights.isIgnored($0) }
      var (missing, unexpected) = (0, 0)
      for problem in role.problems(of: weights, in: variant) where problem.key.hasPrefix(path) {
        switch problem {
        case .missing: missing += 1
        case .unexpected: unexpected += 1
        case .shape, .unreadable, .differs: break
        }
      }
      shared = own - unexpected
      isMostOfBoth = 2 * shared >= own && (shared >= missing || unexpected == 0 && shared >= 8) && shared > 0
    }
  }
}

extension WeightFile.Role {
  /// What a source lacks of what a variant takes from a file of this role, and what it has besides; keys are the model's.
  package func problems(
    of source: any WeightSource, in variant: Variant, _ options: C3NModel.Options = .init()
  ) -> [WeightProblem] {
    let reader = WeightReader(source, checksOnly: true)
    reader.ignore(where: CheckpointWeights.isIgnored)
    let (weights, hasClasses) = (reader.root, variant.method.hasClasses)
    func buildBackbone() { _ = variant.visual.build(weights[variant.visual.root], hasClasses) }
    func buildAudio() { _ = variant.audio.build(weights, hasClasses, options) }
    /// What other files have, or a training makes.
    var elsewhere: [String] = []
    let roots = variant.audioParts.map(\.root)
    switch self {
    case .backbone(let kind):
      buildBackbone()
      elsewhere = kind.freshKeys.map { "\(kind.root).\($0)" }
    case .audio(_, let root):
      buildAudio()
      elsewhere = roots.filter { $0 != root }.map { $0 + "." }
    case .segmentation(let network):
      if network.backbone != nil { buildBackbone() }
      if network.hasDecoder {
        let listens = !variant.mayBePartial || network.audioWidth != nil
        _ = C3NModel.Segmentation(
          weights, visual: variant.visual.channels, audio: listens ? variant.audio.embeddingWidth : nil,
          width: network.width ?? 256, method: variant.method)
      }
      if !network.audioRoots.isEmpty {
        buildAudio()
        elsewhere = roots.filter { !network.audioRoots.contains($0) }.map { $0 + "." }
      }
    case .similarity, .unknown: return []
    }
    return reader.problems.filter { problem in
      guard case .missing(let key, _) = problem else { return true }
      return !elsewhere.contains { key.hasPrefix($0) }
    }
  }

  /// The published file of this role; nil where there are many.
  public var source: String? {
    switch self {
    case .audio(let encoder, let root): encoder.parts.first { $0.root == root }?.source
    case .backbone(let kind): kind.source
    case .segmentation, .similarity, .unknown: nil
    }
  }
}
