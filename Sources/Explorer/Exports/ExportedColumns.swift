import Inference
import Media
import TerminalUI

extension ExplorerState {
  /// The columns of the comparison side by side with their titles, each picture at the frame's extent: from above heat
  /// map, mask upon the frame, mask against truth and mask against the reference's, or the one kind that is shown. What
  /// there is not stays white. Nil without any.
  var columnsPicture: RGBImage? {
    guard let setup = compare.setup, let loaded, frame < loaded.pictures.count else { return nil }
    let photo = loaded.pictures[frame]
    return PictureSheet(
      title: [sheetTitle] + ([.all, .difference].contains(setup.pictures) ? [PictureSheet.colors] : []),
      columns: setup.columns.indices.map { index in
        PictureSheet.Column(title: title(ofColumn: index, setup), tiles: tiles(ofColumn: index, setup, photo))
      }, tile: Size(width: photo.width, height: photo.height)
    ).drawn()
  }

  /// The clip and the frame.
  var sheetTitle: String { "\(clip?.id ?? ""), frame \(frame + 1) of \(frameCount)" }

  private func title(ofColumn index: Int, _ setup: Comparison) -> [String] {
    let work = compare.work[index]
    var lines = [
      "\(index + 1) \(setup.title(of: index))\(setup.pinned == index ? " (reference)" : "")",
      "weights: \(setup.columns[index].model.weightsName)",
    ]
    guard let analysis = work.analysis, analysis.frames.indices.contains(frame) else {
      return lines + ["not run"]
    }
    if work.finished == nil { lines.append("unfinished, or of earlier knobs") }
    let shown = analysis.frames[frame]
    if let label = shown.agreement?.visualLabel {
      let isForced = analysis.effective.forcedLabel != nil
      lines.append("\(isForced ? "forced " : "")label \(labels.shortVisual(label)) (\(label))")
    } else {
      lines.append("no label")
    }
    lines.append("frame: IoU \(score(shown.iou))  F \(score(shown.fScore))")
    lines.append("clip: IoU \(score(analysis.iou))  F \(score(analysis.fScore))")
    return lines
  }

  private func tiles(ofColumn index: Int, _ setup: Comparison, _ photo: RGBPicture) -> [PictureSheet.Tile] {
    let work = compare.work[index]
    let own = work.pictures.indices.contains(frame) ? work.pictures[frame] : nil
    func heat() -> PictureSheet.Tile {
      guard let heat = work.analysis.flatMap(columnHeat) else {
        return PictureSheet.Tile(caption: "no heat map", picture: nil)
      }
      let range = columnHeatRange(heat)
      return PictureSheet.Tile(
        caption: "\(display.heatKind.rawValue), stage \(stage), \(limitsText(range))",
        picture: painted(heat.picture, range, over: photo))
    }
    func tile(_ caption: String, _ picture: RGBImage?) -> PictureSheet.Tile {
      PictureSheet.Tile(caption: caption, picture: picture)
    }
    func mask() -> PictureSheet.Tile {
      tile(own == nil ? "no mask" : "mask", own.map { Self.painted(photo, .mask($0.mask)) })
    }
    func truth() -> PictureSheet.Tile {
      let compared = own.flatMap { difference(with: $0.mask) }.map { Self.painted(photo, .difference($0)) }
      return tile(compared == nil ? whyNoTruth : "mask against ground truth", compared)
    }
    func reference() -> PictureSheet.Tile {
      let caption = setup.pinned.flatMap { $0 == index ? nil : "mask against that of column \($0 + 1)" } ?? ""
      guard let pinned = setup.pinned, pinned != index, let own,
        compare.work[pinned].pictures.indices.contains(frame)
      else { return tile(caption, nil) }
      let other = compare.work[pinned].pictures[frame].mask
      guard other.width == own.mask.width, other.height == own.mask.height else { return tile(caption, nil) }
      return tile(
        caption, Self.painted(photo, .difference(DifferencePicture(prediction: own.mask, truth: other))))
    }
    switch setup.pictures {
    case .all: return [heat(), mask(), truth()] + (setup.pinned == nil ? [] : [reference()])
    case .heat: return [heat()]
    case .mask: return [mask()]
    case .difference: return [truth()]
    }
  }

  /// A map in colours at the extent of a frame.
  func painted(_ map: ScalarPicture, _ range: ClosedRange<Float>, over photo: RGBPicture) -> RGBImage {
    Self.image(width: photo.width, height: photo.height) { x, y in
      let place = y * map.height / photo.height * map.width + x * map.width / photo.width
      return display.colorMap.rgb(range.part(map.values[place]))
    }
  }
}
