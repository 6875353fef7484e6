import TerminalUI

/// The screens, in the order of their number keys.
public enum ScreenName: String, CaseIterable, Codable, Sendable {
  /// The table of the data set.
  case clips
  /// One frame with its sound, its confidences and its label.
  case inspect
  /// Similarities and re-weighted confidences of the five best classes.
  case matrix
  /// The heat maps of the four stages.
  case ccam
  /// Models and switches side by side.
  case compare
  /// What the worker does and did, and with what.
  case jobs

  /// The name on the screen.
  public var title: String {
    switch self {
    case .clips: "Clips"
    case .inspect: "Inspect"
    case .matrix: "Matrix"
    case .ccam: "CCAM"
    case .compare: "Compare"
    case .jobs: "Jobs"
    }
  }

  /// The number key.
  public var key: Character {
    switch self {
    case .clips: "1"
    case .inspect: "2"
    case .matrix: "3"
    case .ccam: "4"
    case .compare: "5"
    case .jobs: "6"
    }
  }

  /// What can have the keyboard, in the order of Tab.
  var panes: [Pane] {
    switch self {
    case .clips: [.table]
    case .inspect: [.frame, .time, .labels]
    case .matrix: [.similarity, .reweighted]
    case .ccam: (1...4).map(Pane.stage)
    case .compare: [.columns]
    case .jobs: [.history]
    }
  }
}

/// A part of a screen that can have the keyboard.
enum Pane: Hashable {
  /// The table of clips.
  case table
  /// The frame with its overlay.
  case frame
  /// The filmstrip and the sound.
  case time
  /// Confidences, label and scores.
  case labels
  /// M_sim.
  case similarity
  /// M_cof.
  case reweighted
  /// A stage's heat map, 1 to 4.
  case stage(Int)
  /// The jobs so far.
  case history
  /// The columns of a comparison, of which one has the focus.
  case columns
}
