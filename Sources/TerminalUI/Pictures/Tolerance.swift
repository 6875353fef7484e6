/// Where in a mask a cell is.
enum MaskPart {
  case outside, edge, inside
}

/// How far, of 255, the pixels of a cell may on average be from what its own two colours would make of them.
///
/// A picture that must not cost much is drawn with a loose one. The shape of a mask stays: a cell whose colours were chosen
/// for another part of it keeps the tight one, and one on the edge the geometric mean of both.
struct Tolerance {
  let tight, loose: Float

  private var edge: Float { (tight * loose).squareRoot() }

  func ofColors(chosenFor other: MaskPart, in part: MaskPart) -> Float {
    part != other ? tight : part == .edge ? edge : loose
  }

  /// Within which a cell may be nothing but background; 0 where its quarters stay.
  func ofBlanks(withColorsChosenFor other: MaskPart, in part: MaskPart) -> Float {
    part == other && part != .edge && loose > tight ? loose : 0
  }
}
