import Explorer
import Foundation
import Inference
import TerminalUI

/// What a user prefers: `config.json` in `$XDG_CONFIG_HOME/c3n`, or in `~/.config/c3n`.
///
///     { "theme": "light",
///       "roles": { "key": "blue bold" },
///       "colorMap": "cividis",
///       "dataset": "~/avsbench_data/Single-source",
///       "player": ["ffplay", "-nodisp", "-autoexit"],
///       "keys": { "next frame": ["n", "."], "set bookmark a-z": "m{x}" } }
///
/// Everything may be left out.
struct Configuration: Sendable {
  /// The styles of roles.
  var theme = Theme.dark
  /// Whether the theme is one for light backgrounds.
  var isLight = false

  /// The colours of heat maps; nil for the ordinary ones.
  var colorMap: ColorMap?

  /// The data set that is opened when none is named.
  var dataset: String?

  /// The player and its arguments before the file; nil for one that is installed.
  var player: [String]?

  /// Keys by the names of commands, as help and palette show them.
  var keys: [String: [String]] = [:]

  /// Where it is looked for; nil without a home.
  static func path(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    UserFolder.configuration(environment).map { $0 + "/config.json" }
  }

  /// What the user's file says; the ordinary values where there is none.
  ///
  /// Throws ``CommandError``: the file, the entry, what was found and what was expected.
  static func read(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Configuration {
    guard let path = path(environment), FileManager.default.fileExists(atPath: path) else {
      return Configuration()
    }
    func problem(_ text: String) -> CommandError {
      CommandError("\(TerminalText.escaped(path)): \(TerminalText.escaped(text))")
    }
    guard let data = FileManager.default.contents(atPath: path) else { throw problem("cannot be read") }
    do {
      return try Configuration(json: data)
    } catch let error as DecodingError {
      throw problem(error.placed)
    } catch {
      throw problem("\(error)")
    }
  }

  /// The ordinary values.
  init() {}

  /// Throws `DecodingError` or ``CommandError``, neither of which names the file.
  init(json: Data) throws {
    let entries = ["theme", "roles", "colorMap", "dataset", "player", "keys"]
    guard case .object(let values) = try JSONDecoder().decode(JSONValue.self, from: json) else {
      throw CommandError("expected an object with any of \(entries.joined(separator: ", "))")
    }
    if let unknown = values.keys.sorted().first(where: { !entries.contains($0) }) {
      throw CommandError("\(unknown): no such entry, expected one of \(entries.joined(separator: ", "))")
    }
    if let value = values["theme"] {
      let name = try text(value, "theme")
      theme = try choice(Theme.named[name], name, "theme", Theme.named.keys.sorted())
      isLight = theme == .light
    }
    for (name, value) in try object(values["roles"], "roles") {
      let place = "roles.\(name)"
      let role = try choice(Role(rawValue: name), name, "roles", Role.allCases.map(\.rawValue))
      let notation = try text(value, place)
      guard let style = Style(notation: notation) else {
        throw CommandError(
          "\(place): found \"\(notation)\", expected a style such as \"blue bold\", \"white on 24\" or \"#ff8800\""
        )
      }
      theme[role] = style
    }
    if let value = values["colorMap"] {
      let name = try text(value, "colorMap")
      colorMap = try choice(ColorMap(rawValue: name), name, "colorMap", ColorMap.allCases.map(\.rawValue))
    }
    dataset = try values["dataset"].map { UserFolder.expanded(try text($0, "dataset")) }
    player = try values["player"].map { value in
      let words = try texts(value, "player")
      guard let name = words.first, !name.isEmpty else { throw CommandError("player: expected a program") }
      let known = SoundPlayer.known.first { $0.name == name }
      return words.count == 1 ? words + (known?.arguments ?? []) : words
    }
    for (name, value) in try object(values["keys"], "keys") {
      keys[name] = try texts(value, "keys.\"\(name)\"")
    }
    try check()
  }

  /// Whether the keys can be bound.
  private func check() throws {
    var state = ExplorerState(dataset: "", clips: [], labels: Labels(audio: [], visual: []), model: "")
    try apply(to: &state)
  }

  /// Gives a state the keys and the colours.
  func apply(to state: inout ExplorerState) throws {
    do throws(KeyRebindingProblem) {
      try state.rebind(keys)
    } catch {
      throw CommandError("keys.\(error)")
    }
    if let colorMap { state.prefer(colorMap) }
  }
}

private func choice<Value>(_ value: Value?, _ found: String, _ place: String, _ names: [String]) throws
  -> Value
{
  guard let value else {
    throw CommandError("\(place): found \"\(found)\", expected one of \(names.joined(separator: ", "))")
  }
  return value
}

private func text(_ value: JSONValue, _ place: String) throws -> String {
  guard case .text(let text) = value else { throw CommandError("\(place): expected text") }
  return text
}

/// A text, or a list of them.
private func texts(_ value: JSONValue, _ place: String) throws -> [String] {
  guard case .list(let values) = value else { return [try text(value, place)] }
  return try values.enumerated().map { try text($1, "\(place)[\($0)]") }
}

/// The entries of an object in the order of their names.
private func object(_ value: JSONValue?, _ place: String) throws -> [(String, JSONValue)] {
  guard let value else { return [] }
  guard case .object(let values) = value else { throw CommandError("\(place): expected an object") }
  return values.sorted { $0.key < $1.key }
}
