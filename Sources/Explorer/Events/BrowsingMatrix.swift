import C3N
import Inference
import TerminalUI

extension ExplorerState {
  /// The entry under the cursor of the matrix screen, of the five best classes or of the whole matrix; nil where
  /// there are no matrices. Whoever wants to know which label the user may choose next asks here.
  public var labelUnderCursor: LabelCell? {
    guard screen == .matrix, let frame = frameAnalysis else { return nil }
    if matrix.isOpen, matrix.shown != nil { return matrix.cell }
    guard frame.audioTop.indices.contains(cursor.x), frame.visualTop.indices.contains(cursor.y) else {
      return nil
    }
    return LabelCell(visual: frame.visualTop[cursor.y].label, audio: frame.audioTop[cursor.x].label)
  }

  /// Brings the whole matrix up to date with the frame, its analysis and the terminal.
  mutating func followMatrix() {
    guard matrix.isOpen, screen == .matrix, let analysis, let all = analysis.evidence,
      frame < all.audio.shape[0]
    else { return matrix.show(nil, isReweighted: true) }
    matrix.show(
      all.frame(frame, alpha: analysis.effective.alpha, beta: analysis.effective.beta),
      isReweighted: pane == .reweighted)
    let layout = layout(in: Rect(size))
    matrix.scroll(WholeMatrixView.extent(in: layout.body, onePane: layout.showsOnePane))
  }

  mutating func performOnMatrix(_ command: Command) -> [Effect] {
    switch command {
    case .openMatrix: openMatrix()
    case .closeMatrix: matrix.isOpen = false
    case .matrixKind: focus[.matrix] = pane == .reweighted ? 0 : 1
    case .orderRows: matrix.rowsByMaximum.toggle()
    case .orderColumns: matrix.columnsByMaximum.toggle()
    case .matrixMaximum:
      if let place = matrix.shown?.extremes.place {
        matrix.cell = LabelCell(visual: place.visual, audio: place.audio)
      }
    case .matrixColumns(let pages):
      let layout = layout(in: Rect(size))
      let width = max(1, WholeMatrixView.extent(in: layout.body, onePane: layout.showsOnePane).width)
      matrix.go(to: Point(x: matrix.place.x + pages * width, y: matrix.place.y))
    case .searchLabels:
      matrix.cellBeforeSearch = matrix.cell
      prompt(.labels)
    case .findLabel(let step): findLabel(step)
    case .exportMatrix(let isWhole): return exportMatrix(isWhole: isWhole)
    default: break
    }
    return []
  }

  private mutating func openMatrix() {
    guard analysis?.evidence != nil else {
      message =
        analysis == nil ? "no matrix: \(whyNoAnalysis)" : "no matrix: the variant lacks classes of one side"
      return
    }
    if let cell = labelUnderCursor { matrix.cell = cell }
    matrix.isOpen = true
  }

  /// Goes to the whole matrix and asks for the label to force, from any screen.
  mutating func chooseLabel() -> [Effect] {
    let effects = show(.matrix)
    if !matrix.isOpen { openMatrix() }
    guard matrix.isOpen else { return effects }
    matrix.cellBeforeSearch = matrix.cell
    matrix.axis = .visual
    prompt(.labels)
    return effects
  }

  /// Moves the cursor of the whole matrix by rows and columns in sight.
  mutating func moveInMatrix(_ motion: Motion) {
    guard let shown = matrix.shown else { return }
    let layout = layout(in: Rect(size))
    let page = max(1, WholeMatrixView.extent(in: layout.body, onePane: layout.showsOnePane).height)
    var (x, y) = (matrix.place.x, matrix.place.y)
    switch motion {
    case .left: x -= 1
    case .right: x += 1
    case .up: y -= 1
    case .down: y += 1
    case .halfPageDown: y += max(1, page / 2)
    case .halfPageUp: y -= max(1, page / 2)
    case .pageDown: y += page
    case .pageUp: y -= page
    case .top: y = 0
    case .bottom: y = shown.rows.count - 1
    case .leftEdge: x = 0
    case .rightEdge: x = shown.columns.count - 1
    }
    matrix.go(to: Point(x: x, y: y))
  }

  // MARK: Search

  /// The places, in the order shown, of the labels that the search finds along its axis.
  var matrixMatches: [Int] {
    guard let shown = matrix.shown, !matrix.searchText.isEmpty else { return [] }
    let text = matrix.searchText
    let (order, name) =
      matrix.axis == .visual ? (shown.rows, labels.visual) : (shown.columns, labels.audio)
    return order.indices.filter { contains(name(order[$0]), text) || String(order[$0]) == text }
  }

  /// Those of the matches that the text fits best: the names of a class before words of one, and these before parts.
  private var bestMatches: [Int] {
    let matches = matrixMatches
    guard let shown = matrix.shown else { return matches }
    let isVisual = matrix.axis == .visual
    let text = matrix.searchText.lowercased()
    func fit(_ place: Int) -> Int {
      let label = isVisual ? labels.visual(shown.rows[place]) : labels.audio(shown.columns[place])
      let names = label.lowercased().split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }
      if names.contains(where: { $0 == text })
        || String(isVisual ? shown.rows[place] : shown.columns[place]) == text
      {
        return 2
      }
      return names.contains { $0.split { !$0.isLetter }.contains { $0 == text } } ? 1 : 0
    }
    let fits = matches.map(fit)
    let best = fits.max()
    return zip(matches, fits).filter { $1 == best }.map(\.0)
  }

  /// Goes to the first match at or after a place along the axis; false where there is none.
  private mutating func selectLabel(_ matches: [Int], from start: Int, backwards: Bool = false) -> Bool {
    let next =
      backwards
      ? matches.last { $0 <= start } ?? matches.last : matches.first { $0 >= start } ?? matches.first
    guard let next else { return false }
    let place = matrix.place
    matrix.go(
      to: matrix.axis == .visual ? Point(x: place.x, y: next) : Point(x: next, y: place.y))
    return true
  }

  /// Shows what a search does while it is typed.
  mutating func previewLabelSearch(_ prompt: inout Prompt) {
    let (axis, text) = MatrixBrowser.Axis.read(prompt.field.text)
    matrix.axis = axis ?? matrix.axis
    matrix.searchText = text
    if let cell = matrix.cellBeforeSearch { matrix.cell = cell }
    let start = matrix.axis == .visual ? matrix.place.y : matrix.place.x
    if !text.isEmpty, !selectLabel(bestMatches, from: start) {
      prompt.problem = "not found among \(matrix.axis) labels"
    }
  }

  /// Takes back what a search did.
  mutating func closeLabelSearch() {
    matrix.searchText = ""
    if let cell = matrix.cellBeforeSearch { matrix.cell = cell }
  }

  private mutating func findLabel(_ step: Int) {
    guard !matrix.searchText.isEmpty else {
      message = "nothing was searched yet; / searches, / a: among the audio labels"
      return
    }
    let place = matrix.axis == .visual ? matrix.place.y : matrix.place.x
    if !selectLabel(matrixMatches, from: place + step, backwards: step < 0) {
      message = "not found: \(matrix.searchText)"
    }
  }

  // MARK: Export

  private mutating func exportMatrix(isWhole: Bool) -> [Effect] {
    guard let analysis, let all = analysis.evidence, let frame = frameAnalysis,
      self.frame < all.audio.shape[0]
    else {
      message = "no matrix to export"
      return []
    }
    let evidence = all.frame(self.frame, alpha: analysis.effective.alpha, beta: analysis.effective.beta)
    let isReweighted = pane == .reweighted
    var (rows, columns) = (Array(evidence.visual.indices), Array(evidence.audio.indices))
    if let shown = matrix.shown {
      (rows, columns) = (shown.rows, shown.columns)
      if !isWhole {
        let layout = layout(in: Rect(size))
        let extent = WholeMatrixView.extent(in: layout.body, onePane: layout.showsOnePane)
        rows = Array(rows.dropFirst(matrix.origin.y).prefix(extent.height))
        columns = Array(columns.dropFirst(matrix.origin.x).prefix(extent.width))
      }
    } else if !isWhole {
      (rows, columns) = (frame.visualTop.map(\.label), frame.audioTop.map(\.label))
    }
    let kind = isReweighted ? "M_cof" : "M_sim"
    return [
      .exportMatrix(
        name: "\(exportName)-\(kind)\(isWhole ? "" : "-view")-\(Self.settingName(analysis))",
        MatrixTable(
          evidence: evidence, isReweighted: isReweighted, rows: rows, columns: columns, labels: labels))
    ]
  }

  /// The model and what of the knobs the matrices depend on, for a file's name: a table of numbers has no place for it.
  private static func settingName(_ analysis: ClipAnalysis) -> String {
    let switches = analysis.effective
    var words = [analysis.variant.rawValue, "a\(exponent(switches.alpha))", "b\(exponent(switches.beta))"]
    if switches.audioScores == .logits { words.append("logits") }
    if let ratio = switches.audioNoise { words.append("sound\(decimal(ratio, 0))dB") }
    if let ratio = switches.frameNoise { words.append("frames\(decimal(ratio, 0))dB") }
    return words.joined(separator: "-")
  }
}
