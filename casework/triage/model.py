"""The model as it answers: weights of grams for each label, a sum and a softmax; about a millisecond a report."""

import json
import math
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from casework.triage.grams import runs, weighed

# Below this share nothing is proposed: with seven labels a seventh is no knowledge at all.
LEAST = 0.25
MOST_WORDS, LONGEST_WORD = 5, 8
_STRONGEST = 24
_MAGIC = b"casework-triage-1\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """A label, its share from 0 to 1, and the words of the report that spoke for it, the strongest first."""

    label: str
    share: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """`places` leads from a gram to its row; `weights` holds a weight for each label a row, idf already in them.

    The score of a label is the sum of (1 + ln count) · idf · weight over the grams, divided by their length, plus its
    `bias`; shares are the softmax of `sharpness` times the scores. `idf` is how rare a gram is, times what it tells.
    """

    labels: Sequence[str]
    places: Mapping[str, int]
    idf: "array[float]"
    weights: "array[float]"
    bias: Sequence[float]
    sharpness: float

    def answer(self, text: str, marks: Iterable[str] = (), *, most: int = 3, least: float = LEAST) -> list[Answer]:
        """Return the best labels whose share is at least `least`, none where the text has nothing known in it."""
        found = self._found(text, marks)
        if not found:
            return []
        shares = softmax(self._scores(found), self.sharpness)
        best = sorted(range(len(self.labels)), key=lambda n: -shares[n])[:most]
        return [
            Answer(self.labels[n], shares[n], self._words(text, found, n) if place == 0 else ())
            for place, n in enumerate(best)
            if shares[n] >= least
        ]

    def _found(self, text: str, marks: Iterable[str]) -> dict[str, float]:
        """Return the known grams and marks of a report with their parts of its unit vector."""
        counted = {gram: n for gram, n in weighed(text, marks).items() if gram in self.places}
        found = {gram: (1 + math.log(n)) * self.idf[self.places[gram]] for gram, n in counted.items()}
        length = math.sqrt(sum(value * value for value in found.values()))
        return {gram: value / length for gram, value in found.items()} if length else {}

    def _scores(self, found: Mapping[str, float]) -> list[float]:
        size, weights = len(self.labels), self.weights
        scores = list(self.bias)
        for gram, value in found.items():
            first = self.places[gram] * size
            for n in range(size):
                scores[n] += value * weights[first + n]
        return scores

    def _words(self, text: str, found: Mapping[str, float], label: int) -> tuple[str, ...]:
        """Join the pairs that spoke strongest for a label, where they overlap, into words of the report."""
        size = len(self.labels)
        spoke: dict[str, float] = {}
        for gram, value in found.items():
            if len(gram) == 2:
                row = self.weights[self.places[gram] * size : (self.places[gram] + 1) * size]
                spoke[gram] = value * (row[label] - (sum(row) - row[label]) / (size - 1))
        strongest = sorted((gram for gram in spoke if spoke[gram] > 0), key=lambda gram: -spoke[gram])[:_STRONGEST]
        words: dict[str, float] = {}
        for run in runs(text):
            for start, end in _stretches(run, frozenset(strongest)):
                word = run[start:end][:LONGEST_WORD]
                words[word] = sum(spoke.get(word[at : at + 2], 0.0) for at in range(len(word) - 1))
        ranked = sorted(words, key=lambda word: -words[word])
        kept: list[str] = []
        for word in ranked:
            if not any(word in other or other in word for other in kept):
                kept.append(word)
        return tuple(kept[:MOST_WORDS])

    def to_bytes(self) -> bytes:
        """Write the model down: a line of JSON, then the numbers as 32-bit floats, packed."""
        head = {
            "labels": list(self.labels),
            "grams": list(self.places),
            "bias": list(self.bias),
            "sharpness": self.sharpness,
        }
        numbers = self.idf.tobytes() + self.weights.tobytes()
        return _MAGIC + zlib.compress(json.dumps(head, ensure_ascii=False).encode() + b"\n" + numbers, 6)

    @classmethod
    def from_bytes(cls, written: bytes) -> "Model":
        """Read a model that `to_bytes` wrote.

        Raises:
            ValueError: it is none.
        """
        if not written.startswith(_MAGIC):
            raise ValueError("no triage model")
        line, _, numbers = zlib.decompress(written[len(_MAGIC) :]).partition(b"\n")
        head = json.loads(line)
        places = {gram: n for n, gram in enumerate(head["grams"])}
        floats = array("f", numbers)
        if len(floats) != len(places) * (1 + len(head["labels"])):
            raise ValueError("a triage model of another length")
        return cls(
            head["labels"], places, floats[: len(places)], floats[len(places) :], head["bias"], head["sharpness"]
        )


def softmax(scores: Sequence[float], sharpness: float) -> list[float]:
    """Turn scores into shares that add up to 1."""
    highest = max(scores)
    raised = [math.exp(sharpness * (score - highest)) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


def _stretches(run: str, pairs: frozenset[str]) -> list[tuple[int, int]]:
    """Return where in a run neighbouring pairs of these stand, as from and to."""
    found: list[tuple[int, int]] = []
    for at in range(len(run) - 1):
        if run[at : at + 2] not in pairs:
            continue
        if found and found[-1][1] >= at + 1:
            found[-1] = (found[-1][0], at + 2)
        else:
            found.append((at, at + 2))
    return found
