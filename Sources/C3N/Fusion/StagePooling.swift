import Layers
import Tensors

/// What gathers context at one stage before the fusion: V_i^r [F, H, W, C] -> V_i^a [F, H, W, width].
public protocol StagePooling: Sendable {
  /// What a backward pass needs.
  associatedtype Record: Sendable

  /// V_i^r -> V_i^a.
  func forward(_ x: Tensor) -> Tensor

  /// V_i^r -> V_i^a, and what the way back needs.
  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record)

  /// The gradient of V_i^r; adds those of the parameters to `gradients`.
  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor
}

// Stages hold any pooling, so records pass through them without their type.
extension StagePooling {
  func recordedForward(_ x: Tensor) -> (Tensor, any Sendable) {
    let (y, record) = forward(x, recording: .allGradients)
    return (y, record)
  }

  func backward(_ dy: Tensor, recorded: any Sendable, accumulating gradients: Gradients?) -> Tensor {
    guard let record = recorded as? Record else {
      preconditionFailure("a record of another pooling: \(type(of: recorded))")
    }
    return backward(dy, record, accumulating: gradients)
  }
}

extension ASPP: StagePooling {}

extension Method {
  /// The pooling of a stage of `input` channels.
  func pooling(_ weights: Weights, in input: Int, width: Int) -> any StagePooling {
    switch self {
    case .c3n: ASPP(weights, in: input, width: width)
    case .tpavi: DilatedSum(weights, in: input, width: width)
    }
  }
}
