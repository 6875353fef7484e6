// swift-tools-version: 6.2
import PackageDescription

// The order of the targets is the order of the data: C libraries, tensors, layers, files, the network,
// the worker, the screens, the command. Who may import whom is told by `c3n help network`.

let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// The kernels are optimised in debug builds too, otherwise a debug run of the network takes minutes.
let kernels: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-Wall", "-Werror"])]
let shims: [CSetting] = [.unsafeFlags(["-Wall", "-Werror"])]

let package = Package(
  name: "c3n-explorer",
  products: [.executable(name: "c3n", targets: ["C3NCommand"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CImages", cSettings: shims,
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z")]),
    // The articles of the DocC catalogues, for `c3n help`. They are included by C23's #embed.
    .target(name: "CDocumentation", cSettings: [.unsafeFlags(["-Wall", "-Werror", "-Wno-c23-extensions"])]),
    .target(name: "CNcurses", cSettings: shims, linkerSettings: [.linkedLibrary("ncursesw")]),
    .target(name: "CKernels", cSettings: kernels, linkerSettings: [.linkedLibrary("m")]),

    .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"], swiftSettings: swift),
    .target(name: "Layers", dependencies: ["Tensors", "CKernels"], swiftSettings: swift),
    .target(name: "Checkpoints", dependencies: ["Tensors", "CZlib"], swiftSettings: swift),
    .target(
      name: "Media", dependencies: ["Tensors", "CImages", "CSndFile", "CSoxr"],
      swiftSettings: swift),
    .target(
      name: "AVSBench", dependencies: ["Media", "Checkpoints", "Tensors"], swiftSettings: swift),
    .target(
      name: "C3N", dependencies: ["Layers", "Checkpoints", "Media", "Tensors", "CKernels"],
      swiftSettings: swift),
    .target(name: "Evaluation", dependencies: ["Tensors"], swiftSettings: swift),
    .target(
      name: "Inference", dependencies: ["C3N", "AVSBench", "Evaluation", "Media", "Tensors"],
      swiftSettings: swift),
    .target(
      name: "Training",
      dependencies: [
        "C3N", "AVSBench", "Evaluation", "Media", "Checkpoints", "Layers", "Tensors", "CKernels",
      ],
      swiftSettings: swift),
    .target(
      name: "Results",
      dependencies: [
        "Inference", "Evaluation", "C3N", "AVSBench", "Checkpoints",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),
    .target(name: "TerminalUI", swiftSettings: swift),
    .target(
      name: "Figures", dependencies: ["Inference", "TerminalUI", "AVSBench", "C3N", "Media", "Tensors"],
      swiftSettings: swift),
    .target(
      name: "Explorer",
      dependencies: ["TerminalUI", "Figures", "Inference", "AVSBench", "C3N", "Media", "Tensors"],
      swiftSettings: swift),
    .target(name: "CursesTerminal", dependencies: ["TerminalUI", "CNcurses"], swiftSettings: swift),
    .executableTarget(
      name: "C3NCommand",
      dependencies: [
        "Explorer", "Figures", "CursesTerminal", "TerminalUI", "Inference", "Training", "Results",
        "Evaluation", "C3N",
        "AVSBench",
        "Checkpoints", "Layers", "Media", "Tensors", "CDocumentation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),

    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], swiftSettings: swift),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "Tensors"], swiftSettings: swift),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors"], exclude: ["Fixtures"],
      swiftSettings: swift),
    .testTarget(
      name: "MediaTests", dependencies: ["Media", "Tensors"], exclude: ["Fixtures"], swiftSettings: swift),
    .testTarget(
      name: "AVSBenchTests", dependencies: ["AVSBench", "Media", "Tensors"], exclude: ["Fixtures"],
      swiftSettings: swift),
    // Damaged files for every reader, in processes of their own that may crash; counts what they allocate.
    .target(name: "AllocationCount", path: "Tests/AllocationCount", cSettings: shims),
    .executableTarget(
      name: "c3n-fuzz", dependencies: ["AllocationCount", "AVSBench", "Checkpoints", "Media", "Tensors"],
      path: "Tests/Fuzz", swiftSettings: swift),
    .testTarget(name: "FuzzTests", dependencies: ["c3n-fuzz", "PseudoTerminal"], swiftSettings: swift),
    .testTarget(
      name: "C3NTests", dependencies: ["C3N", "Checkpoints", "Layers", "Media", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: swift),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "AVSBench", "C3N", "Checkpoints", "Tensors"],
      swiftSettings: swift),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Tensors"], exclude: ["Fixtures"],
      swiftSettings: swift),
    // Writes results in a process of its own, for the tests to run twice at once and to kill.
    .executableTarget(
      name: "ResultsProbe", dependencies: ["Results", "Evaluation", "Inference"],
      path: "Tests/ResultsProbe", swiftSettings: swift),
    .testTarget(
      name: "ResultsTests",
      dependencies: [
        "Results", "ResultsProbe", "PseudoTerminal", "Inference", "Evaluation", "C3N", "AVSBench",
        "Checkpoints", "Tensors",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: swift),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "C3N", "AVSBench", "Checkpoints", "Layers", "Media", "Tensors"],
      exclude: ["Fixtures"], swiftSettings: swift),
    .testTarget(
      name: "TerminalUITests", dependencies: ["TerminalUI", "Tensors"], exclude: ["Fixtures"],
      swiftSettings: swift),
    .testTarget(
      name: "FiguresTests",
      dependencies: ["Figures", "TerminalUI", "Inference", "AVSBench", "C3N", "Media", "Tensors"],
      swiftSettings: swift),
    .testTarget(
      name: "ExplorerTests",
      dependencies: [
        "Explorer", "Figures", "TerminalUI", "Inference", "AVSBench", "C3N", "Checkpoints", "Media",
        "Tensors",
      ],
      exclude: ["Fixtures"], swiftSettings: swift),
    // Run by the tests on a pseudo-terminal; not part of the product.
    .executableTarget(
      name: "TerminalProbe", dependencies: ["CursesTerminal", "TerminalUI"], path: "Tests/TerminalProbe",
      swiftSettings: swift),
    // Programs that tests start: on a terminal, as a terminal emulator sees it, or with their output in a file.
    .target(
      name: "PseudoTerminal", dependencies: ["TerminalUI"], path: "Tests/PseudoTerminal",
      swiftSettings: swift),
    .testTarget(
      name: "C3NCommandTests",
      dependencies: ["C3NCommand", "PseudoTerminal", "Explorer", "C3N", "Media", "TerminalUI"],
      swiftSettings: swift),
    .testTarget(
      name: "CursesTerminalTests",
      dependencies: ["CursesTerminal", "PseudoTerminal", "TerminalProbe", "TerminalUI"],
      swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
