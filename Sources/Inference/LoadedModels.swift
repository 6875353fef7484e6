import C3N
import Foundation

/// The models that the worker holds: as many as fit a budget, those used last.
///
/// A model's size is known only when it is there. So before one is read, those used least recently go until the others take
/// at most half of the budget; afterwards, until all together are within it. The latest model stays whatever it takes.
struct LoadedModels {
  /// 2 GiB, or a quarter of the machine's memory if that is less: two networks with PVTv2-B5 or Swin-B.
  static var defaultBudget: Int { min(2 << 30, Int(ProcessInfo.processInfo.physicalMemory / 4)) }

  /// The most that weights may take, in bytes.
  let budget: Int

  /// The models, the one used last at the end.
  private var entries: [(specification: ModelSpecification, model: C3NModel, bytes: Int)] = []

  init(budget: Int) {
    self.budget = budget
  }

  /// The same without a model.
  var emptied: LoadedModels { LoadedModels(budget: budget) }

  /// A model that is there.
  mutating func take(_ specification: ModelSpecification) -> C3NModel? {
    guard let index = entries.firstIndex(where: { $0.specification == specification }) else { return nil }
    let entry = entries.remove(at: index)
    entries.append(entry)
    return entry.model
  }

  /// Lets go of models before another one is read; returns which.
  mutating func makeRoom() -> [ModelSpecification] { shrink(to: budget / 2, keeping: 0) }

  /// Keeps a model and lets go of others; returns which.
  mutating func keep(_ model: C3NModel, as specification: ModelSpecification) -> [ModelSpecification] {
    let bytes = model.parameters.reduce(0) { $0 + $1.value.count * MemoryLayout<Float>.stride }
    entries.append((specification, model, bytes))
    return shrink(to: budget, keeping: 1)
  }

  private mutating func shrink(to limit: Int, keeping least: Int) -> [ModelSpecification] {
    var gone: [ModelSpecification] = []
    while entries.count > least, entries.reduce(0, { $0 + $1.bytes }) > limit {
      gone.append(entries.removeFirst().specification)
    }
    return gone
  }
}
