import Explorer
import Foundation
import Inference

/// Arguments that an option with several values took, because they stood behind it: `--weights formula:1 dog_c3n_001`.
///
/// The parser gives such an option everything up to the next one. What cannot be one of its values, and is what the command
/// lacks, is given back.
enum TrailingArguments {
  /// Whether a value of `--weights` is rather a clip's id or folder: no word, no file, and nothing that is called as weights are.
  static func isClip(_ value: String) -> Bool {
    let endings = [".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".pkl", ".npy", ".h5"]
    guard ModelSource.Argument(value).isFile, !endings.contains(where: value.hasSuffix) else { return false }
    var isFolder: ObjCBool = false
    return !FileManager.default.fileExists(atPath: value, isDirectory: &isFolder) || isFolder.boolValue
  }

  /// Whether a value of `--weights` is rather a dataset: `embedded`, which is no weight file beside others, or a folder.
  static func isDataset(_ value: String) -> Bool {
    var isFolder: ObjCBool = false
    return value == Session.embedded
      || FileManager.default.fileExists(atPath: value, isDirectory: &isFolder) && isFolder.boolValue
  }
}

extension [String] {
  /// Removes and returns the last value where it is the command's argument; the first value is always the option's own.
  mutating func giveBack(_ isArgument: (String) -> Bool) -> String? {
    guard count > 1, let last, isArgument(last) else { return nil }
    removeLast()
    return last
  }
}
