import Tensors

/// What a forward pass keeps for a backward pass.
public enum Recording: Sendable, Comparable {
  /// Nothing: inference.
  case none

  /// What the gradient of the input needs: class-activated weights.
  case inputGradients

  /// Also what the gradients of the parameters need: training.
  case allGradients
}

/// Sums of gradients by parameter, in the engine's axis order.
public final class Gradients {
  private var sums: [ObjectIdentifier: Tensor] = [:]

  /// No gradients yet.
  public init() {}

  /// The sum so far, or nil if the parameter had no part in the result.
  public subscript(parameter: Parameter) -> Tensor? { sums[ObjectIdentifier(parameter)] }

  /// Adds to the parameter's sum through a pointer to it; the sum starts at zero.
  public func accumulate(_ parameter: Parameter, _ add: (UnsafeMutablePointer<Float>) -> Void) {
    let id = ObjectIdentifier(parameter)
    var sum = sums.removeValue(forKey: id) ?? Tensor(zeros: parameter.value.shape)
    sum.write(add)
    sums[id] = sum
  }
}
