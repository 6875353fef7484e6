/// The names of the classes, as read from files: not to be trusted.
public struct Labels: Sendable {
  private let audioNames: [String]
  private let visualNames: [String]

  /// Names in the order of the networks' outputs: AudioSet's 527 and ImageNet's 1000.
  public init(audio: [String], visual: [String]) {
    audioNames = audio
    visualNames = visual
  }

  /// The name of an audio class; its number where there is no name.
  public func audio(_ label: Int) -> String {
    audioNames.indices.contains(label) ? audioNames[label] : "audio class \(label)"
  }

  /// The first of a visual class's synonyms, which ImageNet lists after commas.
  public func shortVisual(_ label: Int) -> String {
    String(visual(label).prefix { $0 != "," })
  }

  /// The name of a visual class; its number where there is no name.
  public func visual(_ label: Int) -> String {
    visualNames.indices.contains(label) ? visualNames[label] : "visual class \(label)"
  }
}
