import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct WriterTests {
  private let tensors: [(name: String, tensor: Tensor)] = [
    ("layer.weight", Tensor([1, -2.5, .infinity, 0.1, -0.0, 3e-9], [2, 3])),
    ("scalar", Tensor([7], Shape([]))), ("empty", Tensor(zeros: [0, 4])),
    ("quote\" \\ \u{1} é", Tensor([1, 2, 3], [3])),
  ]

  @Test func whatIsWrittenIsRead() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a.safetensors").path
      try writeSafetensors(tensors, metadata: ["format": "pt", "b": "line\nbreak"], to: path)
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint.format == .safetensors)
      #expect(checkpoint.names == tensors.map(\.name))
      #expect(checkpoint.metadata == ["format": "pt", "b": "line\nbreak"])
      for (name, tensor) in tensors {
        let read = try checkpoint.tensor(name)
        #expect(read.shape == tensor.shape)
        #expect(read.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
        #expect(checkpoint[name]?.isLentByFile == true)
      }
      let header = try Data(contentsOf: URL(filePath: path)).prefix(8)
      #expect((Int(header[0]) + Int(header[1]) << 8 + 8) % 64 == 0)
    }
  }

  @Test func halvesAreRounded() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "half.safetensors").path
      try writeSafetensors(
        [("a", Tensor([0.1, 65504, -1], [3])), ("b", Tensor([0.1, 1e6], [2]))], as: .float16, to: path)
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint["a"]?.elementType == .float16)
      #expect(try checkpoint.tensor("a").values == [Float(Float16(0.1)), 65504, -1])
      // Half precision ends at 65504.
      #expect(checkpoint["b"]?.elementType == .float32)
      #expect(try checkpoint.tensor("b").values == [0.1, 1e6])
    }
  }

  @Test func wholeNumbersStayWholeAndComeFirst() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a.safetensors").path
      let counter: [Int64] = [.max]
      try writeSafetensors(
        [
          StoredTensor("w", Tensor([0.5, 1, 2], [3])),
          StoredTensor("n.num_batches_tracked", integers: counter, shape: Shape([])),
          StoredTensor("index", integers: [-1, 0, 1, 2], shape: [2, 2]),
        ], as: .float16, to: path)
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint.names == ["n.num_batches_tracked", "index", "w"])
      #expect(checkpoint["index"]?.elementType == .int64 && checkpoint["index"]?.shape == [2, 2])
      #expect(try checkpoint.integers("n.num_batches_tracked") == counter)
      #expect(try checkpoint.integers("index") == [-1, 0, 1, 2])
      #expect(checkpoint["n.num_batches_tracked"]?.shape == Shape([]))
      // What is read goes into another file as it is.
      let copy = directory.appending(path: "b.safetensors").path
      try writeSafetensors(checkpoint.names.map { checkpoint[$0]!.stored }, as: .float16, to: copy)
      #expect(FileManager.default.contentsEqual(atPath: path, andPath: copy))
    }
  }

  @Test func noTensorsAreAFileToo() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "none").path
      try writeSafetensors([StoredTensor](), to: path)
      #expect(try Checkpoint.open(path).names.isEmpty)
    }
  }

  @Test func writingOverTheMappedFileKeepsItsTensors() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try writeSafetensors([("a", Tensor([1, 2], [2]))], to: path)
      let old = try Checkpoint.open(path).tensor("a")
      try writeSafetensors([("a", old)], metadata: ["round": "2"], to: path)
      try writeSafetensors([("a", Tensor([3], [1]))], to: path)
      #expect(old.values == [1, 2])
      #expect(try Checkpoint.open(path).tensor("a").values == [3])
    }
  }

  @Test func failureLeavesTheFileAsItWas() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending(path: "a").path
      try writeSafetensors([("a", Tensor([1, 2], [2]))], to: path)
      let before = try Data(contentsOf: URL(filePath: path))
      #expect(throws: CheckpointError.self) {
        try ReplacementFile.write(to: path) { (file) throws(CheckpointError) in
          try file.append(Array("half a file".utf8))
          _ = try Checkpoint.open(path + "/none")
        }
      }
      let error = try #require(throws: CheckpointError.self) {
        try writeSafetensors([("b", Tensor([1], [1])), ("b", Tensor([2], [1]))], to: path)
      }
      #expect(error.description == "\(path): tensor b: cannot be written: the name is taken")
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a"])
    }
  }

  @Test func destinationThatCannotBeReplaced() throws {
    try withTemporaryDirectory { directory in
      let target = directory.appending(path: "taken")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: false)
      let error = try #require(throws: CheckpointError.self) {
        try writeSafetensors([("a", Tensor([1], [1]))], to: target.path)
      }
      #expect(error.description == "\(target.path): cannot be written: Is a directory")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["taken"])
      let missing = directory.path + "/none/a"
      let second = try #require(throws: CheckpointError.self) {
        try writeSafetensors([("a", Tensor([1], [1]))], to: missing)
      }
      #expect(second.description == "\(missing): cannot be written: No such file or directory")
    }
  }
}
