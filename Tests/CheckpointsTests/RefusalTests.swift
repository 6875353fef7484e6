import Checkpoints
import Foundation
import Testing

/// What is not a checkpoint gives one clear line.
@Suite struct RefusalTests {
  private func refusal(_ bytes: [UInt8]) throws -> String {
    let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(bytes, file: "f") }
    return error.description
  }

  private func refusal(ofFile path: String) throws -> String {
    let error = try #require(throws: CheckpointError.self) { try Checkpoint.open(path) }
    return error.description
  }

  @Test func filesThatCannotBeRead() throws {
    try withTemporaryDirectory { directory in
      let path = directory.path
      #expect(try refusal(ofFile: path) == "\(path): is a directory, expected a checkpoint file")
      #expect(
        try refusal(ofFile: path + "/none") == "\(path)/none: cannot be opened: No such file or directory")
      try Data().write(to: directory.appending(path: "empty"))
      #expect(
        try refusal(ofFile: path + "/empty") == "\(path)/empty: is empty (0 bytes), expected a checkpoint")
      #expect(
        try refusal(ofFile: "/dev/null") == "/dev/null: is not a regular file, expected a checkpoint file")
    }
  }

  @Test func unknownContents() throws {
    let text = try refusal([0x01, 0x02, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x77])
    #expect(
      text.hasPrefix("f: begins with the bytes 01 02 68 65 6c 6c 6f 20, expected a PyTorch zip (50 4b 03 04)")
    )
  }

  /// What stands in a checkpoint's place after a download or an unpacking that went wrong.
  @Test(arguments: [
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d4d\nsize 1204321\n",
      "f: is a Git LFS pointer, not the file of 1204321 bytes: git lfs pull"
    ),
    (
      "../.git/annex/objects/a/b/SHA256E-s1--ab.pth\n",
      "f: is a git-annex pointer, not the file: git annex get"
    ),
    (
      "\u{feff}\n<!DOCTYPE html><html><head><TITLE>Google Drive -\n Virus scan warning</TITLE></head></html>",
      "f: is a web page ('Google Drive - Virus scan warning'), not the file: Google Drive asks before it gives large "
        + "files; download it in a browser, or by gdown"
    ),
    (
      "<html><body>Please log in</body></html>",
      "f: is a web page, not the file: the server asks for a login; download it in a browser"
    ),
    (
      "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code></Error>",
      "f: is XML ('<?xml version=\"1.0\"?> <Error><Code>NoSuchKey</Code></Error>'), as a server's error message, not the file: "
        + "download it again"
    ),
    (
      "{\"message\":{\"a\":1}}",
      "f: is JSON ('{\"message\":{\"a\":1}}'), as a server's message or an index, not the file: download it again"
    ),
    (
      "{\"errr\":{\"code\":404}}",
      "f: is JSON ('{\"errr\":{\"code\":404}}'), as a server's message or an index, not the file: download it again"
    ),
    (
      "(dp0\nVa\np1\nI1\ns.",
      "f: is a pickle of protocol 0, which is not read: save it again with protocol 2 or later"
    ),
    (
      "hello world", "f: is text ('hello world'), 11 bytes, expected a PyTorch file, safetensors, NPY or HDF5"
    ),
    ("\u{1f}", "f: begins with the bytes 1f, expected a PyTorch zip"),
  ])
  func otherContents(text: String, expected: String) throws {
    #expect(try refusal(Array(text.utf8)).hasPrefix(expected))
  }

  @Test func archivesAndPictures() throws {
    var tar = [UInt8](repeating: 0x61, count: 512)
    tar.replaceSubrange(257..<262, with: "ustar".utf8)
    let found: [([UInt8], String)] = [
      ([0x1f, 0x8b, 8, 0, 0, 0], "is compressed (gzip), expected a checkpoint: unpack it first, by gunzip"),
      ([0x28, 0xb5, 0x2f, 0xfd, 0], "is compressed (zstd)"), (tar, "is a tar archive"),
      ([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], "is a PNG picture, expected a checkpoint"),
      (
        [UInt8](repeating: 0, count: 100),
        "begins with 100 bytes that are all 0: a download that was interrupted"
      ),
      ([0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18), "is a zip archive without any file in it"),
    ]
    for (bytes, expected) in found { #expect(try refusal(bytes).hasPrefix("f: " + expected)) }
  }

  @Test func aWholeModelIsToldHowToSave() throws {
    let model = Pickle.file(Pickle.call(Pickle.global("net", "Net"), []))
    #expect(try refusal(model).contains("save model.state_dict(), not the whole model"))
  }

  @Test func compressedMembers() throws {
    let path = Fixtures.path("compressed.pth")
    #expect(
      try refusal(ofFile: path)
        == "\(path): zip member flat-zip/data.pkl: is compressed (method 8), expected a stored member as PyTorch writes"
    )
  }

  @Test func zipFilesOfOtherPrograms() throws {
    let script = Fixtures.path("script.pt")
    #expect(
      try refusal(ofFile: script)
        == "\(script): a TorchScript program, expected the tensors of a model; save its state_dict()")
    let arrays = Fixtures.path("arrays.npz")
    #expect(
      try refusal(ofFile: arrays)
        == "\(arrays): a zip file without the data.pkl of a PyTorch checkpoint, its first member is a.npy; save one array by numpy.save"
    )
  }

  @Test func truncatedZip() throws {
    let bytes = try Fixtures.bytes("flat-zip.pth")
    #expect(
      try refusal(Array(bytes.prefix(1000)))
        == "f: a zip file without its directory at the end; truncated or damaged")
  }

  @Test func truncatedLegacyStorage() throws {
    let bytes = try Fixtures.bytes("flat-legacy.pth")
    let text = try refusal(bytes.dropLast(3))
    #expect(text.hasPrefix("f: byte "))
    #expect(text.hasSuffix("truncated or damaged"))
  }

  @Test(arguments: [
    ("{}", 64, "data: 64 bytes behind the last tensor belong to none"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 8, "tensor a: F32 of shape [2] in 4 bytes"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      "tensor a: bytes 0 to 8 of 4 bytes of data; truncated or damaged"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      "tensor a: bytes 4 to 0 of 4 bytes of data; truncated or damaged"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}"#,
      8, "tensor b: begins at byte 3, inside the tensor before it, which ends at 4"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[64,68]}}"#, 68,
      "tensor a: a hole of 64 bytes before it"
    ),
    (
      #"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, 4,
      "tensor a: the element type F8_E4M3, expected one of F16, BF16, F32, F64, I8, U8, I16, I32, I64, BOOL"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}"#, 0,
      "tensor a: U8 of shape [0, 4611686018427387904, 4611686018427387904] in 0 bytes"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
      2, "header, byte 57: a appears twice"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, 1,
      "header, byte 29: expected a whole number that is not negative"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1]}}"#, 1,
      "header, byte 46: a number beyond 64 bits"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}"#, 1,
      "header, byte 28: expected a whole number that is not negative"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1]}}"#, 1,
      "header, byte 31: the tensor a lacks its dtype, shape or two data_offsets"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1,
      "header, byte 56: x in the tensor a, expected dtype, shape and data_offsets once each"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "header, byte 21: found '1', expected '\"'"),
    (#"{"a""#, 0, "header, byte 4: ends where ':' is expected"),
    (#"{} x"#, 0, "header, byte 3: more behind the end of the object"),
    (#"{"a\ud800":{}}"#, 0, "header, byte 9: half a surrogate pair"),
  ])
  func strictSafetensorsHeaders(header: String, dataBytes: Int, problem: String) throws {
    #expect(try refusal(safetensors(header, dataBytes: dataBytes)) == "f: " + problem)
  }

  @Test func lengthOfTheSafetensorsHeaderIsChecked() throws {
    var file = safetensors("{}", dataBytes: 0)
    file[0] = 3
    #expect(
      try refusal(file)
        == "f: header, byte 8: a header of 3 bytes in the last 2 bytes; truncated or damaged")
    file[7] = 0x80
    #expect(
      try refusal(file) == "f: header: a length of 9223372036854775811 bytes, expected at most 100000000")
  }

  @Test func safetensorsInAnyOrderWithPadding() throws {
    let header =
      #"{ "b\u00e9\ud83d\ude00" : {"shape":[2],"data_offsets":[8, 10],"dtype":"U8"},"#
      + #""a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"__metadata__":{} }  "#
    let checkpoint = try Checkpoint.read(safetensors(header, dataBytes: 12), file: "f")
    #expect(checkpoint.names == ["a", "bé😀"])
    #expect(try checkpoint.integers("bé😀") == [8, 9])
    #expect(try checkpoint.integers("a") == [0])
  }

  @Test(arguments: [0x180, 0x280, 0x580])
  func safetensorsWhoseLengthLooksLikeAPickle(length: Int) throws {
    let header = #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#
    let padded = header + String(repeating: " ", count: length - header.utf8.count)
    let checkpoint = try Checkpoint.read(safetensors(padded, dataBytes: 2), file: "f")
    #expect(checkpoint.format == .safetensors)
    #expect(try checkpoint.integers("a") == [0, 1])
  }

  /// Data bytes count from 0.
  private func safetensors(_ header: String, dataBytes: Int) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + header.utf8 + (0..<dataBytes).map { UInt8($0) }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8, "data: 8 bytes, expected 12 for F32"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 16, "data: 16 bytes, expected 12 for F32"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8, "header: elements '<c8'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, "header: elements '|O'"),
    (
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4,
      "header: elements [('a', '<f4')]"
    ),
    ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", 4, "header: fortran_order is neither"),
    ("{'descr': '<f4', 'shape': (1,), }", 4, "header: no 'fortran_order'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4, "header: the impossible shape (-1,)"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", 4, "header: a shape that is not a tuple"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 4,
      "header: the impossible shape [4611686018427387904, 4]"
    ),
  ])
  func strictArrayHeaders(header: String, dataBytes: Int, problem: String) throws {
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    let file = start + header.utf8 + [UInt8](repeating: 0, count: dataBytes)
    #expect(try refusal(file).hasPrefix("f: " + problem))
  }
}
