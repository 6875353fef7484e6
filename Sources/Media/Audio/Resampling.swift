import CSoxr

/// Mono samples at another rate by libsoxr's `HQ` recipe, which librosa takes by default.
func resampled(_ samples: [Float], from source: Int, to target: Int, _ path: String) throws -> [Float] {
  let capacity = (samples.count * target + source - 1) / source
  let samplesAreFloats = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
  let quality = soxr_quality_spec(UInt(SOXR_HQ), 0)
  var failure: soxr_error_t?
  let output = [Float](unsafeUninitializedCapacity: capacity) { buffer, filled in
    failure = withUnsafePointer(to: samplesAreFloats) { io in
      withUnsafePointer(to: quality) { quality in
        soxr_oneshot(
          Double(source), Double(target), 1, samples, samples.count, nil,
          buffer.baseAddress, capacity, &filled, io, quality, nil)
      }
    }
  }
  if let failure {
    throw MediaError(path, "cannot be resampled from \(source) to \(target) Hz: \(String(cString: failure))")
  }
  return output
}
