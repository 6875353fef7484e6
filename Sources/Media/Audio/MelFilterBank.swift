import Glibc

/// Triangular filters, evenly spaced on a mel scale, that sum a spectrum's bins into bands.
package struct MelFilterBank {
  /// The bins that a band sums, and their weights.
  private struct Band {
    let firstBin: Int
    let weights: [Double]
  }

  private let bands: [Band]

  /// Triangles linear in frequency on Slaney's mel scale over a range in Hz, each times 2 / (upper - lower edge)
  /// so that all have the same area: librosa's default. `bins` are spaced from 0 to `nyquist` Hz.
  package static func slaney(
    _ bands: Int, over range: ClosedRange<Double>, bins: Int, nyquist: Double
  ) -> Self {
    let (low, high) = (slaneyMel(range.lowerBound), slaneyMel(range.upperBound))
    return Self(
      edges: evenlySpaced(bands + 2, from: low, to: high).map(slaneyFrequency),
      positions: evenlySpaced(bins, from: 0, to: nyquist)
    ) { lower, upper in 2 / (upper - lower) }
  }

  /// Triangles linear in mel on HTK's scale, 1127 ln(1 + f/700), over a range in Hz, of height 1: VGGish's and
  /// Kaldi's. `bins` are spaced from 0 to `nyquist` Hz.
  package static func htk(_ bands: Int, over range: ClosedRange<Double>, bins: Int, nyquist: Double) -> Self {
    Self(
      edges: evenlySpaced(bands + 2, from: htkMel(range.lowerBound), to: htkMel(range.upperBound)),
      positions: evenlySpaced(bins, from: 0, to: nyquist).map(htkMel)
    ) { _, _ in 1 }
  }

  /// Triangles over `edges`: band i rises from edge i to edge i + 1 and falls to edge i + 2.
  private init(edges: [Double], positions: [Double], height: (Double, Double) -> Double) {
    bands = (0..<edges.count - 2).map { i in
      let (lower, center, upper) = (edges[i], edges[i + 1], edges[i + 2])
      let inside = positions.indices.filter { positions[$0] > lower && positions[$0] < upper }
      return Band(
        firstBin: inside.first ?? 0,
        weights: inside.map { bin in
          let rise = (positions[bin] - lower) / (center - lower)
          let fall = (upper - positions[bin]) / (upper - center)
          return min(rise, fall) * height(lower, upper)
        })
    }
  }

  /// The weighted sum of a spectrum's bins in each band.
  package func applied(to spectrum: [Double]) -> [Double] {
    bands.map { band in
      var sum = 0.0
      for (i, weight) in band.weights.enumerated() { sum += weight * spectrum[band.firstBin + i] }
      return sum
    }
  }
}

private func evenlySpaced(_ count: Int, from low: Double, to high: Double) -> [Double] {
  (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
}

private func htkMel(_ frequency: Double) -> Double { 1127 * log(1 + frequency / 700) }

// Slaney's scale is linear, 3 mels a 200 Hz, up to 1 kHz (15 mels), and logarithmic above: 27 mels a factor 6.4.
private let slaneyStep = log(6.4) / 27

private func slaneyMel(_ frequency: Double) -> Double {
  frequency < 1000 ? frequency * 3 / 200 : 15 + log(frequency / 1000) / slaneyStep
}

private func slaneyFrequency(_ mel: Double) -> Double {
  mel < 15 ? mel * 200 / 3 : 1000 * exp(slaneyStep * (mel - 15))
}
