import Media
import TerminalUI

extension ExplorerState {
  /// Exports the numbers as a table, or one picture by itself, whatever screen is shown.
  mutating func exportPart(_ command: Command) -> [Effect] {
    if command == .exportCSV {
      guard let record = exportedNumbers else {
        message = "no numbers yet: the clip has not been run"
        return []
      }
      return [.exportCSV(name: exportName, record)]
    }
    let (part, picture, reason): (String, RGBImage?, String) =
      switch command {
      case .exportHeat:
        ("\(display.heatKind.rawValue)-stage-\(stage)", heatPicture, "no heat map: \(whyNoHeat)")
      case .exportMask: ("mask", maskPicture, "no mask: \(whyNoMask)")
      default:
        (
          "frame", loaded.flatMap { frame < $0.frameCount ? $0.contents.frames[frame] : nil },
          "no clip is read yet"
        )
      }
    guard let picture, let clip else {
      message = reason
      return []
    }
    let column = screen == .compare && part != "frame" ? compare.setup.map { "-column-\($0.focus + 1)" } : nil
    let name = "\(Self.fileName(clip.id))-\(frame + 1)-\(part)\(column ?? "")"
    return [.exportPNG(name: name, picture)]
  }

  /// The stage's heat map in colours, an entry at least four pixels wide; on Compare that of the focused column.
  var heatPicture: RGBImage? {
    let shown: (picture: ScalarPicture, range: ClosedRange<Float>)?
    if screen == .compare {
      shown = focusedWork?.analysis.flatMap(columnHeat).map { ($0.picture, columnHeatRange($0)) }
    } else {
      shown = heat(stage: stage).map { ($0.picture, $0.range) }
    }
    guard let shown else { return nil }
    let (width, height) = (shown.picture.width, shown.picture.height)
    let zoom = max(4, 224 / max(1, width))
    return Self.image(width: width * zoom, height: height * zoom) { x, y in
      display.colorMap.rgb(shown.range.part(shown.picture.values[y / zoom * width + x / zoom]))
    }
  }

  /// The focused column's work on Compare; nil elsewhere.
  var focusedWork: ColumnWork? {
    screen == .compare ? compare.setup.map { compare.work[$0.focus] } : nil
  }

  /// The predicted mask, white on black, at its own extent; on Compare that of the focused column.
  private var maskPicture: RGBImage? {
    let shown = screen == .compare ? focusedWork?.analysis.flatMap(mask) : prediction
    guard let prediction = shown else { return nil }
    return Self.image(width: prediction.width, height: prediction.height) { x, y in
      prediction.values[y * prediction.width + x] ? RGB(255, 255, 255) : RGB(0, 0, 0)
    }
  }

  /// A clip's name as part of a file's: it is not to be trusted with a path.
  static func fileName(_ name: String) -> String {
    let plain = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" })
    return plain.hasPrefix(".") ? "_" + plain.dropFirst() : plain
  }
}
