import Evaluation
import Foundation

/// Prints a value as JSON with sorted keys, one document on standard output.
func printJSON(_ value: some Encodable) throws { print(try jsonText(value)) }

/// A value as JSON with sorted keys; numbers that JSON does not have are the words inf, -inf and nan. Characters that may steer a
/// terminal are escaped, those beyond JSON's own control characters too.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  let text = String(decoding: try encoder.encode(value), as: UTF8.self)
  // Outside of texts there are none of these.
  return CharacterEscapes.escaped(text) { $0.value >= 0x7F && CharacterEscapes.isUnsafe($0) }
}
