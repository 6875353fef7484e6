extension Tensor {
  /// The elements seen as [outer, rows, columns], reordered to [outer, columns, rows].
  ///
  /// Kernels [O, I, HW] become channels-last [O, HW, I] this way, and images [T, C, HW] become [T, HW, C].
  public func swappingInnerAxes(outer: Int, rows: Int, columns: Int) -> Tensor {
    precondition(outer * rows * columns == count, "\(shape) is not [\(outer), \(rows), \(columns)]")
    if rows == 1 || columns == 1 { return reshaped([outer, columns, rows]) }
    return Tensor([outer, columns, rows]) { out in
      read { source in
        Parallel.ranges(outer, grain: max(1, 65_536 / (rows * columns))) { range in
          for block in range {
            let from = source + block * rows * columns
            let to = out + block * rows * columns
            for column in 0..<columns {
              for row in 0..<rows { to[column * rows + row] = from[row * columns + column] }
            }
          }
        }
      }
    }
  }
}
