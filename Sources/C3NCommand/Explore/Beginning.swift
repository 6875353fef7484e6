import AVSBench
import C3N
import Explorer
import Foundation
import Inference
import TerminalUI

/// What the explorer begins with: a data set, a model and knobs, from the command line, a session and the configuration,
/// in this order.
struct Beginning {
  let sessions: SessionOpening

  /// What keeps the session; it knows already whether the explorer goes on with what was kept.
  let keeper: SessionKeeper

  /// The session; nil for a fresh start.
  private(set) var opened: OpenedSession?

  /// The state before anything is asked of the world; it has the session's model, knobs and notes, but not its clip.
  private(set) var state: ExplorerState

  private let clip: String?
  private let frame: Int?
  private let screen: ScreenName?
  private let problem: String?

  init(_ options: Explore, _ configuration: Configuration, _ assets: EmbeddedAssets) throws {
    sessions = SessionOpening(assets: assets, store: SessionStore(assets: assets))
    keeper = SessionKeeper(store: sessions.store)
    frame = options.frame
    screen = options.snapshot ?? options.screen
    let isInteractive = options.snapshot == nil && options.replay == nil
    var opened: OpenedSession?
    var problem: String?
    let found: SessionOpening.Found
    if let name = options.session {
      let session = try sessions.open(name, root: options.root)
      opened = session
      found = SessionOpening.Found(
        root: session.root, title: session.dataset, clips: session.clips, warnings: session.warnings)
    } else {
      found = try sessions.dataset(options.root ?? configuration.dataset)
      // What is printed for scripts does not depend on what somebody did before.
      if isInteractive, !options.fresh {
        // Others know of this explorer before it reads what they may replace.
        keeper.goOn(with: found.root ?? Session.embedded)
        (opened, problem) = sessions.automatic(for: found)
      }
    }
    if options.fresh || options.session != nil { keeper.beginApart(found.root ?? Session.embedded) }
    if let clip = options.clip, !found.clips.contains(where: { $0.id == clip }) {
      _ =
        try found.root.map { try Clips.find(clip, dataset: $0, assets: assets) }
        ?? Clips.find(clip, dataset: nil, assets: assets)
    }
    // A printed screen about a clip has one.
    let needsClip = options.snapshot.map { $0 != .clips } ?? false
    clip =
      options.clip ?? (needsClip && opened?.session.clip == nil ? found.clips.first?.id : nil)

    // A damaged models file that nobody named must not keep the embedded model from its screen.
    let warnings = found.warnings
    let named = options.modelOptions.models
    if named != nil { _ = try ModelsFile.all(named) }
    let (models, modelProblems) = ModelsFile.examined(named)
    let specification = try options.modelOptions.specification()
    let isModelGiven = specification != ModelSpecification()
    let knobs = try options.switches(of: specification)
    if var session = opened?.session {
      if isModelGiven, specification != session.models[0] {
        session.replaceModel(by: specification)
        session.knobs = try specification.trainedSwitches ?? Switches()
      }
      session.knobs = options.asked(over: session.knobs)
      if let compare = options.compare {
        session.comparison = try options.columns(compare, session.models[0])
      }
      opened = opened.map { $0.with(session) }
    }
    let model = opened?.session.models[0] ?? specification
    state = ExplorerState(
      dataset: found.title, root: found.root, clips: found.clips, warnings: warnings,
      labels: Labels(
        audio: try assets.audioClasses().names, visual: try assets.visualClasses().names),
      specification: model, model: model.name, knobs: opened?.session.knobs ?? knobs, size: options.size)
    state.offer(models, problems: modelProblems)
    if opened == nil, let compare = options.compare { state.compare(try options.columns(compare, model)) }
    try configuration.apply(to: &state)
    if let session = opened?.session { state.annotate(with: session) }
    self.opened = opened
    self.problem = problem
  }

  /// Opens what the session or the command line names.
  func start(_ state: inout ExplorerState) -> [Effect] {
    if let problem { _ = state.handle(.failure(problem)) }
    defer { state.showModelProblems() }
    guard let opened else { return state.start(clip: clip, frame: frame ?? 1, screen: screen) }
    // Of two clips only the one asked for is read.
    var session = opened.session
    if let clip {
      if clip != session.clip { session.frame = 1 }
      session.clip = clip
      session.screen = screen ?? (session.screen == .clips ? .inspect : session.screen)
    } else if let screen {
      session.screen = screen
    }
    if let frame { session.frame = frame }
    return state.begin(with: opened.with(session))
  }

  /// Whether what the state begins with is as it was written.
  var isWritten: Bool { opened?.name == nil }
}
