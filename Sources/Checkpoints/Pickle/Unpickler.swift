/// A machine that turns a pickle into data. It never imports, never calls and never creates an object of a
/// class: of all that a pickle may name it knows the few in ``PickleGlobal``, and the rest stays opaque.
///
/// Values refer to one another by their position in ``records``, as a pickle may close circles and may be
/// nested without limit; ``PickledValueBuilder`` makes a tree of bounded depth of them.
struct Unpickler {
  /// A simple value, or the position of a record.
  enum Value {
    case none
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case string(String)
    case record(Int)
  }

  /// A value with identity: it may be filled after others refer to it.
  struct Record {
    var kind: Kind
    /// Elements; for a dict keys and values in turn; for an object its states.
    var children: [Value] = []
  }

  enum Kind {
    case list, tuple, dict
    case object(String)
    case opaque(String)
    case global(PickleGlobal)
    case bytes(Bytes)
    case largeInteger(Bytes)
    case storage(Int)
    case tensor(storage: Int, ElementType, StridedLayout)
    case array(TensorEntry)
    case unfilledArray
    case numpyType(String, isBigEndian: Bool)
  }

  /// Where the elements of PyTorch's storages are.
  enum StorageSource {
    /// A plain pickle, which has none outside itself.
    case nowhere
    /// Members of a zip file below `root`.
    case members(ZipArchive, root: String, isBigEndian: Bool)
    /// Behind the pickles of a legacy file, to be filled in later.
    case following
  }

  /// What one file may cost, shared with the pickles inside its pickles.
  final class Budget {
    /// Operations; a real checkpoint takes about 30 a tensor.
    var operations: Int
    /// Values with identity, which take much more memory than the operation that makes one takes of the file.
    var records: Int
    /// Bytes to be decoded from Latin-1 texts; each text of a real file is decoded once.
    var decodedBytes: Int
    /// Pickles inside pickles.
    var nesting = 2

    init(fileSize: Int) {
      operations = 500_000 + fileSize / 16
      records = 100_000 + fileSize / 100
      decodedBytes = fileSize
    }
  }

  var reader: ByteReader
  let source: StorageSource
  let budget: Budget

  var records: [Record] = []
  var storages: [TorchStorage] = []
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [UInt32: Value] = [:]

  init(_ reader: ByteReader, source: StorageSource, budget: Budget) {
    self.reader = reader
    self.source = source
    self.budget = budget
  }

  /// Reads a file that is one plain pickle.
  static func read(_ contents: Bytes) throws(Malformed) -> PickledValue {
    var unpickler = Unpickler(
      ByteReader(contents, name: ""), source: .nowhere, budget: Budget(fileSize: contents.count))
    let root = try unpickler.run()
    return try PickledValueBuilder(unpickler).build(root)
  }

  /// Executes operations up to the end of the pickle; returns its object.
  mutating func run() throws(Malformed) -> Value {
    while true {
      try spend(1)
      let code = try reader.number(UInt8.self)
      guard let operation = PickleOperation(rawValue: code) else {
        throw malformed("the unknown operation 0x\(String(code, radix: 16))")
      }
      if operation == .stop { return try pop() }
      try execute(operation)
      guard records.count <= budget.records else {
        throw malformed("more values than a checkpoint of this size needs; refused")
      }
    }
  }

  /// A defect at the present place.
  func malformed(_ problem: String) -> Malformed { reader.malformed(problem) }

  /// Counts work, so that no file keeps the reader busy for long.
  func spend(_ operations: Int) throws(Malformed) {
    budget.operations -= operations
    guard budget.operations >= 0 else { throw malformed("more operations than a checkpoint needs; refused") }
  }

  /// Counts bytes that are about to be decoded or copied out of the pickle.
  func spend(bytes: Int) throws(Malformed) {
    budget.decodedBytes -= bytes
    guard budget.decodedBytes >= 0 else {
      throw malformed("decodes to more bytes than the file has; refused")
    }
  }

  // MARK: Stack

  mutating func push(_ value: Value) { stack.append(value) }

  mutating func push(_ kind: Kind, _ children: [Value] = []) { stack.append(make(kind, children)) }

  mutating func pop() throws(Malformed) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw malformed("an operation on an empty stack")
    }
    return value
  }

  /// The last value, which stays.
  func top() throws(Malformed) -> Value {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw malformed("an operation on an empty stack")
    }
    return value
  }

  mutating func mark() { marks.append(stack.count) }

  /// Takes the values since the last mark.
  mutating func popToMark() throws(Malformed) -> [Value] {
    guard let mark = marks.popLast() else { throw malformed("an operation without its mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  /// Takes the last value, or the mark if nothing is above it.
  mutating func discard() throws(Malformed) {
    if let mark = marks.last, stack.count == mark { marks.removeLast() } else { _ = try pop() }
  }

  // MARK: Memo

  func recall(_ key: UInt32) throws(Malformed) -> Value {
    guard let value = memo[key] else { throw malformed("recalls the value \(key), which was never kept") }
    return value
  }

  mutating func memorise(_ key: UInt32? = nil) throws(Malformed) {
    memo[key ?? UInt32(memo.count)] = try top()
  }

  // MARK: Records

  mutating func make(_ kind: Kind, _ children: [Value] = []) -> Value {
    records.append(Record(kind: kind, children: children))
    return .record(records.count - 1)
  }

  /// The record that a value refers to, or nil for a simple value.
  func kind(of value: Value) -> Kind? {
    if case .record(let index) = value { records[index].kind } else { nil }
  }

  /// The elements of a tuple or list, or nil for other values.
  func elements(of value: Value) -> [Value]? {
    guard case .record(let index) = value else { return nil }
    switch records[index].kind {
    case .tuple, .list: return records[index].children
    default: return nil
    }
  }

  /// Adds to a list, a set or a dict; what an opaque object is given is dropped.
  mutating func extend(_ target: Value, by values: [Value], isDict: Bool) throws(Malformed) {
    guard case .record(let index) = target else { throw malformed("adds elements to a simple value") }
    switch records[index].kind {
    case .list where !isDict: records[index].children += values
    case .dict where isDict: records[index].children += values
    case .object where isDict: records[index].children.append(make(.dict, values))
    case .opaque: break
    default: throw malformed(isDict ? "adds items to what is no dict" : "adds elements to what is no list")
    }
    guard !isDict || values.count % 2 == 0 else { throw malformed("a key without a value") }
  }
}
