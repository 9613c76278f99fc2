"""The days ahead at which notices and materials of a meeting go out, reckoned backwards from it and told so.

Fifteen and ten working days for a formal consultation, three and two in a village (domain.md §3b row 6). The day of
the meeting is not counted. Too late is told as a warning and never refused: what is urgent is talked over anyhow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casework.core.calendars import Step, WorkCalendar
from casework.core.due_dates import sentence

# How many working days before the meeting notices, and materials, go out at the latest.
NOTICE_DAYS: Mapping[str, int] = {"thematic": 15, "youshi": 3}
MATERIAL_DAYS: Mapping[str, int] = {"thematic": 10, "youshi": 2}
_TOLD_ONE_BY_ONE = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The last days for notices and materials of a meeting on a day; `ahead`: working days that are left of today's."""

    meets_on: date
    working_days: int
    notice_on: date
    materials_on: date
    ahead: int
    steps: tuple[Step, ...]

    @property
    def is_short(self) -> bool:
        """Say whether notices that go out today are late already."""
        return self.ahead < self.working_days

    def explain(self, locale: str) -> str:
        """Tell the arithmetic in words, as one sentence without a full stop."""
        return sentence(self.steps, locale=locale, year=self.meets_on.year)


def period(kind: str, meets_on: date, *, today: date, calendar: WorkCalendar) -> Period:
    """Reckon back from a meeting to the last days for its notices and materials."""
    days, of_materials = NOTICE_DAYS[kind], MATERIAL_DAYS[kind]
    notice_on = calendar.add_workdays(meets_on, -days)
    materials_on = calendar.add_workdays(meets_on, -of_materials)
    # The meeting's own day does not count, worked or not: the days between today and it do, today among them.
    last = calendar.add_workdays(meets_on, -1)
    ahead = calendar.count_workdays(today, last) + calendar.is_workday(today) if today < meets_on else 0
    steps = [
        Step("notice", {"on": meets_on.isoformat(), "amount": days}),
        *_passed(notice_on, meets_on, calendar),
        Step("notice_by", {"on": notice_on.isoformat()}),
        Step("materials_by", {"amount": of_materials, "on": materials_on.isoformat()}),
    ]
    unknown = calendar.unknown_years(notice_on, meets_on)
    if unknown:
        steps.append(Step("provisional", {"years": unknown}))
    return Period(meets_on, days, notice_on, materials_on, ahead, tuple(steps))


def earliest(kind: str, *, today: date, calendar: WorkCalendar) -> date:
    """Return the first working day for a meeting whose notices go out today."""
    return calendar.add_workdays(today, NOTICE_DAYS[kind])


def _passed(first: date, meets_on: date, calendar: WorkCalendar) -> list[Step]:
    """Name the holidays passed over and the make-up days counted between the notices and the meeting."""
    rests = [rest for rest in calendar.rests_between(first, meets_on) if rest.first < meets_on]
    makeups = [day for day in calendar.makeups_between(first, meets_on) if day < meets_on]
    if first.weekday() > 4:
        makeups.insert(0, first)
    steps = [rest.step for rest in rests[:_TOLD_ONE_BY_ONE]]
    if makeups:
        steps.append(Step("makeup", {"days": tuple(day.isoformat() for day in makeups[:_TOLD_ONE_BY_ONE])}))
    return steps
