import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An SVG file as an XML parser reads it.
final class Document: NSObject, XMLParserDelegate {
  struct Box {
    let x, y, width, height: Double
    var maxX: Double { x + width }
    var maxY: Double { y + height }
  }

  /// The names of the elements.
  private(set) var elements: Set<String> = []
  /// The texts of each group, by the group's class.
  private(set) var groups: [String: [[String]]] = [:]
  /// All text.
  private(set) var text = ""
  /// The files of the pictures.
  private(set) var images: [Data] = []
  /// The rectangles that have a class, by it.
  private(set) var rectangles: [String: [Box]] = [:]
  /// All rectangles and pictures but the background.
  private(set) var boxes: [Box] = []
  /// The height of the view box.
  private(set) var height = 0.0

  private var open: [String?] = []
  private var line = ""

  struct Malformed: Error {
    let reason: String
  }

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    guard parser.parse() else { throw Malformed(reason: "\(String(describing: parser.parserError))") }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.insert(name)
    func box() -> Box? {
      let numbers = ["x", "y", "width", "height"].map { attributes[$0].flatMap(Double.init) }
      guard let x = numbers[0], let y = numbers[1], let width = numbers[2], let height = numbers[3] else {
        return nil
      }
      return Box(x: x, y: y, width: width, height: height)
    }
    switch name {
    case "svg": height = Double(attributes["viewBox"]!.split(separator: " ")[3])!
    case "g":
      open.append(attributes["class"])
      if let group = attributes["class"] { groups[group, default: []].append([]) }
    case "text": line = ""
    case "image":
      let prefix = "data:image/png;base64,"
      if let reference = attributes["xlink:href"], reference.hasPrefix(prefix),
        let data = Data(base64Encoded: String(reference.dropFirst(prefix.count)))
      {
        images.append(data)
      }
    default: break
    }
    if let box = box() {
      boxes.append(box)
      if let known = attributes["class"] { rectangles[known, default: []].append(box) }
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { line += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "g" { open.removeLast() }
    guard name == "text" else { return }
    text += line + "\n"
    if let group = open.last ?? nil { groups[group]![groups[group]!.count - 1].append(line) }
  }
}
