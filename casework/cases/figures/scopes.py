"""Which cases a figure is about: those reported in a period, in the places for which the caller may read figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from casework.cases.filters import Filter, Span, midnight
from casework.cases.tables import Case
from casework.cases.under import within
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.errors import Denied

PERMISSION = "statistics.read"
_READERS = TRIAGE_ROLES | {"observer", "auditor"}


@dataclass(frozen=True, slots=True)
class Period:
    """The office's days within which a case was reported, both included; open where None."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: places (prefixes of the division code) and a period."""

    regions: tuple[str, ...]
    period: Period
    zone: ZoneInfo

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions on `Case`."""
        since, until = self.since(), self.until()
        edges = [] if since is None else [Case.reported_at >= since]
        return [within(self.regions), *edges, *([] if until is None else [Case.reported_at < until])]

    def since(self) -> datetime | None:
        """Return the instant at which the period begins."""
        return None if self.period.first is None else midnight(self.period.first, zone=self.zone)

    def until(self) -> datetime | None:
        """Return the instant at which the period is over."""
        return None if self.period.last is None else midnight(self.period.last + timedelta(days=1), zone=self.zone)

    def filter(self) -> dict[str, Sequence[str]]:
        """Return the words of the same conditions for a list."""
        words: dict[str, Sequence[str]] = {"region": list(self.regions)}
        if self.period.first is not None:
            words["reported_from"] = [self.period.first.isoformat()]
        if self.period.last is not None:
            words["reported_to"] = [self.period.last.isoformat()]
        return words

    def narrowing(self) -> Filter:
        """Return the same conditions as a filter: what `filter` says in words, already read."""
        return Filter(region=self.regions, reported=Span(self.since(), self.until()))


def scope_of(actor: Actor, *, zone: ZoneInfo, period: Period = Period(), region: str | None = None) -> Scope:
    """Return what figures an actor may read, narrowed to a place.

    Raises:
        Denied: the actor reads figures of no place, or of none within `region`.
    """
    held = actor.regions(_READERS)
    widest = [code for code in held if not any(code != other and code.startswith(other) for other in held)]
    if region is not None:
        widest = [region if region.startswith(code) else code for code in widest if _overlap(code, region)]
    if not widest:
        raise Denied(PERMISSION)
    return Scope(tuple(widest), period, zone)


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def week_end(at: datetime, zone: ZoneInfo) -> date:
    """Return the Sunday of the office's week."""
    today = at.astimezone(zone).date()
    return today + timedelta(days=7 - today.isoweekday())
