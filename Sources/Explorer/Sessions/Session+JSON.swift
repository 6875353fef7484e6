import C3N
import Foundation

extension Session {
  /// Why a text is no session that this program reads: the place, what was found and what was expected.
  public struct Problem: Error, Hashable, CustomStringConvertible {
    /// One line.
    public let description: String

    init(_ description: String) { self.description = description }
  }

  /// Reads a session. What the text leaves out is as in a new session, so that a session written by hand, or by an older
  /// version, may say only what matters.
  ///
  /// Throws ``Problem``.
  public init(json: Data) throws {
    do {
      let text = try JSONDecoder().decode(JSONValue.self, from: json)
      guard case .text(Self.formatName)? = text["format"] else {
        throw Problem("no session: expected \"format\": \"\(Self.formatName)\"")
      }
      guard case .integer(let version)? = text["version"], version >= 1 else {
        throw Problem("version: expected a whole number from 1 on")
      }
      guard version <= Self.currentVersion else {
        throw Problem(
          "version: found \(version), written by a newer program; this one reads up to \(Self.currentVersion)"
        )
      }
      var new = Session()
      // Columns leave out what any other part may leave out.
      if text["comparison"] != nil {
        new.comparison = Comparison(columns: [.init(model: new.models[0], switches: new.knobs)])
      }
      let start = try JSONDecoder().decode(JSONValue.self, from: new.json)
      let whole = try JSONEncoder().encode(text.completed(by: start))
      self = try JSONDecoder().decode(Session.self, from: whole)
    } catch let error as DecodingError {
      throw Problem(error.placed)
    }
    try check()
  }

  /// The session as text for people too: indented, keys in order, a line feed at the end.
  public var json: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Nothing in a session is beyond JSON: knobs are finite.
    return try! encoder.encode(self) + Data("\n".utf8)
  }

  /// What the types alone cannot tell.
  private func check() throws {
    try knobs.check("knobs")
    try reference.check("reference")
    if let comparison {
      let count = comparison.columns.count
      guard Comparison.counts.contains(count) else {
        let (least, most) = (Comparison.counts.lowerBound, Comparison.counts.upperBound)
        throw Problem("comparison.columns: found \(count), expected \(least) to \(most)")
      }
      for (index, column) in comparison.columns.enumerated() {
        try column.switches.check("comparison.columns[\(index)].switches")
      }
    }
    guard !models.isEmpty else { throw Problem("models: found none, expected one at least") }
    let frames =
      [("frame", frame)] + bookmarks.map { ("bookmarks.\($0.key).frame", $0.value.frame) }
      + notes.enumerated().compactMap { index, note in note.frame.map { ("notes[\(index)].frame", $0) } }
    for (place, frame) in frames.sorted(by: { $0.0 < $1.0 }) where frame < 1 {
      throw Problem("\(place): found \(frame), expected a number from 1 on")
    }
    for name in bookmarks.keys.sorted() where !Notebook.isLetter(name) {
      throw Problem("bookmarks: found \"\(name)\", expected letters from a to z")
    }
    do throws(ClipFilter.Problem) {
      _ = try ClipFilter(filter)
    } catch {
      throw Problem("filter: \(error)")
    }
    let titles = ClipColumn.allCases.map(\.column.title)
    if let sort, !titles.contains(sort) {
      throw Problem("sort: found \"\(sort)\", expected one of \(titles.joined(separator: ", "))")
    }
  }
}

extension Switches {
  /// Throws ``Session/Problem`` for a value that no key sets; `place` is where in the file they stand.
  fileprivate func check(_ place: String) throws {
    for (name, value) in [("alpha", alpha), ("beta", beta)] where !(value >= 0) || value > 100 {
      throw Session.Problem("\(place).\(name): found \(value), expected a number from 0 to 100")
    }
    if let forcedLabel, !(0..<SimilarityMatrix.visualCount).contains(forcedLabel) {
      throw Session.Problem(
        "\(place).forcedLabel: found \(forcedLabel), expected 0 to \(SimilarityMatrix.visualCount - 1)")
    }
  }
}
