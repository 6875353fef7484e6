/// What keys mean.
package enum Command: Hashable, Sendable {
  case move(Motion)
  case open
  case show(ScreenName)
  case pane(Int)
  case paneAlone(Bool)
  case frame(Int)
  case clip(Int)
  case play
  case search
  case find(Int)
  case filter
  case sort
  case reverse
  case overlay
  case heatKind
  case scale
  case colorMap
  case alpha(Int)
  case beta(Int)
  case consensus
  case audioFeatures
  case nonLocal
  case audioScores
  case published
  case run
  case cancel
  case exportText
  case exportPNG
  case exportJSON
  case palette
  case help
  case redraw
  case suspend
  case dismiss
  case back
  case accept
  case close
  case openMatrix
  case closeMatrix
  case matrixKind
  case orderRows
  case orderColumns
  case matrixMaximum
  case matrixColumns(Int)
  case searchLabels
  case findLabel(Int)
  case exportMatrix(isWhole: Bool)
  case ccamView
  case soundView
  case worstFirst
  case evaluateShown
  case pinReference
  case setBookmark
  case goToBookmark
  case listBookmarks
  case openBookmark
  case removeBookmark
  case noteClip
  case noteFrame
  case saveSession
  case openSession
  case exportCSV
  case exportFrame
  case exportHeat
  case exportMask
  case playSecond
  case playClip
  case stopSound
  case audioNoise(Int)
  case frameNoise(Int)
  case forceLabel
  case releaseLabel
  case chooseLabel
  case column(CompareCommand)
  case figure
  case loadAgain
}

/// A movement in a list, on a picture or matrix, or along the frames.
package enum Motion: Hashable, Sendable {
  case left
  case down
  case up
  case right
  case halfPageDown
  case halfPageUp
  case pageDown
  case pageUp
  case top
  case bottom
  case leftEdge
  case rightEdge
}

/// Where keys are valid.
package enum KeyContext: Hashable, Sendable, CaseIterable {
  /// The table of clips.
  case clips
  /// Lists: clips, classes, jobs, help.
  case list
  /// Pictures and matrices, which have a cursor.
  case plane
  /// The filmstrip and the sound.
  case film
  /// The frame's overlay.
  case overlays
  /// Heat maps.
  case maps
  /// The matrices.
  case matrix
  /// All screens.
  case anywhere
  /// The help.
  case help
  /// A line of text is being typed.
  case prompt
  /// The command palette.
  case palette
  /// The matrices of the five best classes.
  case topMatrix
  /// The whole matrix.
  case wholeMatrix
  /// The CCAM screen.
  case ccam
  /// The list of bookmarks.
  case bookmarks
  /// The columns of a comparison.
  case columns
}
