import ArgumentParser

@main
struct C3NCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "c3n")
}
