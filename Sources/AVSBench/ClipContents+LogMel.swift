import Checkpoints
import Media
import Tensors

extension Clip {
  /// Reads the data set's log-mels for as many frames: a pickled tensor [n, 1, 96, 64] or [n, 96, 64].
  ///
  /// Throws `CheckpointError` for a file that cannot be read, and ``DatasetError`` for one that holds something else.
  public func readLogMel(_ path: String, frames: Int) throws -> Tensor {
    let checkpoint = try Checkpoint.open(path)
    guard checkpoint.names.count == 1, let entry = checkpoint[checkpoint.names[0]],
      [[1, 96, 64], [96, 64]].contains(Array(entry.shape.extents.dropFirst())), entry.shape[0] > 0
    else {
      let found = checkpoint.topLevel.map(\.description).joined(separator: ", ")
      throw DatasetError(path, "\(found); expected log-mels of shape [\(frames), 1, 96, 64]")
    }
    let stored = entry.tensor()
    guard stored.read({ p in (0..<stored.count).allSatisfy { p[$0].isFinite } }) else {
      throw DatasetError(path, "log-mels that are not finite")
    }
    let piece = 96 * 64
    // [n, 1, 96, 64] -> [frames, 96, 64]: cut, or the last one repeated as the data set does for short sounds.
    return Tensor([frames, 96, 64]) { out in
      stored.read { p in
        for frame in 0..<frames {
          let source = min(frame, entry.shape[0] - 1)
          (out + frame * piece).update(from: p + source * piece, count: piece)
        }
      }
    }
  }

  /// The log-mels if there are any, and what is wrong with those that cannot be used.
  func readLogMel(of files: ClipFiles) -> (Tensor?, problem: ClipNote?) {
    guard let path = files.audioLogMel else { return (nil, nil) }
    do {
      return (try readLogMel(path, frames: files.frames.count), nil)
    } catch {
      let made = "the log-mels are made from the sound instead"
      let problem = "\(error)"
      let text =
        problem.hasPrefix("\(path): ") ? String(problem.dropFirst(path.count + 2)) : problem
      return (nil, ClipNote(path, "\(text); \(made)", kind: "log-mels that cannot be read; \(made)"))
    }
  }
}
