import TerminalUI

extension ExplorerState {
  /// What a line holds before anything is typed.
  func textBefore(_ purpose: Prompt.Purpose) -> String {
    switch purpose {
    case .search, .labels, .openSession: ""
    case .filter: filter.text
    case .note(let clip, let frame): notebook.note(clip: clip, frame: frame)
    case .saveSession: keeping.name ?? ""
    }
  }

  /// A line's name, and what stands beside it.
  func words(about prompt: Prompt) -> (name: String, note: String) {
    let isEmpty = prompt.field.text.isEmpty
    let count = "\(rows.count)/\(clips.count) clips"
    switch prompt.purpose {
    case .search: return (" / ", count)
    case .filter: return (" filter: ", isEmpty ? "iou<0.5 diff<-0.1 category:dog text" : count)
    case .labels:
      return (" / ", isEmpty ? "dog, a:bark, v:235" : "\(matrixMatches.count) of \(matrix.axis)")
    case .note(let clip, let frame):
      let place = frame.map { ", frame \($0)" } ?? ""
      return (" note: ", isEmpty ? "nothing: no note" : clip + place)
    case .saveSession: return (" save session as: ", "letters, digits, - _ .; NAME! replaces")
    case .openSession: return (" open session: ", "a name, or a path with /")
    }
  }

  /// Why a text cannot name a session; nil if it can. What is opened may be a path; what is saved is a file's name
  /// without a folder, and none of those that keep themselves.
  static func problem(withSessionName name: String, for purpose: Prompt.Purpose) -> String? {
    if name.allSatisfy(\.isWhitespace) { return "expected a name" }
    guard purpose == .saveSession else { return nil }
    let name = name.hasSuffix("!") ? name.dropLast() : name[...]
    let isPlain = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
    if !isPlain || name.utf8.count > 100 { return "expected letters, digits, - _ ." }
    return name.hasPrefix(".") || name.hasPrefix("autosave-")
      ? "expected neither . nor autosave- in front" : nil
  }

  /// Does what an accepted line is for.
  mutating func finish(_ prompt: Prompt) -> [Effect] {
    let text = prompt.field.text
    switch prompt.purpose {
    case .search, .filter, .labels: return []
    case .note(let clip, let frame):
      let isBlank = text.allSatisfy(\.isWhitespace)
      keeping.notebook.setNote(isBlank ? "" : text, clip: clip, frame: frame)
      noteResults()
      arrangeRows()
      return []
    case .saveSession:
      // Opening a session and changing it does not change its file; saving it under its own name does.
      guard !text.isEmpty else { return [] }
      let name = text.hasSuffix("!") ? String(text.dropLast()) : text
      return [.saveSession(session, name: name, replacing: name != text || name == keeping.name)]
    case .openSession: return text.isEmpty ? [] : handOver() + [.openSession(name: text)]
    }
  }
}
