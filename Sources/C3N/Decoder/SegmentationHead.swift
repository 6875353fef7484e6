import Layers
import Tensors

/// The decoder (paper III-D, eq. 15): from the coarsest map to the finest, then a small convolutional head.
///
/// M_1 ... M_4 [F, 56/28/14/7, same, 256] -> mask logits [F, 224, 224].
public struct SegmentationHead: Sendable {
  private let paths: [Path]
  private let reduce, refine, predict: Conv2d
  private let enlarge = BilinearUpsample(factor: 2, alignCorners: false)

  /// What a backward pass needs.
  public struct Record: Sendable {
    fileprivate let paths: [Path.Record]
    let reduce, refine, predict: Conv2d.Record
    let refined: Tensor
  }

  /// One level: u = coarser + unit1(M_i), then unit2, then twice the size.
  fileprivate struct Path: Sendable {
    let unit1: ResidualUnit?
    let unit2: ResidualUnit
    let enlarge = BilinearUpsample(factor: 2, alignCorners: true)

    struct Record: Sendable {
      let unit1: ResidualUnit.Record?
      let unit2: ResidualUnit.Record
    }

    func forward(_ m: Tensor, coarser: Tensor?, recording: Recording) -> (Tensor, Record) {
      var x = m
      var record: ResidualUnit.Record?
      if let unit1, let coarser {
        (x, record) = unit1.forward(m, recording: recording)
        x.add(coarser)
      }
      let (y, unit2Record) = unit2.forward(x, recording: recording)
      return (enlarge.forward(y), Record(unit1: record, unit2: unit2Record))
    }

    /// The gradients of M_i and of the coarser level's output.
    func backward(
      _ dy: Tensor, _ record: Record, accumulating gradients: Gradients?
    ) -> (m: Tensor, coarser: Tensor) {
      let dx = unit2.backward(enlarge.backward(dy), record.unit2, accumulating: gradients)
      guard let unit1, let kept = record.unit1 else { return (dx, dx) }
      return (unit1.backward(dx, kept, accumulating: gradients), dx)
    }
  }

  /// Reads `path1` ... `path4` and `output_conv`. `path4.resConfUnit1` is in checkpoints but has nothing to add to.
  public init(_ weights: Weights, width: Int = 256) {
    paths = (1...4).map { i in
      Path(
        unit1: i == 4 ? nil : ResidualUnit(weights["path\(i)"].resConfUnit1, width: width),
        unit2: ResidualUnit(weights["path\(i)"].resConfUnit2, width: width))
    }
    reduce = Conv2d(weights.output_conv[0], in: width, out: width / 2, kernel: 3, padding: 1)
    refine = Conv2d(weights.output_conv[2], in: width / 2, out: 32, kernel: 3, padding: 1)
    predict = Conv2d(weights.output_conv[4], in: 32, out: 1, kernel: 1)
  }

  /// The parameters of `path4.resConfUnit1`, which has the shape of all units.
  var idleParameterCount: Int { paths[3].unit2.parameterCount }

  /// See the type.
  public func forward(_ maps: [Tensor], observe: Observer) throws -> Tensor {
    let reduced = reduce.forward(try levels(maps, recording: .none, observe: observe).0).0
    let masks = predictions(reduced)
    try observe(.maskLogits, masks)
    return masks
  }

  /// What follows `reduce`, [F, 112, 112, 128] -> logits [F, 224, 224], without the enlarged map, whose 128 MB would all be
  /// written and read again.
  private func predictions(_ reduced: Tensor) -> Tensor {
    let (frames, height, width) = (reduced.shape[0], reduced.shape[1], reduced.shape[2])
    // [F, H, W, 2, 2, 32] -> [F, H, 4 W, 32] -> [F, H, 4 W, 1]
    let refined = refine.forwardEnlarged(reduced, rectified: true)
    let phases = predict.forward(refined.reshaped([frames, height, 4 * width, refined.shape.last])).0
    return Tensor([frames, 2 * height, 2 * width]) { logits in
      phases.read { phases in
        for row in 0..<frames * height {
          for column in 0..<width {
            let (from, to) = (phases + (row * width + column) * 4, logits + (row * 4 * width + column * 2))
            (to[0], to[1], to[2 * width], to[2 * width + 1]) = (from[0], from[1], from[2], from[3])
          }
        }
      }
    }
  }

  /// The mask logits, and what the way back needs.
  public func forward(
    _ maps: [Tensor], recording: Recording, observe: Observer = { _, _ in }
  ) throws -> (Tensor, Record) {
    let (finest, records) = try levels(maps, recording: recording, observe: observe)
    let (logits, reduce, refine, predict, refined) = recordedPredictions(finest, recording: recording)
    try observe(.maskLogits, logits)
    return (
      logits, Record(paths: records, reduce: reduce, refine: refine, predict: predict, refined: refined)
    )
  }

  /// From the coarsest level to the finest: [F, 112, 112, 256].
  private func levels(
    _ maps: [Tensor], recording: Recording, observe: Observer
  ) throws -> (Tensor, [Path.Record]) {
    var x: Tensor?
    var records: [Path.Record] = []
    for i in (0..<4).reversed() {
      let (y, record) = paths[i].forward(maps[i], coarser: x, recording: recording)
      x = y
      records.insert(record, at: 0)
      try observe(.path(i + 1), y)
    }
    return (x!, records)
  }

  /// `output_conv`: [F, 112, 112, 256] -> logits [F, 224, 224], and what the way back needs.
  private func recordedPredictions(_ x: Tensor, recording: Recording) -> (
    logits: Tensor, reduce: Conv2d.Record, refine: Conv2d.Record, predict: Conv2d.Record, refined: Tensor
  ) {
    let (reduced, reduceRecord) = reduce.forward(x, recording: recording)
    let (refined, refineRecord) = refine.forward(
      enlarge.forward(reduced), recording: recording, rectified: true)
    let (logits, predictRecord) = predict.forward(refined, recording: recording)
    return (
      logits.reshaped([logits.shape[0], logits.shape[1], logits.shape[2]]), reduceRecord, refineRecord,
      predictRecord, refined
    )
  }

  /// The gradients of M_1 ... M_4 from that of the mask logits; adds those of the parameters to `gradients`.
  public func backward(
    _ dLogits: Tensor, _ record: Record, accumulating gradients: Gradients? = nil
  ) -> [Tensor] {
    let dRefined = predict.backward(
      dLogits.reshaped(Shape(dLogits.shape.extents + [1])), record.predict, accumulating: gradients)
    let dConvolved = ReLU.backward(dRefined, input: record.refined)
    let dEnlarged = refine.backward(dConvolved, record.refine, accumulating: gradients)
    var dx = reduce.backward(enlarge.backward(dEnlarged), record.reduce, accumulating: gradients)
    return (0..<4).map { i in
      let (dM, dCoarser) = paths[i].backward(dx, record.paths[i], accumulating: gradients)
      dx = dCoarser
      return dM
    }
  }
}

/// Two convolutions beside a skip: r = relu(x), r + conv2(relu(conv1(r))).
///
/// The published program rectifies in place, so the skip carries relu(x), not x.
struct ResidualUnit: Sendable {
  private let conv1, conv2: Conv2d

  struct Record: Sendable {
    let rectified, hidden: Tensor?
    let conv1, conv2: Conv2d.Record
  }

  init(_ weights: Weights, width: Int) {
    conv1 = Conv2d(weights.conv1, in: width, out: width, kernel: 3, padding: 1)
    conv2 = Conv2d(weights.conv2, in: width, out: width, kernel: 3, padding: 1)
  }

  var parameterCount: Int {
    [conv1, conv2].reduce(0) { $0 + $1.weight.value.count + $1.bias!.value.count }
  }

  func forward(_ x: Tensor, recording: Recording) -> (Tensor, Record) {
    let rectified = ReLU.forward(x)
    let (hidden, record1) = conv1.forward(rectified, recording: recording, rectified: true)
    let (y, record2) = conv2.forward(hidden, recording: recording, adding: rectified)
    let keeps = recording != .none
    return (
      y,
      Record(
        rectified: keeps ? rectified : nil, hidden: keeps ? hidden : nil, conv1: record1, conv2: record2)
    )
  }

  func backward(_ dy: Tensor, _ record: Record, accumulating gradients: Gradients?) -> Tensor {
    let dHidden = conv2.backward(dy, record.conv2, accumulating: gradients)
    let dConvolved = ReLU.backward(dHidden, input: record.hidden!)
    var dRectified = conv1.backward(dConvolved, record.conv1, accumulating: gradients)
    dRectified.add(dy)
    return ReLU.backward(dRectified, input: record.rectified!)
  }
}
