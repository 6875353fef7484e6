import AVSBench
import Explorer
import Inference

/// The folder that a user means where a data set is expected: `embedded` is that of the embedded clips, in every command and
/// in sessions, and `embedded:s4` and `embedded:ms3` are those of its data sets; a folder of that name here is `./embedded`.
///
/// Throws `AssetsError` if the embedded clips are meant and not there, and ``CommandError`` for a data set that is none of them.
func datasetFolder(named name: String) throws -> String {
  guard name == Session.embedded || name.hasPrefix(Session.embedded + ":") else { return name }
  let clips = try EmbeddedAssets.locate().clips
  if name == Session.embedded { return clips }
  let sets = try Dataset.openAll(clips)
  guard let set = sets.first(where: { $0.embeddedName == name.lowercased() }) else {
    throw CommandError(
      "\(name): no such embedded data set; expected \(sets.map(\.embeddedName).sorted(by: >).joined(separator: ", "))"
    )
  }
  return set.root
}

extension Dataset {
  /// How one of the embedded data sets is called: `embedded:s4`.
  var embeddedName: String { "\(Session.embedded):\(layout.rawValue.lowercased())" }
}
