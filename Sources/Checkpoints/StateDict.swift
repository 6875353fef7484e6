/// The tensors that a pickled object offers as a checkpoint, and where in the object they are.
///
/// A bare tensor is called `tensor`. Of a dict, the dict under `model` is offered first, then the one under
/// `state_dict`, then the dict's own tensors, then the dicts under other names; each of them may hold such names again. They
/// are never merged. What an optimizer, a scheduler or a sampler keeps is reported, not offered.
struct StateDict {
  /// A place in the object whose tensors may be meant: the names that lead there, and the tensors.
  struct Place {
    let path: [String]
    let tensors: [TensorEntry]
  }

  /// The places, the likeliest first; empty where there is no tensor.
  private(set) var places: [Place] = []

  private let object: PickledValue

  static let bareTensorName = "tensor"
  private static let wrappers = ["model", "state_dict"]

  /// Deeper nesting than any training script's, and more dicts than any file needs, so that a hostile file costs little.
  private static let (largestDepth, largestCount, mostVisits) = (4, 32, 256)

  private var visits = 0

  init(of object: PickledValue) {
    self.object = object
    if case .tensor(let tensor) = object {
      places = [Place(path: [], tensors: [tensor.named(Self.bareTensorName)])]
    } else {
      collect(object.items, path: [])
    }
  }

  private mutating func collect(_ items: [PickledValue.Item], path: [String]) {
    visits += 1
    guard !items.isEmpty, path.count <= Self.largestDepth, places.count < Self.largestCount,
      visits <= Self.mostVisits
    else { return }
    func isWrapper(_ item: PickledValue.Item) -> Bool {
      item.key.string.map(Self.wrappers.contains) == true && !item.value.items.isEmpty
    }
    for name in Self.wrappers {
      for item in items where item.key.string == name { collect(item.value.items, path: path + [name]) }
    }
    let own = items.compactMap { item -> TensorEntry? in
      guard let name = item.key.string, case .tensor(let tensor) = item.value else { return nil }
      return tensor.named(name)
    }
    if !own.isEmpty, places.count < Self.largestCount { places.append(Place(path: path, tensors: own)) }
    for item in items where !isWrapper(item) {
      guard let name = item.key.string, !TrainingState.isNamed(name) else { continue }
      collect(item.value.items, path: path + [name])
    }
  }

  /// The entries at the top of the object; those that lead to `place` are marked.
  func topLevel(_ place: Place?) -> [Checkpoint.TopLevelEntry] {
    if case .tensor = object {
      return [.init(name: Self.bareTensorName, summary: object.summary, isStateDict: true)]
    }
    guard !object.items.isEmpty || object.isDict else {
      return [.init(name: "", summary: object.summary, isStateDict: false)]
    }
    var entries: [Checkpoint.TopLevelEntry] = []
    let isFlat = place?.path.isEmpty == true
    if let place, isFlat {
      entries.append(
        .init(name: "", summary: PickledValue.number(place.tensors.count, "tensor"), isStateDict: true))
    }
    for item in object.items {
      if isFlat, case .tensor = item.value, item.key.string != nil { continue }
      entries.append(
        .init(
          name: item.key.string ?? item.key.summary, summary: item.value.summary,
          isStateDict: item.key.string != nil && item.key.string == place?.path.first))
    }
    return entries
  }
}

/// What a training keeps beside its model, by the names that programs give it.
enum TrainingState {
  /// Whether a name at the top of a checkpoint, or the first part of a flat one's key, is such a name.
  static func isNamed(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == "opt" || name.hasPrefix("optim")
      || ["scheduler", "scaler", "sampler", "rng_state"].contains { name.contains($0) }
  }
}

/// The names that programs put before every key of a state dict, and what the keys are without them.
///
/// `module.` is of data-parallel training and `_orig_mod.` of `torch.compile`: no author of a model writes them, and they are
/// always taken off where all keys begin with them. The others are attributes that hold the network in a training program
/// (Lightning's `model.` or `net.`), or a dict that was flattened, but could be a part of some other network too; so the keys
/// without them are only offered, for whoever knows which keys a model has.
struct KeyPrefixes {
  private static let ofPyTorch = ["module.", "_orig_mod."]
  private static let ofPrograms = [
    "model.", "net.", "network.", "state_dict.", "model_state_dict.", "net_state_dict.",
  ]

  /// Modules that PyTorch puts around a part of a network, anywhere in a key.
  private static let wrappingModules: Set = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]

  /// The same tensors under other names, and what was taken off.
  struct Renamed {
    let tensors: [TensorEntry]
    /// nil where nothing was taken off.
    let prefix: String?
  }

  /// What the keys may be, that with nothing but PyTorch's own prefixes taken off first.
  static func readings(of tensors: [TensorEntry]) -> [Renamed] {
    var current = Renamed(tensors: tensors, prefix: nil)
    while let prefix = ofPyTorch.first(where: { isShared($0, current.tensors) }) {
      current = stripped(prefix, current)
    }
    var readings = [current]
    // Each pass makes keys shorter.
    while let prefix = (ofPyTorch + ofPrograms).first(where: { isShared($0, current.tensors) }) {
      current = stripped(prefix, current)
      readings.append(current)
    }
    if let inside = withoutWrappingModules(current) { readings.append(inside) }
    return readings
  }

  /// Whether all keys but those of an optimizer begin with `prefix`, and none is only that.
  private static func isShared(_ prefix: String, _ tensors: [TensorEntry]) -> Bool {
    let own = tensors.filter { !isOfTraining($0.name) }
    return !own.isEmpty
      && own.allSatisfy { $0.name.hasPrefix(prefix) && $0.name.utf8.count > prefix.utf8.count }
  }

  private static func isOfTraining(_ key: String) -> Bool {
    TrainingState.isNamed(String(key.prefix { $0 != "." }))
  }

  /// The keys without the prefix; those of an optimizer, which do not have it, are no part of the network.
  private static func stripped(_ prefix: String, _ reading: Renamed) -> Renamed {
    Renamed(
      tensors: reading.tensors.filter { !isOfTraining($0.name) }
        .map { $0.named(String($0.name.dropFirst(prefix.count))) },
      prefix: (reading.prefix ?? "") + prefix)
  }

  /// The keys without wrapping modules at any place; nil where there are none, or two keys would become one.
  private static func withoutWrappingModules(_ reading: Renamed) -> Renamed? {
    var names: Set<String> = []
    var found: Set<Substring> = []
    let tensors = reading.tensors.map { tensor in
      let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
      let kept = parts.filter { !wrappingModules.contains(String($0)) }
      found.formUnion(Set(parts).subtracting(kept))
      return tensor.named(kept.joined(separator: "."))
    }
    guard !found.isEmpty, tensors.allSatisfy({ names.insert($0.name).inserted }) else { return nil }
    return Renamed(
      tensors: tensors, prefix: (reading.prefix ?? "") + found.sorted().map { "\($0)." }.joined())
  }
}
