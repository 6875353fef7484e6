import Tensors

/// Which pixels of a frame belong to sounding objects.
public struct Mask: Sendable, Equatable {
  /// Pixels a row.
  public let width: Int

  /// Rows.
  public let height: Int

  /// `height * width` times 0 or 1, row-major.
  public let values: [UInt8]

  /// How the picture was understood.
  public let reading: MaskReading

  /// Whether the picture held other values than black and white.
  public var hadOtherValues: Bool { reading != .blackAndWhite }

  /// A mask of the given zeros and ones, `height * width` of them.
  public init(width: Int, height: Int, values: [UInt8], reading: MaskReading = .blackAndWhite) {
    precondition(width > 0 && height > 0, "a mask of \(width) x \(height)")
    precondition(values.count == width * height, "\(values.count) values for \(width) x \(height)")
    precondition(values.allSatisfy { $0 <= 1 }, "a mask of other values than 0 and 1")
    self.width = width
    self.height = height
    self.values = values
    self.reading = reading
  }

  /// The mask that a picture of 8 bits shows; see ``MaskReading``.
  public init(_ image: RGBImage) {
    let (values, reading) = readMask(samplesOfRGB(image.pixels), isDeep: false, hasAlpha: false)
    self.init(width: image.width, height: image.height, values: values, reading: reading)
  }

  /// The pixels of any class but 0, the background: AVSBench-semantic's `labels_semantic`.
  public init(anyClassOf indices: GrayImage) {
    self.init(width: indices.width, height: indices.height, values: indices.pixels.map { $0 > 0 ? 1 : 0 })
  }

  /// Reads AVSBench-semantic's classes as a mask: class indices in gray or with a palette, or colours of classes.
  ///
  /// Set is every pixel of another class than the background, which is index 0 or black. Throws ``MediaError``.
  public init(classesOf path: String) throws {
    let file = try ImageFile(path, pixelSize: 12)
    if file.isPNG, file.header.is_palette || file.header.is_gray, file.header.depth <= 8 {
      let indices = try file.decoded(.indices).bytes
      self.init(width: file.width, height: file.height, values: indices.map { $0 > 0 ? 1 : 0 })
    } else {
      let samples = try file.samples().samples
      let values = (0..<file.width * file.height).map { pixel -> UInt8 in
        samples[4 * pixel..<4 * pixel + 3].allSatisfy { $0 == 0 } ? 0 : 1
      }
      self.init(width: file.width, height: file.height, values: values)
    }
  }

  /// Reads a mask of AVSBench-object: black and white in 1-bit, gray, palette or RGB of any depth, or what else people
  /// have; see ``MaskReading``.
  ///
  /// Throws ``MediaError`` as ``RGBImage/read(_:)`` does.
  public init(contentsOf path: String) throws {
    let file = try ImageFile(path, pixelSize: 12)
    let (header, samples) = try file.samples()
    let (values, reading) = readMask(
      samples, isDeep: header.depth == 16, hasAlpha: header.has_alpha)
    self.init(width: file.width, height: file.height, values: values, reading: reading)
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
    return Mask(width: width, height: height, values: resized, reading: reading)
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
