import CKernels
import Layers
import Tensors

/// An exponential moving average of a model's weights along a run (Polyak averaging): it wanders less than the weights.
///
///     average += (1 - d) (weights - average),  d = min(decay, (1 + step) / (10 + step))
///
/// The decay rises to its value as in TensorFlow's `ExponentialMovingAverage`, so that the first steps are soon
/// forgotten. Trained parameters and running statistics are averaged; counters are not.
struct WeightAverage {
  /// The share of the past in a step's average, after the first steps.
  let decay: Float

  private let parameters: [Parameter]
  private let buffers: [Buffer]

  /// The averages, by key, in the engine's order.
  private(set) var values: [String: Tensor]

  /// An average that begins at the weights as they are.
  init(_ parameters: [Parameter], _ buffers: [Buffer], decay: Float) {
    self.decay = decay
    self.parameters = parameters
    self.buffers = buffers.filter { !$0.isCounter }
    values = [:]
    for parameter in parameters { values[parameter.key] = parameter.value }
    for buffer in self.buffers { values[buffer.key] = buffer.value }
  }

  /// Takes in the weights after a step, counted from 1.
  mutating func update(step: Int) {
    let share = 1 - min(decay, Float(1 + step) / Float(10 + step))
    for (key, value) in parameters.map({ ($0.key, $0.value) }) + buffers.map({ ($0.key, $0.value) }) {
      var average = values.removeValue(forKey: key)!
      let count = value.count
      average.write { average in
        value.read { value in
          Parallel.ranges(count, grain: 1 << 16) {
            c3n_move_average(average + $0.lowerBound, value + $0.lowerBound, share, $0.count)
          }
        }
      }
      values[key] = average
    }
  }

  /// Runs `body` with the averages in the model.
  func applied<Result>(_ body: () throws -> Result) rethrows -> Result {
    let kept = (parameters.map(\.value), buffers.map(\.value))
    for parameter in parameters { parameter.value = values[parameter.key]! }
    for buffer in buffers { buffer.value = values[buffer.key]! }
    defer {
      for (parameter, value) in zip(parameters, kept.0) { parameter.value = value }
      for (buffer, value) in zip(buffers, kept.1) { buffer.value = value }
    }
    return try body()
  }

  /// What a checkpoint keeps, by key in its axis order.
  var stored: [(key: String, value: Tensor)] {
    parameters.map { ($0.key, $0.order.toCheckpoint(values[$0.key]!)) }
      + buffers.map { ($0.key, values[$0.key]!) }
  }

  /// Takes up the averages of a checkpoint.
  ///
  /// - Parameter stored: The average of a key in the checkpoint's order and of the given shape.
  mutating func restore(_ stored: (_ key: String, Shape) throws -> Tensor) rethrows {
    for parameter in parameters {
      let shape = parameter.order.toCheckpoint(parameter.value).shape
      values[parameter.key] = parameter.order.fromCheckpoint(try stored(parameter.key, shape))
    }
    for buffer in buffers { values[buffer.key] = try stored(buffer.key, buffer.value.shape) }
  }
}
