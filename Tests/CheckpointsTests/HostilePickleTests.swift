import Checkpoints
import Testing

/// Pickles that no honest program writes: they are refused, or what is in them is opaque.
@Suite struct HostilePickleTests {
  private func open(_ bytes: [UInt8]) throws(CheckpointError) -> Checkpoint {
    try Checkpoint.read(bytes, file: "f")
  }

  private func problem(_ bytes: [UInt8]) throws -> String {
    let error = try #require(throws: CheckpointError.self) { try open(bytes) }
    #expect(error.description.hasPrefix("f: "))
    #expect(error.description.utf8.count < 400)
    #expect(!error.description.contains { $0.isNewline })
    return error.description
  }

  @Test(arguments: [
    ("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
    ("__builtin__", "exec"),
    ("os.path", "expanduser"), ("builtins", "__import__"), ("runpy", "_run_code"),
  ])
  func commandsAreRefused(module: String, name: String) throws {
    let call = Pickle.call(Pickle.global(module, name), [Pickle.text("touch owned")])
    for file in [call, Pickle.dict([("w", Pickle.array([1])), ("x", call)]), Pickle.global(module, name)] {
      #expect(
        try problem(Pickle.file(file))
          .hasSuffix("names \(module).\(name), which no checkpoint needs; nothing was run, refused"))
      #expect(try problem(Pickle.legacy(file)).contains("nothing was run"))
    }
    let modern = [0x80, 4] + Pickle.text(module) + Pickle.text(name) + [0x93] + Array("\u{29}R.".utf8)
    #expect(try problem(modern).contains("nothing was run"))
  }

  @Test func unknownClassesAreNamesOnly() throws {
    let sampler = Pickle.call(Pickle.global("utils.data", "Sampler"), [Pickle.text("x")])
    let checkpoint = try open(Pickle.file(Pickle.dict([("sampler", sampler), ("w", Pickle.array([1]))])))
    #expect(checkpoint.names == ["w"])
    #expect(checkpoint.topLevel.map(\.description) == ["1 tensor", "sampler: opaque utils.data.Sampler"])
    let built = Pickle.global("a.b", "C") + Array(")".utf8) + [0x81] + Pickle.dict([("x", Pickle.int(1))])
    let stated = try open(Pickle.file(Pickle.dict([("net", built + Array("b".utf8))])))
    #expect(stated.topLevel.map(\.description) == ["net: opaque a.b.C"])
    #expect(
      try problem(Pickle.file(built + Array("b".utf8)))
        == "f: holds a.b.C, which is not read and not run, and no tensors; expected a state dict: save model.state_dict(), not the whole model"
    )
  }

  @Test func namesFromTheFileCannotSteerTheTerminal() throws {
    let name = "\u{1b}[31mred\u{202e}"
    let checkpoint = try open(Pickle.file(Pickle.dict([(name, Pickle.call(Pickle.global("x", name), []))])))
    #expect(
      checkpoint.topLevel.map(\.description) == ["\\u{1b}[31mred\\u{202e}: opaque x.\\u{1b}[31mred\\u{202e}"])
  }

  @Test func messagesAreOneLineWhateverTheFileNames() throws {
    let storage = Pickle.tuple([
      Pickle.text("storage"), [0x80, 4] + Pickle.text("torch") + Pickle.text("F\n\u{7}Storage") + [0x93],
      Pickle.text("0"),
      Pickle.text("cpu"), Pickle.int(4),
    ])
    let text = try problem(Pickle.legacy(storage + Array("Q".utf8)))
    #expect(text.hasSuffix("the elements of torch.F\\u{a}\\u{7}Storage cannot be read"))
  }

  @Test func deepNestingIsRefused() throws {
    let deep =
      [UInt8](repeating: UInt8(ascii: "]"), count: 50_000)
      + [UInt8](repeating: UInt8(ascii: "a"), count: 49_999)
    #expect(try problem(Pickle.file(deep)).hasSuffix("values nested more than 100 deep"))
    // Tuples around one value, each kept by the one around it alone.
    let tuples = Array("N".utf8) + [UInt8](repeating: 0x85, count: 50_000)
    #expect(try problem(Pickle.file(tuples)).hasSuffix("values nested more than 100 deep"))
  }

  @Test func sharedValuesDoNotMultiply() throws {
    // Each tuple holds the one before twice: 2^90 leaves if anybody counted them.
    var doubling: [UInt8] = Array("N".utf8)
    for _ in 0..<90 { doubling += Array("2".utf8) + [0x86] }
    #expect(try open(Pickle.file(doubling)).topLevel.map(\.description) == ["tuple, 2 elements"])
  }

  @Test func circlesAreRefused() throws {
    // A list that contains itself, a dict that does, and a tuple in a list in the tuple.
    for circle in ["]q\u{0}h\u{0}a", "}q\u{0}Nh\u{0}s", "]q\u{0}h\u{0}\u{85}a"] {
      // One byte a character: 0x85 is not its UTF-8.
      let bytes = circle.unicodeScalars.map { UInt8($0.value) }
      #expect(
        try problem(Pickle.file(bytes)).hasSuffix(
          "a value that contains itself, which no checkpoint needs; refused"))
    }
  }

  @Test func memoryDoesNotGrowBeyondTheFile() throws {
    // Each byte would be a value of its own of a hundred bytes or more.
    let lists = [UInt8](repeating: UInt8(ascii: "]"), count: 300_000)
    #expect(
      try problem(Pickle.file(lists)).hasSuffix("more values than a checkpoint of this size needs; refused"))
    let nones = [UInt8](repeating: UInt8(ascii: "N"), count: 1_000_000)
    #expect(try problem(Pickle.file(nones)).hasSuffix("more operations than a checkpoint needs; refused"))
    let kept = Array("N".utf8) + [UInt8](repeating: 0x94, count: 1_000_000)
    #expect(try problem(Pickle.file(kept)).hasSuffix("more operations than a checkpoint needs; refused"))
  }

  @Test(
    arguments: [
      ("X", [0xff, 0xff, 0xff, 0x7f]), ("B", [0xff, 0xff, 0xff, 0xff]),
      ("\u{8e}", [0, 0, 0, 0, 0, 0, 0, 0x80]), ("\u{8d}", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      ("\u{8b}", [0xff, 0xff, 0xff, 0xff]), ("\u{96}", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ] as [(Unicode.Scalar, [UInt8])])
  func lengthsBeyondTheFileAreRefused(operation: Unicode.Scalar, length: [UInt8]) throws {
    let text = try problem(Pickle.file([UInt8(operation.value)] + length + [1, 2, 3]))
    #expect(text.hasPrefix("f: byte "))
    #expect(text.contains("bytes in the last 4 bytes; truncated or damaged"))
  }

  @Test func stackAndMemoAreChecked() throws {
    #expect(try problem([0x80, 2, 0x2e]).hasSuffix("an operation on an empty stack"))
    #expect(try problem(Pickle.file(Array("t".utf8))).hasSuffix("an operation without its mark"))
    #expect(
      try problem(Pickle.file(Array("h\u{5}".utf8))).hasSuffix("recalls the value 5, which was never kept"))
    #expect(try problem(Pickle.file(Array("(R".utf8))).hasSuffix("an operation on an empty stack"))
    #expect(try problem(Pickle.file(Array("}(NuN".utf8))).hasSuffix("a key without a value"))
    #expect(try problem(Pickle.file([0xff])).hasSuffix("the unknown operation 0xff"))
    #expect(
      try problem(Pickle.file(Array("NNQ".utf8))).hasSuffix("a persistent id that is no PyTorch storage"))
  }

  @Test func decodedTextsAreNotMultiplied() throws {
    // One long text, decoded again and again.
    let text = Pickle.text(String(repeating: "x", count: 100_000)) + Array("q\u{0}".utf8)
    let encode = Pickle.call(
      Pickle.global("_codecs", "encode"), [Array("h\u{0}".utf8), Pickle.text("latin1")])
    let again = (0..<1000).flatMap { _ in encode + Array("a".utf8) }
    let file = Pickle.file(text + Array("0]".utf8) + again)
    #expect(try problem(file).hasSuffix("decodes to more bytes than the file has; refused"))
  }

  @Test func nestedFilesAreLimited() throws {
    var file = Pickle.legacy(Pickle.storage())
    let load = Pickle.global("torch.storage", "_load_from_bytes")
    for _ in 0..<4 { file = Pickle.legacy(Pickle.call(load, [Pickle.bytes(file)])) }
    #expect(try problem(file).hasSuffix("pickles nested in pickles too deeply"))
  }

  @Test func honestTensorsOfTheseHandsAreRead() throws {
    let good = Pickle.tensor(size: [Pickle.int(2), Pickle.int(2)], stride: [Pickle.int(1), Pickle.int(2)])
    let checkpoint = try open(Pickle.legacy(Pickle.dict([("w", good)])))
    #expect(try checkpoint.tensor("w").values == [1, 3, 2, 4])
    #expect(checkpoint["w"]?.elementType == .float32)
  }

  @Test(arguments: [
    ("beyond the end", Pickle.tensor(offset: Pickle.int(1), size: [Pickle.int(4)], stride: [Pickle.int(1)])),
    (
      "before the start",
      Pickle.tensor(offset: Pickle.int(-1), size: [Pickle.int(2)], stride: [Pickle.int(1)])
    ),
    ("backwards", Pickle.tensor(offset: Pickle.int(3), size: [Pickle.int(2)], stride: [Pickle.int(-1)])),
    ("negative", Pickle.tensor(size: [Pickle.int(-2)], stride: [Pickle.int(1)])),
    (
      "overflowing",
      Pickle.tensor(
        size: [Pickle.long(1 << 40), Pickle.long(1 << 40)], stride: [Pickle.int(0), Pickle.int(0)])
    ),
    (
      "empty but overflowing",
      Pickle.tensor(
        size: [Pickle.long(1 << 62), Pickle.long(1 << 62), Pickle.int(0)],
        stride: [Pickle.int(1), Pickle.int(1), Pickle.int(1)])
    ),
    ("leaping", Pickle.tensor(size: [Pickle.int(3)], stride: [Pickle.long(.max)])),
    ("unmatched", Pickle.tensor(size: [Pickle.int(2), Pickle.int(2)], stride: [Pickle.int(1)])),
    ("no numbers", Pickle.tensor(size: [Pickle.text("2")], stride: [Pickle.int(1)])),
    ("no storage", Pickle.tensor(storage: Pickle.int(1), size: [Pickle.int(2)], stride: [Pickle.int(1)])),
    (
      "another count",
      Pickle.tensor(
        storage: Pickle.storage(count: Pickle.long(1 << 60)), size: [Pickle.int(2)], stride: [Pickle.int(1)])
    ),
    (
      "another type",
      Pickle.tensor(
        storage: Pickle.storage(type: "DoubleStorage"), size: [Pickle.int(2)], stride: [Pickle.int(1)])
    ),
  ])
  func impossibleTensorsAreRefused(name: String, tensor: [UInt8]) throws {
    _ = try problem(Pickle.legacy(Pickle.dict([("w", tensor)])))
  }

  @Test func expansionIsLimited() throws {
    let large = Pickle.tensor(
      size: [Pickle.int(1 << 20), Pickle.int(5)], stride: [Pickle.int(0), Pickle.int(0)])
    #expect(
      try problem(Pickle.legacy(Pickle.dict([("w", large)])))
        .hasSuffix("repeats 4 stored elements; expanded tensors are read up to 4194304 elements"))
    let small = Pickle.tensor(size: [Pickle.int(3), Pickle.int(2)], stride: [Pickle.int(0), Pickle.int(1)])
    #expect(try open(Pickle.legacy(Pickle.dict([("w", small)]))).tensor("w").values == [1, 2, 1, 2, 1, 2])
  }

  @Test(arguments: [Int64(1) << 61, 1, -2, 3])
  func arraysMustFillTheirShape(rows: Int64) throws {
    let data = Pickle.bytes([UInt8](repeating: 0, count: 16))
    let array = Pickle.array(shape: [Pickle.long(rows), Pickle.int(2)], type: "f4", data: data)
    #expect(
      try problem(Pickle.file(array)).contains("a NumPy array of F32 and shape [\(rows), 2] in 16 bytes"))
  }

  @Test func arraysOfObjectsAreOpaque() throws {
    let array = Pickle.array(shape: [Pickle.int(1)], type: "O8", data: Array("](Ne".utf8))
    #expect(
      try open(Pickle.file(Pickle.dict([("a", array)]))).topLevel.map(\.description)
        == ["a: opaque numpy.ndarray of O8"])
  }
}
