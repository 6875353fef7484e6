import Checkpoints
import Layers

extension C3NModel {
  /// Everything that a checkpoint of the model holds, in PyTorch's axis order: parameters, buffers, and what its files had
  /// besides, so that PyTorch finds every key of the published network.
  public var checkpointTensors: [StoredTensor] {
    let own = parameters.map(\.stored) + buffers.map(\.stored)
    let names = Set(own.map(\.name))
    return own + idle().filter { !names.contains($0.name) }
  }
}

extension Parameter {
  /// The parameter as checkpoints have it.
  public var stored: StoredTensor { StoredTensor(key, order.toCheckpoint(value)) }
}

extension Buffer {
  /// The buffer as checkpoints have it.
  public var stored: StoredTensor {
    isCounter ? StoredTensor(key, integers: value.values.map { Int64($0) }, shape: value.shape) : StoredTensor(key, value)
  }
}
