/// The names of a classifier's classes in the order of its outputs, as read from a file: not to be trusted.
public struct ClassNames: Sendable, Equatable {
  /// What people call each class.
  public let names: [String]

  /// What the data set calls each class: AudioSet's MID or ImageNet's WordNet id.
  public let identifiers: [String]

  /// AudioSet's 527 classes from a CSV file with the columns `index,mid,display_name`.
  public static func audioSet(csv path: String) throws -> ClassNames {
    try ClassNames(path, identifier: "mid", name: "display_name", count: 527)
  }

  /// ImageNet's 1000 classes from a CSV file with the columns `index,wnid,name`.
  public static func imageNet(csv path: String) throws -> ClassNames {
    try ClassNames(path, identifier: "wnid", name: "name", count: 1000)
  }

  /// Reads a list whose index column counts from 0. Throws ``DatasetError``.
  private init(_ path: String, identifier: String, name: String, count: Int) throws {
    let rows = try CSVTable(contentsOf: path, columns: ["index", identifier, name]).rows
    for (position, row) in rows.enumerated() {
      guard row.fields[0] == String(position) else {
        throw DatasetError(path, "line \(row.line): index \(row.fields[0]); expected \(position)")
      }
      guard !row.fields[1].isEmpty, !row.fields[2].isEmpty else {
        throw DatasetError(path, "line \(row.line): an empty \(row.fields[1].isEmpty ? identifier : name)")
      }
    }
    guard rows.count == count else {
      throw DatasetError(path, "\(rows.count) classes; expected \(count)")
    }
    identifiers = rows.map { $0.fields[1] }
    names = rows.map { $0.fields[2] }
  }
}
