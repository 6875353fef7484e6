/// How a picture was understood as a mask.
///
/// AVSBench's loader takes `Image.open(path).convert('1')` for single sources and `convert('P')` for several, and both
/// are made for black and white: 0 and 255. There, every reading agrees with it, also for 0 and 255 in 16 bits, which
/// Pillow clips to 255. Whatever else a mask holds, `convert('1')` dithers (0 and 1 become nothing, 0 and 127 half of
/// the pixels) and drops alpha, and `convert('P')` divides by 255; that is nobody's intention, so it is not copied:
/// a picture is read as what it can only mean, and a sentence tells it.
public enum MaskReading: Sendable, Hashable, Codable {
  /// 0 and the maximum.
  case blackAndWhite
  /// 0 and one other value, which counts.
  case twoValues(Int, isDeep: Bool)
  /// Several values, none above half of the maximum: indices, of which every one but 0 counts.
  case smallValues
  /// Gray levels: those above half of the maximum count.
  case grays
  /// At most ``mostColours`` colours: every one but black counts.
  case colours
  /// Shades of colour: those count whose brightest channel is above half of the maximum.
  case shades
  /// The colour says nothing and alpha does: where it is above half of the maximum.
  case alpha
  /// Black and white, with an alpha channel that says something else and is ignored.
  case ignoredAlpha

  /// The most colours of a picture that are taken for labels.
  public static let mostColours = 32

  /// What was found and what was done, in one sentence; nil for black and white.
  public var note: String? {
    switch self {
    case .blackAndWhite: nil
    case .twoValues(let value, let isDeep):
      "values 0 and \(value)\(isDeep ? " in 16 bits" : ""), not 0 and \(isDeep ? 65535 : 255); every value but 0 counts"
    case .smallValues: "small values, not 0 and the maximum; every value but 0 counts"
    case .grays: "other values than black and white; cut at half of the maximum"
    case .colours: "colours, not black and white; every colour but black counts"
    case .shades: "shades of colour, not black and white; cut at half of the maximum of the brightest channel"
    case .alpha: "the mask is in the alpha channel alone; alpha above half of the maximum counts"
    case .ignoredAlpha: "the alpha channel says something else than the colour and is ignored"
    }
  }

  /// In a word or two, for counting.
  public var title: String {
    switch self {
    case .blackAndWhite: "black and white"
    case .twoValues(let value, let isDeep): "0 and \(value)\(isDeep ? " in 16 bits" : "")"
    case .smallValues: "small values"
    case .grays: "grays"
    case .colours: "colours"
    case .shades: "shades of colour"
    case .alpha: "alpha alone"
    case .ignoredAlpha: "black and white with alpha"
    }
  }
}

/// The zeros and ones of a mask of [red, green, blue, alpha] samples.
///
/// - Parameters:
///   - isDeep: whether the samples are of 0...65535, else of 0...255.
///   - hasAlpha: whether alpha was stored.
func readMask(_ samples: [UInt16], isDeep: Bool, hasAlpha: Bool) -> (values: [UInt8], reading: MaskReading) {
  samples.withUnsafeBufferPointer { samples in
    let maximum: UInt16 = isDeep ? 65535 : 255
    let found = MaskSurvey(samples)
    // Numbers of 8 bits in a file of 16.
    let half = (found.peak <= 255 ? 255 : maximum) / 2

    func values(_ isSet: (Int) -> Bool) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: samples.count / 4) { out, filled in
        for i in 0..<samples.count / 4 { out[i] = isSet(4 * i) ? 1 : 0 }
        filled = samples.count / 4
      }
    }
    func brightest(_ i: Int) -> UInt16 { max(samples[i], samples[i + 1], samples[i + 2]) }
    func isBright(_ i: Int) -> Bool { brightest(i) > half }
    func isNotBlack(_ i: Int) -> Bool { brightest(i) > 0 }
    func isOpaque(_ i: Int) -> Bool { samples[i + 3] > maximum / 2 }

    let isUniform = found.colours.count == 1
    let isPhotograph = found.isColoured && found.colours.count > MaskReading.mostColours
    if hasAlpha, found.leastAlpha < maximum, isUniform || isPhotograph && found.leastAlpha < found.mostAlpha {
      return (values(isOpaque), .alpha)
    }
    if found.isColoured { return isPhotograph ? (values(isBright), .shades) : (values(isNotBlack), .colours) }
    if let value = found.onlyValue, value != maximum {
      return (values(isNotBlack), .twoValues(Int(value), isDeep: isDeep))
    }
    if found.onlyValue == nil, found.peak > 0 {
      return found.peak > half ? (values(isBright), .grays) : (values(isNotBlack), .smallValues)
    }
    let mask = values(isNotBlack)
    let disagrees = hasAlpha && found.leastAlpha < found.mostAlpha && values(isOpaque) != mask
    return (mask, disagrees ? .ignoredAlpha : .blackAndWhite)
  }
}

/// What a picture's samples are like.
private struct MaskSurvey {
  /// The largest sample of red, green and blue.
  private(set) var peak: UInt16 = 0
  /// Whether red, green and blue differ anywhere.
  private(set) var isColoured = false
  /// The only value besides 0 of a gray picture; nil if there is none or several.
  private(set) var onlyValue: UInt16?
  /// The colours, at most one more than are taken for labels.
  private(set) var colours: Set<UInt64> = []
  private(set) var leastAlpha = UInt16.max
  private(set) var mostAlpha: UInt16 = 0

  init(_ samples: UnsafeBufferPointer<UInt16>) {
    var hasSeveral = false
    var last: UInt64?
    for i in stride(from: 0, to: samples.count, by: 4) {
      let (red, green, blue, alpha) = (samples[i], samples[i + 1], samples[i + 2], samples[i + 3])
      leastAlpha = min(leastAlpha, alpha)
      mostAlpha = max(mostAlpha, alpha)
      let colour = UInt64(red) << 32 | UInt64(green) << 16 | UInt64(blue)
      // Neighbours are mostly alike.
      guard colour != last else { continue }
      last = colour
      if colours.count <= MaskReading.mostColours { colours.insert(colour) }
      if red != green || green != blue { isColoured = true }
      let value = max(red, green, blue)
      peak = max(peak, value)
      if value > 0 {
        if let onlyValue, onlyValue != value { hasSeveral = true }
        onlyValue = value
      }
    }
    if hasSeveral { onlyValue = nil }
  }
}
