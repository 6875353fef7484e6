/// How a camera was held, as EXIF tells it (tag 0x0112): 1 is upright, 2 to 8 are mirrored or turned.
///
/// Pillow's `Image.open` leaves the pixels as they are stored, and so does AVSBench's loader.

/// The orientation in the first EXIF segment of a JPEG file; 1 where there is none.
func exifOrientation(jpeg bytes: [UInt8]) -> Int {
  var place = 2
  while place + 4 <= bytes.count, bytes[place] == 0xff {
    let marker = bytes[place + 1]
    if marker == 0xff {
      place += 1
      continue
    }
    // The first scan, or the end: nothing about the picture follows.
    if marker == 0xda || marker == 0xd9 { break }
    if marker == 1 || (0xd0...0xd7).contains(marker) {
      place += 2
      continue
    }
    let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
    let end = place + 2 + length
    guard length >= 2, end <= bytes.count else { break }
    let segment = bytes[place + 4..<end]
    if marker == 0xe1, segment.starts(with: Array("Exif\0\0".utf8)) {
      return orientation(ofTIFF: segment.dropFirst(6))
    }
    place = end
  }
  return 1
}

/// The orientation in the `eXIf` chunk of a PNG file; 1 where there is none.
func exifOrientation(png bytes: [UInt8]) -> Int {
  var place = 8
  while place + 12 <= bytes.count {
    let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - place - 12 else { break }
    let name = bytes[place + 4..<place + 8]
    if name.elementsEqual("eXIf".utf8) {
      return orientation(ofTIFF: bytes[place + 8..<place + 8 + length])
    }
    if name.elementsEqual("IEND".utf8) { break }
    place += 12 + length
  }
  return 1
}

/// The orientation in the first directory of a TIFF header; 1 where it has none, or another number.
private func orientation(ofTIFF bytes: ArraySlice<UInt8>) -> Int {
  let start = bytes.startIndex
  guard bytes.count >= 8 else { return 1 }
  let isBig = bytes.starts(with: Array("MM".utf8))
  guard isBig || bytes.starts(with: Array("II".utf8)) else { return 1 }
  func number(_ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset + size <= bytes.count else { return nil }
    let field = bytes[start + offset..<start + offset + size]
    return (isBig ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }
  guard let directory = number(4, 4), let count = number(directory, 2) else { return 1 }
  for entry in 0..<count {
    let place = directory + 2 + 12 * entry
    guard let tag = number(place, 2), let value = number(place + 8, 2) else { return 1 }
    if tag == 0x0112 { return (1...8).contains(value) ? value : 1 }
  }
  return 1
}
