"""Synthetic training clips in AVSBench's two layouts."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Sequence, TypeVar

import cv2
import numpy as np
from PIL import Image

import sounds
import soundtracks
import training_catalogue as catalogue
import training_pictures as scenery
from credits import PhotoCredits
from packages import Sources
from photos import Photos, trace
from pictures import FRAMES, SIZE
from training_sounds import Library

T = TypeVar("T")
OFF_SCREEN = ("speech", "rain", "applause", "piano", "trumpet", "owl")
# Whole photos of animals that are never heard, as backgrounds of some clips.
_QUIET_PHOTOS = ("crocodile", "giraffe", "koala", "dragon", "hedgehog", "kangaroo", "moose", "panda", "lemur")
HELD_OUT_MONUMENTS = (
    "egypt/bentPyramid", "france/pontduGard", "germany/schwerinPalace", "india/mysorePalace", "usa/navajo",
    "wonders/machuPicchu", "usa/castillodeSanMarcos", "germany/wormsCathedral", "france/rocamadour",
)  # fmt: skip

_NATURAL = 0.4  # share of single-source clips that show a natural photo, for the classes that have one

# Longest side of a thing as a share of the frame, by (single-source?, how many things there are). Single-source
# clips are close-ups, as the shipped photos are.
_SIZES = {
    (True, 1): (0.5, 1.3), (True, 2): (0.38, 0.95), (True, 3): (0.3, 0.7), (True, 4): (0.28, 0.6),
    (False, 2): (0.28, 0.75), (False, 3): (0.28, 0.55), (False, 4): (0.28, 0.55),
}  # fmt: skip

# Ways in which sounds and seconds meet in a two-source clip, and how often.
MS3_KINDS = {"one": 0.48, "alternate": 0.18, "overlap": 0.10, "paused": 0.06, "off-screen": 0.12, "muted": 0.06}


@dataclass
class Deck:
    """Deals the classes in random order, each equally often."""

    names: Sequence[str]
    rng: np.random.Generator
    _left: list[str] = field(default_factory=list)

    def deal(self, unlike: Sequence[str] = ()) -> str:
        """The next class of a kin that is not among these."""
        kins = catalogue.categories()
        for _ in range(3):
            for name in self._left:
                if kins[name].kin not in unlike:
                    self._left.remove(name)
                    return name
            self._left += [self.names[i] for i in self.rng.permutation(len(self.names))]
        raise ValueError("every class is excluded")


class Media:
    """Cut-outs and backgrounds by split."""

    def __init__(self, sources: Sources) -> None:
        self._sources, self.photos = sources, Photos(sources)
        outlines = catalogue.outlines()
        self.cutouts: dict[str, list[scenery.Cutout]] = {"train": [], "val": []}
        self.scenes: list[scenery.Scene] = []
        for file in catalogue.cutouts():
            if file.package == "tuxpaint":
                rgba = np.asarray(Image.open(sources.stamps / file.path).convert("RGBA"))
                rgb, alpha = rgba[:, :, :3], rgba[:, :, 3] / 255
            else:
                rgb = self.photos.picture(file.package, f"resource/{file.path}.webp")
                rgb = cv2.resize(rgb, (960, 540), interpolation=cv2.INTER_AREA)
                mask = trace(rgb, outlines[file.path])
                alpha = soft(mask)
                self.scenes.append(scenery.Scene(file.path, file.category, rgb, mask))
            one = scenery.cutout(Path(file.path).stem, file.category, file.kin, rgb, alpha)
            self.cutouts[file.split].append(one)

    def of(self, category: str, split: str) -> list[scenery.Cutout]:
        """The cut-outs of a class; where none could be held out for `val`, those of `train`."""
        found = [one for one in self.cutouts[split] if one.category == category]
        return found or (self.of(category, "train") if split == "val" else [])

    def silent(self, split: str) -> list[scenery.Cutout]:
        """Cut-outs of what is never heard."""
        return [one for one in self.cutouts[split] if not one.category]

    @lru_cache(maxsize=None)
    def monuments(self, held_out: bool) -> list[np.ndarray]:
        """Public-domain and CC0 photos without animals; none that the shipped clips use."""
        shipped = json.loads((Path(__file__).parent / "data/multi_sources.json").read_text())
        used = {scene["background"] for scene in shipped.values()}
        credits, found = PhotoCredits(self._sources), []
        for archive, path in sorted(credits.works):
            name = path.removesuffix(".webp")
            free = path.endswith(".webp") and credits.free(archive, path)
            if archive == "explore_monuments" and free and name not in used:
                if (name in HELD_OUT_MONUMENTS) == held_out and self.photos.has(archive, path):
                    found.append(reduced(self.photos.picture(archive, path)))
        return found

    @lru_cache(maxsize=None)
    def quiet_photos(self) -> list[np.ndarray]:
        """Photos of animals that are never heard."""
        paths = [f"animals/{name}.webp" for name in _QUIET_PHOTOS]
        return [reduced(self.photos.picture("explore_world_animals", path)) for path in paths]


def soft(mask: np.ndarray) -> np.ndarray:
    """Alpha from a mask (0 or 1), a little inside its edge."""
    inner = cv2.erode(mask.astype(np.float32), np.ones((3, 3)))
    return cv2.GaussianBlur(inner, (0, 0), 1.0)


def reduced(pixels: np.ndarray) -> np.ndarray:
    """A photo whose shorter side has at most 480 pixels."""
    scale = min(1.0, 480 / min(pixels.shape[:2]))
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


@dataclass
class Clip:
    """A finished clip."""

    name: str
    category: str
    kind: str
    frames: list[np.ndarray]
    masks: list[np.ndarray]
    sound: np.ndarray
    notes: str


class Maker:
    """Makes the clips of one layout and split; how many there are of another changes nothing."""

    def __init__(self, media: Media, library: Library, split: str, layout: str, seed: int) -> None:
        self._media, self._library, self._split = media, library, split
        self._rng = np.random.default_rng([seed, 2, split == "val", *([1] if layout == "s4" else [])])
        visible = sorted({one.category for one in media.cutouts["train"] if one.category})
        self._first, self._second = Deck(visible, self._rng), Deck(visible, self._rng)
        self._outside = Deck(OFF_SCREEN, self._rng)
        self.heard: Counter[str] = Counter()

    def two_sources(self, name: str) -> Clip:
        """MS3: two things that could sound; the masks follow what does, second by second."""
        rng = self._rng
        kind = str(rng.choice(list(MS3_KINDS), p=list(MS3_KINDS.values())))
        first = self._first.deal()
        second = self._second.deal([_kin(first)])
        active = schedule(kind, rng)
        outside = ""
        if kind == "off-screen":
            deck = self._outside if rng.random() < 0.6 else self._second
            outside = deck.deal([_kin(first), _kin(second)])
        return self._make(name, "", kind, [first, second], active, outside)

    def one_of_two(self, name: str) -> tuple[Clip, np.ndarray]:
        """MS3: two things of which one sounds all the time, and the sound of the other."""
        seen = [self._first.deal()]
        seen.append(self._second.deal([_kin(seen[0])]))
        active = schedule("one", self._rng)
        clip = self._make(name, "", "one", seen, active, "")
        quiet = seen[int(active[0].all())]
        voice = soundtracks.voice(self._library.of(quiet, self._split), [True] * FRAMES, self._rng)
        return clip, soundtracks.mixed([voice], self._rng)

    def single_source(self, name: str) -> Clip:
        """S4: one thing sounds all the time, mostly beside one that could but does not."""
        first = self._first.deal()
        scenes = [scene for scene in self._media.scenes if scene.category == first]
        if scenes and self._rng.random() < _NATURAL:
            return self._natural(name, self._pick(scenes))
        beside = [self._second.deal([_kin(first)])] if self._rng.random() < 0.75 else []
        active = np.array([[True] * 5, [False] * 5, [False] * 5])
        return self._make(name, first, "single", [first, *beside], active, "")

    def _natural(self, name: str, scene: scenery.Scene) -> Clip:
        """A natural photo as it is: what is pasted in must not be all that can sound."""
        rng, look = self._rng, scenery.Look()
        background = scenery.Background(scene.pixels, rng, look, scene.mask)
        lens = scenery.Lens(rng, look)
        voice = soundtracks.voice(self._library.of(scene.category, self._split), [True] * 5, rng)
        self.heard[scene.category] += 1
        frames = [lens.taken(background.view(frame)) for frame in range(FRAMES)]
        masks = [background.seen(frame) for frame in range(FRAMES)]
        notes = f"{scene.category} xxxxx {scene.name}"
        return Clip(name, scene.category, "natural", frames, masks, soundtracks.mixed([voice], rng), notes)

    def _make(
        self, name: str, category: str, kind: str, seen: list[str], active: np.ndarray, outside: str
    ) -> Clip:
        rng, look = self._rng, scenery.Look()
        silent = rng.random() < (0.25 if len(seen) == 2 else 0.4)
        figures, owners, names = self._figures(seen, silent, single=kind == "single")
        background = self._background(quiet=0.3 if kind in ("off-screen", "muted") else 0.08)
        lens = scenery.Lens(rng, look)
        frames, masks = [], []
        for frame in range(FRAMES):
            picture, parts = scenery.composed(background, figures, frame)
            mask = np.zeros((SIZE, SIZE), bool)
            for owner, part in zip(owners, parts):
                if owner >= 0 and active[owner, frame]:
                    mask |= part
            frames.append(lens.taken(picture))
            masks.append(mask)
        voices = []
        for owner, who in [*enumerate(seen), (2, outside)]:
            if who and active[owner].any():
                voices.append(soundtracks.voice(self._library.of(who, self._split), active[owner], rng))
                self.heard[who] += 1
        sound = soundtracks.mixed(voices, rng) if voices else soundtracks.hush(rng)
        when = " ".join("".join("x" if on else "." for on in row) for row in active[: 3 if outside else len(seen)])
        notes = f"{'+'.join(seen)}{'|' + outside if outside else ''} {when} {'/'.join(names)}"
        return Clip(name, category, kind, frames, masks, sound, notes)

    def _figures(
        self, seen: list[str], silent: bool, single: bool
    ) -> tuple[list[scenery.Figure], list[int], list[str]]:
        """Figures from far to near, whose they are (-1: nobody's), and their names.

        Places are drawn again until every figure can be seen well enough.
        """
        rng, look = self._rng, scenery.Look()
        chosen = [(owner, self._pick(self._media.of(one, self._split))) for owner, one in enumerate(seen)]
        if silent:
            kins = {_kin(one) for one in seen}
            others = [one for one in self._media.silent(self._split) if one.kin not in kins]
            chosen.append((-1, self._pick(others)))
        if rng.random() < 0.1:  # a second animal of the same kind
            owner = int(rng.integers(len(seen)))
            chosen.append((owner, self._pick(self._media.of(seen[owner], self._split))))
        order = rng.permutation(len(chosen))
        slots = rng.permutation(len(chosen))
        for attempt in range(20):
            figures = []
            for place, number in zip(slots, order):
                low, high = place / len(chosen), (place + 1) / len(chosen)
                pose = scenery.random_pose(rng, (low + 0.05, high - 0.05), _SIZES[single, len(chosen)])
                figures.append(scenery.Figure(chosen[number][1], pose, rng, look))
            if all(clear(figures, frame) for frame in (0, FRAMES - 1)):
                break
        return figures, [chosen[n][0] for n in order], [chosen[n][1].name for n in order]

    def _background(self, quiet: float) -> scenery.Background:
        rng = self._rng
        draw = rng.random()
        if draw < quiet:
            pixels = self._pick(self._media.quiet_photos())
        elif draw < 0.6:
            pixels = self._pick(self._media.monuments(False))
        else:
            pixels = scenery.made_background(rng)
        return scenery.Background(pixels, rng, scenery.Look())

    def _pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._rng.integers(len(choices)))]


def _kin(category: str) -> str:
    return catalogue.categories()[category].kin


def schedule(kind: str, rng: np.random.Generator) -> np.ndarray:
    """In which seconds the first, the second and the unseen source sound."""
    active = np.zeros((3, 5), bool)
    turn = int(rng.integers(2))
    if kind == "alternate":
        order = np.array([turn] * 5)
        for cut in sorted(rng.choice(np.arange(1, 5), size=int(rng.choice([1, 1, 2, 3])), replace=False)):
            order[cut:] = 1 - order[cut:]
        active[order, np.arange(5)] = True
    elif kind == "one":
        active[turn] = True
    elif kind == "overlap":
        active[turn] = True
        start = int(rng.integers(0, 4))
        active[1 - turn, start : start + int(rng.integers(1, 5))] = True
        if rng.random() < 0.5:
            active[turn, int(rng.integers(2, 5)) :] = False
    elif kind == "paused":
        active[turn] = rng.random(5) < 0.5
        active[turn, int(rng.integers(5))] = True
        active[turn, (np.flatnonzero(active[turn])[0] + 2) % 5] = False
    elif kind == "off-screen":
        active[2] = True
        if rng.random() < 0.4:  # something seen takes over for a while
            start = int(rng.integers(0, 4))
            active[turn, start : start + int(rng.integers(1, 4))] = True
            active[2] = ~active[turn]
    elif kind != "muted":
        raise ValueError(kind)
    return active


def clear(figures: Sequence[scenery.Figure], frame: int) -> bool:
    """Whether at least 65 % of every figure is in the frame and not hidden by nearer ones, and it is not tiny."""
    covers = [figure.placed(frame)[:, :, 3] > 0.5 for figure in figures]
    for number, cover in enumerate(covers):
        nearer = np.any(covers[number + 1 :], axis=0) if covers[number + 1 :] else np.zeros_like(cover)
        whole = figures[number].area(frame)
        if (cover & ~nearer).sum() < max(350, 0.65 * whole):
            return False
    return True


class Writer:
    """Writes clips into one tree of a layout, and its table."""

    def __init__(self, root: Path, multiple: bool) -> None:
        self._root, self._multiple = root, multiple
        self._part = root / ("ms3_data" if multiple else "s4_data")
        self._rows: list[tuple] = []
        self._notes: list[tuple[str, ...]] = []

    def add(self, clip: Clip, split: str) -> None:
        """Writes the files of a clip."""
        folder = "" if self._multiple else clip.category.replace(" ", "_")
        place = Path(split) / folder / clip.name
        frames = self._part / "visual_frames" / (clip.name if self._multiple else place)
        masks = self._part / "gt_masks" / place
        stem = f"{clip.name}.mp4" if self._multiple else clip.name
        for number, (frame, mask) in enumerate(zip(clip.frames, clip.masks), 1):
            write_png(frames / f"{stem}_{number}.png", frame[:, :, ::-1])
            write_png(masks / f"{clip.name}_{number}.png", mask.astype(np.uint8) * 255)
        sounds.write(self._part / "audio_wav" / f"{place}.wav", clip.sound)
        self._rows.append((clip.name, split) if self._multiple else (clip.name, 0, place.parent.name, split))
        self._notes.append((clip.name, split, clip.kind, clip.notes))

    def close(self) -> None:
        """Writes the tables: AVSBench's, and `clips.csv` which tells what is in each clip."""
        names = ("video_id", "split") if self._multiple else ("name", "start", "category", "split")
        table = "ms3_meta_data.csv" if self._multiple else "s4_meta_data.csv"
        self._root.mkdir(parents=True, exist_ok=True)
        for file, header, rows in (
            (table, names, self._rows),
            ("clips.csv", ("name", "split", "kind", "content"), self._notes),
        ):
            with (self._root / file).open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(header)
                writer.writerows(rows)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Writes a PNG fast rather than small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1]):
        raise OSError(f"{path} can't be written")


def make(media: Media, library: Library, folder: Path, counts: dict[str, tuple[int, int]], seed: int) -> Counter[str]:
    """Writes `ms3/` and `s4/`; `counts` are their numbers of clips by split."""
    multiple, single = Writer(folder / "ms3", True), Writer(folder / "s4", False)
    heard: Counter[str] = Counter()
    for split, (twos, ones) in counts.items():
        makers = [Maker(media, library, split, layout, seed) for layout in ("ms3", "s4")]
        for number in range(twos):
            multiple.add(makers[0].two_sources(f"{split[0]}_m{number:08}"), split)
        for number in range(ones):
            single.add(makers[1].single_source(f"{split[0]}_s{number:08}"), split)
        for maker in makers:
            heard.update({f"{split} {name}": count for name, count in maker.heard.items()})
    multiple.close()
    single.close()
    return heard
