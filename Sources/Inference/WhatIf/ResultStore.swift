import C3N

/// Results of earlier computations within a budget of memory; what was used least recently goes first.
///
/// What has been used since the last ``begin()`` stays even beyond the budget, because a run needs its own results, unless it
/// is released before. Used by one thread.
package final class ResultStore<Place: Hashable> {
  private struct Entry {
    let value: any Sendable
    let bytes: Int
    let seconds: [Milestone.Part: Double]
    var used: Int
    /// Whether the current run may still need it.
    var isNeeded = true
  }

  /// The most that is kept of what the current run does not use, in bytes; takes effect at the next result.
  package var budget: Int

  /// What is kept, in bytes.
  package private(set) var bytes = 0

  private var entries: [Place: Entry] = [:]
  private var clock = 0
  private var beginning = 0

  /// An empty store.
  package init(budget: Int) {
    self.budget = budget
  }

  /// The number of results.
  package var count: Int { entries.count }

  /// Begins a run: what is used from now on stays until the next one.
  package func begin() {
    beginning = clock + 1
  }

  /// A result and the seconds that its parts took; nil if it is not there (any more).
  package func take<Value>(
    _ place: Place, as type: Value.Type = Value.self
  ) -> (value: Value, seconds: [Milestone.Part: Double])? {
    guard let entry = entries[place], let value = entry.value as? Value else { return nil }
    clock += 1
    entries[place]!.used = clock
    entries[place]!.isNeeded = true
    return (value, entry.seconds)
  }

  /// Whether a result is there; asking is no use of it.
  package func contains(_ place: Place) -> Bool { entries[place] != nil }

  /// Keeps a result, and lets go of others until the budget is kept.
  package func keep(
    _ value: any Sendable, bytes: Int, seconds: [Milestone.Part: Double], at place: Place
  ) {
    remove(place)
    clock += 1
    entries[place] = Entry(value: value, bytes: bytes, seconds: seconds, used: clock)
    self.bytes += bytes
    shrink()
  }

  /// Says that the current run has used a result for the last time: from now on it stays only within the budget.
  package func release(_ place: Place) {
    entries[place]?.isNeeded = false
    shrink()
  }

  private func shrink() {
    guard bytes > budget else { return }
    let old = entries.filter { $0.value.used < beginning || !$0.value.isNeeded }
    for (place, _) in old.sorted(by: { $0.value.used < $1.value.used }) where bytes > budget { remove(place) }
  }

  /// Lets go of all results at places that fit.
  package func remove(where fits: (Place) -> Bool) {
    for place in entries.keys.filter(fits) { remove(place) }
  }

  private func remove(_ place: Place) {
    if let entry = entries.removeValue(forKey: place) { bytes -= entry.bytes }
  }
}

/// How much the store of earlier results holds.
public struct StoreUse: Hashable, Sendable {
  /// The bytes of all results.
  public let bytes: Int

  /// The most that is kept beside what the latest run uses.
  public let budget: Int

  /// The number of results.
  public let count: Int

  /// A use.
  public init(bytes: Int, budget: Int, count: Int) {
    self.bytes = bytes
    self.budget = budget
    self.count = count
  }
}
