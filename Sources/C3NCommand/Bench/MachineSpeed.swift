import Foundation
import Tensors

/// What the machine can do at this moment. This class of machines has slow phases and other users.
struct MachineSpeed {
  /// Fused multiply-adds in registers, on all threads together.
  let multiplyAddGFlops: Double

  /// OpenBLAS's sgemm of 1536 x 1536 matrices.
  let productGFlops: Double

  /// Fused multiply-adds in registers of one thread, by its processor time: what other users do not take away.
  let ownGFlops: Double

  static func measure(threads: Int) -> MachineSpeed {
    let rounds = 4_000_000
    let clocks = (0..<threads).map { _ in LockedTime() }
    var best = 0.0
    var own = 0.0
    for _ in 0..<3 {
      let start = ContinuousClock.now
      Parallel.each(threads) { index in
        let begin = threadSeconds()
        let operations = Kernels.fusedMultiplyAdds(rounds: rounds)
        clocks[index].set(operations / (threadSeconds() - begin), operations)
      }
      let seconds = start.duration(to: .now).seconds
      best = max(best, clocks.reduce(0) { $0 + $1.operations } / seconds * 1e-9)
      own = max(own, clocks.map(\.rate).max()! * 1e-9)
    }
    let side = 1536
    let matrix = Tensor(repeating: 0.5, [side, side])
    var product = 0.0
    for _ in 0..<3 {
      let start = ContinuousClock.now
      _ = OpenBLAS.product(matrix, transposed: matrix, threads: threads)
      let operations = 2 * Double(side * side * side)
      product = max(product, operations / start.duration(to: .now).seconds * 1e-9)
    }
    return MachineSpeed(multiplyAddGFlops: best, productGFlops: product, ownGFlops: own)
  }

  /// A thread's result, which only that thread writes while the loop runs.
  private final class LockedTime: @unchecked Sendable {
    private(set) var rate = 0.0
    private(set) var operations = 0.0

    func set(_ rate: Double, _ operations: Double) {
      self.rate = rate
      self.operations = operations
    }
  }
}

private func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// The processor time of this thread.
func threadSeconds() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

/// The processor time of all threads of this process, the system's work for them included.
func processSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

/// The time since this process was started, on the clock that runs on in sleep.
func secondsSinceLaunch() -> Double? {
  guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
    let end = stat.lastIndex(of: ")")
  else { return nil }
  // Field 22, in clock ticks since boot; the second field, the name, may hold spaces.
  let fields = stat[stat.index(after: end)...].split(separator: " ")
  guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
  return seconds(CLOCK_BOOTTIME) - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// The largest resident memory of this process so far, in 2^20 bytes.
func peakResidentMegabytes() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}
