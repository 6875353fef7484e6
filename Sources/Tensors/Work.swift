/// Counts the multiply-accumulates of layers while somebody asks for them.
///
/// Layers report on the thread that calls them, before they split their work. Norms, activations, softmax, pooling
/// and interpolation are not counted: they are no products.
public final class Work: @unchecked Sendable {
  /// Those of convolutions and linear layers on the way forward, by their shapes as published: what tools for counting
  /// FLOPs see of the published program.
  public private(set) var published = 0

  /// Those that this program does: products of attention, folded layers as they are folded, and the way back. What
  /// Winograd's transforms and the collapsed ASPP save is not taken off.
  public private(set) var performed = 0

  /// Operations of batch norms, two an element, and of interpolation, four an element, as published: some tools for
  /// counting FLOPs add them.
  public private(set) var elementwise = 0

  @TaskLocal private static var current: Work?

  /// Nothing counted yet.
  public init() {}

  /// Runs `body` and counts what layers report meanwhile on this thread.
  public func count<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  /// Reports a layer that is computed as it is published.
  public static func add(_ products: Int) { add(published: products, performed: products) }

  /// Reports work.
  public static func add(published: Int = 0, performed: Int = 0, elementwise: Int = 0) {
    guard let current else { return }
    current.published += published
    current.performed += performed
    current.elementwise += elementwise
  }
}
