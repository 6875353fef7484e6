import CKernels
import Tensors

/// Maxima over windows; the zeros around the map never win, because they are left out.
public enum MaxPool {
  /// What a backward pass needs: for each element of the output the tap that won, one byte each.
  public struct Record: Sendable {
    let taps: Tensor
    let inputShape: Shape
    let window: Window
  }

  /// [F, H, W, C] -> [F, H', W', C].
  ///
  /// Among equal values the first tap wins, row by row, and NaN wins over numbers, as in PyTorch. The record is nil when
  /// nothing is recorded.
  public static func forward(
    _ x: Tensor, window: Window, recording: Recording = .none
  ) -> (Tensor, Record?) {
    precondition(window.kernel.height * window.kernel.width <= 255, "a window of more than 255 taps")
    let placed = window.placed(on: x.shape)
    let shape: Shape = [x.shape[0], Int(placed.output_height), Int(placed.output_width), x.shape[3]]
    var taps: Tensor?
    func pool(_ y: UnsafeMutablePointer<Float>, _ taps: UnsafeMutablePointer<UInt8>?) {
      x.read { x in
        withUnsafePointer(to: placed) { placed in
          Parallel.ranges(shape[0] * shape[1], grain: max(1, 32_768 / (shape[2] * shape[3]))) {
            c3n_max_pool(y, taps, x, placed, Int64($0.lowerBound), Int64($0.count))
          }
        }
      }
    }
    let y = Tensor(shape) { y in
      guard recording != .none else { return pool(y, nil) }
      taps = Tensor([(shape.count + 3) / 4]) { room in
        room.withMemoryRebound(to: UInt8.self, capacity: (shape.count + 3) / 4 * 4) { pool(y, $0) }
      }
    }
    return (y, taps.map { Record(taps: $0, inputShape: x.shape, window: window) })
  }

  /// dx: each output's gradient goes to the input that won.
  public static func backward(_ dy: Tensor, _ record: Record) -> Tensor {
    let shape = record.inputShape
    let placed = record.window.placed(on: shape)
    return Tensor(shape) { dx in
      read(dy, record.taps) { dy, taps in
        taps.withMemoryRebound(to: UInt8.self, capacity: record.taps.count * 4) { taps in
          withUnsafePointer(to: placed) { placed in
            Parallel.ranges(shape[0] * shape[1], grain: max(1, 32_768 / (shape[2] * shape[3]))) {
              c3n_max_pool_backward(dx, dy, taps, placed, Int64($0.lowerBound), Int64($0.count))
            }
          }
        }
      }
    }
  }
}
