import C3N
import Foundation

/// A file that names the parts of variants once, so that `--variant` alone finds them.
///
/// JSON: the name of a variant, and for it `weights`, a list of files in any order or a word (``ModelSource/Argument``), and
/// perhaps `similarity`. Paths are relative to the file; `~` is the home directory.
///
///     { "pvtv2-vggish": { "weights": ["S4_pvt_vggish_best.pth", "~/vggish/vggish-10086976.pth"],
///                         "similarity": "similarity_matrix.npy" } }
public struct ModelsFile: Sendable {
  private struct Entry: Decodable {
    let weights: [String]
    let similarity: String?
  }

  /// An entry, or what is wrong with it.
  private enum Found: Decodable {
    case entry(Entry)
    case problem(String)

    init(from decoder: any Decoder) throws {
      do {
        self = .entry(try Entry(from: decoder))
      } catch DecodingError.keyNotFound(let key, let context) {
        self = .problem("\(ModelsFile.place(context))no '\(key.stringValue)', expected a list of files")
      } catch DecodingError.typeMismatch(_, let context) {
        self = .problem("\(ModelsFile.place(context))another type, expected \(ModelsFile.form)")
      } catch DecodingError.valueNotFound(_, let context) {
        self = .problem("\(ModelsFile.place(context))null, expected \(ModelsFile.form)")
      }
    }
  }

  private static let form = "{\"VARIANT\": {\"weights\": [FILE, ...], \"similarity\": FILE}}"

  private let path: String
  private let entries: [Variant: Entry]

  /// What is wrong with entries, a line each; the others stand.
  private let problems: [String]

  /// Reads a file.
  ///
  /// - Throws: `ModelError` for a file that is not of the form above or names an unknown variant.
  public init(_ path: String) throws {
    try self.init(takingWhatIsValid: path)
    if let problem = problems.first { throw ModelError(place: path, problem: problem) }
  }

  /// Reads a file whose entries may be wrong.
  private init(takingWhatIsValid path: String) throws {
    func problem(_ text: String) -> ModelError { ModelError(place: path, problem: text) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw problem("cannot be read, expected a JSON file of models")
    }
    let named: [String: Found]
    do {
      named = try JSONDecoder().decode([String: Found].self, from: data)
    } catch DecodingError.typeMismatch(_, let context) {
      throw problem("\(Self.place(context))another type, expected \(Self.form)")
    } catch {
      throw problem("is no JSON, expected \(Self.form)")
    }
    var entries: [Variant: Entry] = [:]
    var problems: [String] = []
    for (name, found) in named.sorted(by: { $0.key < $1.key }) {
      do {
        let variant = try Variant(named: name)
        switch found {
        case .problem(let text): problems.append(text)
        case .entry where entries[variant] != nil: problems.append("names \(variant) twice")
        case .entry(let entry): entries[variant] = entry
        }
      } catch {
        problems.append("\(error)")
      }
    }
    self.path = path
    self.entries = entries
    self.problems = problems
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
    guard let path = place(named, environment) else { return [] }
    return try ModelsFile(path).specifications(environment)
  }

  /// The models of the valid entries of a file, or of the default one if it is there, and everything that is wrong with it:
  /// its form, unknown variants, weights that no model has, files that are not there. A line each, which begins with the path.
  public static func examined(
    _ named: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> (models: [ModelSpecification], problems: [String]) {
    guard let path = place(named, environment) else { return ([], []) }
    do {
      let file = try ModelsFile(takingWhatIsValid: path)
      let models = file.specifications(environment)
      var problems = file.problems
      for model in models {
        do {
          _ = try model.source
        } catch {
          problems.append("\(error)")
        }
        problems += model.files.filter { !FileManager.default.fileExists(atPath: $0) }
          .map { "\(model.variant!) names \($0), which is not there" }
      }
      return (models, problems.map { "\(path): \($0)" })
    } catch {
      return ([], ["\(error)"])
    }
  }

  /// The file to read: the one that is named, or the default one if it is there.
  private static func place(_ named: String?, _ environment: [String: String]) -> String? {
    if let named { return named }
    let path = defaultPath(environment: environment)
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  private func specifications(_ environment: [String: String]) -> [ModelSpecification] {
    entries.sorted { $0.key.rawValue < $1.key.rawValue }.map { variant, entry in
      ModelSpecification(variant: variant, weights: entry.weights, similarity: entry.similarity)
        .withFiles { absolute($0, home: environment["HOME"]) }
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
    guard ModelSource.Argument(name).isFile else { return name }
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
