import Layers
import Tensors

/// A transformer block of PVTv2: x += attention(norm1 x); x += mlp(norm2 x).
struct PVTv2Block: Sendable {
  private let norm1, norm2: LayerNorm
  private let attention: SpatialReductionAttention
  private let mlp: ConvolutionalMLP

  struct Record: Sendable {
    let norm1, norm2: LayerNorm.Record
    let attention: SpatialReductionAttention.Record
    let mlp: ConvolutionalMLP.Record
    let depth: StochasticDepth.Branches?
  }

  init(_ weights: Weights, channels: Int, heads: Int, reduction: Int) {
    norm1 = LayerNorm(weights.norm1, channels: channels, epsilon: 1e-6)
    attention = SpatialReductionAttention(
      weights.attn, channels: channels, heads: heads, reduction: reduction)
    norm2 = LayerNorm(weights.norm2, channels: channels, epsilon: 1e-6)
    mlp = ConvolutionalMLP(weights.mlp, channels: channels, hidden: 4 * channels)
  }

  /// [F, H, W, C] -> [F, H, W, C]; the record is nil when nothing is recorded.
  func forward(
    _ x: Tensor, recording: Recording, depth: StochasticDepth.Branches? = nil
  ) -> (Tensor, Record?) {
    let (normed1, norm1Record) = norm1.forward(x, recording: recording)
    var (y, attentionRecord) = attention.forward(
      normed1, recording: recording, adding: depth == nil ? x : nil)
    if let depth {
      y.scale(by: depth.first)
      y.add(x)
    }
    let (normed2, norm2Record) = norm2.forward(y, recording: recording)
    var (z, mlpRecord) = mlp.forward(normed2, recording: recording, adding: depth == nil ? y : nil)
    if let depth {
      z.scale(by: depth.second)
      z.add(y)
    }
    guard recording != .none else { return (z, nil) }
    let record = Record(
      norm1: norm1Record!, norm2: norm2Record!, attention: attentionRecord!, mlp: mlpRecord!, depth: depth)
    return (z, record)
  }

  func backward(_ dz: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    var branch = dz
    if let depth = record.depth { branch.scale(by: depth.second) }
    let dy = norm2.backward(
      mlp.backward(branch, record.mlp, accumulating: gradients), record.norm2, accumulating: gradients,
      adding: dz)
    branch = dy
    if let depth = record.depth { branch.scale(by: depth.first) }
    return norm1.backward(
      attention.backward(branch, record.attention, accumulating: gradients), record.norm1,
      accumulating: gradients, adding: dy)
  }
}

/// Attention whose keys and values come from a map reduced by a strided convolution and a layer norm.
struct SpatialReductionAttention: Sendable {
  private let queries, keysValues, projection: Linear
  private let reduction: Conv2d?
  private let norm: LayerNorm?
  private let attention: MultiHeadAttention

  struct Record: Sendable {
    let queries, keysValues, projection: Linear.Record
    let reduction: Conv2d.Record?
    let norm: LayerNorm.Record?
    let attention: MultiHeadAttention.Record
    let reducedShape: Shape
  }

  init(_ weights: Weights, channels: Int, heads: Int, reduction ratio: Int) {
    queries = Linear(weights.q, in: channels, out: channels)
    keysValues = Linear(weights.kv, in: channels, out: 2 * channels)
    projection = Linear(weights.proj, in: channels, out: channels)
    reduction =
      ratio > 1 ? Conv2d(weights.sr, in: channels, out: channels, kernel: ratio, stride: ratio) : nil
    norm = ratio > 1 ? LayerNorm(weights.norm, channels: channels) : nil
    attention = MultiHeadAttention(heads: heads)
  }

  /// [F, H, W, C] -> [F, H, W, C], plus a residual.
  func forward(_ x: Tensor, recording: Recording, adding residual: Tensor?) -> (Tensor, Record?) {
    let (frames, channels) = (x.shape[0], x.shape[3])
    let (q, queriesRecord) = queries.forward(x, recording: recording)
    var reduced = x
    var reductionRecord: Conv2d.Record?
    var normRecord: LayerNorm.Record?
    if let reduction, let norm {
      let (smaller, record) = reduction.forward(x, recording: recording)
      reductionRecord = record
      (reduced, normRecord) = norm.forward(smaller, recording: recording)
    }
    let (kv, keysValuesRecord) = keysValues.forward(reduced, recording: recording)
    // [F, H, W, C] -> [F, N, C]; [F, h, w, 2 C] -> [F, M, 2 C]
    let (y, attentionRecord) = attention.forward(
      q.reshaped([frames, q.count / (frames * channels), channels]),
      kv.reshaped([frames, kv.count / (frames * 2 * channels), 2 * channels]), recording: recording)
    let (projected, projectionRecord) = projection.forward(
      y.reshaped(x.shape), recording: recording, adding: residual)
    guard recording != .none else { return (projected, nil) }
    return (
      projected,
      Record(
        queries: queriesRecord, keysValues: keysValuesRecord, projection: projectionRecord,
        reduction: reductionRecord, norm: normRecord, attention: attentionRecord!, reducedShape: reduced.shape
      )
    )
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let dAttended = projection.backward(dy, record.projection, accumulating: gradients)
    // [F, H, W, C] -> [F, N, C]
    let (frames, channels) = (dy.shape[0], dy.shape[3])
    let tokens: Shape = [frames, dy.count / (frames * channels), channels]
    let (dq, dkv) = attention.backward(dAttended.reshaped(tokens), record.attention)
    let kvShape = Shape(record.reducedShape.extents.dropLast() + [2 * channels])
    var dReduced = keysValues.backward(
      dkv.reshaped(kvShape), record.keysValues, accumulating: gradients)
    if let reduction, let norm {
      dReduced = reduction.backward(
        norm.backward(dReduced, record.norm!, accumulating: gradients), record.reduction!,
        accumulating: gradients)
    }
    return queries.backward(
      dq.reshaped(dy.shape), record.queries, accumulating: gradients, adding: dReduced)
  }
}

/// A multi-layer perceptron that sees its neighbours: fc2(GELU(depthwise 3x3(fc1 x))).
struct ConvolutionalMLP: Sendable {
  private let fc1, fc2: Linear
  private let depthwise: DepthwiseConv2d

  struct Record: Sendable {
    let fc1, fc2: Linear.Record
    let depthwise: DepthwiseConv2d.Record
    let activation: GELU.Record
  }

  init(_ weights: Weights, channels: Int, hidden: Int) {
    fc1 = Linear(weights.fc1, in: channels, out: hidden)
    depthwise = DepthwiseConv2d(
      weights.dwconv.dwconv, channels: hidden, window: Window(kernel: 3, padding: .symmetric(1)))
    fc2 = Linear(weights.fc2, in: hidden, out: channels)
  }

  /// [F, H, W, C] -> [F, H, W, C], plus a residual.
  func forward(_ x: Tensor, recording: Recording, adding residual: Tensor?) -> (Tensor, Record?) {
    let (hidden, fc1Record) = fc1.forward(x, recording: recording)
    let (activated, depthwiseRecord, activation) = depthwise.activated(hidden, recording: recording)
    let (y, fc2Record) = fc2.forward(activated, recording: recording, adding: residual)
    guard recording != .none else { return (y, nil) }
    return (y, Record(fc1: fc1Record, fc2: fc2Record, depthwise: depthwiseRecord, activation: activation!))
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let dMixed = fc2.backward(dy, record.fc2, accumulating: gradients, through: record.activation)
    let dHidden = depthwise.backward(dMixed, record.depthwise, accumulating: gradients)
    return fc1.backward(dHidden, record.fc1, accumulating: gradients)
  }
}
