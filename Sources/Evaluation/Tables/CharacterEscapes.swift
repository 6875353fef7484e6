/// JSON's escapes for characters that act on a terminal instead of being shown there.
///
/// Names of clips and files may hold anything, and what is written for programs is also looked at: with escapes the text steers no
/// terminal, and a program reads the true name.
public enum CharacterEscapes {
  /// Whether a character may steer a terminal or hide what is written: control characters (C0, DEL, C1), format characters such as
  /// bidirectional overrides, line and paragraph separators, private and unassigned code points.
  public static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20..<0x7F).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
      return true
    default: return false
    }
  }

  /// A text in which each character that `isEscaped` is written as `\uXXXX`, once for each of its UTF-16 units.
  public static func escaped(
    _ text: String, where isEscaped: (Unicode.Scalar) -> Bool = isUnsafe
  ) -> String {
    guard text.unicodeScalars.contains(where: isEscaped) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isEscaped(scalar) {
        for unit in UTF16.encode(scalar)! { result += "\\u" + hexadecimal(unit) }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text that was escaped, `\\` standing for a backslash. What is no escape, such as another letter behind a backslash, stays.
  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    let units = Array(text.utf16)
    var result: [UInt16] = []
    var i = 0
    while i < units.count {
      let isEscape = units[i] == 0x5C && i + 1 < units.count
      if isEscape, units[i + 1] == 0x5C {
        result.append(0x5C)
        i += 2
      } else if isEscape, units[i + 1] == 0x75, i + 6 <= units.count,
        let unit = hexadecimal(String(decoding: units[i + 2..<i + 6], as: UTF16.self))
      {
        result.append(unit)
        i += 6
      } else {
        result.append(units[i])
        i += 1
      }
    }
    return String(decoding: result, as: UTF16.self)
  }

  private static func hexadecimal(_ digits: String) -> UInt16? {
    digits.allSatisfy(\.isHexDigit) ? UInt16(digits, radix: 16) : nil
  }

  private static func hexadecimal(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
