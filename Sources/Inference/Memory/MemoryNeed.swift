import C3N

public struct MemoryNeed: Hashable, Sendable {
  /// The bytes of V^a that a run keeps between its two passes over a long clip.
  package static let pooledLimit = 512 << 20

  /// The bytes of a frame's V_1^a ... V_4^a.
  static func pooledBytes(width: Int) -> Int { (56 * 56 + 28 * 28 + 14 * 14 + 7 * 7) * width * 4 }
}
