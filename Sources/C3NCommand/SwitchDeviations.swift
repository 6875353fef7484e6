import C3N

extension Switches {
  /// In words what is not as published, noise apart.
  var deviations: [String] {
    var texts: [String] = []
    let plain = Switches()
    if consensus != plain.consensus { texts.append("consensus \(consensus.rawValue)") }
    if !audioFeatures { texts.append("no audio features") }
    if !nonLocal { texts.append("no non-local blocks") }
    if alpha != plain.alpha { texts.append("alpha \(alpha)") }
    if beta != plain.beta { texts.append("beta \(beta)") }
    if audioScores != plain.audioScores { texts.append("audio scores \(audioScores.rawValue)") }
    if let forcedLabel { texts.append("label \(forcedLabel)") }
    return texts
  }
}
