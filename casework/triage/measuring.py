"""How right answers are: F1 of each label and their mean, and whether the shares keep what they promise."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """One text: its true label, the label answered (None: nothing was proposed), and the share of the best answer."""

    truth: str
    answer: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures over judged texts. `macro_f1` counts an abstention as wrong; `ece` is the expected calibration error."""

    n: int
    macro_f1: float
    per_class: dict[str, dict[str, float]]
    ece: float
    abstained: int

    def as_json(self) -> dict[str, Any]:
        """Return the figures as the command prints them (contract.md "Triage")."""
        return {
            "n": self.n,
            "macro_f1": self.macro_f1,
            "per_class": self.per_class,
            "ece": self.ece,
            "abstained": self.abstained,
        }


def measure(judged: Sequence[Judged]) -> Measured:
    """Measure. A label that is answered and never true counts with an F1 of nought, as it does in the field."""
    true, answered = Counter(each.truth for each in judged), Counter(each.answer for each in judged)
    right = Counter(each.truth for each in judged if each.answer == each.truth)
    labels = sorted(true | Counter({label: n for label, n in answered.items() if label is not None}))
    per_class = {label: _of_label(right[label], true[label], answered[label]) for label in labels}
    mean = sum(each["f1"] for each in per_class.values()) / len(per_class) if per_class else 0.0
    return Measured(len(judged), round(mean, 4), per_class, round(_ece(judged), 4), answered[None])


def _of_label(right: int, true: int, answered: int) -> dict[str, float]:
    precision, recall = right / answered if answered else 0.0, right / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "n": true}


def _ece(judged: Sequence[Judged]) -> float:
    """Return by how much shares and truth differ on average, in ten equal steps of the share (Guo et al. 2017)."""
    bins: dict[int, list[Judged]] = {}
    for each in judged:
        bins.setdefault(min(int(each.share * _BINS), _BINS - 1), []).append(each)
    apart = 0.0
    for held in bins.values():
        promised = sum(each.share for each in held)
        kept = sum(each.answer == each.truth for each in held)
        apart += abs(promised - kept)
    return apart / len(judged) if judged else 0.0
