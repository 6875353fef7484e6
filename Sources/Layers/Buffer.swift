import Tensors

/// An array of a model that is part of its checkpoint but not trained by gradients, such as a running mean.
///
/// A class, because training changes it in place wherever the model is shared.
public final class Buffer: @unchecked Sendable {
  /// The state-dict key, such as `tpavi_1.W_z.1.running_mean`.
  public let key: String

  /// The value, in the checkpoint's order.
  public var value: Tensor

  /// Whether it counts: checkpoints have it as a whole number.
  public let isCounter: Bool

  /// A buffer of the given value.
  public init(key: String, value: Tensor, isCounter: Bool = false) {
    self.key = key
    self.value = value
    self.isCounter = isCounter
  }
}
