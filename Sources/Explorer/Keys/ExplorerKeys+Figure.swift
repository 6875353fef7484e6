import TerminalUI

extension ExplorerState {
  static let figureKeys = [
    KeyBinding<Command, KeyContext>(["eg"], .figure, in: [.anywhere], "export figure")
  ]
}
