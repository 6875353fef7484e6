import Checkpoints
import Layers
import Tensors

/// Brings class scores that a checkpoint has in an order of its own into AudioSet's.
///
/// BEATs lists the order in its `label_dict`, output -> MID; the published program does not read it.
public struct LabelAlignment: Sendable {
  /// The output that scores each of AudioSet's classes.
  package let outputs: [Int]

  /// Joins the checkpoint's `label_dict` with AudioSet's class list.
  ///
  /// - Parameters:
  ///   - checkpoint: the encoder's file.
  ///   - identifiers: AudioSet's MIDs in its order.
  /// - Throws: ``ModelError`` without a `label_dict`, or for one that does not name every class once.
  package init(_ checkpoint: Checkpoint, identifiers: [String]) throws {
    func problem(_ text: String) -> ModelError { ModelError(place: checkpoint.file, problem: text) }
    guard let labels = checkpoint.object?["label_dict"] else {
      throw problem(
        "no 'label_dict', expected one of \(identifiers.count) classes for the label order 'aligned'")
    }
    var outputs: [String: Int] = [:]
    for item in labels.items {
      guard let output = item.key.int, let identifier = item.value.string,
        identifiers.indices.contains(Int(output))
      else {
        throw problem(
          "label_dict has \(item.key.summary): \(item.value.summary), expected an output and its MID")
      }
      outputs[identifier] = Int(output)
    }
    let missing = identifiers.filter { outputs[$0] == nil }
    guard missing.isEmpty, outputs.count == identifiers.count else {
      throw problem(
        "label_dict names \(outputs.count) classes and \(missing.count) of AudioSet's \(identifiers.count) are missing"
          + (missing.first.map { ", such as \($0)" } ?? ""))
    }
    self.outputs = identifiers.map { outputs[$0]! }
  }

  /// What a training's checkpoint calls the order.
  static let key = "audio_backbone.label_order"

  /// The order as a training's checkpoint has it.
  package var buffer: Buffer {
    Buffer(key: Self.key, value: Tensor(outputs.map { Float($0) }, [outputs.count]))
  }

  /// The order that a training has stored with its weights; nil if there is none.
  package init?(storedIn checkpoint: Checkpoint) throws {
    guard let stored = checkpoint[Self.key]?.tensor().values else { return nil }
    let outputs = stored.compactMap { Int(exactly: $0) }
    guard outputs.sorted() == Array(stored.indices) else {
      throw ModelError(
        place: checkpoint.file, problem: "\(Self.key) does not name each of \(stored.count) outputs once")
    }
    self.outputs = outputs
  }

  /// The same scores in AudioSet's order.
  func aligned(_ classes: AudioFeatures.Classes) -> AudioFeatures.Classes {
    .init(scores: aligned(classes.scores), logits: aligned(classes.logits))
  }

  private func aligned(_ scores: Tensor) -> Tensor {
    let (rows, count) = (scores.shape.rows, outputs.count)
    return Tensor(scores.shape) { out in
      scores.read { scores in
        for row in 0..<rows {
          for (index, output) in outputs.enumerated() {
            out[row * count + index] = scores[row * count + output]
          }
        }
      }
    }
  }
}
