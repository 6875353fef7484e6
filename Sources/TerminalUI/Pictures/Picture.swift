/// An image: red, green, blue of each pixel, 0-255, row by row.
public struct RGBPicture: Hashable, Sendable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// `3 * width * height` values.
  public let values: [UInt8]

  /// An image of interleaved red, green and blue.
  public init(width: Int, height: Int, values: [UInt8]) {
    precondition(values.count == 3 * width * height, "\(values.count) values for \(width)x\(height)x3")
    self.width = width
    self.height = height
    self.values = values
  }
}

/// A map of numbers, row by row: heat, similarity, energy.
public struct ScalarPicture: Hashable, Sendable {
  /// Values across.
  public let width: Int
  /// Values down.
  public let height: Int
  /// `width * height` values.
  public let values: [Float]

  /// A map of values row by row.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The smallest and the largest finite value; 0...0 when there is none.
  public var range: ClosedRange<Float> {
    var low = Float.infinity
    var high = -Float.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    return low <= high ? low...high : 0...0
  }
}

/// A yes or no for each pixel, row by row.
public struct MaskPicture: Hashable, Sendable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// `width * height` values.
  public let values: [Bool]

  /// A mask of values row by row.
  public init(width: Int, height: Int, values: [Bool]) {
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }
}

/// Where a prediction and the truth agree and where not.
public struct DifferencePicture: Hashable, Sendable {
  /// The prediction.
  public let prediction: MaskPicture
  /// The truth, of the same extent.
  public let truth: MaskPicture

  /// The difference of two masks of one extent.
  public init(prediction: MaskPicture, truth: MaskPicture) {
    precondition(
      prediction.width == truth.width && prediction.height == truth.height,
      "prediction \(prediction.width)x\(prediction.height), truth \(truth.width)x\(truth.height)")
    self.prediction = prediction
    self.truth = truth
  }
}

/// What lies over an image.
public enum PictureOverlay: Hashable, Sendable {
  /// Nothing.
  case none
  /// A map's values in a range as colours.
  case heat(ScalarPicture, range: ClosedRange<Float>, map: ColorMap)
  /// A mask.
  case mask(MaskPicture)
  /// True and false positives and false negatives.
  case difference(DifferencePicture)
}

/// How a picture fills a rectangle.
public enum PictureFit: Hashable, Sendable {
  /// As large as fits with its own proportions, in the middle. Cells are taken to be twice as high as wide.
  case aspect
  /// The whole rectangle.
  case fill
}

/// Where a picture stands on the grid.
public struct PicturePlacement: Hashable, Sendable {
  /// The cells covered.
  public let rect: Rect
  /// The picture's pixels across.
  public let width: Int
  /// The picture's pixels down.
  public let height: Int

  /// The place of a picture in a rectangle; covers no cell when either is empty.
  public init(width: Int, height: Int, in rect: Rect, fit: PictureFit = .aspect) {
    self.width = width
    self.height = height
    guard width > 0, height > 0, !rect.isEmpty else {
      self.rect = Rect(x: rect.x, y: rect.y, width: 0, height: 0)
      return
    }
    guard fit == .aspect else {
      self.rect = rect
      return
    }
    // columns / rows = 2 * width / height
    let columnsAtFullHeight = Double(2 * rect.height * width) / Double(height)
    let columns = min(rect.width, max(1, Int(columnsAtFullHeight.rounded())))
    let rowsForColumns = Double(columns * height) / Double(2 * width)
    let rows = min(rect.height, max(1, Int(rowsForColumns.rounded())))
    self.rect = rect.centered(Size(width: columns, height: rows))
  }

  /// The pixel under the middle of a cell; nil outside.
  public func position(at cell: Point) -> (x: Int, y: Int)? {
    guard rect.contains(cell) else { return nil }
    return (
      x: (2 * (cell.x - rect.x) + 1) * width / (2 * rect.width),
      y: (2 * (cell.y - rect.y) + 1) * height / (2 * rect.height)
    )
  }

  /// The cell that shows a pixel's middle; nil for pixels outside and when nothing is covered.
  public func cell(x: Int, y: Int) -> Point? {
    guard x >= 0, y >= 0, x < width, y < height, !rect.isEmpty else { return nil }
    return Point(
      x: rect.x + (2 * x + 1) * rect.width / (2 * width),
      y: rect.y + (2 * y + 1) * rect.height / (2 * height))
  }
}
