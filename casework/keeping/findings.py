"""What verification tells: one finding an invariant, with the number of rows that break it and the first few."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from casework.core.i18n import catalogue, say

SHOWN = 5


@dataclass(slots=True)
class Finding:
    """One invariant and the rows against it; none: it holds. A warning tells of words people typed, not of a fault."""

    name: str
    rows: int = 0
    first: tuple[str, ...] = ()
    warning: bool = False

    @property
    def holds(self) -> bool:
        """Say whether nothing stands against it; a warning never does."""
        return self.warning or self.rows == 0

    def words(self, *, locale: str = "zh") -> str:
        """Return what the invariant says."""
        return say(f"verify.{self.name}", locale=locale)

    def remedy(self, *, locale: str = "zh") -> str:
        """Return what to do about it, where that does not go without saying."""
        code = f"verify.{self.name}.remedy"
        return say(code, locale=locale) if not self.holds and code in catalogue() else ""

    def add(self, label: object) -> None:
        """Count one more row against it."""
        self.rows += 1
        if len(self.first) < SHOWN:
            self.first = (*self.first, str(label))

    def add_all(self, labels: Iterable[object]) -> None:
        """Count rows against it."""
        for label in labels:
            self.add(label)

    def as_json(self, *, locale: str = "zh") -> dict[str, Any]:
        """Return it for machines."""
        return {
            "name": self.name,
            "rows": self.rows,
            "first": list(self.first),
            "warning": self.warning,
            "words": self.words(locale=locale),
            "remedy": self.remedy(locale=locale),
        }


def all_hold(findings: Iterable[Finding]) -> bool:
    """Say whether every invariant holds."""
    return all(each.holds for each in findings)
