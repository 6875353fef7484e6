import TerminalUI

extension ExplorerState {
  /// The keys of comparisons, evaluation and the sound.
  static let researchKeys: [KeyBinding<Command, KeyContext>] = [
    KeyBinding(["W"], .worstFirst, in: [.clips], "worst first (Fig. 9)"),
    KeyBinding(["E"], .evaluateShown, in: [.clips], "evaluate clips shown"),
    KeyBinding(["p"], .pinReference, in: [.clips], "pin knobs as reference"),
    KeyBinding(["V"], .ccamView, in: [.ccam], "stages, attention (Fig. 7), Fig. 8"),
    KeyBinding(["O"], .soundView, in: [.overlays], "waveform, log-mel, both"),
  ]
}
