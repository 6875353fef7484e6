import AVSBench
import Foundation
import Testing

/// Clips that are read while others are computed with.
@Suite struct ClipsAheadTests {
  private let tree: Tree
  private let names = (0..<5).map { "clip\($0)" }

  init() throws {
    tree = try Tree()
    for name in names { try tree.singleSource("s4_data", "test", "dog", name) }
    let rows = names.map { "\($0),0,dog,test\n" }
    try tree.text("name,start,category,split\n" + rows.joined(), "s4_data/s4_meta_data.csv")
  }

  private func clips() throws -> [Clip] { try Dataset.open(tree.path()).clips }

  private func damage(_ name: String) throws {
    try tree.text("no sound", "s4_data/audio_wav/test/dog/\(name).wav")
  }

  @Test(arguments: [1, 2, 9])
  func clipsComeInOrderEachWithItsOwnError(_ limit: Int) throws {
    try damage("clip1")
    try tree.remove("s4_data/visual_frames/test/dog/clip3/clip3_2.png")
    let clips = try clips()
    #expect(clips.map(\.id) == names)
    let ahead = ClipsAhead(clips, ahead: limit)
    for (index, clip) in clips.enumerated() {
      if index == 1 || index == 3 {
        let error = #expect(throws: (any Error).self) { try ahead.next() }
        #expect("\(error!)".contains(clip.id), "\(error!)")
      } else {
        #expect(try ahead.next().clip.id == clip.id)
      }
    }
    #expect(ahead.seconds.reading > 0)
  }

  @Test func noMoreAreReadThanAskedFor() throws {
    let ahead = ClipsAhead(try clips(), ahead: 2)
    // At most clips 0 and 1 can have been read by now, and 2 after the first was taken.
    try damage("clip3")
    #expect(try ahead.next().clip.id == "clip0")
    try damage("clip4")
    for id in ["clip1", "clip2"] { #expect(try ahead.next().clip.id == id) }
    for _ in 3...4 { #expect(throws: (any Error).self) { try ahead.next() } }
  }

  @Test func theNextClipIsReadBeforeItIsAskedFor() throws {
    let ahead = ClipsAhead(try clips(), ahead: 1)
    let limit = ContinuousClock.now + .seconds(60)
    while ahead.seconds.reading == 0, ContinuousClock.now < limit { usleep(1000) }
    try damage("clip0")
    #expect(try ahead.next().clip.id == "clip0")
  }

  @Test func lettingGoEndsTheReading() throws {
    var ahead: ClipsAhead? = ClipsAhead(try clips(), ahead: 1)
    #expect(try ahead!.next().clip.id == "clip0")
    ahead = nil
    // An empty list needs no reader either.
    #expect(ClipsAhead([]).count == 0)
  }
}
