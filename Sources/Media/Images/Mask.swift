import Tensors

/// Which pixels of a frame belong to sounding objects.
public struct Mask: Sendable, Equatable {
  /// Pixels a row.
  public let width: Int

  /// Rows.
  public let height: Int

  /// `height * width` times 0 or 1, row-major.
  public let values: [UInt8]

  /// Whether the picture held other values than black and white: worth a warning, since they were cut at half.
  public let hadOtherValues: Bool

  /// A mask of the given zeros and ones, `height * width` of them.
  public init(width: Int, height: Int, values: [UInt8], hadOtherValues: Bool = false) {
    precondition(width > 0 && height > 0, "a mask of \(width) x \(height)")
    precondition(values.count == width * height, "\(values.count) values for \(width) x \(height)")
    precondition(values.allSatisfy { $0 <= 1 }, "a mask of other values than 0 and 1")
    self.width = width
    self.height = height
    self.values = values
    self.hadOtherValues = hadOtherValues
  }

  /// The pixels with a channel above half of its maximum.
  public init(_ image: RGBImage) {
    var values = [UInt8](repeating: 0, count: image.width * image.height)
    var hadOtherValues = false
    image.pixels.withUnsafeBufferPointer { pixels in
      for i in values.indices {
        let (r, g, b) = (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2])
        values[i] = max(r, g, b) > 127 ? 1 : 0
        let isBlackOrWhite = r == g && g == b && (r == 0 || r == 255)
        if !isBlackOrWhite { hadOtherValues = true }
      }
    }
    self.init(width: image.width, height: image.height, values: values, hadOtherValues: hadOtherValues)
  }

  /// The pixels of any class but 0, the background: AVSBench-semantic's `labels_semantic`.
  public init(anyClassOf indices: GrayImage) {
    self.init(width: indices.width, height: indices.height, values: indices.pixels.map { $0 > 0 ? 1 : 0 })
  }

  /// Reads AVSBench-semantic's classes as a mask: class indices in gray or with a palette, or colours of classes.
  ///
  /// Set is every pixel of another class than the background, which is index 0 or black. Throws ``MediaError``.
  public init(classesOf path: String) throws {
    // Colours have no indices; whatever else is wrong, reading the colours says it again.
    if let indices = try? GrayImage(indicesOf: path) {
      self.init(anyClassOf: indices)
    } else {
      let image = try RGBImage(contentsOf: path)
      let values = (0..<image.width * image.height).map { pixel -> UInt8 in
        image.pixels[3 * pixel..<3 * pixel + 3].allSatisfy { $0 == 0 } ? 0 : 1
      }
      self.init(width: image.width, height: image.height, values: values)
    }
  }

  /// Reads a mask of AVSBench-object: black and white in 1-bit, gray, palette or RGB of any depth.
  ///
  /// Throws ``MediaError`` as ``RGBImage/init(contentsOf:)`` does.
  public init(contentsOf path: String) throws {
    self.init(try RGBImage(contentsOf: path))
  }

  /// Whether no pixel is set: nothing in this frame sounds.
  public var isEmpty: Bool { !values.contains(1) }

  /// Zeros and ones, [height, width].
  public var tensor: Tensor { Tensor(values.map(Float.init), [height, width]) }

  /// The mask at another size, each pixel the nearest source pixel, as Pillow's `NEAREST`.
  public func resized(width: Int, height: Int) -> Mask {
    if width == self.width && height == self.height { return self }
    let columns = Self.nearest(width, of: self.width)
    let rows = Self.nearest(height, of: self.height)
    var resized: [UInt8] = []
    resized.reserveCapacity(width * height)
    for y in rows { for x in columns { resized.append(values[y * self.width + x]) } }
    return Mask(width: width, height: height, values: resized, hadOtherValues: hadOtherValues)
  }

  /// The source position of each of `count` positions. The sum is accumulated, not multiplied, because
  /// Pillow accumulates and so decides ties.
  private static func nearest(_ count: Int, of source: Int) -> [Int] {
    let step = Double(source) / Double(count)
    var position = step / 2
    return (0..<count).map { _ in
      defer { position += step }
      return min(Int(position), source - 1)
    }
  }
}
