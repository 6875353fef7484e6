import ArgumentParser

@main
struct C3NCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "c3n",
    abstract: "Explore, run and check C3N, the audio-visual segmentation network, on the CPU.",
    subcommands: [Run.self, Train.self, TrainAudio.self, Verify.self, Weights.self, Doctor.self])
}
