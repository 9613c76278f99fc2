"""The calendar of one office: due instants with pauses and extensions, and the weeks of the deadline card.

Here: how a limit becomes an instant (domain.md §7 rules 1 to 5). Not here: which days are worked
(casework.core.working_days), what a limit or a due instant is and its words (casework.core.due_dates), and who may
extend or suspend. Pure: no database, no settings, no clock. Everything a caller needs is named in `__all__`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from casework.core.columns import Told, canonical
from casework.core.due_dates import Due, Flag, GridDay, Limit, Pause, Step, Unit, Week, merged
from casework.core.working_days import CalendarDay, Rest, WorkDays, half, known_years, require_year, seed_days

__all__ = [
    "CalendarDay",
    "Due",
    "GridDay",
    "Limit",
    "Pause",
    "Step",
    "Unit",
    "Week",
    "WorkCalendar",
    "half",
    "known_years",
    "seed_days",
]

_TOLD_ONE_BY_ONE = 5  # more holidays, make-up days or suspended days than this are told as a range or a number
_DAY = timedelta(days=1)
# What is said of a limit that is none.
_OF_NO_LIMIT = frozenset({"limit.end_of_day", "due", "provisional"})

_Span = tuple[datetime, datetime]


@dataclass(slots=True)
class _Arrival:
    """What came in at an instant: its day, the day it counts as received on, and both in words; none if not usual."""

    at: datetime
    on: date
    counts_from: date
    words: str


class WorkCalendar(WorkDays):
    """The working days of one office and what falls due on them. Immutable, safe to share between threads.

    >>> calendar = WorkCalendar(seed_days(2025, 2025), [2025], ZoneInfo("Asia/Shanghai"), version="2025")
    >>> received = datetime.fromisoformat("2025-01-24T10:00+08:00")
    >>> calendar.due(received, Limit("working_day", 5)).due_at.isoformat()
    '2025-02-07T09:30:00+00:00'
    """

    # The last arrival: a step begins several clocks at one instant.
    __slots__ = ("_arrival",)

    def __init__(self, *days: Any, **more: Any) -> None:
        """Take what `WorkDays` takes."""
        super().__init__(*days, **more)
        self._arrival: _Arrival | None = None

    # Due instants

    def due(
        self, received: datetime, limit: Limit, pauses: Sequence[Pause] = (), *, as_of: datetime | None = None
    ) -> Due:
        """Find when `limit` runs out for what came at `received`, and why (domain.md §7 rules 1 to 5).

        - Receipt moves by rule 3, save for hours. The day of receipt is not counted (Civil Code art. 201).
        - `working_day`, `end_of_day`: the N-th working day after receipt; none after it.
        - `calendar_day`: the N-th day after receipt, closed or not.
        - `hour`: elapsed time, nights and holidays included; pauses add exactly what they lasted.
        - Pauses and days: the days on which a pause begins and ends count, the days in between do not.
        - Days end at close of business, on the first working day from the last counted one on (art. 203) at whose
          close the clock is running: no clock runs out while it stands still.

        An open pause is reckoned as if it ended at `as_of`.

        Raises:
            ValueError: an instant is naive, or a pause is open and `as_of` is not given.
            Invalid: an instant lies outside the years 1900 to 2199.
        """
        local = self._local(received)
        spans = merged(pauses, as_of=as_of) if pauses else ()
        open_until = self._open_until(pauses, as_of)
        if limit.unit == "hour":
            return self._due_in_hours(local, limit, spans, open_until)
        start = self._receipt_day(local)
        natural = limit.unit == "calendar_day"
        plain = self._last_without_pauses(start, limit)
        counted, last = self._held_off(start, plain, spans, natural=natural)
        steps = self._receipt_steps(local, start)
        steps.append(Step(f"limit.{limit.unit}", {"amount": limit.amount}))
        stops = [self._stop(span, start, counted, last) for span in spans]
        if limit.unit == "working_day":
            steps += self._calendar_steps(local.date(), start, last, stops)
        if spans and (unpaused := self._held_off(start, plain, (), natural=natural)[1]) != last:
            steps.append(Step("unpaused", {"on": unpaused.isoformat()}))
        steps += self._pause_steps(spans, stops, natural=natural) + open_until
        if not self.is_workday(counted):
            rolled = self.next_workday(counted)
            steps.append(Step("rolled", {"last_day": counted.isoformat(), "on": rolled.isoformat()}))
        return self._closing(start, limit, steps, first_year=local.year, last=last)

    def plain_due(self, received: datetime, limit: Limit) -> tuple[datetime, Told]:
        """Return when `due` without pauses falls, and what it tells as JSON; neither is reckoned twice."""
        key = (received, limit.unit, limit.amount)
        found: tuple[datetime, Told] | None = self._dues.get(key)
        if found is None:
            found = self._usual_due(received, limit) if limit.unit == "working_day" else None
            if found is None:
                due = self.due(received, limit)
                found = due.due_at, Told(canonical(due.as_json()))
            self._kept(self._dues, key, found)
        return found

    def extended_due(
        self, old: Due, until: date, pauses: Sequence[Pause] = (), *, as_of: datetime | None = None
    ) -> Due:
        """Move a due instant to the close of `until`, as granted or agreed; `pauses` are those begun since then.

        Raises:
            ValueError: `until` is not a working day (see `workday_from`) or not later than the old due day.
        """
        if not self.is_workday(until) or until <= self._local(old.due_at).date():
            raise ValueError(f"{until} is no working day after the old due day")
        spans = merged(pauses, as_of=as_of)
        counted, last = self._held_off(old.received, until, spans, natural=False)
        if old.limit.unit == "end_of_day":
            # No limit that was extended: the day itself was agreed on when the clock began.
            steps = [step for step in old.steps if step.code not in _OF_NO_LIMIT]
            steps.append(Step("agreed", {"on": until.isoformat()}))
        else:
            steps = [
                Step("due_before", step.params) if step.code == "due" else step
                for step in old.steps
                if step.code != "provisional"
            ]
            steps.append(Step("extended", {"on": until.isoformat()}))
        stops = [self._stop(span, old.received, counted, last) for span in spans]
        steps += self._pause_steps(spans, stops, natural=False) + self._open_until(pauses, as_of)
        return self._closing(old.received, old.limit, steps, first_year=until.year, last=last)

    def month_grid(self, due: Due, as_of: datetime, pauses: Sequence[Pause] = ()) -> list[Week]:
        """Return the weeks of the deadline card, Monday to Sunday, from the day of arrival to the due day.

        More than eight weeks become the first two, a marker, and the last five. A clock that stands still at `as_of`
        is drawn as if started again then, and today carries both `counted` and `paused`.
        """
        cells = list(self._cells(due, as_of, pauses))
        weeks = [Week(tuple(cells[at : at + 7])) for at in range(0, len(cells), 7)]
        if len(weeks) <= 8:
            return weeks
        return [*weeks[:2], Week((), gap=len(weeks) - 7), *weeks[-5:]]

    # Due instants, inside

    def _usual_due(self, received: datetime, limit: Limit) -> tuple[datetime, Told] | None:
        """Reckon working days in years whose plan is known straight into words; None for what is not so usual.

        Of ten clocks nine are: `due` makes a value of each step, then JSON of the values, then words of the JSON.
        """
        arrival = self._arrival
        if arrival is None or arrival.at != received:
            arrival = self._arrival = self._usual_arrival(received)
        if not arrival.words:
            return None
        arrived, start = arrival.on, arrival.counts_from
        last = self.add_workdays(start, limit.amount)
        rests, makeups = self.rests_between(arrived, last), self.makeups_between(start, last)
        if len(rests) > _TOLD_ONE_BY_ONE or len(makeups) > _TOLD_ONE_BY_ONE:
            return None
        if not self._confirmed.issuperset(range(arrived.year, last.year + 1)):
            return None
        due = datetime.combine(last, self.closes, tzinfo=self.zone)
        due_at = due.astimezone(UTC)
        steps = [arrival.words, f'{{"code":"limit.working_day","params":{{"amount":{limit.amount}}}}}']
        if rests:
            steps += map(self._rest_in_words, rests)
        if makeups:
            days = '","'.join(map(str, makeups))
            steps.append(f'{{"code":"makeup","params":{{"days":["{days}"]}}}}')
        steps.append(f'{{"code":"due","params":{{"due":"{due.isoformat(timespec="seconds")}"}}}}')
        return due_at, Told(
            f'{{"calendar_version":{self._version_in_words},"due_at":"{due_at.isoformat()}"'
            f',"limit":{{"amount":{limit.amount},"unit":"working_day"}},"provisional":false'
            f',"received":"{start.isoformat()}","steps":[{",".join(steps)}]}}'
        )

    def _usual_arrival(self, received: datetime) -> _Arrival:
        local = self._local(received)
        start = arrived = local.date()
        if self.is_workday(arrived):
            if arrived.weekday() > 4 or local.time() > self.closes:
                return _Arrival(received, arrived, start, "")
        else:
            start = self.next_workday(arrived)
        words = f'{{"code":"received","params":{{"at":"{local.isoformat(timespec="seconds")}"}}}}'
        if start != arrived:
            rest, on = self.rest_around(arrived), f'"on":"{start.isoformat()}"'
            if rest is None or not rest.names:
                words += f',{{"code":"closed","params":{{{on}}}}}'
            else:
                words += f',{{"code":"closed_for","params":{{"names":{canonical(rest.names)},{on}}}}}'
        return _Arrival(received, arrived, start, words)

    def _rest_in_words(self, rest: Rest) -> str:
        words = self._rest_words.get(rest.first)
        if words is None:
            words = self._rest_words[rest.first] = canonical(rest.step.as_json())
        return words

    def _last_without_pauses(self, start: date, limit: Limit) -> date:
        if limit.unit == "calendar_day":
            return start + limit.amount * _DAY
        return start if limit.unit == "end_of_day" else self.add_workdays(start, limit.amount)

    def _held_off(self, start: date, last: date, spans: Sequence[_Span], *, natural: bool) -> tuple[date, date]:
        """Return the last counted day and the due day, when `last` would be the last without `spans`."""
        for since, until in spans:
            first, end = self._local(since).date(), self._local(until).date()
            if last > first:
                after, upto = max(first, start), end - _DAY
                if natural:
                    last += max(upto - after, timedelta())
                else:
                    last = self.add_workdays(last, self.count_workdays(after, upto))
        due_day = last if self.is_workday(last) else self.next_workday(last)
        for since, until in spans:
            if since < self._at(due_day, self.closes) < until:
                due_day = self.received_on(until)
        return last, due_day

    def _stop(self, span: _Span, start: date, counted: date, last: date) -> tuple[date, date]:
        """Return the first and last day that `span` keeps from counting; nothing if the first is the later."""
        since, until = span
        begun, ended = self._local(since).date(), self._local(until).date()
        first, final = max(begun, start) + _DAY, ended - _DAY
        # Its own first and last day count, unless the clock would have run out on them while standing still.
        if counted <= begun < last and self.is_workday(begun) and since < self._at(begun, self.closes):
            first = begun
        if counted <= ended < last and self.is_workday(ended) and self._at(ended, self.closes) < until:
            final = ended
        return first, min(final, last - _DAY)

    def _closing(self, start: date, limit: Limit, steps: list[Step], *, first_year: int, last: date) -> Due:
        require_year(last.year)
        due_at = datetime.combine(last, self.closes, tzinfo=self.zone)
        steps.append(Step("due", {"due": due_at.isoformat(timespec="seconds")}))
        unknown = self.unknown_years(date(first_year, 1, 1), last)
        if unknown:
            steps.append(Step("provisional", {"years": unknown}))
        return Due(due_at.astimezone(UTC), start, limit, bool(unknown), self.version, tuple(steps))

    def _due_in_hours(self, local: datetime, limit: Limit, spans: Sequence[_Span], open_until: list[Step]) -> Due:
        received = local.astimezone(UTC)
        due_at = received + timedelta(hours=limit.amount)
        steps = [Step("received", {"at": local.isoformat(timespec="seconds")})]
        steps.append(Step("limit.hour", {"amount": limit.amount}))
        for since, until in spans:
            told: dict[str, object] = {"since": self._told(since), "until": self._told(until)}
            stood = until - max(since, received)
            if since < due_at and stood > timedelta():
                due_at += stood
                steps.append(Step("pause.span", told | {"span": int(stood.total_seconds())}))
            else:
                steps.append(Step("pause.none", told))
        steps += open_until
        steps.append(Step("due", {"due": self._told(due_at)}))
        return Due(due_at, local.date(), limit, provisional=False, calendar_version=self.version, steps=tuple(steps))

    def _receipt_steps(self, local: datetime, start: date) -> list[Step]:
        arrived, on = local.date(), {"on": start.isoformat()}
        received = Step("received", {"at": local.isoformat(timespec="seconds")})
        if start == arrived:
            return [received, Step("working_weekend")] if arrived.weekday() > 4 else [received]
        if self.is_workday(arrived):
            if (local.hour, local.minute) == (self.closes.hour, self.closes.minute):
                received = Step("received_seconds", {**received.params, "seconds": f"{local.second:02}"})
            return [received, Step("late", {"closes": f"{self.closes:%H:%M}", **on})]
        rest = self.rest_around(arrived)
        if rest is None or not rest.names:
            return [received, Step("closed", on)]
        return [received, Step("closed_for", {"names": rest.names, **on})]

    def _calendar_steps(self, arrived: date, start: date, last: date, stops: Sequence[tuple[date, date]]) -> list[Step]:
        """Name the holidays passed over since arrival and the make-up days counted since receipt."""
        rests = self.rests_between(arrived, last)
        if len(rests) > _TOLD_ONE_BY_ONE:
            days = sum((rest.last - rest.first).days + 1 for rest in rests)
            steps = [Step("skip_many", {"runs": len(rests), "amount": days})]
        else:
            steps = [rest.step for rest in rests]
        worked = self.makeups_between(start, last)
        makeups = [day.isoformat() for day in worked if not any(first <= day <= final for first, final in stops)]
        if len(makeups) > _TOLD_ONE_BY_ONE:
            steps.append(Step("makeup_many", {"amount": len(makeups)}))
        elif makeups:
            steps.append(Step("makeup", {"days": tuple(makeups)}))
        return steps

    def _pause_steps(self, spans: Sequence[_Span], stops: Sequence[tuple[date, date]], *, natural: bool) -> list[Step]:
        steps = []
        for (since, until), (first, last) in zip(spans, stops, strict=True):
            told: dict[str, object] = {"since": self._told(since), "until": self._told(until)}
            if natural and first <= last:
                told |= {
                    "first": first.isoformat(),
                    "last": last.isoformat(),
                    "amount": (last - first).days + 1,
                }
                steps.append(Step("pause.natural", told))
            elif not natural and (amount := self.count_workdays(first - _DAY, last)):
                days = [self.next_workday(first - _DAY), self.add_workdays(last + _DAY, -1)]
                told |= {"first": days[0].isoformat(), "last": days[1].isoformat(), "amount": amount}
                if amount <= _TOLD_ONE_BY_ONE:
                    told["days"] = tuple(self.add_workdays(days[0], n).isoformat() for n in range(amount))
                steps.append(Step("pause.days" if "days" in told else "pause.range", told))
            else:
                steps.append(Step("pause.none", told))
        return steps

    def _open_until(self, pauses: Sequence[Pause], as_of: datetime | None) -> list[Step]:
        if as_of is None or not any(pause.end is None and pause.start <= as_of for pause in pauses):
            return []
        return [Step("pause.open", {"until": self._told(as_of)})]

    # The deadline card, inside

    def _cells(self, due: Due, as_of: datetime, pauses: Sequence[Pause]) -> Iterator[GridDay]:
        today, last = self._local(as_of).date(), self._local(due.due_at).date()
        stopped = self._stopped_days(due, merged(pauses, as_of=as_of), last)
        stands_still = any(each.start <= as_of and (each.end is None or as_of < each.end) for each in pauses)
        ordinal = 0
        day = due.arrived - due.arrived.weekday() * _DAY
        while day <= last or day.weekday() > 0:
            flags: list[Flag] = self._kinds(day, due) if due.arrived <= day <= last else []
            counted, reason, name = None, "", ""
            if due.arrived <= day <= last:
                name = self.holiday_beginning(day)
                runs = due.limit.unit != "working_day" or self.is_workday(day)
                if runs and day > due.received and day not in stopped and _counts(due.limit, ordinal):
                    ordinal = counted = ordinal + 1
                    flags.append("counted")
                if runs and (day in stopped or (stands_still and day == today)):
                    reason = self._reason(day, pauses)
                    flags.append("paused")
            flags += _marks(day, today=today, last=last)
            yield GridDay(day, tuple(flags), counted, name, reason)
            day += _DAY

    def _kinds(self, day: date, due: Due) -> list[Flag]:
        """Return what `day` is by itself, between arrival and due day."""
        kinds: list[Flag] = []
        if day == due.received:
            kinds.append("received")
        elif day == due.arrived:
            kinds.append("arrived")
        if not self.is_workday(day):
            kinds.append("weekend" if self.rest_around(day) is None else "off")
        elif day.weekday() > 4:
            kinds.append("makeup")
        return kinds

    def _stopped_days(self, due: Due, spans: Sequence[_Span], last: date) -> set[date]:
        """Return the days that did not count, by the arithmetic of `due` and by pauses that came after it."""
        told = [step.params for step in due.steps if step.code.startswith("pause.") and "last" in step.params]
        stops = [(date.fromisoformat(params["first"]), date.fromisoformat(params["last"])) for params in told]
        stops += [self._stop(span, due.received, date.max, last + _DAY) for span in spans]
        return {first + n * _DAY for first, final in stops for n in range((final - first).days + 1)}

    def _reason(self, day: date, pauses: Sequence[Pause]) -> str:
        opening, closing = self._at(day, self.opens), self._at(day, self.closes)
        covering = (each for each in pauses if each.start < closing and (each.end is None or opening < each.end))
        return next((each.reason for each in covering), "")


def _counts(limit: Limit, so_far: int) -> bool:
    return limit.unit == "working_day" or (limit.unit == "calendar_day" and so_far < limit.amount)


def _marks(day: date, *, today: date, last: date) -> list[Flag]:
    marks: list[Flag] = ["today"] if day == today else []
    return [*marks, "due"] if day == last else marks
