import Explorer
import TerminalUI

extension ExplorerState {
  /// Presses keys in the notation of key scripts.
  @discardableResult
  mutating func play(_ keys: String) -> [Effect] {
    try! KeyScript.parse(keys).flatMap { handle(.key($0)) }
  }

  /// Presses keys before a clip is open.
  mutating func turnKnobs(_ keys: String) { play(keys) }
}
