import Media

/// The pictures of a folder that differ in their number alone, such as `id_1.png` to `id_5.png`.
struct NumberedImages {
  struct Image: Equatable {
    let number: Int
    let path: String
  }

  /// The pictures by rising number; by name, numbered from 1, where none has a number.
  let images: [Image]

  /// The names of other pictures in the folder.
  let ignored: [String]

  /// Whether the names have numbers; else they go by name.
  let isNumbered: Bool

  /// Lists a folder's pictures.
  ///
  /// Names that begin with one of the `prefixes` are preferred; otherwise the largest group with the same text
  /// before its numbers is taken. Throws ``DatasetError`` if there are none, or two of the same number.
  ///
  /// - Parameter allowsSuffixes: Whether a text may follow the numbers, the same in all of the group: `1_mask.png`.
  init(in path: String, prefixes: [String], allowsSuffixes: Bool = false) throws {
    let folder = try Folder(path)
    let all = folder.images
    guard !all.isEmpty else { throw DatasetError(path, "no pictures (.png, .jpg)") }
    if allowsSuffixes, all.allSatisfy({ Self.number(of: $0) == nil }), let suffixed = Self.suffixed(all) {
      images = try Self.ordered(suffixed.map { ($0.number, "\(path)/\($0.name)") }, in: path)
      let chosen = Set(suffixed.map(\.name))
      ignored = all.filter { !chosen.contains($0) }
      isNumbered = true
      return
    }
    let groups = Dictionary(grouping: all.filter { Self.number(of: $0) != nil }) { Self.prefix(of: $0) }
    let preferred = prefixes.first { groups[$0] != nil }
    // The name breaks ties, so that the choice does not depend on the order of a dictionary.
    let largest = groups.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
    guard let group = preferred.flatMap({ groups[$0] }) ?? largest?.value else {
      images = all.enumerated().map { Image(number: $0 + 1, path: "\(path)/\($1)") }
      ignored = []
      isNumbered = false
      return
    }
    isNumbered = true
    images = try Self.ordered(group.map { (Self.number(of: $0)!, "\(path)/\($0)") }, in: path)
    let chosen = Set(group)
    ignored = all.filter { !chosen.contains($0) }
  }

  /// Pictures by rising number. Throws ``DatasetError`` for two of the same number.
  private static func ordered(_ found: [(number: Int, path: String)], in path: String) throws -> [Image] {
    let images = found.map { Image(number: $0.number, path: $0.path) }
      .sorted { ($0.number, $0.path) < ($1.number, $1.path) }
    for (a, b) in zip(images, images.dropFirst()) where a.number == b.number {
      throw DatasetError(path, "number \(a.number) twice: \(lastComponent(a.path)), \(lastComponent(b.path))")
    }
    return images
  }

  /// The names with the same texts before and behind their last number; nil if that is not most of them.
  private static func suffixed(_ names: [String]) -> [(name: String, number: Int)]? {
    let parts = names.compactMap { name -> (group: String, name: String, number: Int)? in
      let stem = fileStem(name)
      guard let end = stem.lastIndex(where: { ("0"..."9").contains($0) }) else { return nil }
      let behind = stem[stem.index(after: end)...]
      let head = String(stem[...end])
      // A name without extension is all stem.
      guard let number = Self.number(of: head + ".") else { return nil }
      return ("\(Self.prefix(of: head + "."))\0\(behind)", name, number)
    }
    let groups = Dictionary(grouping: parts, by: \.group)
    let largest = groups.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
    guard let group = largest?.value, 2 * group.count > names.count else { return nil }
    return group.map { ($0.name, $0.number) }
  }

  /// The path of the first picture that is missing in the sequence from `first` on in steps of `step`.
  func firstGap(from first: Int, step: Int = 1) -> String? {
    var expected = first
    for image in images {
      if image.number != expected { return path(of: expected) }
      expected += step
    }
    return nil
  }

  /// The distance between numbers if it is the same everywhere, as in `frame_0025, frame_0050`; else 1.
  var evenStep: Int {
    let steps = Set(zip(images, images.dropFirst()).map { $1.number - $0.number })
    return steps.count == 1 ? steps.first! : 1
  }

  /// Where the picture of a number would be, named as the first one is.
  private func path(of number: Int) -> String {
    let first = images[0].path
    let name = lastComponent(first)
    let width = Self.digits(of: name).count
    let isPadded = Self.digits(of: name).first == "0" && width > 1
    let digits = String(number)
    let zeros = String(repeating: "0", count: isPadded ? max(width - digits.count, 0) : 0)
    let suffix = name.dropFirst(fileStem(name).count)
    return first.dropLast(name.count) + Self.prefix(of: name) + zeros + digits + suffix
  }

  private static func digits(of name: String) -> Substring {
    let stem = fileStem(name)
    let end = stem.lastIndex { !("0"..."9").contains($0) }.map { stem.index(after: $0) } ?? stem.startIndex
    return stem[end...]
  }

  private static func number(of name: String) -> Int? { Int(digits(of: name)) }

  private static func prefix(of name: String) -> String {
    String(fileStem(name).dropLast(digits(of: name).count))
  }
}
