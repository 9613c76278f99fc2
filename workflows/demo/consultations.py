"""Consultations of the demo: a topic for every state, each having lived through the engine up to now."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from casework.cases.visibility import subject_of
from casework.consultations import queries, venues
from casework.consultations.tables import Consultation
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from workflows import engine
from workflows.consultations import consulting
from workflows.demo.county import Cast

_FILE = Path(__file__).with_name("consultations.toml")
# So many working days after a topic was brought each step is made. The meeting itself is at ten, two hours long.
_STEPS: Sequence[tuple[str, int, str]] = (
    ("screen", 1, "he"),
    ("approve", 2, "an"),
    ("schedule", 3, "he"),
    ("notify", 4, "he"),
    ("hold", 8, "he"),
    ("minute", 9, "he"),
    ("implement", 11, "he"),
    ("evaluate", 30, "he"),
    ("archive", 32, "an"),
)
_MEETING_DAY, _CONVERT_DAY, _LENGTH = 8, 10, timedelta(hours=2)
_ASIDE: Mapping[str, tuple[str, str]] = {
    "dropped": ("drop", "screened"),
    "postponed": ("postpone", "notified"),
    "cancelled": ("cancel", "notified"),
}


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def hold(session: Session, cast: Cast, calendar: WorkCalendar, *, at: datetime) -> None:
    """Enter the venues, bring every topic, and let each live up to its state at `at`."""
    for raw in _told()["venue"]:
        venues.add(session, raw, actor=cast.actors["he"], at=at)
    today = at.astimezone(calendar.zone).date()
    for n, topic in enumerate(_told()["topic"]):
        _Life(session, cast, calendar, topic, n, calendar.add_workdays(today, -topic["age"])).live()


@dataclass(frozen=True, slots=True)
class _Life:
    """The life of one topic, begun on a day."""

    _session: Session
    _cast: Cast
    _calendar: WorkCalendar
    _topic: Mapping[str, Any]
    _n: int
    _begun: date

    def live(self) -> None:
        """Bring the topic and make its steps."""
        names = ("title", "source", "region_code", "reason")
        raw = {name: self._topic[name] for name in names} | {"kind": "youshi"}
        row = consulting.bring(self._session, raw, actor=self._cast.actors["he"], at=self._at(0, time(9)))
        upto = self._topic["upto"]
        aside, before = _ASIDE.get(upto, ("", upto))
        for trigger, day, who in _STEPS:
            if row.state == before:
                break
            if trigger == "implement":
                self._convert(row)
            self._move(row, trigger, who, self._at(day, time(13) if trigger == "hold" else time(9, 30)))
        if aside:
            who = "he" if aside == "drop" else "an"
            self._move(row, aside, who, self._at(5, time(11)))

    def _at(self, day: int, clock: time) -> datetime:
        on = self._calendar.add_workdays(self._begun, day)
        return datetime.combine(on, clock, tzinfo=self._calendar.zone).astimezone(UTC) + timedelta(minutes=self._n)

    def _move(self, row: Consultation, trigger: str, who: str, at: datetime) -> None:
        subject = queries.subject_of(self._session, row)
        actor = self._cast.actors[who]
        engine.move(self._session, row, trigger, subject=subject, actor=actor, at=at, given=self._given(trigger))

    def _given(self, trigger: str) -> dict[str, Any]:
        words, topic = _told()["words"], self._topic
        agreed = topic.get("agreed", ())
        due = self._calendar.add_workdays(self._begun, 45).isoformat()
        made: dict[str, dict[str, Any]] = {
            "screen": {"scores": {"urgency": 2 + self._n % 4, "breadth": 1 + self._n % 5, "feasibility": 4}},
            "approve": {"authority": ("chair_meeting", "office", "party_group")[self._n % 3]},
            "schedule": self._date(),
            "notify": {"research": words["research"]},
            "hold": {"attended": [str(self._cast.actors["he"].person_id), *self._villagers()]},
            "minute": {
                "minutes": topic.get("minutes", ""),
                "consensus": [{"text": text, "org": org, "due_on": due} for text, org in agreed],
                "unresolved": topic.get("unresolved", []),
            },
            "evaluate": {"satisfaction": "satisfied", "realised": {str(n): True for n in range(1, len(agreed) + 1)}},
            **{name: {"reason": words[name]} for name in ("drop", "postpone", "cancel")},
        }
        return made.get(trigger, {})

    def _villagers(self) -> list[str]:
        known = _told()["words"]["villagers"]
        return [known[(self._n + each) % len(known)] for each in range(3)]

    def _date(self) -> dict[str, Any]:
        # People meet at the full hour, whatever minute the steps are written down at.
        starts = self._at(_MEETING_DAY, time(10)) - timedelta(minutes=self._n)
        starts += timedelta(days=7 * (self._topic["upto"] in ("scheduled", "notified")))
        people = [{"name": name, "part": "stakeholder", "required": False} for name in self._villagers()]
        members = [self._cast.actors[user] for user in ("chen", "tang")]
        people += [{"person": str(each.person_id), "part": "member", "required": False} for each in members]
        people.append({"person": str(self._cast.actors["bai"].person_id), "part": "department", "required": True})
        rooms = [each["code"] for each in _told()["venue"]]
        return {
            "starts_at": starts.isoformat(),
            "ends_at": (starts + _LENGTH).isoformat(),
            "venue": rooms[1 + self._n % 3],
            "participants": people,
            "override_reason": _told()["words"]["override"],
        }

    def _convert(self, row: Consultation) -> None:
        """Turn what was agreed into records; a case goes to the unit it was agreed with."""
        actor, into = self._cast.actors["he"], self._topic.get("into", "case")
        for n, (_text, org) in enumerate(self._topic["agreed"], start=1):
            at = self._at(_CONVERT_DAY, time(10 + n))
            subject = queries.subject_of(self._session, row)
            made = consulting.convert(self._session, row, n, {"into": into}, subject=subject, actor=actor, at=at)
            if into == "case":
                of_case = subject_of(self._session, made.record, actor=actor, at=at)
                engine.move(
                    self._session, made.record, "assign", subject=of_case, actor=actor, at=at, given={"org": org}
                )
