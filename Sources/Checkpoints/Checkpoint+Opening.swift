extension Checkpoint {
  /// Opens a file, whatever its name says, by what its first bytes are.
  ///
  /// - Throws: ``CheckpointError`` for a file that cannot be opened, of unknown kind, truncated or damaged, that changes while
  ///   it is read, or is larger than the memory that is left.
  public static func open(_ path: String) throws(CheckpointError) -> Checkpoint {
    try read(FileContents.read(path), file: path)
  }

  /// Reads only what a file says about itself: names, shapes, types, metadata. Its tensors and its digest must not be asked
  /// for.
  ///
  /// - Throws: As ``open(_:)``.
  public static func outline(_ path: String) throws(CheckpointError) -> Checkpoint {
    let outline = try FileOutline(path)
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      checkpoint = try read(outline.bytes, file: path)
    } catch {
      // What could not be read looks like damage.
      try outline.finish()
      throw error
    }
    try outline.finish()
    return checkpoint
  }

  /// Reads a checkpoint from memory; `file` is its name in messages.
  package static func read(_ bytes: [UInt8], file: String) throws(CheckpointError) -> Checkpoint {
    guard !bytes.isEmpty else {
      throw CheckpointError(file: file, problem: "is empty (0 bytes), expected a checkpoint")
    }
    return try read(Bytes(bytes), file: file)
  }

  private static func read(_ contents: Bytes, file: String) throws(CheckpointError) -> Checkpoint {
    do {
      switch try detect(contents) {
      case .safetensors: return try Safetensors.read(contents, file: file)
      case .npy: return try NPY.read(contents, file: file)
      case .hdf5: return try HDF5.read(contents, file: file)
      case .pytorchZip: return try readPickled(PyTorchZip.read(contents), .pytorchZip, contents, file)
      case .pytorchLegacy:
        return try readPickled(PyTorchLegacy.read(contents), .pytorchLegacy, contents, file)
      case .pickle: return try readPickled(Unpickler.read(contents), .pickle, contents, file)
      }
    } catch {
      throw CheckpointError(file: file, error)
    }
  }

  private static func readPickled(
    _ object: PickledValue, _ format: Format, _ contents: Bytes, _ file: String
  ) throws(Malformed) -> Checkpoint {
    if case .opaque(let name) = object {
      throw Malformed(
        "",
        "holds \(printable(name)), which is not read and not run, and no tensors; expected a state dict: save "
          + "model.state_dict(), not the whole model")
    }
    return Checkpoint.readings(of: object, format, contents, file).first
      ?? Checkpoint(
        file: file, format: format, contents: contents, tensors: [],
        topLevel: StateDict(of: object).topLevel(nil), object: object)
  }

  /// The format by content, never by extension.
  private static func detect(_ bytes: Bytes) throws(Malformed) -> Format {
    let mayBeSafetensors = bytes.count >= 9 && bytes[8] == UInt8(ascii: "{")
    // Before pickles: a header of 640 bytes begins with 80 02 too, but no pickle goes on with zeros.
    if mayBeSafetensors, bytes.number(UInt64.self, at: 0) <= UInt64(Safetensors.largestHeader) {
      return .safetensors
    }
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) { return .pytorchZip }
    if bytes.starts(with: NPY.magic) { return .npy }
    if bytes.starts(with: HDF5.signature) { return .hdf5 }
    if bytes.count >= 2, bytes[0] == 0x80, (1...5).contains(bytes[1]) {
      return PyTorchLegacy.begins(bytes) ? .pytorchLegacy : .pickle
    }
    if let other = OtherContents(bytes) { throw Malformed("", other.description) }
    if mayBeSafetensors { return .safetensors }
    let first = (0..<min(bytes.count, 8)).map { offset in
      let digits = String(bytes[offset], radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    throw Malformed(
      "",
      "begins with the bytes \(first.joined(separator: " ")), expected a PyTorch zip (50 4b 03 04), a pickle or "
        + "PyTorch legacy file (80 02), safetensors (a length of 8 bytes, then 7b), NPY (93 4e 55 4d 50 59) or "
        + "HDF5 (89 48 44 46)"
    )
  }
}
