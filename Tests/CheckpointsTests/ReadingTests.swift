import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct ReadingTests {
  @Test(arguments: Fixtures.readable)
  func readsWhatPyTorchAndNumPyWrote(file: String) throws {
    let expected = try #require(Fixtures.expected[file])
    let checkpoint = try Checkpoint.open(Fixtures.path(file))
    #expect(checkpoint.format.description == expected.format)
    #expect(checkpoint.names == expected.names)
    for (name, tensor) in expected.tensors {
      let entry = try #require(checkpoint[name])
      #expect(entry.name == name)
      #expect(entry.shape == Shape(tensor.shape))
      #expect(entry.elementType.description == tensor.type)
      let decoded = try checkpoint.tensor(name)
      #expect(decoded.shape == Shape(tensor.shape))
      // Bits, so that signed zeros count and a NaN equals itself.
      let differing = zip(decoded.values, tensor.values).filter { found, expected in
        found.bitPattern != expected.float.bitPattern && !(found.isNaN && expected.float.isNaN)
      }
      #expect(decoded.count == tensor.values.count)
      #expect(differing.isEmpty, "\(file) \(name): \(differing)")
    }
  }

  @Test func zipLegacyAndSafetensorsOfOneDictAgree() throws {
    let zip = try Checkpoint.open(Fixtures.path("flat-zip.pth"))
    for file in ["flat-legacy.pth", "flat-zip-protocol4.pth", "flat.safetensors", "module-prefix.pth"] {
      let other = try Checkpoint.open(Fixtures.path(file))
      #expect(Set(other.names) == Set(zip.names))
      for name in zip.names {
        #expect(try other.tensor(name).values == zip.tensor(name).values, "\(file) \(name)")
      }
    }
  }

  @Test(arguments: ["numpy-legacy.pth", "numpy-protocol2.pkl", "numpy-protocol3.pkl"])
  func arraysOfEitherNumPyAreRead(file: String) throws {
    // NumPy 2 calls `numpy._core` what was `numpy.core`; both are in files that people have.
    let bytes = try Fixtures.bytes(file)
    let (new, old) = (Array("numpy._core".utf8), Array("numpy.core".utf8))
    var others: [UInt8] = []
    var renamed = 0
    var position = 0
    while position < bytes.count {
      if bytes[position...].starts(with: new) {
        others += old
        renamed += 1
        position += new.count
      } else {
        others.append(bytes[position])
        position += 1
      }
    }
    #expect(renamed > 0)
    let checkpoint = try Checkpoint.read(others, file: file)
    for (name, tensor) in try #require(Fixtures.expected[file]).tensors {
      #expect(try checkpoint.tensor(name).values == tensor.values.map(\.float))
    }
  }

  @Test(arguments: ["types-zip.pth", "types-legacy.pth", "types.safetensors"])
  func integersKeepAllTheirBits(file: String) throws {
    let checkpoint = try Checkpoint.open(Fixtures.path(file))
    #expect(try checkpoint.integers("int64") == [.min, .max, 5])
    #expect(try checkpoint.integers("int32") == [-(1 << 31), (1 << 31) - 1])
    #expect(try checkpoint.integers("int16") == [-32768, 32767])
    #expect(try checkpoint.integers("int8") == [-128, 0, 127])
    #expect(try checkpoint.integers("uint8") == [0, 128, 255])
    #expect(try checkpoint.integers("bool") == [1, 0, 0, 1])
    let error = try #require(throws: CheckpointError.self) { try checkpoint.integers("half") }
    #expect(error.description == "\(Fixtures.path(file)): half: holds F16, expected whole numbers")
  }

  @Test func everyHalfIsConvertedExactly() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "halves.npy").path
      var header = Array("{'descr': '<f2', 'fortran_order': False, 'shape': (65536,), }".utf8)
      while (header.count + 11) % 64 != 0 { header.append(0x20) }
      header.append(0x0a)
      var file: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header
      for bits in UInt16.min ... .max { file += [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)] }
      try Data(file).write(to: URL(filePath: path))
      let values = try Checkpoint.open(path).tensor("array").values
      let wrong = values.indices.filter { index in
        let expected = Float(Float16(bitPattern: UInt16(index)))
        return values[index].isNaN ? !expected.isNaN : values[index].bitPattern != expected.bitPattern
      }
      #expect(wrong.isEmpty)
    }
  }

  @Test func alignedFloatsAreLentByTheFile() throws {
    var weight: Tensor
    do {
      let checkpoint = try Checkpoint.open(Fixtures.path("strides-zip.pth"))
      #expect(checkpoint["base"]?.isLentByFile == true)
      #expect(checkpoint["rows"]?.isLentByFile == true)
      #expect(checkpoint["transposed"]?.isLentByFile == false)
      weight = try checkpoint.tensor("base")
      let again = try checkpoint.tensor("base")
      #expect(weight.read { $0 } == again.read { $0 })
      #expect(try checkpoint.tensor("rows").read { $0 } == weight.read { $0 + 6 })
    }
    // The mapping outlives the checkpoint, and writing copies.
    let before = weight.values
    weight.write { $0[0] = 9 }
    #expect(weight[0] == 9)
    #expect(Array(weight.values.dropFirst()) == Array(before.dropFirst()))
    #expect(try Checkpoint.open(Fixtures.path("strides-zip.pth")).tensor("base").values == before)
  }

  @Test func digestsAgreeWithPython() throws {
    var tails: Set<Bool> = []
    for (file, expected) in Fixtures.expected {
      #expect(try Checkpoint.open(Fixtures.path(file)).sha256() == expected.sha256, "\(file)")
      tails.insert(try Fixtures.bytes(file).count % 64 >= 56)
    }
    // The length fits the last block of some files and needs another block in others.
    #expect(tails == [true, false])
  }
}
