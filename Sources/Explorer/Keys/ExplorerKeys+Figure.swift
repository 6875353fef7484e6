import TerminalUI

extension ExplorerState {
  static let figureKeys = [
    KeyBinding<Command, KeyContext>(["ef"], .figure, in: [.anywhere], "export figure")
  ]
}
