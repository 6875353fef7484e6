import Foundation
import Glibc

/// Feeds damaged files to every reader: `c3n-fuzz --cases 100000 --seed 1`.
///
/// A case is a fixture, changed by what seed and number of the case determine. A worker process reads them one after
/// another; where it crashes or hangs, the case is reported and a new worker goes on behind it. Reported are also cases of
/// more than a second of processor time, those that allocate more than ten times the file and 80 MiB, and errors that
/// do not name the file. `--case N` runs one case alone; `--keep FILE` writes what it reads.
@main struct Fuzz {
  static let usage =
    "usage: c3n-fuzz [--cases N] [--seed N] [--formats LIST] [--without-times] [--case N [--keep FILE]]"

  static func main() throws {
    guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
      print(usage)
      exit(64)
    }
    if let state = options.worker { return try Worker(options, state: state).run() }
    if let number = options.only { return try Worker(options, state: nil).runOne(number, keep: options.keep) }
    exit(try Supervisor(options).run() ? 0 : 1)
  }
}

/// What the command line asks for.
struct Options {
  var cases = 10_000
  var first = 0
  var seed: UInt64 = 1
  var formats = Format.allCases
  var judgesTimes = true
  var only: Int?
  var keep: String?
  /// The file of the counters that a worker shares with its supervisor.
  var worker: String?

  /// Nil for what is no option.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--without-times" {
        judgesTimes = false
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch name {
      case "--cases": guard let number = Int(value), number > 0 else { return nil }; cases = number
      case "--first": guard let number = Int(value), number >= 0 else { return nil }; first = number
      case "--seed": guard let number = UInt64(value) else { return nil }; seed = number
      case "--case": guard let number = Int(value), number >= 0 else { return nil }; only = number
      case "--keep": keep = value
      case "--worker": worker = value
      case "--formats":
        let chosen = value.split(separator: ",").map { Format(rawValue: String($0)) }
        guard !chosen.isEmpty, chosen.allSatisfy({ $0 != nil }) else { return nil }
        formats = chosen.compactMap { $0 }
      default: return nil
      }
    }
  }

  /// The arguments that make a case again.
  func reproducing(_ number: Int) -> String {
    let list =
      formats == Format.allCases ? "" : " --formats " + formats.map(\.rawValue).joined(separator: ",")
    return "c3n-fuzz --seed \(seed)\(list) --case \(number)"
  }
}
