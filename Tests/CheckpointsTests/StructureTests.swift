import Checkpoints
import Tensors
import Testing

@Suite struct StructureTests {
  private func open(_ name: String) throws -> Checkpoint { try Checkpoint.open(Fixtures.path(name)) }

  @Test func flatStateDictIsOneEntry() throws {
    let checkpoint = try open("flat-zip.pth")
    #expect(checkpoint.topLevel.map(\.description) == ["5 tensors"])
    #expect(checkpoint.topLevel.map(\.isStateDict) == [true])
    #expect(checkpoint.strippedPrefix == nil)
    #expect(checkpoint["absent"] == nil)
    let error = try #require(throws: CheckpointError.self) { try checkpoint.tensor("absent") }
    #expect(error.description.hasSuffix("absent: no such tensor among the 5 tensors"))
  }

  @Test func prefixOfDataParallelTrainingIsStripped() throws {
    let checkpoint = try open("module-prefix.pth")
    #expect(checkpoint.strippedPrefix == "module.")
    #expect(checkpoint.names == (try open("flat-zip.pth")).names)
  }

  @Test(arguments: ["panns-zip.pth", "panns-legacy.pth"])
  func foreignObjectsAreOpaqueAndNamed(file: String) throws {
    let checkpoint = try open(file)
    #expect(
      checkpoint.topLevel.map(\.description) == [
        "iteration: int 650000", "model: dict, 5 tensors", "sampler: opaque utils.data_generator.Sampler",
      ])
    #expect(checkpoint.topLevel.map(\.isStateDict) == [false, true, false])
  }

  @Test func valuesThatAreNotReadAreDescribed() throws {
    #expect(
      try open("exotic.pth").topLevel.map(\.description) == [
        "2 tensors", "complex: opaque tensor of torch.ComplexFloatStorage",
        "uint16: opaque tensor of a type that is not read",
        "sparse: opaque torch._utils._rebuild_sparse_tensor",
        "size: tuple, 2 elements", "dtype: opaque torch element type F16", "device: opaque torch.device",
        "set: opaque __builtin__.set", "default: dict, 1 entry", "big: opaque int of 9 bytes",
        "raw: bytes, 2 long",
      ])
  }

  @Test func numPyNumbersAreNumbers() throws {
    let checkpoint = try open("sampler-dict.pth")
    let sampler = try #require(checkpoint.object?["sampler"])
    #expect(sampler["pointer"]?.int == 3)
    guard case .float(0.25)? = sampler["rate"] else { throw Unexpected(sampler["rate"]) }
    guard case .tensor(let indexes)? = sampler["indexes"] else { throw Unexpected(sampler["indexes"]) }
    #expect(indexes.integers() == [0, 1, 2, 3, 4])
    guard case .tensor(let big)? = sampler["big"] else { throw Unexpected(sampler["big"]) }
    #expect(big.tensor().values == [0, 1])
    #expect(checkpoint.topLevel.last?.description == "sampler: dict, 4 entries, 2 of them tensors")
  }

  @Test func labelsAndConfigurationAreData() throws {
    let checkpoint = try open("beats.pt")
    #expect(
      checkpoint.topLevel.map(\.description) == [
        "cfg: argparse.Namespace, 3 entries", "model: dict, 5 tensors", "label_dict: dict, 3 entries",
      ])
    let labels = try #require(checkpoint.object?["label_dict"]).items
    #expect(labels.map(\.key.int) == [0, 1, 2])
    #expect(labels.map(\.value.string) == ["/m/09x0r", "/m/05zppz", "/t/dd00003"])
    #expect(checkpoint.object?["cfg"]?["encoder_layers"]?.int == 12)
    #expect(checkpoint.object?["cfg"]?["name"]?.string == "x")
  }

  @Test func stateDictIsFoundBesideAnOptimizer() throws {
    let checkpoint = try open("trainer.pth")
    #expect(
      checkpoint.topLevel.map(\.description) == [
        "iteration: int 50000", "state_dict: dict, 5 tensors", "optimizer: dict, 2 entries",
      ])
    #expect(checkpoint.topLevel.map(\.isStateDict) == [false, true, false])
  }

  @Test func metadataOfSafetensorsIsRead() throws {
    #expect(try open("flat.safetensors").metadata == ["format": "pt", "note": "a \"quoted\" é"])
    #expect(try open("types.safetensors").metadata.isEmpty)
  }

  @Test(arguments: ["bare-zip.pt", "bare-protocol2.pkl"])
  func bareTensorIsCalledTensor(file: String) throws {
    let checkpoint = try open(file)
    #expect(checkpoint.names == ["tensor"])
    #expect(checkpoint.topLevel.count == 1)
    #expect(checkpoint.topLevel[0].description.hasPrefix("tensor: tensor, F32 ["))
  }

  @Test func modelIsPreferredToStateDictAndToBareTensors() throws {
    // {'w': scalar array, 'state_dict': {'s': array}, 'model': {'m': array}} and less of it.
    let array = Pickle.array([1, 2])
    let both = Pickle.file(
      Pickle.dict([
        ("w", array), ("state_dict", Pickle.dict([("s", array)])), ("model", Pickle.dict([("m", array)])),
      ]))
    #expect(try Checkpoint.read(both, file: "both").names == ["m"])
    let one = Pickle.file(Pickle.dict([("w", array), ("state_dict", Pickle.dict([("s", array)]))]))
    #expect(try Checkpoint.read(one, file: "one").names == ["s"])
    let none = Pickle.file(Pickle.dict([("w", array), ("net", Pickle.dict([("n", array)]))]))
    let checkpoint = try Checkpoint.read(none, file: "none")
    #expect(checkpoint.names == ["w"])
    #expect(checkpoint.topLevel.map(\.description) == ["1 tensor", "net: dict, 1 tensor"])
  }

  /// Of {'epoch', 'weights': {...}, 'optimizer': {...}} the weights, whatever they are called and however deep they are.
  @Test func stateDictsAreFoundUnderAnyName() throws {
    let array = Pickle.array([1])
    let own = Pickle.dict([("w", array)])
    let optimizer = Pickle.dict([("state", Pickle.dict([("exp_avg", array)]))])
    for name in ["model_state_dict", "net", "network", "student", "ema"] {
      let file = Pickle.file(
        Pickle.dict([("epoch", Pickle.int(5)), ("optimizer_state_dict", optimizer), (name, own)]))
      let checkpoint = try Checkpoint.read(file, file: name)
      #expect(checkpoint.names == ["w"] && checkpoint.path == [name])
      #expect(checkpoint.readings.count == 1)
      #expect(checkpoint.topLevel.map(\.isStateDict) == [false, false, true])
    }
    let nested = Pickle.file(
      Pickle.dict([("checkpoint", Pickle.dict([("model", Pickle.dict([("state_dict", own)]))]))]))
    #expect(try Checkpoint.read(nested, file: "nested").path == ["checkpoint", "model", "state_dict"])
    let alone = Pickle.file(Pickle.dict([("optimizer", optimizer), ("lr_scheduler", own)]))
    #expect(try Checkpoint.read(alone, file: "alone").names.isEmpty)
    // Two state dicts: both are offered, the model first.
    let two = Pickle.file(Pickle.dict([("ema", Pickle.dict([("e", array)])), ("model", own)]))
    #expect(try Checkpoint.read(two, file: "two").readings.map(\.names) == [["w"], ["e"]])
  }

  /// PyTorch's own prefixes are always taken off; those of programs are offered, since they may be a network's own names.
  @Test(arguments: [
    ("module._orig_mod.", ["w"]), ("_orig_mod.module.", ["w"]), ("module.module.", ["w"]),
    ("model.", ["model.w", "w"]), ("net.module.", ["net.module.w", "module.w", "w"]),
    ("module.model.net.", ["model.net.w", "net.w", "w"]), ("a.module.", ["a.module.w", "a.w"]),
    ("a._orig_mod.b.", ["a._orig_mod.b.w", "a.b.w"]), ("", ["w"]),
  ])
  func prefixesAreTakenOff(prefix: String, readings: [String]) throws {
    let array = Pickle.array([1])
    let pickle = Pickle.file(Pickle.dict([(prefix + "w", array), (prefix + "v", array)]))
    let checkpoint = try Checkpoint.read(pickle, file: "pickle")
    #expect(checkpoint.readings.map { $0.names[0] } == readings)
    #expect(checkpoint.names[0] == readings[0])
    let header = #"{"\#(prefix)w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let flat = try Checkpoint.read(length + header.utf8 + [7], file: "safetensors")
    #expect(Set(flat.readings.map { $0.names[0] }).isSuperset(of: readings))
    let last = try #require(flat.readings.last)
    #expect(try last.tensor(last.names[0]).values == [7])
  }

  @Test func prefixOfOnlySomeNamesStays() throws {
    let array = Pickle.array([1])
    let file = Pickle.file(Pickle.dict([("module.a", array), ("b", array)]))
    let checkpoint = try Checkpoint.read(file, file: "mixed")
    #expect(checkpoint.names == ["module.a", "b"])
    #expect(checkpoint.strippedPrefix == nil)
  }
}

/// A value that a test did not expect.
struct Unexpected: Error {
  let value: PickledValue?

  init(_ value: PickledValue?) { self.value = value }
}
