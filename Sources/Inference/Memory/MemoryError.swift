/// A run that the memory does not allow.
public struct MemoryError: Error, CustomStringConvertible {
  /// The clip, or the data set.
  public let place: String

  /// Such as `300 frames in pvtv2-panns need 1.1 GiB: model 698 MiB, ...`.
  public let need: String

  /// The bytes that it needs beside what the process has.
  public let missing: Int

  /// What there is.
  public let available: AvailableMemory

  /// What would help.
  public let help: [String]

  /// An error of a place.
  public init(place: String, need: String, missing: Int, available: AvailableMemory, help: [String]) {
    self.place = place
    self.need = need
    self.missing = missing
    self.available = available
    self.help = help
  }

  /// One line: the need, what there is, and what would help.
  public var description: String {
    let help = ["more memory or a higher limit"] + help
    return "\(place): \(need); \(byteCount(missing)) of it are still to come, and \(available); "
      + "what would help: \(help.joined(separator: ", or "))"
  }
}
