extension Dataset {
  /// Opens every data set in or below a folder, such as S4 and MS3 side by side.
  ///
  /// Throws ``DatasetError`` if there is none; see ``open(_:)``.
  public static func openAll(_ root: String) throws -> [Dataset] {
    let locations = (try? DatasetLocation.all(under: root)) ?? []
    return try locations.count > 1 ? locations.map { try open($0.path) } : [open(root)]
  }
}
