import Explorer
import Inference

/// The folder that a user means where a data set is expected: `embedded` is that of the embedded clips, in every command and
/// in sessions; a folder of that name here is `./embedded`.
///
/// Throws `AssetsError` if the embedded clips are meant and not there.
func datasetFolder(named name: String) throws -> String {
  name == Session.embedded ? try EmbeddedAssets.locate().clips : name
}
