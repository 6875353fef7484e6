/// Stochastic depth (Huang et al.; `DropPath` in the published program): in training, a residual branch of a block is
/// left out of a frame with a probability that rises linearly from 0 at the first block to `rate` at the last.
///
/// The branches that stay are scaled by 1 / (1 - probability), so that the expectation is what inference computes.
public struct StochasticDepth: Sendable {
  /// Factors of a block's two residual branches, one a frame: 0, or 1 / (1 - probability).
  public struct Branches: Sendable {
    /// Of the attention.
    public let first: [Float]
    /// Of the perceptron.
    public let second: [Float]
  }

  /// One entry a block, in order.
  public let blocks: [Branches]

  /// Draws the branches of a forward pass.
  ///
  /// - Parameters:
  ///   - rate: The probability at the last block, such as 0.1.
  ///   - blocks: The number of blocks.
  ///   - frames: The number of frames.
  ///   - uniform: A source of numbers in [0, 1).
  public init(rate: Float, blocks: Int, frames: Int, uniform: () -> Float) {
    self.blocks = (0..<blocks).map { block in
      let probability = blocks > 1 ? rate * Float(block) / Float(blocks - 1) : 0
      func factors() -> [Float] {
        (0..<frames).map { _ in uniform() < probability ? 0 : 1 / (1 - probability) }
      }
      return Branches(first: factors(), second: factors())
    }
  }

  /// Given factors, for tests.
  package init(blocks: [(first: [Float], second: [Float])]) {
    self.blocks = blocks.map { Branches(first: $0.first, second: $0.second) }
  }
}
