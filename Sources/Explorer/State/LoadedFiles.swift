import C3N
import Inference

/// Which bytes the models are made of whose results are shown, and what has become of their files.
struct LoadedFiles: Sendable {
  /// The files of the models that scores or analyses were shown of.
  var versions: [ModelSpecification: ModelFiles] = [:]

  /// What has changed on disk since, in words; see ``ModelFiles/changes``.
  var changes: [ModelSpecification: [String]] = [:]

  /// How an error about changes ends.
  static let advice = "the numbers are of the file as it was loaded; Zr loads it again"

  /// What has changed of any model's files, for the notices.
  var notices: [String] {
    Set(changes.values.joined()).sorted().map { "\($0): \(Self.advice)" }
  }
}

extension ExplorerState {
  /// Takes the files that a complete analysis was made with. Where they are others than those before, as after a model had to
  /// be loaded a second time, nothing of those before is shown beside the new results.
  mutating func note(_ files: ModelFiles, of model: ModelSpecification) {
    let before = loadedFiles.versions.updateValue(files, forKey: model)
    guard let before, !before.isSame(as: files) else { return }
    evaluation.forget { $0 == model }
    if model == specification { forgetScores() }
    for (column, work) in compare.work.enumerated() where compare.setup?.columns[column].model == model {
      guard let analysis = work.analysis, !analysis.files.isSame(as: files) else { continue }
      compare.work[column] = ColumnWork()
      compare.wish([column])
    }
    let changed = files.all.filter { file in !before.all.contains { $0.isSame(as: file) } }.map(\.path)
    errors.append(
      "\(changed.joined(separator: ", ")): another file than the one loaded before, whose scores are left out"
    )
  }

  /// Takes what has become of a model's files on disk.
  mutating func take(_ changes: [String], of model: ModelSpecification) {
    guard changes != loadedFiles.changes[model, default: []] else { return }
    loadedFiles.changes[model] = changes.isEmpty ? nil : changes
    for change in changes {
      let text = "\(change): \(LoadedFiles.advice)"
      if !errors.contains(text) { errors.append(text) }
    }
    clampLists()
  }

  /// Leaves out what is known of scores of models that are others now than those of the answer.
  func belonging(_ answer: KnownScores) -> [ScoreSetting: [Int: KnownScore]] {
    answer.scores.filter { setting, _ in
      guard let own = loadedFiles.versions[setting.model], let others = answer.files[setting.model] else {
        return true
      }
      return own.isSame(as: others)
    }
  }

  /// Asks for the models to be loaded again from their files.
  mutating func loadAgain() -> [Effect] {
    message = "loading the weights again"
    let models = Set([specification] + (compare.setup?.columns.map(\.model) ?? []))
    return leave() + [.loadAgain(Array(models))]
  }

  /// Begins anew with models that are not loaded any more: nothing that was computed with them stays.
  mutating func takeUnloaded() -> [Effect] {
    loadedFiles = LoadedFiles()
    errors.removeAll { $0.hasSuffix(LoadedFiles.advice) }
    message = "weights are loaded again"
    evaluation.forget { _ in true }
    forgetScores()
    ablation = NonLocalAblation()
    compare.forgetClip()
    ahead.forgetClip()
    return analyze()
  }

  /// Takes all scores out of the table.
  private mutating func forgetScores() {
    for position in results.indices where results[position].switches != nil {
      results[position].iou = nil
      results[position].fScore = nil
      results[position].source = nil
      results[position].reference = nil
      results[position].switches = nil
      if results[position].status == .done { results[position].status = .new }
    }
    arrangeRows()
  }
}
