"""C3N and TPAVI in PyTorch, written from the specification of the network and not from the Swift program.

    python3 Tests/Reference/c3n_torch.py Tests/C3NTests/Fixtures/swin_beats.safetensors ...

holds this implementation against tensors of the published program and exits with 1 where one differs by more than the
tolerance: it shows that what compare.py compares with is itself right.

It is also the time to beat, so it is made fast: no autograd (the gradient for omega is written out, for inputs alone), maps in
channels_last, products and convolutions by oneDNN with packed weights and fused activations, batch norms, ASPP and non-local
blocks folded into single linear maps.
"""

import os
import sys

import torch
from safetensors import SafetensorError, safe_open

from audio import BEATs, PANNs, VGGish
from consensus import CategoryMatch, attend_to_label
from decoder import Decoder
from errors import FixtureError
from fusion import NonLocal, Pooling
from layers import keep_freed_memory, to_map
from pvtv2 import PVTv2
from resnet import ResNet50
from swin import Swin
from variants import VARIANTS
from weights import Weights

AUDIO = {"vggish": VGGish, "panns": PANNs, "beats": BEATs}
VISUAL = {"pvtv2": PVTv2, "swin": Swin, "resnet50": ResNet50}


class C3N:
    """A variant with weights by formula."""

    @torch.inference_mode()
    def __init__(self, variant, seed=1):
        *method, visual, audio = variant.split("-")
        weights = Weights(seed)
        self.has_classes = not method
        self.audio = AUDIO[audio](weights, self.has_classes)
        self.visual = VISUAL[visual](weights, self.has_classes)
        self.match = CategoryMatch(seed) if self.has_classes else None
        sizes = list(enumerate(zip(self.visual.channels, self.visual.sides), 1))
        self.pooling = [Pooling(weights, i, c, side, not self.has_classes) for i, (c, side) in sizes]
        prefix = "tpavi_" if self.has_classes else "tpavi_b"
        self.non_local = [NonLocal(weights, f"{prefix}{i}", self.audio.width) for i, _ in sizes]
        self.decoder = Decoder(weights, self.visual.sides)
        self.shapes = weights.shapes

    @torch.inference_mode()
    def __call__(self, images, sound, record=None, finished=lambda part: None):
        """One clip.

        images: normalised frames [T, 3, 224, 224]. sound: samples [T, 16000] or what the front end makes of them.
        record: a dictionary that receives every intermediate tensor. finished: told of each part of c3n bench.
        -> mask logits [T, 1, 224, 224]
        """
        prepared = sound if sound.dim() > 2 else self.audio.front_end(sound)
        embedding, scores = self.audio(prepared, record)
        finished("audio")
        images = images.contiguous(memory_format=torch.channels_last)
        stages, logits, tape = self.visual.forward(images, keep=self.has_classes)
        finished("backbone")
        attended = stages
        if self.has_classes:
            labels, audio_labels, value, gap = self.match(scores, logits)
            finished("consensus")
            omegas = self.visual.class_activated_weights(tape, labels)
            finished("backward")
            attended = [attend_to_label(v, omega) for v, omega in zip(stages, omegas)]
            finished("ccam")
            if record is not None:
                record.update(
                    a_cls=scores, v_cls=logits, target_category=labels, reweighted_row=labels.clone(),
                    reweighted_col=audio_labels, reweighted_max=value, label_gap=gap)
                record.update((f"omega{i}", omega) for i, omega in enumerate(omegas, 1))
                self.record_maps(record, cs=attended)
        tape = None
        pooled = [pooling(v) for pooling, v in zip(self.pooling, attended)]
        finished("aspp")
        fused = [block(x, embedding) for block, x in zip(self.non_local, pooled)]
        finished("fusion")
        mask_logits = self.decoder(fused, record)
        finished("decoder")
        if record is not None:
            record.update({self.audio.front_end_name: prepared}, audio_embedding=embedding, logits=mask_logits)
            self.record_maps(record, stage=stages, aspp=pooled, tpavi=fused)
        return mask_logits

    def record_maps(self, record, **maps):
        """Adds the stages' tokens as maps [F, C, H, W], numbered from 1."""
        for name, stages in maps.items():
            for i, (x, side) in enumerate(zip(stages, self.visual.sides), 1):
                record[f"{name}{i}"] = to_map(x, side)


def sample(tensor, name, count=512):
    """`count` values of the row-major tensor at equal distances; those of the non-local blocks lie as [1, C, T, H, W]."""
    if name.startswith("tpavi"):
        tensor = tensor.permute(1, 0, 2, 3)
    flat = tensor.reshape(-1)
    return flat[::max(1, flat.numel() // count)][:count].clone()


def read_tensors(path):
    """A safetensors file's metadata and tensors."""
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError) as error:
        raise FixtureError(f"{path}: {error}; expected a safetensors file") from None


def read_fixture(path):
    """-> variant, seed, tensors; a reduced fixture has its inputs in the file that it names."""
    metadata, tensors = read_tensors(path)
    name, seed = metadata.get("variant", ""), metadata.get("seed", "")
    variant = name.replace("_", "-").replace("pvt-", "pvtv2-").replace("resnet-", "resnet50-")
    if variant not in VARIANTS or not seed.isdecimal():
        raise FixtureError(
            f"{path}: variant '{name}' and seed '{seed}' in the metadata, expected one of {', '.join(VARIANTS)} and a number")
    if "inputs" in metadata:
        inputs = read_tensors(os.path.join(os.path.dirname(path), metadata["inputs"]))[1]
        tensors = {name: inputs[name] for name in ("images", "waveform") if name in inputs} | tensors
    if "images" not in tensors or not tensors.keys() & {"waveform", "vggish_logmel"}:
        raise FixtureError(f"{path}: has {', '.join(sorted(tensors))}; expected inputs 'images' and 'waveform' among them")
    return variant, int(seed), tensors


def tolerance(name, reference):
    """What a tensor may differ from its reference: labels in no frame, VGGish's codes by one step in all, mask logits by 1e-3,
    audio scores and BEATs' filter bank (root mean square) by 1e-4, others by 1e-4 of the reference's absolute maximum."""
    if not reference.is_floating_point():
        return 0
    absolute = {"logits": 1e-3, "logits_sample": 1e-3, "a_cls": 1e-4, "beats_fbank": 1e-4, "vggish_quantised": 1}
    return absolute.get(name) or 1e-4 * reference.abs().max().item()


def difference(name, ours, reference):
    """How much a tensor differs from its reference, in the measure that the tolerance is in."""
    if name.endswith("_sample"):
        ours = sample(ours, name, len(reference))
    if not reference.is_floating_point():
        return int((ours != reference).sum())
    distance = (ours - reference).abs()
    if name == "vggish_quantised":
        return distance.sum().item()
    # Single values of the filter bank are noise of the transform's rounding, where a band is 60 dB below the loudest.
    return distance.square().mean().sqrt().item() if name == "beats_fbank" else distance.max().item()


def check(path):
    """Prints a line for each tensor of a fixture; -> whether all are within their tolerances."""
    variant, seed, tensors = read_fixture(path)
    images, waveform, log_mel = (tensors.pop(name, None) for name in ("images", "waveform", "vggish_logmel"))
    record = {}
    C3N(variant, seed)(images, waveform if log_mel is None else log_mel, record)
    print(f"{variant}, seed {seed}")
    is_right = True
    for name in sorted(tensors):
        ours = record.get(name.removesuffix("_sample"))
        if ours is None or not name.endswith("_sample") and ours.shape != tensors[name].shape:
            found = list(tensors[name].shape)
            raise FixtureError(f"{path}: '{name}' {found}, expected {'no such tensor' if ours is None else list(ours.shape)}")
        error, limit = difference(name, ours, tensors[name]), tolerance(name, tensors[name])
        is_right = is_right and error <= limit
        print(f"  {name:18} {error:9.3g}  tolerance {limit:9.3g}  {'ok' if error <= limit else 'FAIL'}")
    return is_right


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    keep_freed_memory()
    try:
        return 0 if all([check(path) for path in sys.argv[1:]]) else 1
    except FixtureError as error:
        print(f"c3n_torch.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
