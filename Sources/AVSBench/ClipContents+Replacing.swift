import Media

extension ClipContents {
  /// The same clip with other pictures or another sound, such as with noise added.
  ///
  /// Both must have as many frames and seconds as before. With another sound, the data set's log-mels go.
  public func replacing(frames: [RGBImage]? = nil, waveform: Waveform? = nil) -> ClipContents {
    precondition((frames ?? self.frames).count == self.frames.count, "another number of frames")
    precondition((waveform ?? self.waveform).seconds == self.waveform.seconds, "another number of seconds")
    return ClipContents(
      clip: clip, files: files, frames: frames ?? self.frames, masks: masks,
      waveform: waveform ?? self.waveform, logMel: waveform == nil ? logMel : nil, sound: sound,
      fileNotes: fileNotes, stamp: stamp)
  }
}
