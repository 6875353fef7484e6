import Tensors

/// A dictionary of named tensors read from a file; tensors are decoded when asked for.
///
/// Opening reads the structure of the file and checks every size and offset; the elements stay in the mapped
/// file. The file is a data source only: nothing in it is ever executed.
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

  /// Lets go of the file's pages in memory, as after the tensors that had to be converted have been copied.
  ///
  /// Tensors that the file lends stay valid: their pages come back when they are read.
  public func releasePages() { (contents.owner as? MappedFile)?.releasePages() }

  /// The SHA-256 of the whole file in lower-case hexadecimal digits; reads all of it.
  public func sha256() throws(CheckpointError) -> String { SHA256.hexadecimal(contents) }
}
