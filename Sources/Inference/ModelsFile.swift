import C3N
import Foundation

/// A file that names the parts of variants once, so that `--variant` alone finds them.
///
/// JSON: the name of a variant, and for it `weights`, a list of files in any order, and perhaps `similarity`. Paths are
/// relative to the file; `~` is the home directory.
///
///     { "pvtv2-vggish": { "weights": ["S4_pvt_vggish_best.pth", "~/vggish/vggish-10086976.pth"],
///                         "similarity": "similarity_matrix.npy" } }
public struct ModelsFile: Sendable {
  private struct Entry: Decodable {
    let weights: [String]
    let similarity: String?
  }

  private let path: String
  private let entries: [Variant: Entry]

  /// Reads a file.
  ///
  /// - Throws: `ModelError` for a file that is not of the form above or names an unknown variant.
  public init(_ path: String) throws {
    func problem(_ text: String) -> ModelError { ModelError(place: path, problem: text) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw problem("cannot be read, expected a JSON file of models")
    }
    let named: [String: Entry]
    do {
      named = try JSONDecoder().decode([String: Entry].self, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw problem("\(Self.place(context))no '\(key.stringValue)', expected a list of files")
    } catch DecodingError.typeMismatch(_, let context) {
      throw problem(
        "\(Self.place(context))another type, expected {\"VARIANT\": {\"weights\": [FILE, ...], \"similarity\": FILE}}"
      )
    } catch {
      throw problem("is no JSON, expected {\"VARIANT\": {\"weights\": [FILE, ...], \"similarity\": FILE}}")
    }
    var entries: [Variant: Entry] = [:]
    for (name, entry) in named {
      do {
        entries[try Variant(named: name)] = entry
      } catch {
        throw problem("\(error)")
      }
    }
    self.path = path
    self.entries = entries
  }

  private static func place(_ context: DecodingError.Context) -> String {
    context.codingPath.isEmpty ? "" : context.codingPath.map(\.stringValue).joined(separator: ".") + ": "
  }

  /// The file that is read when none is named: `c3n/models.json` in `XDG_CONFIG_HOME`, or in `~/.config`.
  public static func defaultPath(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    let folder =
      environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? (environment["HOME"] ?? "")
      + "/.config"
    return folder + "/c3n/models.json"
  }

  /// The models that a file names, or the default one if it is there, by the variants' names.
  ///
  /// Whether the weights are there is not looked at: a model that is asked for says what it lacks.
  public static func all(
    _ named: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> [ModelSpecification] {
    let path = named ?? defaultPath(environment: environment)
    if named == nil, !FileManager.default.fileExists(atPath: path) { return [] }
    let file = try ModelsFile(path)
    let home = environment["HOME"]
    return file.entries.sorted { $0.key.rawValue < $1.key.rawValue }.map { variant, entry in
      ModelSpecification(
        variant: variant,
        weights: entry.weights.map { $0.hasPrefix("formula:") ? $0 : file.absolute($0, home: home) },
        similarity: entry.similarity.map { file.absolute($0, home: home) })
    }
  }

  /// Adds what the file has of a variant to a specification without weights.
  ///
  /// Without a variant, a file that was named must have one only. Where there is no file, or nothing of the variant in
  /// the default one, the specification stays as it is.
  public static func filling(
    _ specification: ModelSpecification, from named: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> ModelSpecification {
    let path = named ?? defaultPath(environment: environment)
    if named == nil {
      guard specification.variant != nil, FileManager.default.fileExists(atPath: path) else {
        return specification
      }
    }
    let file = try ModelsFile(path)
    let names = file.entries.keys.map(\.rawValue).sorted().joined(separator: ", ")
    guard let variant = specification.variant ?? (file.entries.count == 1 ? file.entries.keys.first : nil)
    else {
      throw ModelError(
        place: path, problem: "names \(file.entries.count) variants (\(names)), expected one or --variant")
    }
    guard let entry = file.entries[variant] else {
      if named == nil { return specification }
      throw ModelError(place: path, problem: "nothing of variant \(variant), only of \(names)")
    }
    var filled = specification
    filled.variant = variant
    filled.weights = try entry.weights.map { try file.found($0, variant, environment) }
    filled.similarity =
      try specification.similarity ?? entry.similarity.map { try file.found($0, variant, environment) }
    return filled
  }

  /// The place of a file; an error that names this one too if it is not there.
  private func found(
    _ name: String, _ variant: Variant, _ environment: [String: String]
  ) throws -> String {
    if name.hasPrefix("formula:") { return name }
    let place = absolute(name, home: environment["HOME"])
    guard FileManager.default.fileExists(atPath: place) else {
      throw ModelError(place: path, problem: "\(variant) names \(place), which is not there")
    }
    return place
  }

  private func absolute(_ name: String, home: String?) -> String {
    if name.hasPrefix("/") { return name }
    if name.hasPrefix("~/"), let home {
      return home + name.dropFirst()
    }
    return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(name).path
  }
}
