import C3N
import TerminalUI

extension ExplorerState {
  mutating func press(_ key: KeyEvent) -> [Effect] {
    message = nil
    notice = nil
    let wasPending = !reader.pending.isEmpty
    switch reader.feed(key, table: keyTable, contexts: contexts) {
    case .command(let command, let argument): return perform(command, argument)
    case .pending: return []
    case .unbound:
      if !type(key), !wasPending { message = "\(key) means nothing here; ? lists the keys" }
      return []
    }
  }

  /// - Parameter argument: the character that ended the keys, where the command takes one.
  mutating func perform(_ command: Command, _ argument: Character? = nil) -> [Effect] {
    switch command {
    case .move(let motion): return move(motion)
    case .open:
      guard rows.indices.contains(table.selection) else { return [] }
      screen = .inspect
      return open(rows[table.selection])
    case .show(let name): return show(name)
    case .pane(let step) where screen == .compare: perform(.focus(step > 0 ? 1 : -1))
    case .pane(let step): step > 0 ? stepPane(1) : stepPane(-1)
    case .paneAlone(let alone): showPaneAlone(alone)
    case .frame(let step): stepFrame(step)
    case .clip(let step): return stepClip(step)
    case .play: togglePlay()
    case .search: prompt(.search)
    case .filter: prompt(.filter)
    case .find(let step): find(step)
    case .sort: sort()
    case .reverse:
      ascending.toggle()
      arrangeRows()
    case .overlay:
      display.overlay = display.overlay.next
      message = "overlay: \(display.overlay.rawValue)"
    case .heatKind: display.heatKind = display.heatKind.next
    case .scale: display.scale = display.scale.next
    case .colorMap: display.colorMap = display.colorMap.next
    case .alpha, .beta, .consensus, .audioFeatures, .nonLocal, .audioScores, .published: return turn(command)
    case .run: return run()
    case .cancel: return cancel()
    case .exportText, .exportPNG, .exportJSON: return export(command)
    case .palette: overlay = .palette(TextField(), selection: 0)
    case .help: overlay = .help(top: 0)
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    case .dismiss: dismiss()
    case .back: return back()
    case .accept: return accept()
    case .close: close()
    case .openMatrix, .closeMatrix, .matrixKind, .orderRows, .orderColumns, .matrixMaximum, .matrixColumns,
      .searchLabels, .findLabel, .exportMatrix:
      return performOnMatrix(command)
    case .ccamView, .soundView, .worstFirst, .evaluateShown, .pinReference: return research(command)
    case .setBookmark: setBookmark(argument)
    case .goToBookmark: return goToBookmark(argument)
    case .listBookmarks: overlay = .bookmarks(selection: 0)
    case .openBookmark, .removeBookmark: return changeBookmarks(command)
    case .noteClip: promptNote(ofFrame: false)
    case .noteFrame: promptNote(ofFrame: true)
    case .saveSession: prompt(.saveSession)
    case .openSession: prompt(.openSession)
    case .exportCSV, .exportFrame, .exportHeat, .exportMask: return exportPart(command)
    case .playSecond: return playSound(ofClip: false)
    case .playClip: return playSound(ofClip: true)
    case .stopSound: return stopSound()
    case .audioNoise(let steps): return turn { $0.audioNoise = Switches.noisier($0.audioNoise, steps) }
    case .frameNoise(let steps): return turn { $0.frameNoise = Switches.noisier($0.frameNoise, steps) }
    case .forceLabel:
      if candidateLabel == nil { message = "no label under the cursor" }
      return candidateLabel.map { force($0) } ?? []
    case .releaseLabel: return releaseLabel()
    case .chooseLabel: return chooseLabel()
    case .column(let command): perform(command)
    case .figure: return exportFigure()
    case .loadAgain: return loadAgain()
    }
    return []
  }

  private mutating func turn(_ command: Command) -> [Effect] {
    turn { knobs in
      switch command {
      case .alpha(let steps): knobs.alpha = Switches.stepped(knobs.alpha, steps)
      case .beta(let steps): knobs.beta = Switches.stepped(knobs.beta, steps)
      case .consensus: knobs.consensus = knobs.consensus.next
      case .audioFeatures: knobs.audioFeatures.toggle()
      case .nonLocal: knobs.nonLocal.toggle()
      case .audioScores: knobs.audioScores = knobs.audioScores.next
      case .published: knobs = Switches()
      default: break
      }
    }
  }

  mutating func show(_ name: ScreenName) -> [Effect] {
    screen = name
    // A screen about a clip needs one.
    guard [.inspect, .matrix, .ccam, .compare].contains(name), current == nil else { return [] }
    guard rows.indices.contains(table.selection) else { return [] }
    return open(rows[table.selection])
  }

  private mutating func run() -> [Effect] {
    if screen == .clips, rows.indices.contains(table.selection), rows[table.selection] != current {
      return open(rows[table.selection])
    }
    guard current != nil else {
      message = "no clip is open; Enter opens one"
      return []
    }
    if screen == .compare, loaded != nil, !isWorking {
      runColumns()
      return []
    }
    // A clip that could not be read is read again.
    return loaded == nil ? reopen() : analyze()
  }

  private mutating func reopen() -> [Effect] {
    guard let current, !isWorking else { return [] }
    return open(current)
  }

  private mutating func stepPane(_ step: Int) {
    let count = screen.panes.count
    focus[screen] = (focus[screen, default: 0] + step + count) % count
    if count == 1 { message = "\(screen.title) has one pane" }
  }

  private mutating func showPaneAlone(_ alone: Bool) {
    if screen == .clips {
      message = "Clips has one pane"
      // What was made larger elsewhere is to be had back from here too.
      if !alone { isPaneAlone = false }
      return
    }
    isPaneAlone = alone
    if alone {
      message = "the focused pane alone; _ shows all"
    } else if layout(in: Rect(size)).showsOnePane {
      message = "all panes need \(ScreenLayout.paned.width)x\(ScreenLayout.paned.height)"
    }
  }

  mutating func stepFrame(_ step: Int) {
    guard frameCount > 0 else { return }
    frame = max(0, min(frame + step, frameCount - 1))
    nextFrameAt = nil
  }

  private mutating func stepClip(_ step: Int) -> [Effect] {
    guard !rows.isEmpty else { return [] }
    let row = current.flatMap { rows.firstIndex(of: $0) }
    let wanted = row.map { $0 + step } ?? table.selection
    guard rows.indices.contains(wanted) else {
      message = step > 0 ? "the last clip" : "the first clip"
      return []
    }
    table.select(wanted, count: rows.count, height: tableHeight)
    return open(rows[wanted])
  }

  private mutating func togglePlay() {
    guard frameCount > 1 else {
      message = "no frames to play"
      return
    }
    isPlaying.toggle()
    nextFrameAt = nil
  }

  private mutating func dismiss() {
    if errors.isEmpty { probe = nil } else { errors.removeLast() }
  }

  private mutating func back() -> [Effect] {
    if screen == .matrix, matrix.isOpen {
      matrix.isOpen = false
      return []
    }
    guard screen == .clips else {
      screen = .clips
      return []
    }
    return (isWorking ? [.cancel(generation: generation)] : []) + [.quit]
  }

  private mutating func export(_ command: Command) -> [Effect] {
    let name = exportName
    switch command {
    case .exportText: return [.exportText(name: name, text)]
    case .exportPNG:
      guard let picture = exportedPicture else {
        message =
          screen == .compare
          ? "no picture: no column has been run"
          : "no picture on this screen; Inspect, CCAM and Compare have some"
        return []
      }
      return [.exportPNG(name: name, picture)]
    default:
      guard let record = exportedNumbers else {
        message = "no numbers yet: the clip has not been run"
        return []
      }
      return [.exportJSON(name: name, record)]
    }
  }
}
