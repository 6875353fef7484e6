/// The numeric datasets of an HDF5 file, such as `similarity_matrix.h5` as h5py writes it.
///
/// A reader of its own instead of libhdf5, for two reasons: libhdf5 is known to crash and to run away on
/// damaged files, and a file that somebody downloaded must not be able to do more than be refused; and one
/// matrix does not need a library of half a million lines. Read are: superblocks 0 to 3; groups as symbol
/// tables and as links; contiguous, compact and chunked datasets of floats and of signed integers in either
/// byte order; the filters shuffle, deflate, LZF and Fletcher32. All else is named and refused or passed over.
///
/// Source: HDF5 File Format Specification, version 3.0.
enum HDF5 {
  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  static func read(_ contents: Bytes, file: String) throws(Malformed) -> Checkpoint {
    var source = try HDF5File(contents)
    var found = Contents()
    try found.collect(group: source.rootHeader, path: "", depth: 0, &source)
    return Checkpoint(
      file: file, format: .hdf5, contents: contents, tensors: found.tensors, topLevel: found.topLevel)
  }

  /// Groups deeper than this are taken for damage.
  static let largestDepth = 16

  private struct Contents {
    var tensors: [TensorEntry] = []
    var topLevel: [Checkpoint.TopLevelEntry] = []
    private var visited: Set<UInt64> = []

    /// Adds the datasets of a group and of the groups in it, by their path.
    mutating func collect(
      group address: UInt64, path: String, depth: Int, _ file: inout HDF5File
    ) throws(Malformed) {
      guard depth <= HDF5.largestDepth else {
        throw Malformed("HDF5 group \(printable(path))", "nested more than \(HDF5.largestDepth) deep")
      }
      // A group may be reached on several ways, also from inside itself.
      guard visited.insert(address).inserted else { return }
      let header = try HDF5Header(at: address, "HDF5 group /\(printable(path))", &file)
      for link in try HDF5Group.links(header, &file) {
        let name = path.isEmpty ? link.name : "\(path)/\(link.name)"
        guard name.utf8.count <= 1024 else { throw Malformed("HDF5 group", "a path beyond 1024 bytes") }
        let object = try HDF5Header(at: link.address, "HDF5 object /\(printable(name))", &file)
        if object.isGroup {
          try collect(group: link.address, path: name, depth: depth + 1, &file)
        } else if object.first(.dataspace) != nil {
          try add(HDF5Dataset(object, &file), name)
        }
      }
    }

    private mutating func add(_ dataset: HDF5Dataset, _ name: String) throws(Malformed) {
      switch dataset {
      case .tensor(let tensor):
        tensors.append(tensor.named(name))
        let summary = PickledValue.tensor(tensor).summary
        topLevel.append(.init(name: name, summary: "dataset, \(summary)", isStateDict: true))
      case .unread(let what):
        topLevel.append(.init(name: name, summary: "dataset of \(what), not read", isStateDict: false))
      }
    }
  }
}
