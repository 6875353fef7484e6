import Foundation

/// Prints a value as JSON with sorted keys, one document on standard output.
func printJSON(_ value: some Encodable) throws { print(try jsonText(value)) }

/// A value as JSON with sorted keys; numbers that JSON does not have are the words inf, -inf and nan.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
