import ArgumentParser
import Foundation
import Inference
import TerminalUI
import Training

/// `c3n train-audio`: the audio encoder of `lite` learns a list of sounds.
struct TrainAudio: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the small audio encoder of `lite` on a list of sounds.",
    discussion: """
      The list is a CSV file with the header path,labels,split: a sound file (relative to the list's folder), \
      AudioSet's class indices (0 to 526, joined by |, or nothing for background) and a split. `train` is trained on, \
      with speed, gain, noise and mixtures changed at random; every other split is held out, and scored after each \
      epoch by seconds and by files. Classes without a training sound are masked: their confidence is 0. The same \
      list, options and number of threads make the same file.
      """)

  @Argument(help: ArgumentHelp("The list of sounds.", valueName: "manifest.csv"))
  var manifest: String

  @Option(help: ArgumentHelp("The encoder's weights (safetensors).", valueName: "file"))
  var output: String

  @Option(help: "Epochs.")
  var epochs = 30

  @Option(help: "Seconds of sound an epoch; 0 for 40 for each class.")
  var examples = 0

  @Option(help: "Seconds of sound a step.")
  var batch = 32

  @Option(help: "Adam's learning rate, falling linearly to a hundredth.")
  var learningRate: Float = 2e-3

  @Option(help: "The share of examples in which two sounds are mixed.")
  var mixing: Float = 0.3

  @Option(help: "What is minimised: softmax (one distribution over the classes), binary (each class alone).")
  var loss: AudioTrainer.Loss = .softmax

  @Option(help: "Order, augmentation and initial values follow from it.")
  var seed: UInt64 = 1

  func validate() throws {
    guard epochs >= 1, examples >= 0, batch >= 2 else {
      throw ValidationError("expected --epochs 1 or more, --examples 0 or more, --batch 2 or more")
    }
    guard learningRate.isFinite, learningRate > 0, (0...1).contains(mixing) else {
      throw ValidationError("expected a positive --learning-rate and --mixing from 0 to 1")
    }
  }

  func run() throws {
    var options = AudioTrainer.Options()
    (options.epochs, options.examples, options.batch) = (epochs, examples, batch)
    (options.learningRate, options.mixing, options.loss, options.seed) = (learningRate, mixing, loss, seed)
    let sounds = try AudioManifest(contentsOf: manifest)
    let trainer = AudioTrainer(sounds, options)
    let training = sounds.sounds.count(where: \.isTraining)
    print(
      "\(training) sounds of \(sounds.classes.count) classes to train on, "
        + "\(sounds.sounds.count - training) held out; \(trainer.parameterCount) parameters")
    var last: AudioTrainer.Score?
    try trainer.run { report in
      last = report.score
      var line = String(format: "epoch %d  loss %.4f", report.epoch, report.loss)
      if let score = report.score {
        line += String(
          format: "  held out: seconds top-1 %.3f top-3 %.3f, files top-1 %.3f top-3 %.3f", score.top1,
          score.top3, score.fileTop1, score.fileTop3)
      }
      print(line)
      fflush(nil)
    }
    if let score = last {
      let names = try EmbeddedAssets.locate().audioClasses().names
      for (label, count) in score.byClass.sorted(by: { $0.key < $1.key }) {
        print("  \(TerminalText.escaped(names[label])): \(count.right) of \(count.all) files")
      }
    }
    try trainer.save(to: output, score: last)
    print("wrote \(TerminalText.escaped(output))")
  }
}

extension AudioTrainer.Loss: ExpressibleByArgument {}
