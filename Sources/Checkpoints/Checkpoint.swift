import Tensors

/// A dictionary of named tensors read from a file; tensors are decoded when asked for.
///
/// Opening reads the whole file into memory of its own and checks every size and offset; what is written to the file
/// afterwards does not show. The file is a data source only: nothing in it is ever executed.
public struct Checkpoint: Sendable {
  /// How a file stores its tensors.
  public enum Format: Sendable, CustomStringConvertible {
    case safetensors, pytorchZip, pytorchLegacy, pickle, npy, hdf5

    /// Such as `PyTorch zip`.
    public var description: String {
      switch self {
      case .safetensors: "safetensors"
      case .pytorchZip: "PyTorch zip"
      case .pytorchLegacy: "PyTorch legacy"
      case .pickle: "pickle"
      case .npy: "NPY"
      case .hdf5: "HDF5"
      }
    }
  }

  /// One entry at the top of the file's object.
  public struct TopLevelEntry: Sendable, CustomStringConvertible {
    /// The key; empty for what has none, such as the tensors of a flat state dict.
    public let name: String

    /// A short description, such as `dict, 310 tensors` or `int 650000`.
    public let summary: String

    /// Whether the checkpoint's tensors are this entry's.
    public let isStateDict: Bool

    /// `model: dict, 310 tensors`.
    public var description: String { name.isEmpty ? summary : "\(printable(name)): \(summary)" }
  }

  /// The path as it was given.
  public let file: String

  /// How the file stores its tensors, found by its content.
  public let format: Format

  /// The names of the tensors in file order.
  public let names: [String]

  /// The `__metadata__` of a safetensors file; empty for other formats.
  public let metadata: [String: String]

  /// The top-level entries of the file's object; ``TopLevelEntry/isStateDict`` marks where the tensors are from.
  public let topLevel: [TopLevelEntry]

  /// What was taken off the names, such as `module.` of data-parallel training; nil where nothing was.
  public let strippedPrefix: String?

  /// The names at the top of the object that lead to the tensors, such as `model`; empty where they are at the top.
  public let path: [String]

  /// The whole object of a pickled file, for what is not a tensor of the state dict; nil for other formats.
  public let object: PickledValue?

  private let entries: [String: TensorEntry]
  private let contents: Bytes
  private let shared: Set<String>

  init(
    file: String, format: Format, contents: Bytes, tensors: [TensorEntry], metadata: [String: String] = [:],
    topLevel: [TopLevelEntry]? = nil, strippedPrefix: String? = nil, path: [String] = [],
    object: PickledValue? = nil
  ) {
    self.file = file
    self.format = format
    self.names = tensors.map(\.name)
    self.metadata = metadata
    self.topLevel =
      topLevel
      ?? [TopLevelEntry(name: "", summary: PickledValue.number(tensors.count, "tensor"), isStateDict: true)]
    self.strippedPrefix = strippedPrefix
    self.path = path
    self.object = object
    self.entries = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    self.contents = contents
    shared = Self.sharing(tensors)
  }

  /// What the file may mean, this checkpoint first: of a pickled object other dicts of tensors, and the keys without prefixes
  /// that training programs put before them. Whoever knows a model's keys takes the first that has them.
  public var readings: [Checkpoint] {
    guard let object else {
      let tensors = names.compactMap { entries[$0] }
      guard format == .safetensors else { return [self] }
      return KeyPrefixes.readings(of: tensors).map { reading in
        Checkpoint(
          file: file, format: format, contents: contents, tensors: reading.tensors, metadata: metadata,
          topLevel: topLevel, strippedPrefix: reading.prefix)
      }
    }
    let readings = Self.readings(of: object, format, contents, file)
    return readings.isEmpty ? [self] : readings
  }

  /// The readings of a pickled object; empty where it has no tensors.
  static func readings(
    of object: PickledValue, _ format: Format, _ contents: Bytes, _ file: String
  ) -> [Checkpoint] {
    let state = StateDict(of: object)
    return state.places.flatMap { place in
      let topLevel = state.topLevel(place)
      return KeyPrefixes.readings(of: place.tensors).map { reading in
        Checkpoint(
          file: file, format: format, contents: contents, tensors: reading.tensors, topLevel: topLevel,
          strippedPrefix: reading.prefix, path: place.path, object: object)
      }
    }
  }

  /// Whether only the structure of the file was read; see ``outline(_:)``.
  public var isOutline: Bool { contents.outline != nil }

  /// The tensor of that name, not decoded, or nil.
  public subscript(name: String) -> TensorEntry? { entries[name] }

  /// The tensor of that name as float32, row-major, in the stored shape; see ``TensorEntry/tensor()``.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    try entry(name).tensor()
  }

  /// The elements of an integer tensor in row-major order.
  public func integers(_ name: String) throws(CheckpointError) -> [Int64] {
    let entry = try entry(name)
    guard let integers = entry.integers() else {
      throw CheckpointError(
        file: file, place: printable(name), problem: "holds \(entry.elementType), expected whole numbers")
    }
    return integers
  }

  private func entry(_ name: String) throws(CheckpointError) -> TensorEntry {
    guard let entry = entries[name] else {
      throw CheckpointError(
        file: file, place: printable(name),
        problem: "no such tensor among the \(PickledValue.number(names.count, "tensor"))")
    }
    return entry
  }

  /// Gives the memory of a tensor back to the system once it was copied; it must not be asked for again, nor the digest of
  /// the file. What is lent stays, and so does what shares its bytes with another tensor.
  public func release(_ name: String) {
    guard !shared.contains(name) else { return }
    entries[name]?.release()
  }

  /// Gives back all memory of the file but tensors that are lent and those that are to be kept: nothing else of it, nor its
  /// digest, must be asked for again.
  public func releaseRest(except isKept: (String) -> Bool) {
    guard let contents = contents.owner as? FileContents else { return }
    contents.releaseRest(except: entries.values.filter { isKept($0.name) }.compactMap(\.addresses))
  }

  /// The SHA-256 of the whole file in lower-case hexadecimal digits, of the bytes that were read. Nothing was given back
  /// before.
  public func sha256() -> String {
    precondition(contents.outline == nil, "an outline has no digest")
    (contents.owner as? FileContents)?.expectPresent(contents.start, contents.count)
    return SHA256.hexadecimal(contents)
  }

  /// The file as it was when it was read; nil for bytes that are not a file's. Where its stamp does not tell the bytes, as within
  /// two seconds after they were written, the digest does. Nothing was given back before.
  public var version: FileVersion? {
    guard let contents = contents.owner as? FileContents else { return nil }
    return FileVersion(path: file, stamp: contents.stamp, sha256: contents.isSettled ? nil : sha256())
  }

  /// The tensors that have a byte in common with another one.
  private static func sharing(_ tensors: [TensorEntry]) -> Set<String> {
    let placed = tensors.compactMap { tensor in tensor.addresses.map { (tensor.name, $0) } }
      .sorted { $0.1.lowerBound < $1.1.lowerBound }
    var shared: Set<String> = []
    var furthest: (name: String, end: UInt)?
    for (name, addresses) in placed {
      if let furthest, addresses.lowerBound < furthest.end { shared.formUnion([name, furthest.name]) }
      if addresses.upperBound > furthest?.end ?? 0 { furthest = (name, addresses.upperBound) }
    }
    return shared
  }
}
