/// Where the elements of a tensor lie in its storage: PyTorch's sizes, strides and offset, all in elements.
///
/// A layout that exists is safe: every element is inside the storage and no product overflows.
struct StridedLayout: Sendable {
  /// More axes than this are taken for damage; PyTorch and NumPy use at most 64.
  static let largestRank = 32

  /// The most elements of a tensor that repeats the elements of its storage (16 MiB once decoded), so
  /// that a file of a few bytes cannot ask for all memory.
  static let largestExpansion = 1 << 22

  let extents: [Int]
  let strides: [Int]
  let offset: Int

  /// The number of elements, repeated ones included.
  let count: Int

  /// The elements of the storage from the first to the last that is touched; empty for a tensor without elements.
  let reach: Range<Int>

  /// A layout within a storage of `capacity` elements.
  ///
  /// - Parameter strides: nil for row-major order without gaps.
  init(
    extents: [Int], strides: [Int]? = nil, offset: Int = 0, capacity: Int, place: String
  ) throws(Malformed) {
    guard extents.count <= Self.largestRank else {
      throw Malformed(place, "a tensor of \(extents.count) axes, expected at most \(Self.largestRank)")
    }
    guard extents.allSatisfy({ $0 >= 0 }), let count = Self.count(extents) else {
      throw Malformed(place, "the impossible tensor shape \(extents)")
    }
    let strides = strides ?? Self.rowMajor(extents)
    guard strides.count == extents.count, strides.allSatisfy({ $0 >= 0 }), offset >= 0 else {
      throw Malformed(place, "strides \(strides.prefix(40)) and offset \(offset) for shape \(extents)")
    }
    guard let end = Self.end(extents, strides, offset, isEmpty: count == 0), end <= capacity else {
      throw Malformed(
        place,
        "shape \(extents) with strides \(strides) at \(offset) leaves its storage of \(capacity) elements")
    }
    guard count <= capacity || count <= Self.largestExpansion else {
      throw Malformed(
        place,
        "shape \(extents) repeats \(capacity) stored elements; expanded tensors are read up to "
          + "\(Self.largestExpansion) elements")
    }
    self.extents = extents
    self.strides = strides
    self.offset = offset
    self.count = count
    reach = offset..<end
  }

  /// Whether the elements follow one another in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(extents, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }

  /// The number of elements of a shape, or nil where it overflows; an empty axis hides no overflow.
  static func count(_ extents: [Int]) -> Int? {
    var product = 1
    for extent in extents where extent != 0 {
      let (value, overflow) = product.multipliedReportingOverflow(by: extent)
      // One more factor of 8 leaves room for sizes in bytes.
      if overflow || value > Int.max / 8 { return nil }
      product = value
    }
    return extents.contains(0) ? 0 : product
  }

  private static func rowMajor(_ extents: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(extents[axis + 1], 1)
    }
    return strides
  }

  /// One past the last element that is touched, or nil where it overflows.
  private static func end(_ extents: [Int], _ strides: [Int], _ offset: Int, isEmpty: Bool) -> Int? {
    if isEmpty { return offset }
    var last = offset
    for (extent, stride) in zip(extents, strides) {
      let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(reach)
      if overflow || carry || sum == Int.max { return nil }
      last = sum
    }
    return last + 1
  }

  /// Calls `body` for every innermost row in row-major order: first element, elements, distance between them.
  func eachRow(_ body: (_ first: Int, _ count: Int, _ stride: Int) -> Void) {
    guard count > 0 else { return }
    if isContiguous { return body(offset, count, 1) }
    // A scalar is contiguous, so there is an innermost axis.
    let inner = extents.count - 1
    var index = [Int](repeating: 0, count: inner)
    var first = offset
    while true {
      body(first, extents[inner], strides[inner])
      var axis = inner - 1
      while axis >= 0 {
        index[axis] += 1
        first += strides[axis]
        if index[axis] < extents[axis] { break }
        first -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
