"""A scheme of assessment as data: items, what each counts, shares, leave, caps and bands, as frozen values.

A year with other rules is another file under `library/`; nothing in the code knows an item by name (domain.md §3f).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Label = Mapping[str, str]
# What an item does to the score: makes it up, adds to it up to a limit, takes from it up to a limit.
DUTY, BONUS, DEDUCTION = "duty", "bonus", "deduction"
KINDS = (DUTY, BONUS, DEDUCTION)
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Count:
    """One thing an item counts: `each` record of a kind of which `where` holds gives so many points, at `most` so many.

    `most` is a size: what takes points away takes at most so many. `per_fen`: money gives points by amount instead.
    """

    code: str
    label: Label
    of: str
    where: Mapping[str, Any]
    each: int
    most: int
    per_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the sheet: at most `points`; it begins with `base`, before anything is counted."""

    code: str
    label: Label
    kind: str
    points: int
    base: int
    counts: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Band:
    """A band (等次) and from how many points on it is given. Members are shown bands and never ranks."""

    code: str
    label: Label
    begins: int


@dataclass(frozen=True, slots=True)
class Leave:
    """A kind of leave, and how much of an absence it counts as, in percent: nought is none at all."""

    label: Label
    counts: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """The rules of a campaign from a year on, until a later file replaces them.

    `best_value`: one matter counts once, where it gives most. `lapse_confirms`: who says nothing within the time to
    answer has confirmed. `shares`: what each of several at one matter is credited with, in percent. `leave`: by what a
    record of attendance says of somebody who was rightly away; a kind of leave that is not named is no absence.
    """

    campaign: str
    year: int
    label: Label
    best_value: bool
    lapse_confirms: bool
    bonus_most: int
    deduction_most: int
    shares: Mapping[str, int]
    leave: Mapping[str, Leave]
    items: Mapping[str, Item]
    bands: Sequence[Band] = field(default_factory=tuple)

    def band_of(self, score: int) -> Band:
        """Return the band of a score in hundredths of a point."""
        return next((band for band in self.bands if score >= band.begins * WHOLE), self.bands[-1])

    def band(self, code: str) -> Band | None:
        """Return the band of a code, None when there is none."""
        return next((band for band in self.bands if band.code == code), None)
