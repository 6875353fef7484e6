import AVSBench
import C3N
import Inference

/// A figure of the paper, drawn for one clip.
public protocol Figure: Sendable {
  /// The whole SVG file: one page of two columns wide, pictures inside, the same for the same analysis.
  var svg: String { get }
}

/// What a figure is about: a clip, what a model found out about it, and the frames to show.
public struct FigureSubject: Sendable {
  /// The clip as the model got it.
  public let contents: ClipContents

  /// What the model found out.
  public let analysis: ClipAnalysis

  /// The names of the classes.
  public let labels: Labels

  /// The frames to show, from 0.
  public let frames: [Int]

  /// What was changed about the clip, such as noise; nil for the clip as it is.
  public let input: String?

  /// A subject of frames that the clip and the analysis have.
  public init(
    _ contents: ClipContents, _ analysis: ClipAnalysis, _ labels: Labels, frames: [Int], input: String? = nil
  ) {
    precondition(
      frames.allSatisfy { contents.frames.indices.contains($0) && analysis.frames.indices.contains($0) },
      "frames \(frames) of \(contents.frames.count)")
    self.contents = contents
    self.analysis = analysis
    self.labels = labels
    self.frames = frames
    self.input = input
  }

  /// Where everything in the figure comes from: what the reader of a paper has to know.
  var provenance: String {
    let clip = contents.clip
    let shown = frames.map { String($0 + 1) }.joined(separator: ", ")
    var parts = [
      "Clip \(clip.id)" + (clip.category.map { " (\($0))" } ?? "")
        + ", \(frames.count == 1 ? "frame" : "frames") \(shown) of \(contents.frames.count)"
    ]
    if let input { parts.append("Input: \(input)") }
    parts.append("Variant \(analysis.variant) (\(analysis.variant.parts))")
    parts.append("Weights: \(analysis.origin)")
    if !analysis.similaritySource.isEmpty { parts.append("Label similarities: \(analysis.similaritySource)") }
    parts.append(knobs)
    parts += analysis.limitations
    if analysis.variant == .lite {
      parts.append("lite is a demonstration: not comparable with the paper's networks")
    }
    return parts.joined(separator: ". ") + "."
  }

  private var knobs: String {
    let switches = analysis.effective
    guard analysis.variant.method.hasClasses else {
      return "Without classes: neither C3IM nor CCAM"
    }
    let published = Switches()
    /// A switch, with the published value where it is another.
    func word(_ text: String, _ isPublished: Bool, _ value: String) -> String {
      isPublished ? text : "\(text) (published: \(value))"
    }
    var words = [
      word("α \(decimal(switches.alpha, 2))", switches.alpha == published.alpha, decimal(published.alpha, 2)),
      word("β \(decimal(switches.beta, 2))", switches.beta == published.beta, decimal(published.beta, 2)),
      word(
        "consensus \(switches.consensus.abbreviation)", switches.consensus == published.consensus,
        published.consensus.abbreviation),
      word(
        switches.audioFeatures ? "with audio features" : "without audio features", switches.audioFeatures,
        "with"),
      word(
        switches.nonLocal ? "with non-local blocks" : "without non-local blocks", switches.nonLocal, "with"),
    ]
    if switches.audioScores != published.audioScores {
      words.append("audio softmax of logits (published: of the encoder's output)")
    }
    if let label = switches.forcedLabel { words.append("label \(label) chosen by hand") }
    return words.joined(separator: ", ")
  }
}

/// Why a figure cannot be drawn, in one line.
public struct FigureError: Error, CustomStringConvertible, Sendable {
  /// The line.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
