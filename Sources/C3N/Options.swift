extension C3NModel {
  /// How published weights are taken, where the published program leaves room: chosen when a model is loaded.
  public struct Options: Hashable, Codable, Sendable {
    /// Swin: whether ImageNet's final `norm` becomes the norm of the last stage, `norm3`. The published program
    /// leaves it out, so that a training begins with a norm of 1 and 0.
    public var mapsSwinFinalNorm = false

    /// VGGish: how sound without shipped log-mels is cut into examples of 0.96 s.
    public var vggishFraming = VGGishFraming.clip

    /// BEATs: the order of its class scores.
    public var labelOrder = LabelOrder.asPublished

    /// How sound is cut into VGGish's examples.
    public enum VGGishFraming: String, Codable, Sendable, CaseIterable {
      /// The whole clip, as AVSBench's own log-mels were made: example i begins at 0.96 i seconds.
      case clip
      /// Every second by itself: its first 0.96 s.
      case seconds
    }

    /// The order of BEATs' class scores.
    public enum LabelOrder: String, Codable, Sendable, CaseIterable {
      /// As the checkpoint has them, which the published program takes for AudioSet's order.
      case asPublished = "as-published"
      /// Brought into AudioSet's order by the checkpoint's `label_dict`.
      case aligned
    }

    /// The published program's ways.
    public init() {}
  }
}
