import AVSBench
import C3N
import Inference

extension ExplorerState {
  /// What is compared, for a session to save; nil before the screen was first shown.
  public var comparison: Comparison? { compare.setup }

  /// The models that columns can have besides the explorer's own, such as those of a models file, and what is wrong with that.
  public mutating func offer(_ models: [ModelSpecification], problems: [String] = []) {
    compare.models = [specification] + models.filter { $0 != specification }
    compare.modelProblems = problems
  }

  /// Shows what is wrong with the models file until a key is pressed.
  public mutating func showModelProblems() {
    if let problem = modelProblem { notice = problem }
  }

  /// What is wrong with the models file, in a line; nil if nothing is.
  private var modelProblem: String? {
    guard let first = compare.modelProblems.first else { return nil }
    let more = compare.modelProblems.count - 1
    return first + (more > 0 ? " (and \(more) more; Jobs has all)" : "")
  }

  /// Takes a comparison, as of the command line or of a session; the columns run when the screen is shown.
  public mutating func compare(_ comparison: Comparison) {
    if let sound = comparison.sound { begin(comparing: sound) }
  }

  /// Whether the worker does anything that is waited for: the clip's own run or a column's.
  public var isBusy: Bool { isWorking || compare.running != nil }

  /// The switches that knobs act on: the focused column's on the Compare screen, else the explorer's.
  var turnedSwitches: Switches {
    screen == .compare ? focusedColumn?.switches ?? knobs : knobs
  }

  private var focusedColumn: Comparison.Column? { compare.setup.map { $0.columns[$0.focus] } }

  /// Makes the first comparison: the current knobs, CC-V, none.
  mutating func beginComparison() {
    if compare.models.isEmpty { compare.models = [specification] }
    guard compare.setup == nil else { return }
    if case .success(let columns) = LineUp.ablation.columns(compare.models, knobs) {
      compare.take(Comparison(columns: columns, pinned: 0))
    }
  }

  // MARK: Commands

  mutating func perform(_ command: CompareCommand) {
    beginComparison()
    guard var setup = compare.setup else { return }
    switch command {
    case .focus(let step):
      setup.focus = (setup.focus + step + setup.columns.count) % setup.columns.count
      compare.setup = setup
    case .add: addColumn()
    case .remove: removeColumn()
    case .pin:
      setup.pinned = setup.pinned == setup.focus ? nil : setup.focus
      compare.setup = setup
      message = setup.pinned == nil ? "no reference" : "reference: \(setup.title(of: setup.focus))"
    case .pictures:
      setup.pictures = setup.pictures.next
      compare.setup = setup
      message = "pictures: \(setup.pictures.rawValue)"
    case .row(let row): change(to: setup.columns[setup.focus].row(row))
    case .nextRow:
      let all = Ablation.allCases
      let index = Ablation(setup.columns[setup.focus].switches).map { all.firstIndex(of: $0)! + 1 } ?? 0
      change(to: setup.columns[setup.focus].row(all[index % all.count]))
    case .model: stepModel()
    case .label: forceLabelInColumn()
    case .lineUp(let lineUp): take(lineUp)
    case .nextLineUp: take(compare.lineUp.next)
    }
  }

  /// Takes other columns. What runs belongs to one of those before, which may be more than there are now.
  private mutating func begin(comparing comparison: Comparison) {
    abandonColumn()
    compare.take(comparison)
  }

  private mutating func take(_ lineUp: LineUp) {
    compare.lineUp = lineUp
    switch lineUp.columns(compare.models, knobs) {
    case .success(let columns):
      let pictures = compare.setup?.pictures ?? .all
      begin(comparing: Comparison(columns: columns, pinned: 0))
      compare.setup?.pictures = pictures
      message = "compare \(lineUp.title)"
    case .failure(let missing): message = "\(lineUp.title): missing are \(missing.what)"
    }
  }

  private mutating func addColumn() {
    guard var setup = compare.setup else { return }
    guard setup.columns.count < Comparison.counts.upperBound else {
      message = "\(Comparison.counts.upperBound) columns are the most"
      return
    }
    let place = setup.focus + 1
    setup.columns.insert(setup.columns[setup.focus], at: place)
    if let pinned = setup.pinned, pinned >= place { setup.pinned = pinned + 1 }
    if let running = compare.running, running >= place { compare.running = running + 1 }
    compare.work.insert(compare.work[setup.focus], at: place)
    if compare.work[place].status != .done { compare.work[place].status = .waiting }
    setup.focus = place
    compare.setup = setup
    message = "a copy of the column; change it by knobs, T (row) or V (model)"
  }

  private mutating func removeColumn() {
    guard var setup = compare.setup else { return }
    guard setup.columns.count > Comparison.counts.lowerBound else {
      message = "\(Comparison.counts.lowerBound) columns are the least"
      return
    }
    let place = setup.focus
    if compare.running == place { abandonColumn() }
    setup.columns.remove(at: place)
    compare.work.remove(at: place)
    if let running = compare.running {
      if running > place { compare.running = running - 1 }
    }
    setup.focus = min(place, setup.columns.count - 1)
    if let pinned = setup.pinned {
      // Without a reference the rest would say nothing about each other.
      setup.pinned = pinned == place ? setup.focus : pinned > place ? pinned - 1 : pinned
      if pinned == place { message = "reference: \(setup.title(of: setup.focus))" }
    }
    compare.setup = setup
  }

  private mutating func stepModel() {
    guard var column = focusedColumn else { return }
    // The row's own weights and the explorer's are two models, too.
    let models = compare.models + (compare.models.contains(column.model) ? [] : [column.model])
    guard models.count > 1 else {
      message =
        modelProblem.map { "one model only: \($0)" }
        ?? "one model only; c3n/models.json names those of other variants"
      return
    }
    let index = models.firstIndex(of: column.model).map { $0 + 1 } ?? 0
    column.model = models[index % models.count]
    change(to: column)
    if let modelProblem { message = modelProblem }
  }

  /// Forces the label that was forced or chosen on Matrix in the focused column.
  private mutating func forceLabelInColumn() {
    guard let column = focusedColumn else { return }
    guard let label = knobs.forcedLabel ?? (matrix.isOpen ? matrix.cell.visual : nil) else {
      message = "no label is forced or chosen on Matrix; : force finds one"
      return
    }
    guard column.switches.consensus != .none else {
      message = "consensus is none, so no label is used; u chooses CC or CC-V"
      return
    }
    turnColumn { $0.forcedLabel = label }
    message =
      "column \(compare.setup!.focus + 1): label forced: \(labels.shortVisual(label)) (\(label)); U releases it"
  }

  /// Changes the focused column's switches.
  mutating func turnColumn(_ change: (inout Switches) -> Void) {
    guard var column = focusedColumn else { return }
    change(&column.switches)
    self.change(to: column)
  }

  /// Puts another column in the place of the focused one.
  private mutating func change(to column: Comparison.Column) {
    guard let setup = compare.setup, column != setup.columns[setup.focus] else { return }
    let isOtherModel = column.model != setup.columns[setup.focus].model
    compare.setup?.columns[setup.focus] = column
    // Another model's results would stand under the wrong name until the new ones are there.
    if isOtherModel { compare.work[setup.focus] = ColumnWork() }
    compare.wish([setup.focus])
  }

  /// Runs again what was stopped or has failed.
  mutating func runColumns() {
    let open = compare.work.indices.filter { compare.work[$0].status != .done }
    guard !open.isEmpty else {
      message = "all columns are there"
      return
    }
    compare.wish(open)
  }

  /// Stops the columns.
  mutating func stopColumns() {
    guard compare.running != nil || compare.next != nil else {
      message = "nothing runs"
      return
    }
    abandonColumn()
    for column in compare.work.indices where compare.work[column].status == .waiting {
      compare.work[column].status = .cancelled
    }
  }

  // MARK: The worker's answers

  mutating func takeColumn(_ event: JobEvent, generation: Int) {
    guard generation == compare.generation, let column = compare.running else { return }
    switch event {
    case .loadingModel: compare.work[column].status = .running("loading weights")
    case .progress(let milestone, let share):
      compare.work[column].status = .running("\(Int((share * 100).rounded())) % \(milestone)")
    case .analysis(let analysis):
      take(analysis, for: column)
      guard analysis.isComplete else { return }
      compare.running = nil
      endColumnRecord(.done, analysis)
    }
  }

  mutating func failColumn(_ reason: String, generation: Int) {
    guard generation == compare.generation, let column = compare.running else { return }
    compare.work[column].status = .failed(reason)
    compare.running = nil
    errors.append(reason)
    endColumnRecord(.failed, problem: reason)
  }

  private mutating func take(_ analysis: ClipAnalysis, for column: Int) {
    // What there is not yet is shown from the analysis before.
    if !analysis.isComplete, compare.work[column].analysis?.isComplete == true { return }
    compare.work[column].analysis = analysis
    guard analysis.isComplete, let loaded else { return }
    compare.work[column].status = .done
    compare.work[column].pictures = ColumnFrame.all(analysis, loaded)
    if let current, let setup = compare.setup {
      keepScores(analysis, of: setup.columns[column].model, clip: current)
    }
  }

  // MARK: What runs

  /// Starts, stops and replaces the running column, so that it is the one wished for last, while the screen is shown and
  /// the clip's own run has ended.
  mutating func settleColumns() -> [Effect] {
    var effects: [Effect] = []
    let mayRun = screen == .compare && !isWorking && loaded != nil
    if let running = compare.running {
      let isOutrun = compare.next.map { compare.work[$0].wish > compare.work[running].wish } ?? false
      if !mayRun || isOutrun || compare.work[running].status == .waiting { abandonColumn() }
    }
    effects += cancelAbandonedColumns()
    while mayRun, compare.running == nil, let next = compare.next, let setup = compare.setup, let loaded {
      let column = setup.columns[next]
      // The clip's own run may have been just this.
      if let analysis, analysis.isComplete, analysis.requested == column.switches,
        column.model == specification
      {
        take(analysis, for: next)
        continue
      }
      compare.running = next
      compare.generation += 1
      compare.work[next].status = .running("waiting for the worker")
      beginColumnRecord(column.switches)
      effects.append(
        .analyzeColumn(generation: compare.generation, column.model, loaded.contents, column.switches))
    }
    return effects
  }

  /// Ends all columns' runs for good.
  mutating func leaveColumns() -> [Effect] {
    abandonColumn()
    return cancelAbandonedColumns()
  }

  private mutating func cancelAbandonedColumns() -> [Effect] {
    defer { compare.abandoned = [] }
    return compare.abandoned.map(Effect.cancelColumn(generation:))
  }

  /// Ends the running column's run; it waits for another turn.
  private mutating func abandonColumn() {
    guard let running = compare.running else { return }
    if case .running = compare.work[running].status { compare.work[running].status = .waiting }
    compare.running = nil
    compare.abandoned.append(compare.generation)
    endColumnRecord(.cancelled)
    compare.generation += 1
  }

  // MARK: The history

  private mutating func beginColumnRecord(_ switches: Switches) {
    guard let clip else { return }
    var job = JobRecord(
      generation: compare.generation, clip: clip.id, switches: switches, status: .running)
    job.isColumn = true
    record(job)
  }

  private mutating func endColumnRecord(
    _ status: ClipStatus, _ analysis: ClipAnalysis? = nil, problem: String? = nil
  ) {
    guard
      let index = history.lastIndex(where: {
        $0.isColumn && $0.generation == compare.generation && $0.status == .running
      })
    else { return }
    history[index].status = status
    history[index].seconds = analysis?.totalSeconds
    history[index].reused = analysis?.reused.count ?? 0
    history[index].problem = problem
    // A reason takes rows from the list.
    clampLists()
  }
}

/// What keys mean on the Compare screen alone.
package enum CompareCommand: Hashable, Sendable {
  case focus(Int)
  case add
  case remove
  case pin
  case pictures
  case row(Ablation)
  case nextRow
  case model
  case label
  case lineUp(LineUp)
  case nextLineUp
}
