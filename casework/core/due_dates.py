"""What a time limit, a pause and a due instant are, and how a due instant tells its own arithmetic.

Here: frozen data, its JSON, and the words made from it. Not here: which days are worked and how a due instant is
found (casework.core.calendars), who may extend or suspend, and what happens when a clock runs out.

A `Due` carries `steps`, codes with parameters and no sentences, so that it can be stored with the deadline, outlive a
changed calendar and be told in either language. Words come from casework/locale/messages/calendar.toml.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Literal, Self, get_args

from casework.core.columns import Told, canonical
from casework.core.errors import invalid
from casework.core.i18n import catalogue, say

Unit = Literal["working_day", "calendar_day", "hour", "end_of_day"]
Flag = Literal["arrived", "received", "counted", "paused", "off", "weekend", "makeup", "today", "due"]

MOST_DAYS = 10_000
MOST_HOURS = 100_000

# Steps that go on with the part of the sentence before them; every other step opens a part of its own.
_OF_RECEIPT = ("late", "closed", "closed_for", "working_weekend")
_OF_DAYS = ("skip", "skip_day", "skip_many", "makeup", "makeup_many", "rolled", "unpaused")
_CONTINUES = frozenset((*_OF_RECEIPT, *_OF_DAYS, "pause.open", "extended", "notice_by", "materials_by"))
# Holidays in a row share one verb.
_SKIPS = frozenset({"skip", "skip_day"})


def require_aware(instant: datetime) -> datetime:
    """Return `instant` as it is.

    Raises:
        ValueError: it has no offset, so that it names no instant.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no offset; an instant must be aware")
    return instant


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: `amount` of `unit`. `end_of_day` is the close of the receipt day, whatever `amount`.

    Raises:
        Invalid: the amount is below 1 or beyond what the calendar reckons.
        ValueError: there is no such unit.
    """

    unit: Unit
    amount: int = 0

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            raise ValueError(f"no such unit of time: {self.unit!r}")
        least = 0 if self.unit == "end_of_day" else 1
        most = MOST_HOURS if self.unit == "hour" else MOST_DAYS
        if not least <= self.amount <= most:
            raise invalid("amount", "limit_amount", least=least, most=most)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stood still, from `start` until `end`; still standing when `end` is None.

    `reason` is shown on the deadline card only; it is free text and never enters the stored arithmetic.
    """

    start: datetime
    end: datetime | None
    reason: str = ""

    def __post_init__(self) -> None:
        require_aware(self.start)
        if self.end is not None and require_aware(self.end) < self.start:
            raise ValueError(f"a pause cannot end ({self.end}) before it starts ({self.start})")


def merged(pauses: Iterable[Pause], *, as_of: datetime | None) -> tuple[tuple[datetime, datetime], ...]:
    """Return the times of standstill as UTC pairs, in order and apart; touching ones become one.

    An open pause lasts until `as_of`, as if the clock were started again at that instant; one not yet begun
    by then is left out.

    Raises:
        ValueError: a pause is open and `as_of` is not given.
    """
    spans: list[tuple[datetime, datetime]] = []
    for pause in sorted(pauses, key=lambda each: each.start):
        end = pause.end or as_of
        if end is None:
            raise ValueError("an open pause needs as_of")
        start, end = pause.start.astimezone(UTC), require_aware(end).astimezone(UTC)
        if end < start:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic: a code of calendar.toml (`due.<code>`) and its parameters, texts and integers."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return this as what JSON can hold."""
        return {"code": self.code, "params": _thawed(self.params)}


@dataclass(frozen=True, slots=True)
class Due:
    """When something must be done, and why then. `due_at` is UTC; done at that very instant is in time."""

    due_at: datetime
    received: date
    limit: Limit
    provisional: bool
    calendar_version: str
    steps: tuple[Step, ...]

    @property
    def arrived(self) -> date:
        """The day it came in on the wall calendar, before cut-off and closed days moved it."""
        return datetime.fromisoformat(self.steps[0].params["at"]).date() if self.steps else self.received

    def as_json(self) -> dict[str, Any]:
        """Return this as what JSON can hold; `from_json` is its inverse."""
        return {
            "due_at": self.due_at.isoformat(),
            "received": self.received.isoformat(),
            "limit": {"unit": self.limit.unit, "amount": self.limit.amount},
            "provisional": self.provisional,
            "calendar_version": self.calendar_version,
            "steps": [step.as_json() for step in self.steps],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the Due that `as_json` wrote."""
        return cls(
            due_at=require_aware(datetime.fromisoformat(stored["due_at"])).astimezone(UTC),
            received=date.fromisoformat(stored["received"]),
            limit=Limit(**stored["limit"]),
            provisional=stored["provisional"],
            calendar_version=stored["calendar_version"],
            steps=tuple(Step(step["code"], _frozen(step["params"])) for step in stored["steps"]),
        )

    def explain(self, locale: str = "zh") -> str:
        """Tell the arithmetic in words, as one sentence without a full stop (domain.md §6 no. 3).

        A year is named only where it is not the year of arrival.
        """
        return sentence(self.steps, locale=locale, year=self.arrived.year)


def explained(stored: Mapping[str, Any], locale: str) -> str:
    """Tell the arithmetic that `as_json` wrote; the same is told again at every step of a matter, so it is kept."""
    return _explained(stored.words if isinstance(stored, Told) else canonical(stored), locale)


@lru_cache(maxsize=2048)
def _explained(stored: str, locale: str) -> str:
    return Due.from_json(json.loads(stored)).explain(locale)


def sentence(steps: Iterable[Step], *, locale: str, year: int) -> str:
    """Tell steps in words, as one sentence without a full stop; a year is named only where it is not `year`."""
    voice = _Voice(locale, year)
    both, within, between = (say(f"calendar.{code}", locale=locale) for code in ("and", "comma", "semicolon"))
    text, before = "", ""
    for step in steps:
        if step.code in _SKIPS and before in _SKIPS:
            text += both + voice.tell(step, variant=".more")
        else:
            text += (within if step.code in _CONTINUES else between if text else "") + voice.tell(step)
        before = step.code
    return text


@dataclass(frozen=True, slots=True)
class GridDay:
    """One cell of the deadline card. `flags` are codes, `ordinal` is n of 第n天, `name` a holiday that begins."""

    day: date
    flags: tuple[Flag, ...] = ()
    ordinal: int | None = None
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday; or, without days, a marker that `gap` weeks are left out here."""

    days: tuple[GridDay, ...]
    gap: int = 0


def _thawed(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in params.items()}


def _frozen(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in params.items()}


@dataclass(frozen=True, slots=True)
class _Voice:
    """Renders steps in one language; how a parameter reads follows from its name (_READINGS)."""

    locale: str
    year: int

    def tell(self, step: Step, *, variant: str = "") -> str:
        code, params = f"due.{step.code}{variant}", step.params
        if params.get("amount") == 1 and f"{code}.one" in catalogue():
            code += ".one"
        return self.say(code, **{key: self.read(key, value, params) for key, value in params.items()})

    def say(self, code: str, **params: Any) -> str:
        return say(code, locale=self.locale, **params)

    def read(self, key: str, value: Any, params: Mapping[str, Any]) -> Any:
        reading = _READINGS.get(key)
        if reading is None:
            return value
        begin = params.get(_BEGINS.get(key, ""))
        return reading(self if begin is None else _Voice(self.locale, int(begin[:4])), value)

    def day(self, text: str) -> str:
        return self.date(date.fromisoformat(text))

    def surprising_day(self, text: str) -> str:
        """A weekend is told by its weekday, because it surprises that it counts."""
        day = date.fromisoformat(text)
        return self.date(day, weekday=day.weekday() > 4)

    def moment(self, text: str) -> str:
        at = datetime.fromisoformat(text)
        return self.say("calendar.moment", date=self.date(at.date()), time=at.strftime("%H:%M"))

    def arrival(self, text: str) -> str:
        at = datetime.fromisoformat(text)
        told = self.date(at.date(), weekday=at.weekday() > 4)
        return self.say("calendar.moment", date=told, time=at.strftime("%H:%M"))

    def due_moment(self, text: str) -> str:
        at = datetime.fromisoformat(text)
        told = self.date(at.date(), weekday=True)
        return self.say("calendar.moment", date=told, time=at.strftime("%H:%M"))

    def date(self, day: date, *, weekday: bool = False) -> str:
        return self.say(
            "calendar.date",
            year="" if day.year == self.year else self.say("calendar.year", year=day.year),
            month=self.say(f"calendar.month.{day.month}"),
            day=day.day,
            weekday=self.say(f"calendar.weekday.{day.isoweekday()}") if weekday else "",
        )

    def days(self, texts: Sequence[str]) -> str:
        return self.say("calendar.and").join(self.surprising_day(text) for text in texts)

    def years(self, years: Sequence[int]) -> str:
        return self.say("calendar.and").join(str(year) for year in years)

    def names(self, names: Sequence[str]) -> str:
        """Holidays of the national plan are translated; what an office typed stays as it is."""
        known = _english_names() if self.locale == "en" else {}
        text = self.say("calendar.and").join(known.get(name, name) for name in names if name)
        return self.say("calendar.names", names=text) if text else ""

    def span(self, seconds: int) -> str:
        minutes = timedelta(seconds=seconds) // timedelta(minutes=1)
        return self.say("calendar.span", hours=minutes // 60, minutes=minutes % 60)


_READINGS: Mapping[str, Callable[[_Voice, Any], str]] = {
    "at": _Voice.arrival,
    "since": _Voice.moment,
    "until": _Voice.moment,
    "due": _Voice.due_moment,
    "on": _Voice.surprising_day,
    "last_day": _Voice.surprising_day,
    "first": _Voice.day,
    "last": _Voice.day,
    "days": _Voice.days,
    "years": _Voice.years,
    "names": _Voice.names,
    "span": _Voice.span,
}

# The end of a range names its year only if that is not the year of its beginning.
_BEGINS = {"last": "first", "until": "since"}


@cache
def _english_names() -> Mapping[str, str]:
    return {texts["zh"]: texts["en"] for code, texts in catalogue().items() if code.startswith("holiday.")}
