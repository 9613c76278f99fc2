"""Figures: what was measured, what it must reach and what it aims at, and whether it holds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach and what it aims at; `at_least`: more is better."""

    must: float | None = None
    aim: float | None = None
    at_least: bool = False

    def verdict(self, value: float) -> str:
        """Return `aim`, `yes` or `no`; an empty word where nothing must be reached."""
        if self.aim is not None and self._reaches(value, self.aim):
            return "aim"
        if self.must is None:
            return ""
        return "yes" if self._reaches(value, self.must) else "no"

    def _reaches(self, value: float, wanted: float) -> bool:
        return value >= wanted if self.at_least else value <= wanted


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `cases`: how many the database held; None where it does not matter."""

    operation: str
    what: str
    value: float
    unit: str
    target: Target = Target()
    cases: int | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether it holds, in one word."""
        return self.target.verdict(self.value)

    def as_json(self) -> dict[str, Any]:
        """Return what the results file keeps."""
        return {**asdict(self), "holds": self.verdict}


@dataclass
class Results:
    """All figures of a run, and the raw measurements they come from."""

    figures: list[Figure] = field(default_factory=list)
    # The same operations in one process on SQLite, where nothing is a must.
    embedded: list[Figure] = field(default_factory=list)
    raw: list[dict[str, Any]] = field(default_factory=list)

    def add(self, *figures: Figure) -> None:
        """Take figures in."""
        self.figures += figures

    def missed(self) -> Sequence[Figure]:
        """Return what does not reach its must."""
        return [figure for figure in self.figures if figure.verdict == "no"]


def shown(value: float) -> str:
    """Return a number as a reader wants it: three figures, thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def size_name(cases: int | None) -> str:
    """Return 10⁵ for a hundred thousand."""
    if cases is None:
        return ""
    power = len(str(cases)) - 1
    return (
        "10" + str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) if cases == 10**power else f"{cases:,}"
    )


HEADINGS = ("operation", "cases", "figure", "measured", "must", "aim", "holds?")
_SIGNS = {True: "≥", False: "≤"}


def lines(figures: Sequence[Figure]) -> list[tuple[str, ...]]:
    """Return the rows of the table under HEADINGS."""
    made = []
    for each in figures:
        sign = _SIGNS[each.target.at_least]
        wanted = [
            "" if goal is None else f"{sign} {goal:,g}".replace(",", " ")
            for goal in (each.target.must, each.target.aim)
        ]
        told = " ".join(part for part in (shown(each.value), each.unit, each.note) if part)
        made.append((each.operation, size_name(each.cases), each.what, told, *wanted, each.verdict))
    return made


def as_text(figures: Sequence[Figure]) -> str:
    """Draw the table for a terminal."""
    rows = [HEADINGS, *lines(figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    return "\n".join("  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)) for row in rows)
