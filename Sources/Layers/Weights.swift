import Tensors

/// Where the tensors of a model come from: a checkpoint, several of them, or a formula.
public protocol WeightSource: Sendable {
  /// The keys that a strict reader must account for; empty where any key can be made.
  var keys: [String] { get }

  /// The tensor under `key` in PyTorch's axis order, of exactly the given shape.
  func tensor(_ key: String, shape: Shape) throws(WeightProblem) -> Tensor

  /// Whether ``tensor(_:shape:)`` would give the tensor; throws what it would throw, without making it.
  func check(_ key: String, shape: Shape) throws(WeightProblem)

  /// Whether the tensor's elements can be read, and not its shape alone.
  func hasElements(_ key: String) -> Bool

  /// Says that the tensor has been copied, so that the memory of the file that it came from may go.
  func release(_ key: String)
}

extension WeightSource {
  /// Makes the tensor, for sources that cannot tell otherwise.
  public func check(_ key: String, shape: Shape) throws(WeightProblem) { _ = try tensor(key, shape: shape) }

  /// True, for sources that have more than the structure of a file.
  public func hasElements(_ key: String) -> Bool { true }

  /// Does nothing, for sources that lend no memory.
  public func release(_ key: String) {}
}

/// One disagreement between a model and the weights that it is given.
public enum WeightProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The model needs a tensor that the file does not have.
  case missing(key: String, expected: Shape)

  /// The tensor has another shape than the model's.
  case shape(key: String, found: Shape, expected: Shape)

  /// The file has a tensor that the model does not know.
  case unexpected(key: String)

  /// The tensor is there but cannot be read.
  case unreadable(key: String, reason: String)

  /// What the file says of the input that the weights were trained for is not what this program makes.
  case differs(key: String, found: String, expected: String)

  /// The key in the model's namespace.
  public var key: String {
    switch self {
    case .missing(let key, _), .shape(let key, _, _), .unexpected(let key), .unreadable(let key, _),
      .differs(let key, _, _):
      key
    }
  }

  /// The same problem of another key, as a file calls it.
  public func renamed(_ key: String) -> WeightProblem {
    switch self {
    case .missing(_, let expected): .missing(key: key, expected: expected)
    case .shape(_, let found, let expected): .shape(key: key, found: found, expected: expected)
    case .unexpected: .unexpected(key: key)
    case .unreadable(_, let reason): .unreadable(key: key, reason: reason)
    case .differs(_, let found, let expected): .differs(key: key, found: found, expected: expected)
    }
  }

  /// One line: what was found and what was expected.
  public var description: String {
    switch self {
    case .missing(let key, let expected): "missing \(key), expected \(expected)"
    case .shape(let key, let found, let expected): "\(key) has shape \(found), expected \(expected)"
    case .unexpected(let key): "unexpected \(key)"
    case .unreadable(let key, let reason): "\(key): \(reason)"
    case .differs(let key, let found, let expected): "\(key) is \(found), expected \(expected)"
    }
  }
}

/// All disagreements at once, so that a user sees the whole picture in one message.
public struct WeightProblems: Error, CustomStringConvertible {
  /// Every disagreement: what the model asked for in vain, in its order, then what it never asked for.
  public let problems: [WeightProblem]

  /// Some disagreements.
  public init(problems: [WeightProblem]) {
    self.problems = problems
  }

  /// A count of each kind and the first few of them.
  public var description: String {
    let shown = 12
    let lines = problems.prefix(shown).map { "  \($0)" }
    let rest = problems.count - shown
    return
      (["\(problems.count) \(problems.count == 1 ? "tensor does" : "tensors do") not fit the model:"] + lines
      + (rest > 0 ? ["  ... and \(rest) more"] : [])).joined(separator: "\n")
  }
}

/// Reads a model's tensors strictly: what is missing, misshapen or left over is reported together.
public final class WeightReader {
  private let source: any WeightSource
  private let checksOnly: Bool
  private var found: [WeightProblem] = []
  private var taken: Set<String> = []
  private lazy var keys = Set(source.keys)

  /// Every parameter that was read, in order.
  public private(set) var parameters: [Parameter] = []

  /// Every buffer that was read, in order.
  public private(set) var buffers: [Buffer] = []

  /// A reader of the given source.
  ///
  /// - Parameters:
  ///   - source: Where tensors come from.
  ///   - checksOnly: Reads no tensor, and takes no memory for any: what is built from such a reader has the shapes of
  ///     the model, zeros in them, and ``problems`` tells whether the source fits.
  public init(_ source: any WeightSource, checksOnly: Bool = false) {
    self.source = source
    self.checksOnly = checksOnly
  }

  /// The scope in which every key starts.
  public var root: Weights { Weights(reader: self, path: "") }

  /// Marks keys that may be present without being read, such as counters and buffers.
  public func ignore(where isIgnored: (String) -> Bool) {
    taken.formUnion(source.keys.filter(isIgnored))
  }

  /// Everything that did not fit, after the model has taken all that it needs: what it asked for in vain, in its order, then
  /// what it never asked for.
  public var problems: [WeightProblem] {
    found + source.keys.filter { !taken.contains($0) }.map { WeightProblem.unexpected(key: $0) }
  }

  /// Throws everything that did not fit, after the model has taken all that it needs.
  public func finish() throws {
    let all = problems
    if !all.isEmpty { throw WeightProblems(problems: all) }
  }

  fileprivate func parameter(_ key: String, _ shape: Shape, _ order: AxisOrder) -> Parameter {
    let parameter: Parameter
    if checksOnly {
      take(checking: key, shape)
      parameter = Parameter(key: key, zerosOf: shape, order: order)
    } else {
      parameter = Parameter(key: key, stored: take(key, shape), order: order)
      if order.isCopied { source.release(key) }
    }
    parameters.append(parameter)
    return parameter
  }

  fileprivate func buffer(_ key: String, _ shape: Shape) -> Buffer {
    let buffer = Buffer(key: key, value: take(key, shape))
    buffers.append(buffer)
    return buffer
  }

  fileprivate func counter(_ key: String) -> Buffer {
    let value = keys.contains(key) ? take(key, Shape([])) : Tensor(zeros: Shape([]))
    let buffer = Buffer(key: key, value: value, isCounter: true)
    buffers.append(buffer)
    return buffer
  }

  private func take(_ key: String, _ shape: Shape) -> Tensor {
    if checksOnly {
      take(checking: key, shape)
      return .sharedZeros(shape)
    }
    taken.insert(key)
    do {
      return try source.tensor(key, shape: shape)
    } catch {
      // The model is never used after a problem (`finish` throws); it only has to be complete enough to go on.
      found.append(error)
      return Tensor(zeros: shape)
    }
  }

  private func take(checking key: String, _ shape: Shape) {
    taken.insert(key)
    do {
      try source.check(key, shape: shape)
    } catch {
      found.append(error)
    }
  }

  fileprivate func expect(
    _ key: String, _ shape: Shape, within tolerance: Float, of what: String, _ expected: () -> Tensor
  ) {
    guard keys.contains(key) else { return }
    // Of a file's structure only the shape is known; loading the file compares the values.
    guard source.hasElements(key) else { return expect(key, shape) }
    taken.insert(key)
    do {
      let stored = try source.tensor(key, shape: shape)
      let wanted = expected()
      precondition(wanted.shape == shape, "\(what) is \(wanted.shape), not \(shape)")
      let (largest, difference) = read(stored, wanted) { stored, wanted in
        (0..<shape.count).reduce((Float(0), Float(0))) { sums, i in
          // NaN counts as the largest difference.
          let apart = abs(stored[i] - wanted[i])
          return (max(sums.0, abs(wanted[i])), apart.isNaN ? .infinity : max(sums.1, apart))
        }
      }
      guard difference > tolerance * largest else { return }
      let percent = Int((min(difference / largest, 1000) * 100).rounded())
      found.append(
        .differs(
          key: key, found: "another table (values differ by up to \(percent) % of the largest)",
          expected: what))
    } catch {
      found.append(error)
    }
  }

  fileprivate func expect(_ key: String, _ shape: Shape) {
    guard keys.contains(key) else { return }
    taken.insert(key)
    do {
      try source.check(key, shape: shape)
    } catch {
      found.append(error)
    }
  }
}

/// A path into a state dict: `weights.block1[2].attn.q` spells the key `block1.2.attn.q`.
@dynamicMemberLookup
public struct Weights {
  fileprivate let reader: WeightReader

  /// The key so far, without a dot at its end.
  public let path: String

  /// The scope one name further down.
  public subscript(dynamicMember name: String) -> Weights { self[name] }

  /// The scope one name further down, for names that are computed.
  public subscript(name: String) -> Weights {
    Weights(reader: reader, path: path.isEmpty ? name : path + "." + name)
  }

  /// The scope of a numbered child.
  public subscript(index: Int) -> Weights { self[String(index)] }

  /// Reads the parameter at `path.name`; `shape` is PyTorch's.
  public func parameter(_ name: String, _ shape: Shape, order: AxisOrder = .same) -> Parameter {
    let key = self[name].path
    return reader.parameter(key, shape, order)
  }

  /// Reads an array that is not trained, such as a running mean.
  public func buffer(_ name: String, _ shape: Shape) -> Buffer {
    reader.buffer(self[name].path, shape)
  }

  /// Reads a number that training counts up, without axes; 0 where the source does not have it.
  public func counter(_ name: String) -> Buffer { reader.counter(self[name].path) }

  /// Holds a table that follows from how the input is made against what this program makes, where the source has it. It is not
  /// read: a file for another sampling rate or another size of the input is known by it.
  ///
  /// - Parameters:
  ///   - name: The key of the table.
  ///   - shape: Its shape.
  ///   - tolerance: The largest difference, as a share of the largest value.
  ///   - what: What the table is, such as `the mel filter bank of 16 kHz`.
  ///   - expected: What this program makes.
  public func expect(
    _ name: String, _ shape: Shape, within tolerance: Float = 0.01, of what: String,
    _ expected: () -> Tensor
  ) {
    reader.expect(self[name].path, shape, within: tolerance, of: what, expected)
  }

  /// Holds the shape of such a table alone against the model's.
  public func expect(_ name: String, _ shape: Shape) { reader.expect(self[name].path, shape) }
}
