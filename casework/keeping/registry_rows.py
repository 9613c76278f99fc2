"""The audit as one chain, roles in force and working days against what it tells: nobody wrote beside the product."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import exists, or_, select

from casework.core.working_days import CalendarDay, seed_days
from casework.keeping.view import Row, View
from casework.registry import audit_chain, calendar, calendar_changes, grants
from casework.registry.tables import AuditEvent, AuditLink, CalendarEntry, CalendarYear, Person, RoleGrant

_NOT_GIVEN = ("not_given",)


def granted(view: View) -> Iterator[str]:
    """A role in force was given, and still is what it was given as: to whom, over what, from when to when, by whom.

    An entry from before scopes were told holds the person, the role and who gave it. What was cut short or is gone
    gives nobody anything; what the product has ended counts no more, unless it is in force again.
    """
    grant, today = RoleGrant, view.at.astimezone(view.session.info["zone"]).date()
    given: dict[str, Mapping[str, Any]] = {}
    last_days: dict[str, date] = {}
    for _, event, at, person_id, facts in entries_of(view, grants.ADDED, grants.ENDED):
        name = str(facts.get("grant"))
        if event == grants.ADDED:
            # The first: a second one about the same role was not written by the product.
            given.setdefault(name, {**facts, "granted_by": None if person_id is None else str(person_id)})
        else:
            last_days[name] = at.astimezone(view.session.info["zone"]).date() - timedelta(days=1)
    asked = (
        select(grant, Person.user_name)
        .outerjoin(Person, Person.id == grant.person_id)
        .where(or_(grant.valid_to.is_(None), grant.valid_to >= today))
        .order_by(grant.id)
    )
    for row, user_name in view.stream(asked):
        wrong = _otherwise(row, given.get(str(row.id)), last_days.get(str(row.id)))
        if wrong:
            yield f"{row.id} {user_name or row.person_id} {row.role}: {', '.join(wrong)}"


def _otherwise(row: RoleGrant, told: Mapping[str, Any] | None, last_day: date | None) -> tuple[str, ...]:
    """Return what of a role is otherwise than it was given."""
    if told is None:
        return _NOT_GIVEN
    now = {**grants.facts_of(row), "granted_by": None if row.granted_by is None else str(row.granted_by)}
    wrong = [name for name in now if name in told and now[name] != told[name]]
    if last_day is not None:
        lasts = row.valid_to is None or row.valid_to > last_day
        wrong = [name for name in wrong if name != "valid_to"] + ["valid_to"] * lasts
    return tuple(wrong)


def chained(view: View) -> Iterator[str]:
    """The audit is one chain: no row of it was changed, slipped in, or is gone."""
    entry, link = AuditEvent, AuditLink
    told = (entry.at, entry.event, entry.person_id, entry.matter_id, entry.facts)
    links = select(link.seq, link.audit_id, link.hash, *told).outerjoin(entry, entry.id == link.audit_id)
    yield from audit_chain.broken(view.stream(links.order_by(link.seq)))
    loose = select(entry.id, entry.event).where(~exists().where(link.audit_id == entry.id))
    yield from (f"{row_id} {event} not chained" for row_id, event in view.stream(loose))


def days(view: View) -> Iterator[str]:
    """A day of the calendar is as the office set it last, else as the plan has it that was loaded.

    Loading tells the days it wrote, so that a plan that a later version has otherwise accuses nobody. Of years loaded
    before it did, the plans that came with this version are taken for them.
    """
    entry = CalendarEntry
    asked = select(entry.day, entry.is_workday, entry.name, entry.source)
    stored = {row[0]: CalendarDay(*row) for row in view.stream(asked)}
    loaded: dict[date, CalendarDay] = {}
    changed: dict[date, CalendarDay] = {}
    years: set[int] = set()
    by_hand: set[int] = set()
    events = (calendar.SEEDED, calendar_changes.DAY_SET, calendar_changes.YEAR_CONFIRMED)
    for _, event, _, _, facts in entries_of(view, *events):
        # What does not read like an entry of the product explains nothing.
        with suppress(KeyError, TypeError, ValueError):
            if event == calendar.SEEDED:
                loaded |= {each.day: each for each in calendar.days_told(facts)}
                years.update(facts["plan_years"])
            elif event == calendar_changes.DAY_SET:
                told = calendar_changes.day_told(facts)
                changed[told.day] = told
            else:
                by_hand.add(facts["year"])
    # What was set by hand stays so whatever is loaded later.
    expected = {**_of_the_version(view, stored, told=years, by_hand=by_hand), **loaded, **changed}
    for day in sorted(stored.keys() | expected.keys()):
        if stored.get(day) != expected.get(day):
            yield f"{day} {_shown(stored.get(day))}, by the audit {_shown(expected.get(day))}"


def _of_the_version(
    view: View, stored: Mapping[date, CalendarDay], *, told: set[int], by_hand: set[int]
) -> dict[date, CalendarDay]:
    """Return the days of the plans whose loading the audit does not tell; a year was confirmed by hand or loaded."""
    confirmed = {year for (year,) in view.stream(select(CalendarYear.year).where(CalendarYear.confirmed))}
    whole = confirmed - by_hand - told
    years = {*whole, *(day.year for day in stored)} - told
    expected = {}
    for each in seed_days(min(years), max(years)) if years else ():
        there = stored.get(each.day)
        if each.day.year in years and (there is not None or each.day.year in whole):
            # What a holiday is called is the version's own.
            expected[each.day] = there if there is not None and there.is_workday == each.is_workday else each
    return expected


def _shown(day: CalendarDay | None) -> str:
    if day is None:
        return "-"
    return " ".join(filter(None, ("work" if day.is_workday else "rest", day.name, day.source)))


def entries_of(view: View, *events: str) -> list[Row]:
    """Return what the audit tells of a kind, in the order it was written: few rows, asked without an index of them."""
    entry = AuditEvent
    asked = select(entry.id, entry.event, entry.at, entry.person_id, entry.facts).where(entry.event.in_(events))
    return sorted(view.stream(asked), key=itemgetter(0))
