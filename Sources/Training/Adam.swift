import CKernels
import Glibc
import Layers
import Tensors

/// Kingma and Ba's Adam without weight decay, as PyTorch computes it.
public struct Adam {
  /// How fast the means of the gradient and of its square forget.
  public let beta1, beta2: Float

  /// Added to the root of the second mean.
  public let epsilon: Float

  /// The trained parameters, in the model's order.
  public let parameters: [Parameter]

  /// The steps that were made.
  public private(set) var step = 0

  /// The means of gradient and squared gradient, as far as a parameter has had a gradient.
  private(set) var moments: [ObjectIdentifier: (first: Tensor, second: Tensor)] = [:]

  /// An optimizer of the given parameters.
  public init(
    _ parameters: [Parameter], beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8
  ) {
    self.parameters = parameters
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  /// Moves every parameter that has a gradient.
  public mutating func update(_ gradients: Gradients, rate: Float) {
    update(gradients) { _ in rate }
  }

  /// Moves every parameter that has a gradient, each at its own learning rate (PyTorch's parameter groups).
  public mutating func update(_ gradients: Gradients, rate: (Parameter) -> Float) {
    step += 1
    let bias = 1 - pow(Double(beta1), Double(step))
    let correction = Float((1 - pow(Double(beta2), Double(step))).squareRoot())
    for parameter in parameters {
      guard let gradient = gradients[parameter] else { continue }
      let rate = Float(Double(rate(parameter)) / bias)
      let id = ObjectIdentifier(parameter)
      var (first, second) =
        moments.removeValue(forKey: id) ?? (Tensor(zeros: gradient.shape), Tensor(zeros: gradient.shape))
      let count = gradient.count
      parameter.value.write { value in
        first.write { first in
          second.write { second in
            gradient.read { gradient in
              Parallel.ranges(count, grain: 1 << 16) { range in
                let i = range.lowerBound
                c3n_adam(
                  value + i, first + i, second + i, gradient + i, beta1, beta2, rate, correction, epsilon,
                  range.count)
              }
            }
          }
        }
      }
      moments[id] = (first, second)
    }
  }

  /// Takes up an earlier optimizer's work.
  ///
  /// - Parameter moments: the two means of a parameter in the engine's order, or nil if it never had a gradient.
  mutating func restore(
    step: Int, moments: (Parameter) throws -> (first: Tensor, second: Tensor)?
  ) rethrows {
    self.step = step
    self.moments = [:]
    for parameter in parameters {
      if let kept = try moments(parameter) { self.moments[ObjectIdentifier(parameter)] = kept }
    }
  }
}
