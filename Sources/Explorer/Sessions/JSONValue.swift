import Foundation

/// Any JSON, so that what a file leaves out can be taken from elsewhere before it is decoded.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// This value with what it leaves out from another: objects key by key, and each entry of a list with the other
  /// list's first one.
  package func completed(by other: JSONValue) -> JSONValue {
    switch (self, other) {
    case (.object(let own), .object(let others)):
      .object(others.merging(own) { $1.completed(by: $0) })
    case (.list(let own), .list(let others)):
      .list(others.first.map { first in own.map { $0.completed(by: first) } } ?? own)
    default: self
    }
  }

  /// The value of a key of an object.
  package subscript(key: String) -> JSONValue? {
    if case .object(let values) = self { values[key] } else { nil }
  }
}

extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension DecodingError {
  /// The place in the file and what is wrong there, in one line: `models[0].variant: ...`.
  package var placed: String {
    let (context, problem): (Context, String) =
      switch self {
      case .keyNotFound(let key, let context): (context, "no \"\(key.stringValue)\"")
      case .typeMismatch(let type, let context): (context, "expected \(Self.name(of: type))")
      case .valueNotFound(let type, let context): (context, "found null, expected \(Self.name(of: type))")
      case .dataCorrupted(let context): (context, Self.reason(context))
      @unknown default: (Context(codingPath: [], debugDescription: ""), "cannot be read")
      }
    var place = ""
    for key in context.codingPath {
      place += key.intValue.map { "[\($0)]" } ?? (place.isEmpty ? "" : ".") + key.stringValue
    }
    return place.isEmpty ? problem : "\(place): \(problem)"
  }

  private static func reason(_ context: Context) -> String {
    // What has no place in the document was not read as one.
    context.codingPath.isEmpty ? "no JSON: \(context.debugDescription)" : context.debugDescription
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is Int.Type: "a whole number"
    case is Float.Type, is Double.Type: "a number"
    case is [String: Any].Type, is [String: JSONValue].Type: "an object"
    default: "\(type)".hasPrefix("Array") ? "a list" : "another kind of value"
    }
  }
}
