import Media

/// A comma-separated file with a header: quoted fields, either line end, with or without a byte order mark.
struct CSVTable {
  struct Row {
    /// The line that the row begins in, from 1.
    let line: Int

    /// The wanted fields in the order of the wanted columns.
    let fields: [String]
  }

  let path: String
  let rows: [Row]

  /// The largest of AVSBench's lists has 12,000 rows of seven fields. What is far beyond is refused, because a field
  /// takes many times its bytes in memory.
  private static let largestFile = 8 << 20
  private static let mostRows = 50_000
  private static let mostFields = 100

  /// Reads the wanted columns, wherever the header has them. Blank lines are skipped.
  ///
  /// Throws ``DatasetError`` for a missing column, a row of another length than the header, and an open quote.
  init(contentsOf path: String, columns: [String]) throws {
    self.path = path
    let bytes = try RegularFile(path).bytes(limit: Self.largestFile)
    if let text = textInstead(of: bytes) { throw DatasetError(path, text) }
    let records = try Self.parse(bytes, path)
    guard let header = records.first else {
      throw DatasetError(path, "no header; expected the columns \(columns.joined(separator: ","))")
    }
    let positions = try columns.map { column in
      guard let position = header.fields.firstIndex(of: column) else {
        throw DatasetError(
          path,
          "no column \(column) in the header \(header.fields.joined(separator: ",")); "
            + "expected \(columns.joined(separator: ","))")
      }
      return position
    }
    rows = try records.dropFirst().map { record in
      guard record.fields.count == header.fields.count else {
        throw DatasetError(
          path, "line \(record.line): \(record.fields.count) fields; expected \(header.fields.count)")
      }
      return Row(line: record.line, fields: positions.map { record.fields[$0] })
    }
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws -> [Row] {
    let (quote, comma, newline, carriageReturn) = (
      UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(10), UInt8(13)
    )
    var records: [Row] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var (line, firstLine, quoteLine) = (1, 1, 0)
    var isQuoted = false
    func endField() throws {
      guard fields.count < mostFields else {
        throw DatasetError(path, "line \(firstLine): more than \(mostFields) fields")
      }
      fields.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    func endRecord() throws {
      try endField()
      guard records.count <= mostRows else {
        throw DatasetError(path, "line \(firstLine): more than \(mostRows) rows")
      }
      if fields != [""] { records.append(Row(line: firstLine, fields: fields)) }
      fields = []
    }

    var i = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    while i < bytes.count {
      let byte = bytes[i]
      if byte == newline { line += 1 }
      switch byte {
      case quote where isQuoted && i + 1 < bytes.count && bytes[i + 1] == quote:
        field.append(quote)
        i += 1
      case quote where isQuoted: isQuoted = false
      case _ where isQuoted: field.append(byte)
      case quote where field.isEmpty:
        isQuoted = true
        quoteLine = line
      case comma:
        try endField()
      case carriageReturn where i + 1 < bytes.count && bytes[i + 1] == newline: break
      case newline:
        try endRecord()
        firstLine = line
      default: field.append(byte)
      }
      i += 1
    }
    guard !isQuoted else { throw DatasetError(path, "line \(quoteLine): a quote that is not closed") }
    try endRecord()
    return records
  }
}
