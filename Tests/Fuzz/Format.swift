import Foundation

/// A kind of file that people have and that a reader here takes.
enum Format: String, CaseIterable {
  case zip, legacy, safetensors, h5, npy, pkl, png, jpg, wav, csv

  /// The files that cases of this format are made of: the fixtures of the readers' tests.
  func samples() throws -> [[UInt8]] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    func fixtures(_ folder: String, _ wanted: (String) -> Bool) throws -> [[UInt8]] {
      let names = try FileManager.default.contentsOfDirectory(atPath: tests.appending(path: folder).path)
      return try names.filter(wanted).sorted().map { name in
        [UInt8](try Data(contentsOf: tests.appending(path: folder).appending(path: name)))
      }
    }
    let checkpoints = "CheckpointsTests/Fixtures"
    func torch(_ isZip: Bool) throws -> [[UInt8]] {
      try fixtures(checkpoints) { $0.hasSuffix(".pth") || $0.hasSuffix(".pt") }
        .filter { $0.starts(with: [0x50, 0x4b]) == isZip }
    }
    switch self {
    case .zip: return try torch(true)
    case .legacy: return try torch(false)
    case .safetensors, .h5, .npy: return try fixtures(checkpoints) { $0.hasSuffix("." + rawValue) }
    case .pkl:
      return try fixtures(checkpoints) { $0.hasSuffix(".pkl") }
        + fixtures("AVSBenchTests/Fixtures") { $0.hasSuffix(".pkl") }
    case .png:
      return try fixtures("MediaTests/Fixtures/images") { $0.hasSuffix(".png") }
        + fixtures("AVSBenchTests/Fixtures") { $0.hasSuffix(".png") }
    case .jpg:
      return try fixtures("MediaTests/Fixtures/images") { $0.hasSuffix(".jpg") }
        + fixtures("AVSBenchTests/Fixtures") { $0.hasSuffix(".jpg") }
    case .wav:
      return try fixtures("MediaTests/Fixtures/audio") { $0.hasSuffix(".wav") || $0.hasSuffix(".flac") }
    case .csv: return Self.lists.map { Array($0.utf8) }
    }
  }

  private static let lists = [
    "name,start,category,split\na,0,dog,train\nb c,1.5,\"cat, wild\",test\n-d,2,cow,val\n",
    "\u{feff}video_id,split\r\na,train\r\n\"b \"\"c\"\"\",test\r\n",
    "vid,uid,s_min,s_sec,a_obj,split,label\na,a_0,0,5,dog,train,v1s\nb,b_1,1,0,\"cat_dog\",test,v2\n",
    "index,mid,display_name\n" + (0..<527).map { "\($0),/m/\($0),\"Name, \($0)\"\n" }.joined(),
  ]
}
