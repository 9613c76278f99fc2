"""Visits to linked households: most of them every quarter of the telling, and around now those of two quarters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from casework.activities.tables import Activity
from casework.campaign import visits
from workflows.demo.campaign.ledger import Row
from workflows.demo.campaign.links import Tie
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import BEGUN, MEMBERS, TOLD_UNTIL, Stage, quarters

# What part of the households is visited in a quarter that is told whole, and what part of these twice.
_SHARE, _TWICE = 0.94, 0.07
# A link of fewer days in a quarter leads to no visit in it.
_SHORTEST = 9
# Before the Spring Festival the last days of the telling have only some visits.
_LAST_SHARE = 0.16
_PAST_SHARE, _PRESENT_SHARE = 0.88, 0.75
_BY_PHONE, _WITH_COMPANIONS = 0.06, 0.4


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as it was told; `row` may still be added to."""

    tie: Tie
    on: date
    written: datetime
    row: Row


def tell(stage: Stage, ties: Sequence[Tie]) -> list[Visit]:
    """Tell of every visit; return those that stood at the end of the telling."""
    found: list[Visit] = []
    for tie in ties:
        for first, last in quarters(BEGUN, TOLD_UNTIL):
            begins, ends = max(first, tie.since), min(last, tie.until or last, TOLD_UNTIL)
            if (ends - begins).days < _SHORTEST:
                continue
            share = _LAST_SHARE if last > TOLD_UNTIL else _SHARE
            times = (stage.chance.random() < share) + (stage.chance.random() < share * _TWICE)
            found += [_visit(stage, tie, stage.day(begins, ends)) for _ in range(times)]
    _answer(found)
    return found


def tell_present(stage: Stage, ties: Sequence[Tie]) -> list[Visit]:
    """Tell of the quarter of now, of which some households are still to be visited, and of the one before.

    Return those of the quarter of now.
    """
    made: list[Visit] = []
    found: list[Visit] = []
    today = stage.now.astimezone(stage.calendar.zone).date()
    standing = [tie for tie in ties if tie.until is None]
    own = {stage.cast.actors[user].person_id for user in MEMBERS}
    # Whoever logs in finds somebody to visit.
    kept = {tie.seat.id: tie.home.id for tie in standing if tie.seat.actor.person_id in own}
    for first, last in quarters(today - timedelta(days=92), today)[-2:]:
        if first <= TOLD_UNTIL:
            continue
        is_past = last < today
        share = _PAST_SHARE if is_past else _PRESENT_SHARE * ((today - first) / (last - first))
        for tie in standing:
            is_kept = not is_past and kept.get(tie.seat.id) == tie.home.id
            if not is_kept and stage.chance.random() < share:
                visit = _visit(stage, tie, stage.day(first, min(last, today - timedelta(days=1))))
                made.append(visit)
                found += [] if is_past else [visit]
    _answer(made)
    return found


def _answer(found: Sequence[Visit]) -> None:
    """Let whoever wrote down another visit of a week have said that it was one of its own."""
    days: dict[UUID, list[date]] = {}
    for visit in sorted(found, key=lambda each: (each.written, each.row["id"])):
        before = days.setdefault(visit.tie.home.id, [])
        if any(abs(visit.on - day).days <= visits.CLOSE_DAYS for day in before):
            visit.row["remark"] = visits.apart_words()
        before.append(visit.on)


def _visit(stage: Stage, tie: Tie, on: date) -> Visit:
    about = told("visits")
    is_by_phone = stage.chance.random() < _BY_PHONE
    kin = stage.chance.choice(told("people")["household"]["kin"])
    slots = stage.slots(tie.home.region_code, who=kin)
    findings = [about["phone_findings"]] if is_by_phone else [about[key] for key in ("income", "family", "house")]
    written = stage.evening(on)
    row = stage.ledger.enter(
        Activity,
        by=tie.seat.actor,
        at=written,
        kind="household_visit",
        region_code=tie.home.region_code,
        on_date=on,
        member_id=tie.seat.id,
        household_id=tie.home.id,
        form="phone" if is_by_phone else "on_site",
        companions="" if is_by_phone else stage.some(about, "companions", _WITH_COMPANIONS),
        findings="".join(stage.chance.choice(each).format_map(slots) for each in findings),
        policy=stage.some(about, "policy", 0.35),
        difficulty="",
        measures=stage.some(about, "measures", 0.45, **slots),
        result=stage.some(about, "result", 0.4),
    )
    return Visit(tie, on, written, row)
