/// How a data set's files are arranged.
public enum Layout: String, Sendable, CaseIterable {
  /// AVSBench-object, single source: `visual_frames/<split>/<category>/<name>/<name>_1.png`.
  case singleSource = "S4"

  /// AVSBench-object, multiple sources: `visual_frames/<id>/<id>.mp4_1.png`.
  case multipleSources = "MS3"

  /// AVSBench-semantic: `<v1s, v1m or v2>/<uid>/frames/0.jpg`.
  case semantic = "AVSS"

  /// Folders of frames with a sound file, perhaps with masks: one clip each.
  case plain = "plain"
}
