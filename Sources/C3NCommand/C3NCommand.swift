import ArgumentParser

@main
struct C3NCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "c3n",
    abstract: "Explore, run and check C3N, the audio-visual segmentation network, on the CPU.",
    discussion: """
      Without a subcommand, `explore` runs; without a dataset, it opens the embedded clips.
      """,
    version: "0.1.0",
    subcommands: [Explore.self, Run.self, Evaluate.self, Verify.self, Weights.self, Doctor.self],
    defaultSubcommand: Explore.self)
}
