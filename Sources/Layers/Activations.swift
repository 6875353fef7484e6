import CKernels
import Tensors

/// The Gaussian error linear unit x Phi(x), with the exact error function.
public enum GELU {
  /// What a backward pass needs.
  public enum Record: Sendable {
    /// The input.
    case input(Tensor)
    /// The slopes at the input, 16 bits each, two to an element: half of the memory. Off by 1e-5 at most, which is for
    /// class-activated weights and not for training.
    case slopes(Tensor)
  }

  /// Room for the slopes of `count` elements, to be filled.
  static func slopes(_ count: Int, _ fill: (UnsafeMutablePointer<UInt16>) -> Void) -> Tensor {
    Tensor([slopeCount(count) / 2]) { room in
      room.withMemoryRebound(to: UInt16.self, capacity: slopeCount(count)) { fill($0) }
    }
  }

  /// The slopes that such a room holds.
  static func slopes(at room: UnsafePointer<Float>) -> UnsafePointer<UInt16> {
    UnsafeRawPointer(room).assumingMemoryBound(to: UInt16.self)
  }

  private static func slopeCount(_ count: Int) -> Int { (count + 1) / 2 * 2 }

  /// y = x Phi(x).
  public static func forward(_ x: Tensor) -> Tensor {
    x.mapped { y, x, count in c3n_gelu(y, x, count, nil) }
  }

  /// dx = dy (Phi(x) + x phi(x)).
  public static func backward(_ dy: Tensor, input x: Tensor) -> Tensor {
    dy.mapped(with: x) { dx, dy, x, count in c3n_gelu_backward(dx, dy, x, count) }
  }

  /// dx = dy (Phi(x) + x phi(x)), from what a forward pass recorded.
  public static func backward(_ dy: Tensor, _ record: Record) -> Tensor {
    switch record {
    case .input(let x):
      return backward(dy, input: x)
    case .slopes(let slopes):
      let count = dy.count
      return Tensor(dy.shape) { dx in
        read(dy, slopes) { dy, slopes in
          slopes.withMemoryRebound(to: UInt16.self, capacity: slopeCount(count)) { slopes in
            Parallel.ranges(count, grain: Tensor.grain) {
              c3n_multiply_slopes(dx + $0.lowerBound, dy + $0.lowerBound, slopes + $0.lowerBound, $0.count)
            }
          }
        }
      }
    }
  }
}

/// The rectifier max(x, 0).
public enum ReLU {
  /// y = max(x, 0).
  public static func forward(_ x: Tensor) -> Tensor {
    x.mapped { y, x, count in c3n_relu(y, x, count) }
  }

  /// dx = dy where x > 0; `x` may be the input or the output, whose signs agree.
  public static func backward(_ dy: Tensor, input x: Tensor) -> Tensor {
    dy.mapped(with: x) { dx, dy, x, count in c3n_relu_backward(dx, dy, x, count) }
  }
}

/// The rectifier that saturates at 6, of the mobile networks.
public enum ReLU6 {
  /// y = min(max(x, 0), 6).
  public static func forward(_ x: Tensor) -> Tensor {
    x.mapped { y, x, count in c3n_clamp(y, x, 0, 6, count) }
  }

  /// dx = dy where 0 < x < 6; `x` may be the input or the output.
  public static func backward(_ dy: Tensor, input x: Tensor) -> Tensor {
    dy.mapped(with: x) { dx, dy, x, count in c3n_clamp_backward(dx, dy, x, 0, 6, count) }
  }
}

/// The logistic function 1 / (1 + exp(-x)).
public enum Sigmoid {
  /// y = 1 / (1 + exp(-x)).
  public static func forward(_ x: Tensor) -> Tensor {
    x.mapped { y, x, count in c3n_sigmoid(y, x, count) }
  }

  /// dx = dy y (1 - y), from the output y.
  public static func backward(_ dy: Tensor, output y: Tensor) -> Tensor {
    dy.mapped(with: y) { dx, dy, y, count in
      for i in 0..<count { dx[i] = dy[i] * y[i] * (1 - y[i]) }
    }
  }
}

extension Tensor {
  /// Elements per piece of an elementwise loop: enough to be worth a thread.
  fileprivate static let grain = 65_536

  fileprivate func mapped(
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) -> Tensor {
    Tensor(shape) { y in
      read { x in
        Parallel.ranges(count, grain: Self.grain) { body(y + $0.lowerBound, x + $0.lowerBound, $0.count) }
      }
    }
  }

  fileprivate func mapped(
    with other: Tensor,
    _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Void
  ) -> Tensor {
    precondition(shape.count == other.shape.count, "\(shape) and \(other.shape) elementwise")
    return Tensor(shape) { y in
      Tensors.read(self, other) { a, b in
        Parallel.ranges(count, grain: Self.grain) {
          body(y + $0.lowerBound, a + $0.lowerBound, b + $0.lowerBound, $0.count)
        }
      }
    }
  }

  /// Adds a tensor of the same shape in place: residual connections.
  public mutating func add(_ other: Tensor) {
    precondition(shape.count == other.shape.count, "\(shape) + \(other.shape)")
    let count = self.count
    write { y in
      other.read { x in
        Parallel.ranges(count, grain: Self.grain) { c3n_add(y + $0.lowerBound, x + $0.lowerBound, $0.count) }
      }
    }
  }

  /// Multiplies all elements in place.
  public mutating func scale(by factor: Float) {
    let count = self.count
    write { y in for i in 0..<count { y[i] *= factor } }
  }

  /// Multiplies each outermost slice, such as a frame, by its own factor.
  public mutating func scale(by factors: [Float]) {
    precondition(factors.count == shape[0], "\(factors.count) factors for \(shape)")
    let inner = count / max(shape[0], 1)
    write { y in
      for (index, factor) in factors.enumerated() where factor != 1 {
        for i in index * inner..<(index + 1) * inner { y[i] *= factor }
      }
    }
  }
}
