import CKernels

/// How maps [frames, height, width, channels] are read as a matrix: a row for each output pixel, of [taps, channels].
///
/// Such a matrix is never stored: a product gathers a few rows at a time, and leaves out taps that see only padding.
public struct Unfolding: @unchecked Sendable {
  /// Where a tap reads, relative to stride times the output pixel's position.
  public struct Tap: Hashable, Sendable {
    /// Rows and columns of the input map.
    public let row, column: Int

    /// A tap at an offset.
    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  private let taps: [c3n_tap]
  /// Without its taps: the pointer is set for as long as it is lent.
  private let map: c3n_map

  /// Maps [.., height, width, channels] read at `taps` for every pixel of an output of the given size.
  public init(_ shape: Shape, taps: [Tap], stride: Int = 1, output: (height: Int, width: Int)) {
    precondition(shape.rank == 4, "maps are [frames, height, width, channels], not \(shape)")
    self.taps = taps.map { c3n_tap(row: Int32($0.row), column: Int32($0.column)) }
    map = c3n_map(
      height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
      output_height: Int64(output.height), output_width: Int64(output.width), stride: Int64(stride), taps: nil
    )
  }

  /// The columns of the matrix: taps times channels.
  public var depth: Int { taps.count * Int(map.channels) }

  func withMap(_ body: (UnsafePointer<c3n_map>) -> Void) {
    taps.withUnsafeBufferPointer { taps in
      var map = map
      map.taps = taps.baseAddress
      withUnsafePointer(to: map, body)
    }
  }
}
