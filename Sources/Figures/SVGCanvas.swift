import Foundation
import TerminalUI

/// A rectangle of a figure, in points.
struct Box {
  var x, y, width, height: Double

  /// The right edge.
  var maxX: Double { x + width }

  /// The lower edge.
  var maxY: Double { y + height }
}

/// An SVG picture that needs no other file: elements are written in the order in which they cover each other.
///
/// Lengths are points, y grows downwards, and the y of a text is its base line.
struct SVGCanvas {
  private var elements: [String] = []

  /// Wraps what `body` draws in a group with a class, by which a program can find it.
  mutating func group(_ name: String, _ body: (inout SVGCanvas) -> Void) {
    elements.append("<g class=\"\(name)\">")
    body(&self)
    elements.append("</g>")
  }

  mutating func fill(_ box: Box, _ color: String, name: String? = nil) {
    elements.append("<rect\(Self.attribute(name)) \(Self.place(box)) fill=\"\(color)\"/>")
  }

  mutating func frame(_ box: Box, _ color: String, width: Double, name: String? = nil) {
    elements.append(
      "<rect\(Self.attribute(name)) \(Self.place(box)) fill=\"none\" stroke=\"\(color)\" "
        + "stroke-width=\"\(Self.number(width))\"/>")
  }

  mutating func path(_ commands: String, stroke: String, width: Double) {
    elements.append(
      "<path d=\"\(commands)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(Self.number(width))\"/>")
  }

  /// Draws a PNG file over the whole of a box.
  mutating func image(_ png: [UInt8], in box: Box) {
    let data = Data(png).base64EncodedString()
    elements.append(
      "<image \(Self.place(box)) preserveAspectRatio=\"none\" xlink:href=\"data:image/png;base64,\(data)\"/>")
  }

  mutating func text(
    _ text: FigureText, x: Double, y: Double, size: Double = 7, anchor: Anchor = .start,
    color: String = Ink.black
  ) {
    let anchor = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    elements.append(
      "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\""
        + "\(anchor) fill=\"\(color)\">\(text.markup)</text>")
  }

  /// The whole file; its width is that of a page of two columns.
  ///
  /// Fonts are named so that each is about as wide as Helvetica, by which the layout measures; blanks beside raised
  /// parts would be lost without `xml:space`.
  func document(width: Double, height: Double, title: String) -> String {
    let extent = "width=\"\(Self.number(width))pt\" height=\"\(Self.number(height))pt\""
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xml:space="preserve" \(extent) \
      viewBox="0 0 \(Self.number(width)) \(Self.number(height))" \
      font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans Condensed', 'DejaVu Sans', sans-serif">
      <title>\(FigureText.escaped(title))</title>
      <rect width="100%" height="100%" fill="#ffffff"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  /// At most two digits after the point, so that files are small and equal everywhere.
  static func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let sign = hundredths < 0 ? "-" : ""
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    if rest == 0 { return "\(sign)\(whole)" }
    return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  private static func place(_ box: Box) -> String {
    "x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(box.width))\" height=\"\(number(box.height))\""
  }

  private static func attribute(_ name: String?) -> String { name.map { " class=\"\($0)\"" } ?? "" }
}

/// Where a text's x is.
enum Anchor: String {
  case start, middle, end
}

/// The colours of figures, chosen to differ in print without colours too.
enum Ink {
  static let black = "#1a1a1a"
  static let grey = "#5c5c5c"
  static let pale = "#e6e6e6"
  static let visual = "#2f6db5"
  static let visualPale = "#c3d7ee"
  static let audio = "#b5611b"
  static let audioPale = "#f0d3b8"
  static let accent = "#c4161c"

  /// `#rrggbb`.
  static func hexadecimal(_ color: RGB) -> String {
    "#" + [color.red, color.green, color.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
