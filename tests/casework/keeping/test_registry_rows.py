"""Roles and working days against the audit: what is put right counts no more, and what is only older accuses nobody."""

from collections.abc import Callable
from datetime import date

import pytest

from casework.core.ids import new_id
from casework.core.working_days import CalendarDay, seed_days
from casework.keeping import registry_rows
from casework.registry import calendar, calendar_changes, grants
from casework.registry.grants import Scope
from casework.registry.tables import Person
from cli.verify import lines_of
from tests.casework.keeping import breaks_of_registry as ways
from tests.casework.keeping.breaking import Breaker, breaking
from tests.casework.keeping.lived import LATER, Office
from tests.casework.keeping.lived_registry import CLOSED
from tests.world import COUNTY

RULES = ("grants", "calendar")
# 2026 as a later version has it: one holiday more, another one gone; and it knows the next year.
ADDED, GONE, NEXT = date(2026, 12, 31), date(2026, 10, 7), date(2027, 1, 1)


def corrected(first_year: int, last_year: int) -> tuple[CalendarDay, ...]:
    days = [each for each in seed_days(first_year, last_year) if each.day != GONE]
    more = (CalendarDay(day, False, "元旦", "chinesecalendar") for day in (ADDED, NEXT) if day.year <= last_year)
    return (*days, *more)


def forget_what_was_told(b: Breaker) -> None:
    """Leave of the audit what an office has that began before it told all this."""
    b.remove("audit", event=calendar.SEEDED)
    for row in b.rows("audit", event=grants.ADDED):
        facts = {name: row["facts"][name] for name in ("person", "grant", "role")}
        b.set("audit", {"id": row["id"]}, facts=facts)


def start_again(office: Office) -> None:
    with office.db.transaction() as session:
        calendar.seed_calendar(session, at=LATER)


def test_a_role_that_was_raised_is_ended_and_counts_no_more(office: Office) -> None:
    with breaking(office) as breaker:
        ways.a_role_becomes_another(breaker)
        ways.somebody_gives_himself_a_role(breaker)
        raised = {row["id"] for row in breaker.rows("grants", person_id=office.known.actors["bai"].person_id)}
    found = office.findings(only=RULES)["grants"]
    assert found.rows == 2
    assert any(" bai unit_head: role" in each for each in found.first)
    assert any(" bai admin: not_given" in each for each in found.first)
    told = lines_of([found])
    assert "FAIL  grants" in told and "在账号页收回" in told
    security = office.known.actors["anquan"]
    with office.db.transaction() as session:
        for grant_id in raised:
            grants.end_grant(session, grant_id, reason="不是这里给的", actor=security, at=LATER)
        person = session.get_one(Person, office.known.actors["bai"].person_id)
        grants.add_grant(session, person, Scope("handler", None, office.known.orgs["SLJ"]), actor=security, at=LATER)
    found = office.findings(only=RULES)["grants"]
    assert found.rows == 0 and "账号页" not in lines_of([found])


def test_days_that_were_turned_are_set_anew_and_count_no_more(office: Office) -> None:
    with breaking(office) as breaker:
        ways.a_holiday_is_worked(breaker)
        ways.a_plain_day_is_free(breaker)
        ways.a_day_the_office_closed_is_as_it_was(breaker)
    found = office.findings(only=RULES)["calendar"]
    assert found.first == (
        "2026-05-06 -, by the audit rest 停电 通知",
        "2026-10-01 work 国庆 chinesecalendar, by the audit rest 国庆 chinesecalendar",
        "2026-11-05 rest, by the audit -",
    )
    assert "照放假文件在工作日历页" in lines_of([found])
    days = {ways.HOLIDAY: "rest", ways.PLAIN: "work", CLOSED: "rest"}
    with office.db.transaction() as session:
        for day, kind in days.items():
            told = {"day": day.isoformat(), "kind": kind, "source": "国办发明电〔2025〕7号"}
            calendar_changes.set_day(session, told, actor=office.known.actors["he"], at=LATER)
    assert office.broken(only=RULES) == {}


def test_a_start_brings_back_a_holiday_that_was_gone_and_not_what_the_office_had_set(office: Office) -> None:
    with breaking(office) as breaker:
        ways.a_holiday_is_gone(breaker)
        # A day of the plan that the office had set otherwise.
        facts = {"day": ways.MAKE_UP.isoformat(), "kind": "rest", "name": "停电", "source": "通知"}
        event = breaker.rows("audit", event=calendar_changes.DAY_SET)[-1]
        breaker.add("audit", {**event, "id": new_id(), "facts": facts})
        breaker.remove("calendar_days", day=ways.MAKE_UP)
    assert office.broken(only=RULES) == {"calendar": 2}
    start_again(office)
    [left] = office.findings(only=RULES)["calendar"].first
    assert left == f"{ways.MAKE_UP} work 调休 chinesecalendar, by the audit rest 停电 通知"


def test_a_plan_that_a_later_version_has_otherwise_accuses_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (calendar, registry_rows):
        monkeypatch.setattr(module, "seed_days", corrected)
    monkeypatch.setattr(calendar, "known_years", lambda: range(2004, NEXT.year + 1))
    assert office.broken(only=RULES) == {}
    start_again(office)
    with office.db.reading() as session:
        assert calendar_changes.entries_of(session, 2026).keys() >= {ADDED, GONE}
        assert calendar_changes.entries_of(session, 2027).keys() == {NEXT}
    assert office.broken(only=RULES) == {}


def test_an_office_from_before_the_audit_told_all_of_it_is_sound(office: Office) -> None:
    with breaking(office) as breaker:
        forget_what_was_told(breaker)
    assert office.broken(only=RULES) == {}
    start_again(office)
    assert office.broken(only=RULES) == {}


@pytest.mark.parametrize(
    ("how", "name"),
    [
        (ways.somebody_gives_himself_a_role, "grants"),
        (ways.a_role_becomes_another, "grants"),
        (ways.a_role_changes_hands, "grants"),
        (ways.a_role_that_ended_is_held_again, "grants"),
        (ways.a_role_was_given_by_somebody_else, "grants"),
        (ways.a_holiday_is_worked, "calendar"),
        (ways.a_holiday_is_gone, "calendar"),
        (ways.a_weekend_that_is_worked_is_free, "calendar"),
        (ways.a_plain_day_is_free, "calendar"),
        (ways.a_day_the_office_closed_is_worked, "calendar"),
    ],
)
def test_in_such_an_office_too_what_is_broken_is_found(
    how: Callable[[Breaker], None], name: str, office: Office
) -> None:
    with breaking(office) as breaker:
        forget_what_was_told(breaker)
        how(breaker)
    assert office.broken(only=RULES) == {name: 1}


def test_a_holiday_that_a_start_brought_back_leaves_its_year_sound_in_such_an_office(office: Office) -> None:
    with breaking(office) as breaker:
        forget_what_was_told(breaker)
        ways.a_holiday_is_gone(breaker)
    start_again(office)
    assert office.broken(only=RULES) == {}


def test_what_reads_like_no_entry_of_the_product_explains_nothing(office: Office) -> None:
    with breaking(office) as breaker:
        ways.a_plain_day_is_free(breaker)
        ways.somebody_gives_himself_a_role(breaker)
        event = breaker.rows("audit", event=calendar_changes.DAY_SET)[-1]
        for name in (calendar_changes.DAY_SET, calendar.SEEDED, calendar_changes.YEAR_CONFIRMED, grants.ADDED):
            breaker.add("audit", {**event, "id": new_id(), "event": name, "facts": {"day": "5. 11."}})
    assert office.broken(only=RULES) == {"calendar": 1, "grants": 1}


def test_roles_over_other_counties_and_in_their_units_are_explained(office: Office) -> None:
    person_id = office.known.actors["bai"].person_id
    with office.db.transaction() as session:
        person = session.get_one(Person, person_id)
        for region in ("510823", "510823101", "5108", COUNTY):
            scope = Scope("observer", region, None)
            grants.add_grant(session, person, scope, actor=office.known.actors["anquan"], at=LATER)
    assert office.broken(only=RULES) == {}
