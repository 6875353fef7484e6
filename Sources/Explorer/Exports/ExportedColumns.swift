import Inference
import Media
import TerminalUI

extension ExplorerState {
  /// The columns of the comparison side by side, each picture at the frame's extent: from above heat map, mask upon the
  /// frame, mask against truth and mask against the reference's, or the one kind that is shown. What there is not stays
  /// white. Nil without any.
  var columnsPicture: RGBImage? {
    guard let setup = compare.setup, let loaded, frame < loaded.pictures.count else { return nil }
    let photo = loaded.pictures[frame]
    let columns = setup.columns.indices.map { tiles(ofColumn: $0, setup, photo) }
    guard columns.contains(where: { $0.contains { $0 != nil } }) else { return nil }
    let (gap, rows) = (8, columns.map(\.count).max()!)
    return Self.image(
      width: columns.count * (photo.width + gap) - gap, height: rows * (photo.height + gap) - gap
    ) { x, y in
      let (column, row) = (x / (photo.width + gap), y / (photo.height + gap))
      let (inner, below) = (x % (photo.width + gap), y % (photo.height + gap))
      guard inner < photo.width, below < photo.height, row < columns[column].count,
        let tile = columns[column][row]
      else { return RGB(255, 255, 255) }
      let i = 3 * (below * photo.width + inner)
      return RGB(tile.pixels[i], tile.pixels[i + 1], tile.pixels[i + 2])
    }
  }

  private func tiles(ofColumn index: Int, _ setup: Comparison, _ photo: RGBPicture) -> [RGBImage?] {
    let work = compare.work[index]
    let own = work.pictures.indices.contains(frame) ? work.pictures[frame] : nil
    func heat() -> RGBImage? {
      guard let heat = work.analysis.flatMap(columnHeat) else { return nil }
      let (map, range) = (heat.picture, columnHeatRange(heat))
      return Self.image(width: photo.width, height: photo.height) { x, y in
        let place = y * map.height / photo.height * map.width + x * map.width / photo.width
        return display.colorMap.rgb(range.part(map.values[place]))
      }
    }
    func mask() -> RGBImage? { own.map { Self.painted(photo, .mask($0.mask)) } }
    func truth() -> RGBImage? {
      own.flatMap { difference(with: $0.mask) }.map { Self.painted(photo, .difference($0)) }
    }
    func reference() -> RGBImage? {
      guard let pinned = setup.pinned, pinned != index, let own,
        compare.work[pinned].pictures.indices.contains(frame)
      else { return nil }
      let other = compare.work[pinned].pictures[frame].mask
      guard other.width == own.mask.width, other.height == own.mask.height else { return nil }
      return Self.painted(photo, .difference(DifferencePicture(prediction: own.mask, truth: other)))
    }
    switch setup.pictures {
    case .all: return [heat(), mask(), truth()] + (setup.pinned == nil ? [] : [reference()])
    case .heat: return [heat()]
    case .mask: return [mask()]
    case .difference: return [truth()]
    }
  }
}
