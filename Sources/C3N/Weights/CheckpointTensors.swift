import Checkpoints
import Layers
import Tensors

extension C3NModel {
  /// Everything that a checkpoint of the model holds, in PyTorch's axis order: parameters, buffers, and what its files had
  /// besides, so that PyTorch finds every key of the published network.
  public var checkpointTensors: [StoredTensor] {
    var names: Set<String> = []
    return (parameters.map(\.stored) + buffers.map(\.stored) + idle()).filter {
      names.insert($0.name).inserted
    }
  }

  /// The decoder unit without a partner, which published networks have and nothing reads, as far as `source` has it.
  static func idleUnit(from source: any WeightSource, width: Int?) -> [StoredTensor] {
    guard let width else { return [] }
    return ["conv1", "conv2"].flatMap { name in
      [("weight", [width, width, 3, 3]), ("bias", [width])].compactMap { kind, shape in
        let key = "path4.resConfUnit1.\(name).\(kind)"
        return (try? source.tensor(key, shape: Shape(shape))).map { StoredTensor(key, $0) }
      }
    }
  }
}

extension Parameter {
  /// The parameter as checkpoints have it.
  public var stored: StoredTensor { StoredTensor(key, order.toCheckpoint(value)) }
}

extension Buffer {
  /// The buffer as checkpoints have it.
  public var stored: StoredTensor {
    isCounter
      ? StoredTensor(key, integers: value.values.map { Int64($0) }, shape: value.shape)
      : StoredTensor(key, value)
  }
}
