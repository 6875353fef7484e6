import Synchronization

/// Counts the multiply-adds that layers are asked for, for benchmarks.
///
/// The count is the work by definition: what a method saves (Winograd, taps outside the map, collapsed linear maps) is
/// counted all the same, so that two programs are compared by the same number.
public enum Work {
  private static let total = Atomic(0)

  /// All multiply-adds so far.
  public static var multiplyAdds: Int { total.load(ordering: .relaxed) }

  /// Counts multiply-adds.
  public static func charge(_ count: Int) { total.wrappingAdd(count, ordering: .relaxed) }
}
