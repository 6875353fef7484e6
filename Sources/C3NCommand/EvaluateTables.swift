import AVSBench
import ArgumentParser
import C3N
import Evaluation
import Foundation
import Inference
import TerminalUI

extension RowCondition {
  /// The switches and input of a row, on top of what the user asked for.
  func setting(on base: EvaluationSetting) -> EvaluationSetting {
    var setting = base
    switch self {
    case .elsewhere, .variant: break
    case .ablation(_, let audioFeatures, let consensus):
      setting.switches.audioFeatures = audioFeatures
      setting.switches.consensus = Switches.Consensus(rawValue: consensus)!
    case .exponents(_, let alpha, let beta):
      setting.switches.alpha = Float(alpha)
      setting.switches.beta = Float(beta)
    case .audioNoise(_, let decibels): setting.input.audioNoise = decibels
    case .frameNoise(_, let decibels): setting.input.frameNoise = decibels
    }
    return setting
  }
}

extension Evaluate {
  /// Prints a table of the paper, running what is missing.
  func printTable(_ number: PaperTableNumber, _ sets: [Dataset], _ evaluator: Evaluator) throws {
    let chosen = try model.specification()
    guard var table = PaperTable(number) else { return try printCategories(sets, evaluator) }
    // The embedded model has a decoder for each row; other weights run under each row's switches.
    let isTrainedByRow = try number == .two && chosen.isEmbedded && chosen.ablation == nil
    if isTrainedByRow {
      table.append(.ablations(of: Variant.lite.rawValue, heading: "lite, in small: trained here"))
    }
    // Table III is of the validation split, which the embedded clips do not have; a note tells of another one.
    let hasItsSplit = sets.allSatisfy { set in set.clips.contains { $0.split == table.split } }
    let split = split ?? (hasItsSplit ? table.split : "test")
    var measured: [TableDataset: Measured] = [:]
    for set in sets {
      guard let column = TableDataset(rawValue: set.layout.rawValue) else {
        throw CommandError(
          "\(TerminalText.escaped(set.root)): layout \(set.layout.rawValue) is no column of the table; expected S4 or MS3"
        )
      }
      guard measured[column] == nil else {
        throw CommandError("two data sets of layout \(column.rawValue); open one of them")
      }
      let rows = number == .one ? [] : number == .two ? table.groups.last!.rows : table.rows
      measured[column] = try measure(
        try self.chosen(set, split: split), set, rows, try base(number, of: set), evaluator,
        trainedByRow: isTrainedByRow)
    }
    let variants = Set(measured.values.map(\.variant))
    let report = TableReport(
      table: number.rawValue, split: split, batching: batching.rawValue, variants: variants.sorted(),
      rows: table.rows.map { row in
        .init(row, group: table.groups.first { $0.rows.contains(row) }!.heading) { column in
          Self.measurement(of: row, in: number, measured[column], column)
        }
      },
      notes: notes(number, table, split: split, variants: variants, measured),
      unreadable: measured.values.flatMap(\.unreadable))
    if json {
      try printJSON(report)
    } else {
      print(table.text(notes: report.notes) { Self.measurement(of: $0, in: number, measured[$1], $1) })
      report.printUnreadable()
    }
    if !report.unreadable.isEmpty { throw ExitCode(1) }
  }

  /// What the rows of a table are variations of; tables II and III set the switches themselves.
  private func base(_ number: PaperTableNumber, of set: Dataset) throws -> EvaluationSetting {
    let switches =
      [.two, .three].contains(number)
      ? Switches() : try switchOptions.switches(of: try specification(for: set))
    return EvaluationSetting(switches: switches, input: input.conditions)
  }

  /// What was measured on one data set.
  private struct Measured {
    let base: EvaluationSetting
    let variant: String
    let scores: [EvaluationSetting: TableScore]
    let clips: Int
    /// What is odd about the clips' files.
    let notes: [String]
    let unreadable: [EvaluatedClips.Unreadable]
  }

  private func measure(
    _ clips: [Clip], _ set: Dataset, _ rows: [PaperTable.Row], _ base: EvaluationSetting,
    _ evaluator: Evaluator, trainedByRow: Bool
  ) throws -> Measured {
    var settings: [EvaluationSetting] = []
    for setting in rows.isEmpty ? [base] : rows.map({ $0.condition.setting(on: base) })
    where !settings.contains(setting) {
      settings.append(setting)
    }
    let specification = try specification(for: set)
    let evaluated =
      if trainedByRow {
        try settings.flatMap { setting in
          var own = specification
          own.weights = ModelSpecification.embedded(Ablation(setting.switches)!).weights
          return try evaluator.evaluate(clips, named: set.layout.rawValue, model: own, [setting])
        }
      } else {
        try evaluator.evaluate(clips, named: set.layout.rawValue, model: specification, settings)
      }
    var scores: [EvaluationSetting: TableScore] = [:]
    for one in evaluated {
      scores[one.setting] = SplitScore(one.scores, batching).map { TableScore(100 * $0.meanIoU, $0.f) }
    }
    return Measured(
      base: base, variant: evaluated[0].variant, scores: scores, clips: evaluated[0].entries.count,
      notes: evaluated[0].notes, unreadable: evaluated[0].unreadable)
  }

  /// A row's number, or why there is none.
  private static func measurement(
    of row: PaperTable.Row, in number: PaperTableNumber, _ measured: Measured?, _ column: TableDataset
  ) -> TableMeasurement {
    guard let name = row.condition.variant else { return .absent("another program's method") }
    guard let measured else { return .absent("no \(column.rawValue) data set was given") }
    // Tables I and II have the variant in the row; the others are of one variant, and a note tells of another.
    if number == .one || number == .two, name != measured.variant {
      return .absent(
        (try? Variant(named: name)) == nil
          ? "variant not in this build" : "no weights were given for this variant")
    }
    guard let score = measured.scores[row.condition.setting(on: measured.base)] else {
      return .absent("no clip of \(column.rawValue) was scored")
    }
    return .score(score)
  }

  private func notes(
    _ number: PaperTableNumber, _ table: PaperTable?, split: String, variants: Set<String>,
    _ measured: [TableDataset: Measured]
  ) -> [String] {
    let counts = measured.sorted { $0.key.rawValue > $1.key.rawValue }
      .map { "\(counted($0.value.clips, "clip")) of \($0.key.rawValue)" }.joined(separator: ", ")
    var notes = [
      "measured here: \(variants.sorted().joined(separator: ", ")) on split \(split), protocol \(batching.rawValue), \(counts)"
    ]
    for (column, one) in measured.sorted(by: { $0.key.rawValue > $1.key.rawValue }) {
      let deviations = one.base.switches.deviations
      if !deviations.isEmpty { notes.append("\(column.rawValue): \(deviations.joined(separator: ", "))") }
      notes += one.notes.map { "\(column.rawValue): \($0)" }
    }
    if let table, split != table.split { notes.append("the paper's numbers are of split \(table.split)") }
    let paperVariant = table?.rows[0].condition.variant ?? "pvtv2-panns"
    if number != .one, number != .two, variants.contains(where: { $0 != paperVariant }) {
      notes.append("the paper's numbers are of \(paperVariant)")
    }
    switch number {
    case .one, .five: break
    case .two
    where table?.groups.contains { $0.rows.contains { $0.condition.variant == Variant.lite.rawValue } }
      == true:
      notes.append(
        "lite has a small decoder for each row, trained with the same recipe; c3n help demonstration has the spread over seeds"
      )
    case .two:
      notes.append(
        "the paper trained a model for each row; here one set of weights runs under each row's switches")
    case .three:
      notes.append(
        "the paper seems to have trained a model for each row; here one set of weights runs with each")
    case .six, .seven:
      notes.append("one set of weights, noise added to the input with seed \(input.noise.noiseSeed)")
    }
    if case .seeded? = try? ModelSource(arguments: model.specification().weights) {
      notes.append("weights by formula have no skill: these numbers say nothing about the method")
    }
    return notes
  }

  /// Table V.
  private func printCategories(_ sets: [Dataset], _ evaluator: Evaluator) throws {
    guard let set = sets.first(where: { $0.layout == .singleSource }) else {
      throw CommandError(
        "table V is of categories, which S4 has; found \(sets.map(\.layout.rawValue).joined(separator: ", "))"
      )
    }
    let split = split ?? "test"
    let base = try base(.five, of: set)
    let evaluated = try evaluator.evaluate(
      try chosen(set, split: split), named: set.layout.rawValue, model: try specification(for: set), [base])[
        0]
    let table = CategoryTable(
      CategoryScores(evaluated.scores, batching), absence: "no clip of this category was scored")
    let measured = Measured(
      base: base, variant: evaluated.variant, scores: [:], clips: evaluated.entries.count,
      notes: evaluated.notes, unreadable: evaluated.unreadable)
    let report = TableReport(
      table: PaperTableNumber.five.rawValue, split: split, batching: batching.rawValue,
      variants: [evaluated.variant],
      rows: CategoryTable.rows.joined().map { entry in
        .init(category: entry.name, paper: entry.paper, here: table.score(entry))
      },
      notes: notes(.five, nil, split: split, variants: [evaluated.variant], [.s4: measured]),
      unreadable: evaluated.unreadable)
    if json {
      try printJSON(report)
    } else {
      print(table.text(notes: report.notes))
      report.printUnreadable()
    }
    if !report.unreadable.isEmpty { throw ExitCode(1) }
  }
}
