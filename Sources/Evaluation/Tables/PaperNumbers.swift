// The numbers of the paper's tables, as printed there: mIoU in percent, F between 0 and 1.
// Each table names its place in the paper; arguments are in the order of its columns.

extension PaperTable.Row {
  /// A row in the order of the paper's columns: mIoU on S4 and MS3, then F on S4 and MS3.
  init(
    _ fields: [String], _ iouS4: Double, _ iouMS3: Double, _ fS4: Double, _ fMS3: Double,
    _ condition: RowCondition
  ) {
    self.init(
      fields: fields, paper: [.s4: TableScore(iouS4, fS4), .ms3: TableScore(iouMS3, fMS3)],
      condition: condition)
  }
}

extension PaperTable.Group {
  /// Table II's rows for a variant that the paper does not have.
  public static func ablations(of variant: String, heading: String) -> PaperTable.Group {
    PaperTable.Group(
      heading: heading,
      rows: PaperTable.ablations.groups[0].rows.map { row in
        guard case .ablation(_, let audioFeatures, let consensus) = row.condition else { return row }
        return PaperTable.Row(
          fields: row.fields, paper: [:],
          condition: .ablation(variant, audioFeatures: audioFeatures, consensus: consensus))
      })
  }
}

extension PaperTable {
  /// Table I, section IV-B.
  static let methods = PaperTable(
    .one, section: "IV-B", caption: "Methods and backbones", titles: ["Method", "Backbone"],
    groups: [
      Group(
        heading: "",
        rows: [
          Row(["LVS", "ResNet-18 x 2"], 37.94, 29.45, 0.510, 0.330, .elsewhere),
          Row(["MSSL", "ResNet-18+CRNN"], 44.89, 26.13, 0.663, 0.363, .elsewhere),
          Row(["3DC", "ResNet-152 (3D)"], 57.10, 36.92, 0.759, 0.503, .elsewhere),
          Row(["SST", "ResNet-101"], 66.29, 42.57, 0.801, 0.572, .elsewhere),
          Row(["iGAN", "Swin"], 61.59, 42.89, 0.778, 0.544, .elsewhere),
          Row(["LGVT", "Swin"], 74.94, 40.71, 0.873, 0.593, .elsewhere),
        ]),
      Group(
        heading: "",
        rows: [
          Row(["TPAVI", "ResNet-50+VGGish"], 72.79, 47.88, 0.848, 0.578, .variant("tpavi-resnet50-vggish")),
          Row(["TPAVI", "PVTv2+VGGish"], 78.74, 54.00, 0.879, 0.645, .variant("tpavi-pvtv2-vggish")),
          Row(
            ["TPAVI-Re", "ResNet-50+VGGish"], 72.69, 46.56, 0.832, 0.563, .variant("tpavi-resnet50-vggish")),
          Row(["TPAVI-Re", "ResNet-50+PANNs"], 73.06, 48.36, 0.834, 0.588, .elsewhere),
          Row(["TPAVI-Re", "PVTv2+VGGish"], 78.78, 54.00, 0.878, 0.651, .variant("tpavi-pvtv2-vggish")),
          Row(["TPAVI-Re", "PVTv2+PANNs"], 78.98, 55.13, 0.879, 0.663, .elsewhere),
          Row(["AVSC", "PVTv2+BEATs"], 81.29, 59.50, 0.886, 0.657, .elsewhere),
          Row(["LDM", "PVTv2+VGGish"], 81.38, 58.18, 0.902, 0.709, .elsewhere),
          Row(["BG", "PVTv2+VGGish"], 81.71, 55.10, 0.904, 0.668, .elsewhere),
          Row(["ECMVAE", "PVTv2+VGGish"], 81.74, 57.84, 0.901, 0.708, .elsewhere),
          Row(["ECMVAE-Re", "PVTv2+VGGish"], 81.64, 57.44, 0.899, 0.690, .elsewhere),
          Row(["ECMVAE-Re", "PVTv2+PANNs"], 81.93, 58.04, 0.900, 0.708, .elsewhere),
          Row(["BAVS", "PVTv2+BEATs"], 82.68, 59.63, 0.898, 0.659, .elsewhere),
        ]),
      Group(
        heading: "",
        rows: [
          Row(["C3N (Ours)", "Swin+VGGish"], 81.63, 56.38, 0.897, 0.663, .variant("swin-vggish")),
          Row(["C3N (Ours)", "Swin+PANNs"], 81.87, 57.09, 0.898, 0.671, .variant("swin-panns")),
          Row(["C3N (Ours)", "Swin+BEATs"], 81.95, 58.14, 0.900, 0.683, .variant("swin-beats")),
          Row(["C3N (Ours)", "PVTv2+VGGish"], 82.67, 60.11, 0.904, 0.697, .variant("pvtv2-vggish")),
          Row(["C3N (Ours)", "PVTv2+PANNs"], 82.94, 61.67, 0.906, 0.713, .variant("pvtv2-panns")),
          Row(["C3N (Ours)", "PVTv2+BEATs"], 83.11, 61.72, 0.908, 0.722, .variant("pvtv2-beats")),
        ]),
    ])

  /// Table II, section IV-C1.
  ///
  /// Which rows have which parts is told by the text; the published page has pictures of check marks.
  static let ablations = PaperTable(
    .two, section: "IV-C1",
    caption: "Audio features (AF), visual consensus (CC-V), audio-visual consensus (CC)",
    titles: ["AF", "CC-V", "CC"],
    groups: [
      Group(
        heading: "Swin+VGGish",
        rows: [
          Row(
            ["", "", ""], 79.07, 48.81, 0.878, 0.583,
            .ablation("swin-vggish", audioFeatures: false, consensus: "none")),
          Row(
            ["", "x", ""], 80.02, 49.38, 0.882, 0.589,
            .ablation("swin-vggish", audioFeatures: false, consensus: "visual")),
          Row(
            ["", "", "x"], 80.37, 50.32, 0.887, 0.609,
            .ablation("swin-vggish", audioFeatures: false, consensus: "audio-visual")),
          Row(
            ["x", "", ""], 80.61, 53.05, 0.889, 0.625,
            .ablation("swin-vggish", audioFeatures: true, consensus: "none")),
          Row(
            ["x", "", "x"], 81.63, 56.38, 0.897, 0.663,
            .ablation("swin-vggish", audioFeatures: true, consensus: "audio-visual")),
        ]),
      Group(
        heading: "Swin+PANNs",
        rows: [
          Row(
            ["", "", ""], 79.59, 48.68, 0.882, 0.595,
            .ablation("swin-panns", audioFeatures: false, consensus: "none")),
          Row(
            ["", "x", ""], 80.38, 50.56, 0.886, 0.606,
            .ablation("swin-panns", audioFeatures: false, consensus: "visual")),
          Row(
            ["", "", "x"], 80.45, 51.59, 0.886, 0.629,
            .ablation("swin-panns", audioFeatures: false, consensus: "audio-visual")),
          Row(
            ["x", "", ""], 80.69, 54.34, 0.889, 0.649,
            .ablation("swin-panns", audioFeatures: true, consensus: "none")),
          Row(
            ["x", "", "x"], 81.87, 57.09, 0.898, 0.671,
            .ablation("swin-panns", audioFeatures: true, consensus: "audio-visual")),
        ]),
      Group(
        heading: "PVTv2+VGGish",
        rows: [
          Row(
            ["", "", ""], 80.76, 50.75, 0.888, 0.611,
            .ablation("pvtv2-vggish", audioFeatures: false, consensus: "none")),
          Row(
            ["", "x", ""], 81.62, 52.26, 0.895, 0.622,
            .ablation("pvtv2-vggish", audioFeatures: false, consensus: "visual")),
          Row(
            ["", "", "x"], 81.92, 54.30, 0.897, 0.644,
            .ablation("pvtv2-vggish", audioFeatures: false, consensus: "audio-visual")),
          Row(
            ["x", "", ""], 81.70, 56.73, 0.896, 0.663,
            .ablation("pvtv2-vggish", audioFeatures: true, consensus: "none")),
          Row(
            ["x", "", "x"], 82.67, 60.11, 0.904, 0.697,
            .ablation("pvtv2-vggish", audioFeatures: true, consensus: "audio-visual")),
        ]),
      Group(
        heading: "PVTv2+PANNs",
        rows: [
          Row(
            ["", "", ""], 80.73, 52.18, 0.890, 0.617,
            .ablation("pvtv2-panns", audioFeatures: false, consensus: "none")),
          Row(
            ["", "x", ""], 81.40, 53.57, 0.894, 0.634,
            .ablation("pvtv2-panns", audioFeatures: false, consensus: "visual")),
          Row(
            ["", "", "x"], 81.97, 54.08, 0.896, 0.651,
            .ablation("pvtv2-panns", audioFeatures: false, consensus: "audio-visual")),
          Row(
            ["x", "", ""], 82.06, 58.76, 0.897, 0.687,
            .ablation("pvtv2-panns", audioFeatures: true, consensus: "none")),
          Row(
            ["x", "", "x"], 82.94, 61.67, 0.906, 0.713,
            .ablation("pvtv2-panns", audioFeatures: true, consensus: "audio-visual")),
        ]),
    ])

  /// Table III, section IV-C2, on the validation set.
  static let exponents = PaperTable(
    .three, section: "IV-C2", caption: "Exponents of the confidences", split: "val",
    titles: ["alpha", "beta"],
    groups: [
      Group(
        heading: "Swin+PANNs",
        rows: [
          Row(
            ["0.10", "0.10"], 81.36, 61.10, 0.894, 0.721, .exponents("swin-panns", alpha: 0.10, beta: 0.10)),
          Row(
            ["0.25", "0.25"], 81.08, 60.74, 0.892, 0.723, .exponents("swin-panns", alpha: 0.25, beta: 0.25)),
          Row(
            ["0.10", "0.25"], 81.01, 60.69, 0.891, 0.718, .exponents("swin-panns", alpha: 0.10, beta: 0.25)),
          Row(
            ["0.25", "0.10"], 80.73, 60.47, 0.890, 0.719, .exponents("swin-panns", alpha: 0.25, beta: 0.10)),
        ])
    ])

  /// Table VI, section IV-D7.
  static let audioNoise = PaperTable(
    .six, section: "IV-D7", caption: "White noise in the sound", titles: ["SNR"],
    groups: [
      Group(
        heading: "PVTv2+PANNs",
        rows: [
          Row(["No noise"], 82.94, 61.67, 0.906, 0.713, .audioNoise("pvtv2-panns", nil)),
          Row(["20 dB"], 82.86, 61.52, 0.905, 0.713, .audioNoise("pvtv2-panns", 20)),
          Row(["10 dB"], 82.79, 60.60, 0.904, 0.703, .audioNoise("pvtv2-panns", 10)),
          Row(["0 dB"], 82.65, 59.16, 0.903, 0.693, .audioNoise("pvtv2-panns", 0)),
          Row(["-10 dB"], 82.27, 55.23, 0.900, 0.674, .audioNoise("pvtv2-panns", -10)),
          Row(["-20 dB"], 81.50, 51.08, 0.896, 0.645, .audioNoise("pvtv2-panns", -20)),
        ])
    ])

  /// Table VII, section IV-D8.
  static let frameNoise = PaperTable(
    .seven, section: "IV-D8", caption: "White noise in the frames", titles: ["SNR"],
    groups: [
      Group(
        heading: "PVTv2+PANNs",
        rows: [
          Row(["No noise"], 82.94, 61.67, 0.906, 0.713, .frameNoise("pvtv2-panns", nil)),
          Row(["30 dB"], 82.58, 61.59, 0.904, 0.712, .frameNoise("pvtv2-panns", 30)),
          Row(["20 dB"], 80.81, 59.40, 0.894, 0.697, .frameNoise("pvtv2-panns", 20)),
          Row(["10 dB"], 74.06, 52.09, 0.849, 0.629, .frameNoise("pvtv2-panns", 10)),
        ])
    ])
}

extension CategoryTable {
  /// Table V, section IV-D6: C3N with PVTv2 and PANNs on S4's test set, in the paper's three rows of columns.
  static let published: [[Entry]] = [
    [
      Entry("ambulance siren", 79.81, 0.863),
      Entry("baby laughter", 82.62, 0.894),
      Entry("gun shooting", 72.57, 0.851),
      Entry("cat meowing", 87.77, 0.934),
      Entry("chainsawing trees", 65.45, 0.789),
      Entry("coyote howling", 83.36, 0.914),
      Entry("dog barking", 87.26, 0.927),
      Entry("driving buses", 84.08, 0.891),
    ],
    [
      Entry("female singing", 81.70, 0.878),
      Entry("helicopter", 76.96, 0.880),
      Entry("horse clip-clop", 81.16, 0.895),
      Entry("lawn mowing", 86.72, 0.931),
      Entry("lions roaring", 91.13, 0.959),
      Entry("male speech", 90.61, 0.958),
      Entry("bird singing", 87.96, 0.949),
      Entry("playing guitar", 87.71, 0.946),
    ],
    [
      Entry("playing glockenspiel", 83.45, 0.934),
      Entry("playing piano", 87.30, 0.940),
      Entry("playing tabla", 87.07, 0.920),
      Entry("playing ukulele", 76.59, 0.873),
      Entry("playing violin", 74.35, 0.861),
      Entry("race car", 85.74, 0.924),
      Entry("typing keyboard", 88.74, 0.949),
    ],
  ]

  /// The paper's mean over categories and standard deviation.
  static let publishedMean = TableScore(83.05, 0.907)
  static let publishedDeviation = TableScore(6.21, 0.041)
}
