import AVSBench
import C3N
import Media

/// What a clip is to the memory: how many frames of which size.
public struct ClipExtent: Hashable, Sendable {
  /// The frames, and seconds of sound.
  public let frames: Int

  /// The bytes of a decoded frame and its ground truth.
  public let frameBytes: Int

  /// So many frames of a size.
  ///
  /// - Parameters:
  ///   - frames: the number of frames.
  ///   - width: pixels.
  ///   - height: pixels.
  ///   - hasMasks: whether there is a ground truth of each frame.
  public init(frames: Int, width: Int = 224, height: Int = 224, hasMasks: Bool = false) {
    self.frames = frames
    frameBytes = width * height * (hasMasks ? 4 : 3)
  }

  /// A clip that has been read.
  public init(_ contents: ClipContents) {
    let (frames, masks) = (contents.frames, contents.masks)
    self.frames = frames.count
    let bytes =
      frames.reduce(0) { $0 + $1.pixels.count } + masks.reduce(0) { $0 + ($1?.values.count ?? 0) }
    frameBytes = bytes / max(1, frames.count)
  }

  /// A clip whose files are there: its first frame is read for the size.
  ///
  /// Throws `MediaError` for a frame that cannot be read.
  public init(_ files: ClipFiles) throws {
    let first = try RGBImage(contentsOf: files.frames[0])
    self.init(
      frames: files.frames.count, width: first.width, height: first.height,
      hasMasks: files.masks.contains { $0 != nil })
  }
}

/// The memory that a run of one clip takes at its peak, told before it begins.
///
/// Sums of what the parts of the network were measured to take (`BackboneMemory`, `EncoderKind.secondBytes`), within
/// 15 % of the resident memory at the peak of `c3n run`.
public struct MemoryNeed: Hashable, Sendable, CustomStringConvertible {
  /// The frames of the clip, and how many of them are computed together.
  public let frames, framesAtATime: Int

  /// The variant.
  public let variant: Variant

  /// The program itself: code, names of classes, similarities, and free blocks of the tensors' pool.
  public let program: Int

  /// The weights.
  public let model: Int

  /// The clip's frames, masks and sound.
  public let contents: Int

  /// What is kept of every frame: confidences, heat maps, masks; of long clips V^a between the two passes.
  public let results: Int

  /// What computing some frames together takes at the peak, or while the model is loaded.
  public let activations: Int

  /// Earlier results of the clip that are kept for what-if.
  public let earlier: Int

  /// All of it, in bytes.
  public var total: Int { program + model + contents + results + activations + earlier }

  /// The bytes of V^a that a run keeps between its two passes over a long clip.
  package static let pooledLimit = 512 << 20

  /// The bytes of a frame's V_1^a ... V_4^a.
  package static func pooledBytes(width: Int) -> Int { positions * width * 4 }

  /// The positions of a frame's four stages.
  private static let positions = 56 * 56 + 28 * 28 + 14 * 14 + 7 * 7

  /// The width of ASPP, non-local blocks and decoder of `lite` as it ships.
  private static let shippedWidth = 32

  /// What a variant is made of as it was published, or ships.
  public static func parts(of variant: Variant) -> C3NModel.Parts {
    var parts = C3NModel.Parts.published
    if variant == .lite { parts.decoderWidth = shippedWidth }
    return parts
  }

  /// What a clip needs in a variant.
  ///
  /// - Parameters:
  ///   - variant: the variant.
  ///   - parts: what the model has; nil for what it was published with.
  ///   - clip: the extent of the clip.
  ///   - limit: the most frames that are computed together.
  ///   - budget: the most that earlier results of the clip may take, in bytes.
  public init(
    _ variant: Variant, _ parts: C3NModel.Parts? = nil, _ clip: ClipExtent,
    framesAtATime limit: Int = C3NModel.framesAtATime, budget: Int = 0
  ) {
    let parts = parts ?? Self.parts(of: variant)
    let frames = clip.frames
    let chunks = C3NModel.chunks(of: frames, atMost: limit)
    let together = chunks.map(\.count).max()!
    let width = parts.decoderWidth ?? 0
    let backbone = variant.visual.memory
    let channels = zip(variant.visual.channels, [56 * 56, 28 * 28, 14 * 14, 7 * 7]).map(*).reduce(0, +)
    let features = 2 * channels * 4
    let hasClasses = variant.method.hasClasses

    // Heat maps of three kinds, omega, confidences, log-mels, embedding; with a decoder masks and maps.
    let maps = hasClasses ? 3 * Self.positions * 4 : 0
    var small: Int = maps + variant.visual.channels.reduce(0, +) * 4 + (48 << 10)
    let pooledBytes = Self.pooledBytes(width: width)
    let pooled = chunks.count == 1 ? 0 : min(frames * pooledBytes, Self.pooledLimit)
    let see = together * (hasClasses ? backbone.backward : backbone.forward)
    var segment = 0
    if width > 0 {
      // V^a, M and the decoder's finest maps.
      let decode: Int = pooledBytes + width * (80 << 10) + (4_900 << 10)
      var seen = 0
      if chunks.count == 1 {
        seen = features
      } else if frames * pooledBytes > Self.pooledLimit {
        // The chunks whose V^a did not stay are seen again.
        seen = max(0, backbone.forward - decode)
      }
      segment = together * (decode + seen) + C3NModel.derivedBytes(variant, width: width)
      small += (224 * 224 + 2 * Self.positions) * 4
    }
    let hear = parts.hasAudio ? min(frames, C3NModel.framesAtATime) * variant.audio.secondBytes : 0
    let loading: Int = (parts.hasAudio ? variant.audio.largestKernelBytes : 0) + (16 << 20)
    let computing = max(see, segment, hear)
    self.frames = frames
    self.framesAtATime = together
    self.variant = variant
    // Freed blocks wait for their size to be asked for again.
    program = (56 << 20) + min(computing, 32 << 20)
    model = C3NModel.parameterCount(variant, parts) * 4
    contents = frames * (clip.frameBytes + Waveform.sampleRate * 4)
    results = frames * small + pooled
    activations = max(computing, loading - frames * small - pooled)
    let kept: Int = (hasClasses ? backbone.saved : features) + pooledBytes + small
    earlier = min(budget, frames * kept)
  }

  /// What a clip needs in a model that is there.
  public init(
    _ model: C3NModel, _ clip: ClipExtent, framesAtATime: Int = C3NModel.framesAtATime, budget: Int = 0
  ) {
    let parts = C3NModel.Parts(
      decoderWidth: model.segmentation?.width, hasAudio: model.audio != nil,
      fusesAudio: model.audio != nil)
    self.init(model.variant, parts, clip, framesAtATime: framesAtATime, budget: budget)
  }

  /// Such as `1.6 GiB: model 698 MiB, 10 frames at a time 776 MiB, 300 frames' results 166 MiB`.
  public var description: String {
    let parts = [
      ("model", model), ("\(Self.count(framesAtATime)) at a time", activations),
      ("\(Self.count(frames)) and results", contents + results), ("earlier results", earlier),
    ]
    return "\(byteCount(total)): "
      + parts.filter { $0.1 > 0 }.map { "\($0.0) \(byteCount($0.1))" }.joined(separator: ", ")
  }
}

extension MemoryNeed {
  fileprivate static func count(_ frames: Int) -> String { frames == 1 ? "1 frame" : "\(frames) frames" }

  /// What the process has of a run already.
  public struct Present: Sendable {
    /// Whether the model is loaded.
    public var model = false
    /// Whether the clip is read.
    public var contents = false
    /// The bytes of the clip's earlier results.
    public var earlier = 0

    /// Nothing yet.
    public init(model: Bool = false, contents: Bool = false, earlier: Int = 0) {
      (self.model, self.contents, self.earlier) = (model, contents, earlier)
    }
  }

  /// The bytes that are still to come.
  public func missing(_ present: Present) -> Int {
    // Of the program all but its free blocks is there.
    total - (56 << 20) - (present.model ? model : 0) - (present.contents ? contents : 0)
      - min(earlier, present.earlier)
  }

  /// The need with as many frames at a time as the memory that is available allows, and earlier results within what is left.
  ///
  /// - Parameters:
  ///   - place: whose clip it is, for the error.
  ///   - budget: the most that earlier results may take, in bytes.
  ///   - available: nil where the system does not tell.
  ///   - present: what is in memory already.
  ///   - need: the need by frames at a time and budget.
  /// - Throws: ``MemoryError`` where not even one frame at a time fits.
  public static func fitting(
    _ place: String, budget: Int, available: AvailableMemory?, _ present: Present,
    _ need: (_ framesAtATime: Int, _ budget: Int) -> MemoryNeed
  ) throws -> (need: MemoryNeed, budget: Int) {
    guard let available else { return (need(C3NModel.framesAtATime, budget), budget) }
    for framesAtATime in [C3NModel.framesAtATime, 5, 2, 1] {
      let plain = need(framesAtATime, 0)
      let rest = available.bytes - plain.missing(present)
      guard rest >= 0 else { continue }
      let budget = min(budget, rest + present.earlier)
      return (need(framesAtATime, budget), budget)
    }
    let least = need(1, 0)
    throw MemoryError(
      place: place, need: "\(count(least.frames)) in \(least.variant) need \(least)",
      missing: least.missing(present), available: available, help: least.help)
  }

  /// What would let it fit.
  private var help: [String] {
    var help: [String] = []
    if frames > 1, contents + results > activations { help.append("fewer frames") }
    if variant != .lite {
      let lite = MemoryNeed(.lite, nil, ClipExtent(frames: frames), framesAtATime: 1)
      help.append("--variant lite, which needs \(byteCount(lite.total))")
    }
    return help
  }

  /// Whether a clip fits in a model before anything of either is read.
  ///
  /// A clip whose files are not there, and a model whose variant only its files tell, are left to those who read them.
  /// - Throws: ``MemoryError``.
  public static func expectRoom(
    for clip: Clip, in model: ModelSpecification, available: AvailableMemory? = .now()
  ) throws {
    guard let variant = model.expectedVariant, let files = try? clip.files(),
      let extent = try? ClipExtent(files)
    else { return }
    _ = try fitting(clip.framesFolder, budget: 0, available: available, Present()) {
      MemoryNeed(variant, nil, extent, framesAtATime: $0, budget: $1)
    }
  }
}

extension ModelSpecification {
  /// The variant as far as the specification tells it without its files, for one whose sizes it tells too.
  public var expectedVariant: Variant? {
    if isEmbedded { return .lite }
    if weights.contains(where: { $0.hasPrefix("formula:") }) { return variant ?? .pvtv2PANNs }
    return variant == .lite ? nil : variant
  }
}
