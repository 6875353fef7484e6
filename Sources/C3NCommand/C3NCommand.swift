import ArgumentParser

@main
struct C3NCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "c3n",
    abstract: "Explore, run and check C3N, the audio-visual segmentation network, on the CPU.",
    subcommands: [Verify.self])
}
