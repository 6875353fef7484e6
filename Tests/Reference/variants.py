"""The variants that the reference has, by the names of c3n's command line."""

VARIANTS = (
    "pvtv2-vggish", "pvtv2-panns", "pvtv2-beats", "swin-vggish", "swin-panns", "swin-beats",
    "tpavi-pvtv2-vggish", "tpavi-resnet50-vggish",
)
