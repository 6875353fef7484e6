import AVSBench
import C3N
import Figures
import Foundation
import Inference
import Media
import Tensors
import Testing

@Suite struct FigureTests {
  @Test func theNumbersAreThoseOfTheAnalysis() throws {
    let subject = try Made.subject(frames: [0, 2])
    let document = try Document(try ConsensusFigure(subject).svg)
    for (position, frame) in [0, 2].enumerated() {
      let analysis = subject.analysis.frames[frame]
      let visual = document.groups["visual"]![position]
      // Title and heads, then five lines of number, name, C and C raised.
      #expect(visual.count == 3 + 5 * 4)
      for (row, entry) in analysis.visualTop.enumerated() {
        let line = Array(visual[(3 + 4 * row)..<(7 + 4 * row)])
        #expect(line[0] == "V\(row + 1)")
        #expect(abs(Float(line[2])! - entry.value) <= max(0.0005, 0.5 * entry.value * 0.1))
        #expect(abs(Float(line[3])! - entry.raised) <= 0.0005)
      }
      for (group, matrix) in [("similarity", analysis.similarity), ("reweighted", analysis.reweighted)] {
        let numbers = document.groups[group]![position].compactMap {
          Float($0.replacingOccurrences(of: "−", with: "-"))
        }
        #expect(numbers.count == 25)
        for (shown, value) in zip(numbers, matrix.joined()) { #expect(abs(shown - value) <= 0.00051) }
      }
    }
    #expect(document.text.contains("0.431"))
    #expect(document.text.contains("German shepherd"))
    #expect(document.text.contains("Variant pvtv2-panns"))
    #expect(document.text.contains("α 0.10, β 0.10"))
  }

  @Test func theLargestEntriesAreFramed() throws {
    let document = try Document(try ConsensusFigure(try Made.subject(frames: [1])).svg)
    // Both maxima are in row 1, column 2 of five; the matrices begin at 286 and 390.
    let frames = document.rectangles["maximum"]!
    #expect(frames.count == 2)
    #expect(frames.map(\.x) == [303, 407])
    #expect(frames[0].y == frames[1].y)
  }

  @Test func everyPictureDecodes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "picture.png").path
    let subject = try Made.subject(frames: [0, 1, 2])
    let figures: [(any Figure, Int)] = [
      (try ConsensusFigure(subject), 3 * 3), (try AttentionFigure(subject), 3 * (2 + 4 + 4)),
      (try FusionFigure(subject, without: Made.analysis(nonLocal: false)), 3 * 6),
    ]
    for (figure, count) in figures {
      let document = try Document(figure.svg)
      // The last frame has no ground truth.
      #expect(document.images.count == count - 1)
      for image in document.images {
        try image.write(to: URL(fileURLWithPath: path))
        let decoded = try RGBImage(contentsOf: path)
        #expect([112, 224].contains(decoded.width) && decoded.width == decoded.height)
      }
    }
  }

  @Test func heatMapsAreColouredByTheirValues() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "picture.png").path
    let document = try Document(try AttentionFigure(try Made.subject(frames: [0]), colors: .grey).svg)
    // Photo, truth, then CCAM's stage 1, which rises from left to right.
    try document.images[2].write(to: URL(fileURLWithPath: path))
    let heat = try RGBImage(contentsOf: path)
    let row = (0..<112).map { heat.pixels[3 * (50 * 112 + $0)] }
    #expect(row.first == 0 && row.last == 255 && row == row.sorted())
    #expect(document.groups["scale"]!.prefix(4).map(\.last) == ["0.00", "0.00", "0.00", "0.00"])
    #expect(document.groups["scale"]!.prefix(4).map(\.first) == ["1.00", "1.00", "1.00", "1.00"])
  }

  @Test func scoresStandBesideBothPredictions() throws {
    let subject = try Made.subject(frames: [0, 1])
    let document = try Document(
      try FusionFigure(subject, without: Made.analysis(nonLocal: false), stage: 3).svg)
    #expect(document.groups["iou-with"]! == [["IoU 0.800"], ["IoU 0.750"]])
    #expect(document.groups["iou-without"]! == [["IoU 0.500"], ["IoU 0.450"]])
    #expect(document.text.contains("M₃"))
  }

  @Test(arguments: [
    "</text><script>alert(1)</script>", "a & b \"c\" 'd' <e>", "esc\u{1b}[31m\u{0}\u{7}",
    "]]>\u{ffff}\u{fffe}",
    String(repeating: "猫", count: 300), String(repeating: "very long name ", count: 40), "",
  ])
  func hostileNamesStayText(name: String) throws {
    let subject = try Made.subject(
      frames: [0, 1], labels: Labels(audio: [String](repeating: name, count: 527), visual: [name]),
      clip: name, origin: name)
    let figures: [any Figure] = [
      try ConsensusFigure(subject), try AttentionFigure(subject),
      try FusionFigure(subject, without: Made.analysis(nonLocal: false)),
    ]
    for figure in figures {
      let document = try Document(figure.svg)
      #expect(!document.elements.contains("script"))
      #expect(figure.svg.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    }
  }

  @Test func theSameAnalysisMakesTheSameFile() throws {
    let subject = try Made.subject(frames: [0, 1, 2])
    #expect(try ConsensusFigure(subject).svg == ConsensusFigure(subject).svg)
    #expect(try AttentionFigure(subject).svg == AttentionFigure(subject).svg)
  }

  @Test func whatCannotBeDrawnIsSaid() throws {
    let tpavi = try Made.subject(frames: [0], analysis: Made.analysis(hasClasses: false))
    #expect { try ConsensusFigure(tpavi) } throws: { "\($0)".contains("no classes") }
    // TPAVI has the attention of its blocks all the same.
    #expect(try Document(try AttentionFigure(tpavi).svg).images.count == 2 + 4)
    let bare = try Made.subject(frames: [0], analysis: Made.analysis(hasClasses: false, hasDecoder: false))
    #expect { try AttentionFigure(bare) } throws: { "\($0)".contains("no heat maps") }
    #expect { try FusionFigure(bare, without: bare.analysis) } throws: { "\($0)".contains("no decoder") }
  }

  @Test func manyFramesAndOneStayOnThePage() throws {
    for count in [1, 2, 5, 6, 10] {
      let subject = try Made.subject(frames: (0..<count).map { $0 % 3 })
      let figures: [any Figure] = [
        try AttentionFigure(subject), try FusionFigure(subject, without: Made.analysis(nonLocal: false)),
      ]
      for figure in figures {
        let document = try Document(figure.svg)
        for box in document.boxes {
          #expect(box.x >= 0 && box.maxX <= 540.01 && box.y >= 0 && box.maxY <= document.height)
        }
        #expect(document.height < 760, "\(count) frames: \(document.height)")
      }
    }
  }
}
