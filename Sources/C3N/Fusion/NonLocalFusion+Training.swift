import CKernels
import Layers
import Tensors

/// The block over the clips of a batch, whose batch norm takes the statistics of all positions of all clips.
///
/// Before the batch norm a clip is one linear map, as in inference: y = x R + c with P = theta_W^T S, R = P W_z^T and
/// c = (theta_b S) W_z^T + b_z. Its gradients go the same way: through R and c, which are small, and not through
/// theta(x), which is not.
extension NonLocalFusion {
  /// What a backward pass needs.
  public struct Record: Sendable {
    let clips: [ClipRecord]
    let outputNorm: BatchNorm.BatchRecord
    let norm: LayerNorm.Record
  }

  /// What a clip was mapped by.
  struct ClipRecord: Sendable {
    let frames: Range<Int>
    let x: Tensor
    let state, p, pBias, r: Tensor
    let keys: Keys
  }

  /// What S was made of.
  enum Keys: Sendable {
    /// Aligned sound [T, w], phi [T, w/2], the mean over space of x [T, w], g [T, w/2].
    case audio(Tensor, Linear.Record, phi: Tensor, mean: Tensor, g: Tensor)
    /// phi(x) and g(x) [T H W, w/2].
    case visual(phi: Tensor, g: Tensor)
  }

  /// V_i^a [F, H, W, 256] of several clips and their F_a [F, d] -> M_i; `clips` are ranges of frames.
  public func batchForward(_ x: Tensor, audio: Tensor?, clips: [Range<Int>]) -> (Tensor, Record) {
    var records: [ClipRecord] = []
    let mapped = Tensor.concatenate(
      clips.map { frames in
        let clip = x.slice(frames)
        let (state, keys) = recordedState(clip, audio: audio?.slice(frames))
        let p = Tensor.product(theta.weight, transposed: true, state)  // [w, w/2]
        let pBias = Tensor.product(theta.bias.reshaped([1, inner]), state)  // [1, w/2]
        let r = Tensor.product(p, output.weight, transposed: true)  // [w, w]
        var c = Tensor.product(pBias, output.weight, transposed: true)  // [1, w]
        c.add(output.bias)
        records.append(
          ClipRecord(frames: frames, x: clip, state: state, p: p, pBias: pBias, r: r, keys: keys))
        return self.mapped(clip, by: r, plus: c)
      })
    var (mixed, outputRecord) = outputNorm.batchForward(mapped)
    mixed.add(x)
    let (z, normRecord) = norm.forward(mixed, recording: .allGradients)
    return (z, Record(clips: records, outputNorm: outputRecord, norm: normRecord!))
  }

  /// The gradient of V_i^a; adds those of the block's parameters to `gradients`. Sound gets none.
  public func backward(_ dz: Tensor, _ record: Record, accumulating gradients: Gradients? = nil) -> Tensor {
    let dMixed = norm.backward(dz, record.norm, accumulating: gradients)
    let dMapped = outputNorm.backward(dMixed, record.outputNorm, accumulating: gradients)
    var dx = Tensor.concatenate(
      record.clips.map { clip in
        backward(dMapped.slice(clip.frames), clip, accumulating: gradients)
      })
    dx.add(dMixed)
    return dx
  }

  private func recordedState(_ x: Tensor, audio: Tensor?) -> (Tensor, Keys) {
    guard let audio else {
      let flat = x.reshaped([x.shape.rows, width])
      let (phi, g) = (phi.forward(flat), g.forward(flat))
      return (
        Tensor.product(phi, transposed: true, g, scale: 1 / Float(x.shape.rows)), .visual(phi: phi, g: g)
      )
    }
    guard let align else { preconditionFailure("sound for a block that was built without audio") }
    let (aligned, alignRecord) = align.forward(audio, recording: .allGradients)
    let mean = AveragePool.global(x)
    let (phi, g) = (phi.forward(aligned), g.forward(mean))
    let state = Tensor.product(phi, transposed: true, g, scale: 1 / Float(x.shape[0]))
    return (state, .audio(aligned, alignRecord, phi: phi, mean: mean, g: g))
  }

  private func backward(_ dy: Tensor, _ clip: ClipRecord, accumulating gradients: Gradients?) -> Tensor {
    let rows = dy.shape.rows
    let (x, dy) = (clip.x.reshaped([rows, width]), dy.reshaped([rows, width]))
    // y = x R + c
    let dR = Tensor.product(x, transposed: true, dy)
    let dc = Tensor([1, width]) { out in
      out.initialize(repeating: 0, count: width)
      dy.read { c3n_sum_rows(out, $0, rows, width) }
    }
    var dx = Tensor.product(dy, clip.r, transposed: true)
    // R = P W^T, c = p W^T + b
    let dP = Tensor.product(dR, output.weight)
    let dpBias = Tensor.product(dc, output.weight)
    var dW = Tensor.product(dR, transposed: true, clip.p)
    dW.add(Tensor.product(dc, transposed: true, clip.pBias))
    output.accumulate(dW, dc, into: gradients)
    // P = theta_W^T S, p = theta_b S
    theta.accumulate(
      Tensor.product(clip.state, dP, transposed: true),
      Tensor.product(dpBias, clip.state, transposed: true), into: gradients)
    var dS = Tensor.product(theta.weight, dP)
    dS.add(Tensor.product(theta.bias.reshaped([1, inner]), transposed: true, dpBias))
    // S = phi^T g / N
    switch clip.keys {
    case .audio(let aligned, let alignRecord, let phi, let mean, let g):
      dS.scale(by: 1 / Float(clip.frames.count))
      let dPhi = Tensor.product(g, dS, transposed: true)
      let dG = Tensor.product(phi, dS)
      let dAligned = self.phi.backward(dPhi, input: aligned, accumulating: gradients)
      _ = align!.backward(dAligned, alignRecord, accumulating: gradients)
      let dMean = self.g.backward(dG, input: mean, accumulating: gradients)
      dx.add(AveragePool.globalBackward(dMean, clip.x.shape))
    case .visual(let phi, let g):
      dS.scale(by: 1 / Float(rows))
      dx.add(
        self.phi.backward(Tensor.product(g, dS, transposed: true), input: x, accumulating: gradients))
      dx.add(self.g.backward(Tensor.product(phi, dS), input: x, accumulating: gradients))
    }
    return dx.reshaped(clip.x.shape)
  }
}
