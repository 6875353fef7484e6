import C3N
import Inference
import Media
import TerminalUI

extension ExplorerState {
  /// What CCAM shows, with titles: the heat maps of the four stages, beside the non-local blocks' attention where that is
  /// shown, or features and mask without and with those blocks. Each has the frame's extent. Nil without any.
  var stagesPicture: RGBImage? {
    guard let loaded, frame < loaded.pictures.count, let analysis else { return nil }
    let photo = loaded.pictures[frame]
    var title = [
      sheetTitle,
      "\(analysis.variant), weights: \(analysis.origin)",
      "knobs: \(analysis.requested.summary)"
        + (display.ccamView == .nonLocal ? ", but for the non-local blocks" : "")
        + (heatMaps.areEarlier ? ", of earlier knobs" : ""),
    ]
    if let label = frameAnalysis?.agreement?.visualLabel {
      title.append("label \(labels.shortVisual(label)) (\(label))")
    }
    func tile(_ name: String, _ map: ScaledMap?) -> PictureSheet.Tile {
      PictureSheet.Tile(
        caption: map.map { "\(name), \($0.limits)" } ?? "\(name): not known",
        picture: map.map { painted($0.picture, $0.range, over: photo) })
    }
    let columns: [PictureSheet.Column]
    switch display.ccamView {
    case .stages, .attention:
      title.append(
        "\(display.heatKind.meaning), \(scaleName(isAttention: display.heatKind == .spatialAttention))")
      columns = (1...4).map { stage in
        let heat = heat(stage: stage)
        let attention = display.ccamView == .attention ? fusionAttention(stage: stage) : nil
        return PictureSheet.Column(
          title: ["stage \(stage)" + ((heat ?? attention).map { "  \($0.extent)" } ?? "")],
          tiles: [tile("CCAM", heat)]
            + (display.ccamView == .attention ? [tile("non-local: theta phi", attention)] : []))
      }
    case .nonLocal:
      if truth != nil { title.append(PictureSheet.colors) }
      columns = [false, true].map { isOn in
        let analysis = nonLocalAnalysis(isOn)
        let iou = analysis.flatMap { $0.frames.indices.contains(frame) ? $0.frames[frame].iou : nil }
        let mask = analysis.flatMap { self.mask(of: $0) }
        let compared = mask.flatMap { difference(with: $0) }
        let picture = mask.map { Self.painted(photo, compared.map(PictureOverlay.difference) ?? .mask($0)) }
        let caption =
          mask == nil
          ? "mask: not known"
          : compared == nil
            ? "mask; \(whyNoTruth)"
            : "mask against ground truth" + (iou.map { ", IoU \(decimal($0, 3))" } ?? "")
        return PictureSheet.Column(
          title: ["\(isOn ? "with" : "without") non-local blocks"],
          tiles: [
            tile("mean of M_\(stage)", featureMap(nonLocal: isOn)),
            PictureSheet.Tile(caption: caption, picture: picture),
          ])
      }
    }
    return PictureSheet(
      title: title, columns: columns, tile: Size(width: photo.width, height: photo.height)
    ).drawn()
  }

  /// What enters the decoder at the stage shown, without or with non-local blocks; nil while that is not known.
  func featureMap(nonLocal isOn: Bool) -> ScaledMap? {
    let both = [false, true].flatMap { nonLocalAnalysis($0)?.featureMaps ?? [] }
    guard let maps = nonLocalAnalysis(isOn)?.featureMaps, maps.indices.contains(stage - 1) else { return nil }
    return ScaledMap(maps[stage - 1], frame: frame, scale: display.scale, among: both)
  }
}
