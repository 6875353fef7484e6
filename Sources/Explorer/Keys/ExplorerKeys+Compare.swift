import C3N
import TerminalUI

extension ExplorerState {
  /// The keys of the Compare screen.
  static let compareKeys: [KeyBinding<Command, KeyContext>] =
    [
      Row(["p"], .column(.pin), in: [.columns], "pin reference"),
      Row(["o"], .column(.pictures), in: [.columns], "pictures"),
      Row(["T"], .column(.nextRow), in: [.columns], "row of Table II"),
      Row(["V"], .column(.model), in: [.columns], "model"),
      Row(["P"], .column(.nextLineUp), in: [.columns], "next comparison of the paper"),
      Row(["C"], .column(.add), in: [.columns], "add column"),
      Row(["X"], .column(.remove), in: [.columns], "remove column"),
      Row(["l", "Right"], .column(.focus(1)), in: [.columns], "next column"),
      Row(["h", "Left"], .column(.focus(-1)), in: [.columns], "previous column"),
      Row(["F"], .column(.label), in: [.columns], "label chosen on Matrix"),
    ]
    + Ablation.allCases.map { Row([], .column(.row($0)), in: [.columns], "column: \($0.title)") }
    + LineUp.allCases.map { Row([], .column(.lineUp($0)), in: [.columns], "compare \($0.title)") }

  /// The keys of noise and of forced labels.
  static let whatIfKeys: [KeyBinding<Command, KeyContext>] = [
    Row(["("], .audioNoise(1), in: [.anywhere], "more noise in the sound"),
    Row([")"], .audioNoise(-1), in: [.anywhere], "less noise in the sound"),
    Row(["{"], .frameNoise(1), in: [.anywhere], "more noise in the frames"),
    Row(["}"], .frameNoise(-1), in: [.anywhere], "less noise in the frames"),
    Row(["Enter"], .forceLabel, in: [.wholeMatrix], "force label"),
    Row(["F"], .forceLabel, in: [.matrix], "force this label"),
    Row([], .chooseLabel, in: [.anywhere], "force a label: search it on Matrix"),
    Row(["U"], .releaseLabel, in: [.anywhere], "release the forced label"),
  ]

  private typealias Row = KeyBinding<Command, KeyContext>
}
