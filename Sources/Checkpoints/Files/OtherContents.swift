/// What stands in the place of a checkpoint when a download or an unpacking went wrong, told by its first bytes.
///
/// Sources: the Git LFS specification (pointers), git-annex (pointer files), and the signatures of the archives' formats.
struct OtherContents {
  /// What the file is, and how to get what was meant.
  let description: String

  /// Recognises the contents of a file that is in none of the formats that are read; nil for unknown bytes.
  init?(_ bytes: Bytes) {
    if let archive = Self.archive(bytes) ?? Self.media(bytes) {
      description = archive
    } else if bytes.prefix(4096).allSatisfy({ $0 == 0 }) {
      description =
        "begins with \(min(bytes.count, 4096)) bytes that are all 0: a download that was interrupted; download the file again"
    } else if let text = Self.text(bytes) {
      description = Self.description(ofText: text, byteCount: bytes.count)
    } else {
      return nil
    }
  }

  private static func archive(_ bytes: Bytes) -> String? {
    let compressed: [(signature: [UInt8], name: String, command: String)] = [
      ([0x1f, 0x8b], "gzip", "gunzip (a .tar.gz: tar xzf)"), ([0x42, 0x5a, 0x68], "bzip2", "bunzip2"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz", "unxz"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd", "unzstd"),
      ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z", "7z x"), (Array("Rar!".utf8), "RAR", "unrar x"),
    ]
    if let found = compressed.first(where: { bytes.starts(with: $0.signature) }) {
      return "is compressed (\(found.name)), expected a checkpoint: unpack it first, by \(found.command)"
    }
    if bytes.part(257, 5)?.starts(with: Array("ustar".utf8)) == true {
      return
        "is a tar archive, expected a checkpoint: unpack it first, by tar xf, and name the file that was in it"
    }
    // The end of a directory without members.
    if bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) { return "is a zip archive without any file in it" }
    return nil
  }

  private static func media(_ bytes: Bytes) -> String? {
    let kinds: [(signature: [UInt8], name: String)] = [
      ([0x89, 0x50, 0x4e, 0x47], "a PNG picture"), ([0xff, 0xd8, 0xff], "a JPEG picture"),
      (Array("GIF8".utf8), "a GIF picture"), (Array("RIFF".utf8), "a RIFF file, such as wav sound"),
      (Array("%PDF".utf8), "a PDF document"), (Array("SQLite format 3".utf8), "an SQLite database"),
      ([0x7f, 0x45, 0x4c, 0x46], "a program"),
    ]
    return kinds.first { bytes.starts(with: $0.signature) }.map { "is \($0.name), expected a checkpoint" }
  }

  /// The beginning of a file of text, without a byte order mark and space before it; nil for other bytes.
  private static func text(_ bytes: Bytes) -> String? {
    var first = bytes.prefix(16384)
    if first.starts(with: [0xef, 0xbb, 0xbf]) { first.removeFirst(3) }
    let isText = first.allSatisfy { $0 >= 0x20 && $0 != 0x7f || [0x09, 0x0a, 0x0c, 0x0d].contains($0) }
    guard isText else { return nil }
    // A character may be cut at the end of what was looked at.
    let text = String(decoding: first, as: UTF8.self)
    guard !text.dropLast().contains("\u{fffd}") else { return nil }
    return String(text.drop(while: \.isWhitespace))
  }

  private static func description(ofText text: String, byteCount: Int) -> String {
    let lower = text.lowercased()
    if text.hasPrefix("version https://git-lfs.github.com/spec/") {
      let size = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("size ") }?.dropFirst(5)
      let whole = size.flatMap { Int($0) }.map { " of \($0) bytes" } ?? ""
      return "is a Git LFS pointer, not the file\(whole): git lfs pull"
    }
    if lower.prefix(512).contains("/annex/objects/") {
      return "is a git-annex pointer, not the file: git annex get"
    }
    if lower.hasPrefix("<!doctype html") || lower.prefix(1024).contains("<html") {
      return "is a web page\(title(of: text)), not the file: " + adviceOnPage(lower)
    }
    if text.hasPrefix("<") {
      return "is XML (\(beginning(text))), as a server's error message, not the file: download it again"
    }
    if text.hasPrefix("{") || text.hasPrefix("[") {
      return
        "is JSON (\(beginning(text))), as a server's message or an index, not the file: download it again"
    }
    if ["(dp", "(lp", "ccopy_reg", "cnumpy"].contains(where: text.hasPrefix) {
      return "is a pickle of protocol 0, which is not read: save it again with protocol 2 or later"
    }
    return
      "is text (\(beginning(text))), \(byteCount) bytes, expected a PyTorch file, safetensors, NPY or HDF5"
  }

  private static func adviceOnPage(_ lower: String) -> String {
    if lower.contains("virus scan") {
      return "Google Drive asks before it gives large files; download it in a browser, or by gdown"
    }
    if lower.contains("google drive") || lower.contains("drive.google") {
      return "Google Drive gave its page instead; download it in a browser, or by gdown"
    }
    if ["sign in", "sign-in", "log in", "login", "password"].contains(where: lower.contains) {
      return "the server asks for a login; download it in a browser"
    }
    return "download it again, from the link to the file itself"
  }

  private static func title(of page: String) -> String {
    guard let start = page.range(of: "<title", ignoringCase: true),
      let open = page[start.upperBound...].firstIndex(of: ">"),
      let close = page[open...].range(of: "</title", ignoringCase: true)
    else { return "" }
    let title = page[page.index(after: open)..<close.lowerBound]
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return title.isEmpty ? "" : " ('\(printable(title, limit: 60))')"
  }

  private static func beginning(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "'\(printable(line, limit: 60))'"
  }
}

extension StringProtocol {
  /// The first place of an ASCII text, whatever its case.
  fileprivate func range(of text: String, ignoringCase: Bool) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      var (here, wanted) = (start, text.startIndex)
      while here < endIndex, wanted < text.endIndex, self[here].lowercased() == text[wanted].lowercased() {
        here = index(after: here)
        wanted = text.index(after: wanted)
      }
      if wanted == text.endIndex { return start..<here }
      start = index(after: start)
    }
    return nil
  }
}

extension Bytes {
  /// The first bytes, at most `count`.
  fileprivate func prefix(_ count: Int) -> [UInt8] {
    (0..<Swift.min(count, self.count)).map { self[$0] }
  }
}
