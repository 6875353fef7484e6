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

  /// The elements seen as [rows, columns, block], reordered to [columns, rows, block].
  public func swappingBlocks(rows: Int, columns: Int, block: Int) -> Tensor {
    precondition(rows * columns * block == count, "\(shape) is not [\(rows), \(columns), \(block)]")
    return Tensor([columns, rows, block]) { out in
      read { source in
        for column in 0..<columns {
          for row in 0..<rows {
            (out + (column * rows + row) * block).update(
              from: source + (row * columns + column) * block, count: block)
          }
        }
      }
    }
  }
}
