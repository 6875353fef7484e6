extension ExplorerState {
  /// Asks to hear the frame's second or the whole clip, as the audio encoder gets it.
  mutating func playSound(ofClip: Bool) -> [Effect] {
    guard let loaded, frame < loaded.contents.waveform.seconds else {
      message = "no clip is read yet"
      return []
    }
    let samples = loaded.contents.waveform.samples
    let values = ofClip ? samples.values : samples.slice(frame..<frame + 1).values
    let what = ofClip ? "the clip" : "second \(frame + 1)"
    keeping.soundNumber += 1
    keeping.sounding = what
    message = "playing \(what), on the machine that runs c3n; Lx stops"
    return [.playSound(number: keeping.soundNumber, values)]
  }

  mutating func stopSound() -> [Effect] {
    guard keeping.sounding != nil else {
      message = "nothing is playing"
      return []
    }
    keeping.sounding = nil
    return [.stopSound]
  }

  /// A sound that was replaced by another one ends without a word.
  mutating func endSound(_ number: Int, _ problem: String?) {
    guard number == keeping.soundNumber, keeping.sounding != nil else { return }
    keeping.sounding = nil
    message = problem
  }
}
