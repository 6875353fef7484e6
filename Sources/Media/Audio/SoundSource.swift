import CSndFile

/// A file as libsndfile reads it: by calls, not through its descriptor.
///
/// `sf_open_fd` closes the descriptor of a file that it refuses even where it is told not to (1.2.0); a second close would
/// hit whatever another thread has opened since.
final class SoundSource {
  /// Bytes that are read in place of the file's own.
  struct Patch {
    let offset: Int
    let bytes: [UInt8]
  }

  private let file: RegularFile
  private let patches: [Patch]
  private var position = 0

  /// - Parameter patches: what a header should say.
  init(_ file: RegularFile, patches: [Patch] = []) {
    self.file = file
    self.patches = patches
  }

  /// Opens the sound. It and this object must outlive what is read from it.
  func open(_ info: inout SF_INFO) -> OpaquePointer? {
    var calls = SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(SoundSource.at($0).file.size) },
      seek: { SoundSource.at($2).seek(Int($0), from: $1) },
      read: { SoundSource.at($2).read(into: $0, count: Int($1)) },
      write: { _, _, _ in 0 },
      tell: { sf_count_t(SoundSource.at($0).position) })
    return sf_open_virtual(&calls, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
  }

  private static func at(_ pointer: UnsafeMutableRawPointer?) -> SoundSource {
    Unmanaged.fromOpaque(pointer!).takeUnretainedValue()
  }

  private func seek(_ offset: Int, from origin: Int32) -> sf_count_t {
    let start =
      switch origin {
      case SEEK_CUR: position
      case SEEK_END: file.size
      default: 0
      }
    let (wanted, overflow) = start.addingReportingOverflow(offset)
    guard !overflow, wanted >= 0 else { return -1 }
    position = wanted
    return sf_count_t(wanted)
  }

  private func read(into buffer: UnsafeMutableRawPointer?, count: Int) -> sf_count_t {
    // What cannot be read is told as an early end.
    guard let buffer, count > 0, var bytes = try? file.bytes(at: position, count: count) else { return 0 }
    for patch in patches {
      for (i, byte) in patch.bytes.enumerated() {
        let place = patch.offset + i - position
        if bytes.indices.contains(place) { bytes[place] = byte }
      }
    }
    bytes.withUnsafeBytes { buffer.copyMemory(from: $0.baseAddress!, byteCount: bytes.count) }
    position += bytes.count
    return sf_count_t(bytes.count)
  }
}
