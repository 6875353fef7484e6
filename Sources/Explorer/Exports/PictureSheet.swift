import Media
import TerminalUI

/// Pictures in columns, each with its title, black on white: what was exported can be told from the picture alone.
struct PictureSheet {
  /// A picture and what it shows; a place without a picture stays white.
  struct Tile {
    let caption: String
    let picture: RGBImage?
  }

  /// Pictures below each other, and lines about all of them.
  struct Column {
    let title: [String]
    let tiles: [Tile]
  }

  /// Lines about the whole sheet.
  let title: [String]

  let columns: [Column]

  /// The extent of every picture.
  let tile: Size

  /// What the colours of masks that are compared mean.
  static let colors =
    "masks against another: green in both, orange only in the mask itself, blue only in the other"

  /// Pixels between pictures.
  static let gap = 8

  /// Letters grow with the pictures.
  private var zoom: Int { max(1, tile.width / 224) }
  private var lineHeight: Int { zoom * PixelFont.lineHeight }
  private var width: Int { columns.count * (tile.width + Self.gap) - Self.gap }

  private func lines(_ texts: [String], width: Int) -> [String] {
    texts.flatMap { TerminalText.wrapped($0, columns: max(1, width / (zoom * PixelFont.advance))) }
  }

  /// The sheet; nil where no place has a picture.
  func drawn() -> RGBImage? {
    guard columns.contains(where: { $0.tiles.contains { $0.picture != nil } }) else { return nil }
    let head = lines(title, width: width)
    let heads = columns.map { lines($0.title, width: tile.width) }
    let rows = columns.map(\.tiles.count).max() ?? 0
    // A row's captions are as high as its highest.
    let captions = (0..<rows).map { row in
      columns.map { $0.tiles.indices.contains(row) ? lines([$0.tiles[row].caption], width: tile.width) : [] }
    }
    let captionHeights = captions.map { ($0.map(\.count).max() ?? 0) * lineHeight }
    let headHeight = head.count * lineHeight
    let titleHeight = (heads.map(\.count).max() ?? 0) * lineHeight
    var canvas = Canvas(
      width: width,
      height: headHeight + titleHeight
        + captionHeights.reduce(0) { $0 + $1 + tile.height + Self.gap } - Self.gap)
    canvas.write(head, at: Point(x: 0, y: 0), zoom: zoom)
    for (index, column) in columns.enumerated() {
      let x = index * (tile.width + Self.gap)
      canvas.write(heads[index], at: Point(x: x, y: headHeight), zoom: zoom)
      var y = headHeight + titleHeight
      for (row, place) in column.tiles.enumerated() {
        canvas.write(captions[row][index], at: Point(x: x, y: y), zoom: zoom)
        if let picture = place.picture {
          canvas.put(picture, at: Point(x: x, y: y + captionHeights[row]))
        }
        y += captionHeights[row] + tile.height + Self.gap
      }
    }
    return RGBImage(width: canvas.width, height: canvas.height, pixels: canvas.pixels)
  }

  /// White paper.
  private struct Canvas {
    let width: Int
    let height: Int
    var pixels: [UInt8]

    init(width: Int, height: Int) {
      (self.width, self.height) = (width, height)
      pixels = Array(repeating: 255, count: 3 * width * height)
    }

    mutating func write(_ lines: [String], at corner: Point, zoom: Int) {
      for (row, line) in lines.enumerated() {
        for pixel in PixelFont.pixels(of: line) {
          for index in 0..<zoom * zoom {
            let x = corner.x + pixel.x * zoom + index % zoom
            let y = corner.y + (row * PixelFont.lineHeight + pixel.y + 1) * zoom + index / zoom
            guard x < width, y < height else { continue }
            for channel in 0..<3 { pixels[3 * (y * width + x) + channel] = 0 }
          }
        }
      }
    }

    mutating func put(_ picture: RGBImage, at corner: Point) {
      for y in 0..<min(picture.height, height - corner.y) {
        let count = 3 * min(picture.width, width - corner.x)
        let (from, to) = (3 * y * picture.width, 3 * ((corner.y + y) * width + corner.x))
        pixels.replaceSubrange(to..<to + count, with: picture.pixels[from..<from + count])
      }
    }
  }
}
