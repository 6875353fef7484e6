/// What stands in a file's place if it is a text that downloads leave there, with what to do; nil for anything else.
///
/// A pointer of Git LFS is what a clone without `git lfs` has; an HTML page is what a server answers that wants a
/// login or a confirmation.
package func textInstead(of start: some Collection<UInt8>) -> String? {
  let text = String(decoding: start.prefix(256), as: UTF8.self)
  if text.hasPrefix("version https://git-lfs.github.com/spec/") {
    return "a Git LFS pointer, not the file: git lfs pull"
  }
  let first = text.drop { $0.isWhitespace || $0 == "\u{feff}" }.prefix(16).lowercased()
  if first.hasPrefix("<!doctype html") || first.hasPrefix("<html") {
    return "an HTML page, not the file: download it again, perhaps after logging in"
  }
  return nil
}
