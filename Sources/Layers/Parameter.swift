import Tensors

/// A trainable array: its value in the engine's channels-last order, and where it lives in a checkpoint.
///
/// A class, because gradients and optimizer state are kept by identity.
public final class Parameter: @unchecked Sendable {
  /// The state-dict key, such as `encoder_backbone.block1.0.attn.q.weight`.
  public let key: String

  /// How the checkpoint orders the axes.
  public let order: AxisOrder

  /// The value in the engine's order.
  public var value: Tensor { didSet { version &+= 1 } }

  /// How often the value has changed, for whoever keeps something that was derived from it.
  public private(set) var version = 0

  /// A parameter whose `stored` value is in the checkpoint's order.
  public init(key: String, stored: Tensor, order: AxisOrder) {
    self.key = key
    self.order = order
    value = order.fromCheckpoint(stored)
  }

  /// A parameter of zeros that take no memory, of a shape in the checkpoint's order.
  init(key: String, zerosOf shape: Shape, order: AxisOrder) {
    self.key = key
    self.order = order
    value = .sharedZeros(order.shape(fromCheckpoint: shape))
  }
}

/// How a checkpoint orders the axes of a parameter.
public enum AxisOrder: Sendable {
  /// As the engine does: vectors, matrices [out, in].
  case same

  /// Convolution kernels [out, in, height, width]; the engine has [out, height, width, in].
  case convolution

  /// Depthwise kernels [channels, 1, height, width]; the engine has [height, width, channels].
  case depthwise

  /// Whether ``fromCheckpoint(_:)`` makes a copy.
  var isCopied: Bool { self != .same }

  /// The shape of ``fromCheckpoint(_:)``.
  func shape(fromCheckpoint stored: Shape) -> Shape {
    switch self {
    case .same: stored
    case .convolution: [stored[0], stored[2], stored[3], stored[1]]
    case .depthwise: [stored[2], stored[3], stored[0]]
    }
  }

  /// The engine's order of a tensor that comes from a checkpoint.
  public func fromCheckpoint(_ stored: Tensor) -> Tensor {
    switch self {
    case .same:
      return stored
    case .convolution:
      let (out, input, height, width) = (stored.shape[0], stored.shape[1], stored.shape[2], stored.shape[3])
      // [O, I, HW] -> [O, HW, I]
      let swapped = stored.swappingInnerAxes(outer: out, rows: input, columns: height * width)
      return swapped.reshaped([out, height, width, input])
    case .depthwise:
      let (channels, height, width) = (stored.shape[0], stored.shape[2], stored.shape[3])
      // [C, HW] -> [HW, C]
      let swapped = stored.swappingInnerAxes(outer: 1, rows: channels, columns: height * width)
      return swapped.reshaped([height, width, channels])
    }
  }

  /// The checkpoint's order of a tensor in the engine's order.
  public func toCheckpoint(_ value: Tensor) -> Tensor {
    switch self {
    case .same:
      return value
    case .convolution:
      let (out, height, width, input) = (value.shape[0], value.shape[1], value.shape[2], value.shape[3])
      // [O, HW, I] -> [O, I, HW]
      let swapped = value.swappingInnerAxes(outer: out, rows: height * width, columns: input)
      return swapped.reshaped([out, input, height, width])
    case .depthwise:
      let (height, width, channels) = (value.shape[0], value.shape[1], value.shape[2])
      // [HW, C] -> [C, HW]
      let swapped = value.swappingInnerAxes(outer: 1, rows: height * width, columns: channels)
      return swapped.reshaped([channels, 1, height, width])
    }
  }
}
