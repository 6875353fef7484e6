/// The tensors that a pickled object offers as a checkpoint, and where in the object they are.
///
/// A bare tensor is called `tensor`. Of a dict, the dict under `model` is taken, else the one under
/// `state_dict`, else the dict's own tensors; other dicts are reported, never merged.
struct StateDict {
  private(set) var tensors: [TensorEntry] = []
  private(set) var topLevel: [Checkpoint.TopLevelEntry] = []
  private(set) var strippedPrefix: String?

  static let bareTensorName = "tensor"
  private static let wrappers = ["model", "state_dict"]
  private static let parallelPrefix = "module."

  init(of object: PickledValue) throws(Malformed) {
    switch object {
    case .tensor(let tensor):
      tensors = [tensor.named(Self.bareTensorName)]
      topLevel = [.init(name: Self.bareTensorName, summary: object.summary, isStateDict: true)]
    case .dict(let items), .object(_, let items):
      let wrapper = Self.wrappers.lazy.compactMap { name in
        items.firstIndex { $0.key.string == name && $0.value.tensorCount > 0 }
      }.first
      if let wrapper {
        tensors = Self.tensors(in: items[wrapper].value.items)
      } else {
        tensors = Self.tensors(in: items)
        if !tensors.isEmpty {
          let summary = PickledValue.number(tensors.count, "tensor")
          topLevel = [.init(name: "", summary: summary, isStateDict: true)]
        }
      }
      for (index, item) in items.enumerated() {
        if wrapper == nil, case .tensor = item.value, item.key.string != nil { continue }
        topLevel.append(
          .init(
            name: item.key.string ?? item.key.summary, summary: item.value.summary,
            isStateDict: index == wrapper))
      }
      stripParallelPrefix()
    default:
      topLevel = [.init(name: "", summary: object.summary, isStateDict: false)]
    }
  }

  private static func tensors(in items: [PickledValue.Item]) -> [TensorEntry] {
    items.compactMap { item in
      guard let name = item.key.string, case .tensor(let tensor) = item.value else { return nil }
      return tensor.named(name)
    }
  }

  private mutating func stripParallelPrefix() {
    let prefix = Self.parallelPrefix
    guard !tensors.isEmpty, tensors.allSatisfy({ $0.name.hasPrefix(prefix) }) else { return }
    tensors = tensors.map { $0.named(String($0.name.dropFirst(prefix.count))) }
    strippedPrefix = prefix
  }
}
