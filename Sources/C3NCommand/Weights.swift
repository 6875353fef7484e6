import ArgumentParser
import C3N
import Checkpoints
import Inference
import Layers
import Tensors
import TerminalUI

/// `c3n weights`: what is in this file?
struct Weights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what checkpoint files hold and which variants they fit.",
    discussion: """
      Reads PyTorch files (zip and legacy), safetensors, NPY and HDF5 without running anything in them, and prints format, \
      top-level entries, tensors, parameter count, SHA-256 and the variants that the file is a part of.

      --export writes the tensors of one file as safetensors, for instance what `c3n train` made, without its \
      optimizer, in half precision: --export small.safetensors --half --part decoder. --part network writes what the \
      published program's network takes by load_state_dict(strict=True).
      """)

  @Argument(help: ArgumentHelp("Checkpoint files.", valueName: "file"))
  var files: [String]

  @Flag(help: "Leave out the list of tensors.")
  var brief = false

  @Flag(help: "Print JSON instead of text.")
  var json = false

  @Option(help: ArgumentHelp("Write the file's tensors here, as safetensors.", valueName: "file"))
  var export: String?

  @Flag(help: "With --export: in half precision.")
  var half = false

  @Option(
    help:
      "With --export: all; backbone or audio, by itself; decoder, which is what comes after the backbone; network, both without the audio encoder, as the published *_best.pth."
  )
  var part = Part.all

  @Option(
    help: ArgumentHelp(
      "With --export: what the file shall say about itself, once or more often; nothing after = takes an entry away.",
      valueName: "key=text"))
  var metadata: [String] = []

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case all, backbone, audio, decoder, network
  }

  func validate() throws {
    if export != nil && files.count != 1 {
      throw ValidationError("--export writes one file, found \(files.count)")
    }
    if export == nil && (half || part != .all || !metadata.isEmpty) {
      throw ValidationError("--half, --part and --metadata go with --export")
    }
    if let wrong = metadata.first(where: { !$0.contains(/^[^=]+=/) }) {
      throw ValidationError("--metadata \(wrong): expected KEY=TEXT")
    }
  }

  func run() throws {
    let files = try self.files.flatMap(Self.files)
    if export != nil && files.count != 1 {
      throw CommandError("--export writes one file, found \(files.count): \(files.joined(separator: ", "))")
    }
    if let export { try write(try WeightFile(opening: files[0]).checkpoint, to: export) }
    let reports = try files.map { try Report(WeightFile(opening: $0), isBrief: brief) }
    if json {
      try printJSON(reports)
    } else {
      for report in reports { report.print() }
    }
  }

  /// The files that an argument names: itself, or those that ship where it is `embedded` or `embedded:ROW`.
  private static func files(named argument: String) throws -> [String] {
    switch try ModelSource(arguments: [argument]) {
    case .files(let paths): return paths
    case .embedded(let row): return try EmbeddedAssets.locate().liteFiles(row)
    case .seeded: throw CommandError("\(argument): weights by formula are in no file")
    }
  }

  /// Writes the chosen part; encoders under the names that they have by themselves.
  private func write(_ checkpoint: Checkpoint, to path: String) throws {
    var roots: Set<String> = []
    let tensors = checkpoint.names.compactMap { name -> StoredTensor? in
      let root = WeightFile.root(ofKey: name)
      let own: Part = root.map { $0.isAudio ? .audio : .backbone } ?? .decoder
      guard !name.hasPrefix("optimizer."), let stored = checkpoint[name]?.stored else { return nil }
      if part == .all || (part == .network && own != .audio) { return stored }
      guard part == own else { return nil }
      guard let root else { return stored }
      roots.insert(root.path)
      return stored.named(String(name.dropFirst(root.path.count + 1)))
    }
    guard roots.count <= 1 else {
      throw ModelError(
        place: checkpoint.file,
        problem:
          "its \(part.rawValue) is \(roots.sorted().joined(separator: ", ")), expected one part; --part all keeps them apart"
      )
    }
    guard !tensors.isEmpty else {
      throw ModelError(place: checkpoint.file, problem: "nothing of the part '\(part.rawValue)' in it")
    }
    var told = checkpoint.metadata.filter { $0.key != "optimizer_step" }
    for entry in metadata {
      let (key, text) = (entry.prefix { $0 != "=" }, entry.drop { $0 != "=" }.dropFirst())
      told[String(key)] = text.isEmpty ? nil : String(text)
    }
    try writeSafetensors(
      tensors, metadata: told, as: half ? .float16 : .float32, to: path)
  }

  struct Report: Encodable {
    let file, format, role, sha256: String
    let topLevel: [String]
    let metadata: [String: String]
    let strippedPrefix: String?
    /// Nil where a brief report was asked for.
    let tensors: [Row]?
    let tensorCount, parameters: Int
    let variants: [String]
    /// Why the file does not fit variants that it is a part of by its keys, or why it is of no use.
    let problems: [String]

    struct Row: Encodable {
      let name, type: String
      let shape: [Int]
    }

    init(_ weights: WeightFile, isBrief: Bool) throws {
      let checkpoint = weights.checkpoint
      file = checkpoint.file
      format = "\(checkpoint.format)"
      role = "\(weights.role)"
      sha256 = checkpoint.sha256()
      topLevel = checkpoint.topLevel.map(\.description)
      metadata = checkpoint.metadata
      strippedPrefix = checkpoint.strippedPrefix
      let rows = checkpoint.names.map { name in
        let entry = checkpoint[name]!
        return Row(name: name, type: "\(entry.elementType)", shape: entry.shape.extents)
      }
      tensors = isBrief ? nil : rows
      tensorCount = rows.count
      parameters = rows.reduce(0) { $0 + $1.shape.reduce(1, *) }
      variants = weights.fittingVariants
      let misfits = weights.misfits.flatMap { variants, problems in
        Self.lines(problems).map { "\(variants.map(\.rawValue).joined(separator: ", ")): \($0)" }
      }
      let expected = misfits.isEmpty ? nil : weights.role.source.map { "expected \($0)" }
      problems =
        weights.role == .unknown ? [weights.glimpse] : misfits + [expected].compactMap { $0 }
    }

    /// The first problems, a line each, and how many more there are.
    private static func lines(_ problems: [WeightProblem]) -> [String] {
      let shown = 12
      return problems.prefix(shown).map(\.description)
        + (problems.count > shown ? ["... and \(problems.count - shown) more"] : [])
    }

    func print() {
      Swift.print("\(TerminalText.escaped(file)): \(format), \(role)")
      for entry in topLevel { Swift.print("  holds     \(entry)") }
      for (key, value) in metadata.sorted(by: <) {
        Swift.print("  metadata  \(TerminalText.escaped(key)): \(TerminalText.escaped(value))")
      }
      if let strippedPrefix { Swift.print("  prefix    '\(strippedPrefix)' taken off every name") }
      Swift.print("  sha256    \(sha256)")
      Swift.print("  elements  \(parameters) in \(tensorCount) tensors")
      Swift.print(
        "  fits      \(variants.isEmpty ? "no variant of this program" : variants.joined(separator: ", "))")
      for problem in problems { Swift.print("  misfit    \(TerminalText.escaped(problem))") }
      guard let tensors else { return }
      let width = tensors.map { TerminalText.escaped($0.name).count }.max() ?? 0
      for row in tensors {
        let name = TerminalText.escaped(row.name).padding(toLength: width, withPad: " ", startingAt: 0)
        Swift.print("  \(name)  \(row.type)  \(Shape(row.shape))")
      }
    }
  }
}
