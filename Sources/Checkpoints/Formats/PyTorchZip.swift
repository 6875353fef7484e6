/// PyTorch's file format since 1.6: a zip file of a pickle `<top>/data.pkl` and storages `<top>/data/<key>`.
enum PyTorchZip {
  private static let pickleName = "data.pkl"

  static func read(_ contents: Bytes) throws(Malformed) -> PickledValue {
    let archive = try ZipArchive(contents)
    let root = try findRoot(archive)
    guard let pickle = try archive.contents(root + pickleName) else {
      throw Malformed("", "a zip file without \(root + pickleName)")
    }
    if try archive.contents(root + "constants.pkl") != nil {
      throw Malformed("", "a TorchScript program, expected the tensors of a model; save its state_dict()")
    }
    var unpickler = Unpickler(
      ByteReader(pickle, name: printable(root + pickleName)),
      source: .members(archive, root: root, isBigEndian: try isBigEndian(archive, root)),
      budget: .init(fileSize: contents.count))
    let value = try unpickler.run()
    return try PickledValueBuilder(unpickler).build(value)
  }

  /// The directory of the archive that holds the pickle, with its slash.
  private static func findRoot(_ archive: ZipArchive) throws(Malformed) -> String {
    let roots = archive.members.compactMap { member -> String? in
      guard member.name.hasSuffix("/" + pickleName) else { return nil }
      let root = member.name.dropLast(pickleName.count)
      return root.firstIndex(of: "/") == root.indices.last ? String(root) : nil
    }
    guard let root = roots.first else {
      let first = archive.members.first.map { ", its first member is " + printable($0.name) } ?? ""
      let isArrays = archive.members.contains { $0.name.hasSuffix(".npy") }
      throw Malformed(
        "",
        "a zip file without the \(pickleName) of a PyTorch checkpoint\(first); "
          + (isArrays ? "save one array by numpy.save" : "unpack it first, and name the file that was in it"))
    }
    guard roots.count == 1 else { throw Malformed("", "a zip file with \(roots.count) files \(pickleName)") }
    return root
  }

  /// What `<top>/byteorder` says; files without it are little-endian.
  private static func isBigEndian(_ archive: ZipArchive, _ root: String) throws(Malformed) -> Bool {
    switch try archive.contents(root + "byteorder")?.text {
    case nil, "little": return false
    case "big": return true
    case let order?:
      throw Malformed(root + "byteorder", "'\(printable(order))', expected 'little' or 'big'")
    }
  }
}
