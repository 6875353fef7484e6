"""A small reader for WordNet 3.0's noun files (`data.noun`, `index.noun`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Synset:
    """One noun synset: its byte offset, its lemmas and its direct hypernyms."""

    offset: int
    lemmas: tuple[str, ...]
    hypernyms: tuple[int, ...]


class WordNet:
    """Nouns of WordNet 3.0, read on demand by byte offset."""

    def __init__(self, folder: Path) -> None:
        self._data = (folder / "data.noun").read_bytes()
        index = (folder / "index.noun").read_text(encoding="latin-1")
        self._words = {line.split(" ", 1)[0] for line in index.splitlines() if not line.startswith(" ")}

    def has_genus(self, word: str) -> bool:
        """Whether the word is a biological genus, so that a lemma that starts with it is Latin."""
        return f"genus_{word.lower()}" in self._words

    @lru_cache(maxsize=None)
    def synset(self, offset: int) -> Synset:
        """The synset at a byte offset; an ImageNet id `n01440764` is offset 1440764."""
        line = self._data[offset : self._data.index(b"\n", offset)].decode("latin-1")
        fields = line.split(" | ", 1)[0].split()
        if int(fields[0]) != offset:
            raise ValueError(f"no noun synset at {offset}")
        words = int(fields[3], 16)
        lemmas = tuple(fields[4 + 2 * i].replace("_", " ") for i in range(words))
        pointers = 4 + 2 * words
        count = int(fields[pointers])
        hypernyms = []
        for i in range(count):
            symbol, target = fields[pointers + 1 + 4 * i : pointers + 3 + 4 * i]
            if symbol in ("@", "@i"):
                hypernyms.append(int(target))
        return Synset(offset, lemmas, tuple(hypernyms))

    @lru_cache(maxsize=None)
    def depth(self, offset: int) -> int:
        """Steps from the root (entity = 0) by the shortest way."""
        parents = self.synset(offset).hypernyms
        return 1 + min(self.depth(p) for p in parents) if parents else 0

    def ancestors(self, offset: int) -> dict[int, int]:
        """The synset itself and all its hypernyms, each with the least number of steps to it."""
        steps = {offset: 0}
        frontier = [offset]
        while frontier:
            following = []
            for child in frontier:
                for parent in self.synset(child).hypernyms:
                    if parent not in steps:
                        steps[parent] = steps[child] + 1
                        following.append(parent)
            frontier = following
        return steps
