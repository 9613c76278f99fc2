"""Computing the sheets of members and setting points beside them: through the engine, like every matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.assessment import queries, sheets
from casework.assessment.reckoning import members_in_office
from casework.assessment.tables import Assessment
from casework.campaign.asking import read_campaign
from casework.campaign.definition import Campaign
from casework.campaign.visibility import take_member
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refused, invalid, refused
from casework.core.ids import new_id, parse_id
from casework.matters import jobs
from casework.matters.tables import Job
from casework.members.tables import Member
from casework.permissions import Subject
from workflows import engine, records
from workflows.callers import not_the_assessed_person
from workflows.denials import NotAllowed

COMPUTE = "assessment.compute"
REVIEW = "assessment.review"
# The work of the worker that makes the sheets of a year.
JOB = "sheets_compute"
_ADJUSTABLE = ("member_confirmed", "appealed")
_FIRST_YEAR, _LAST_YEAR = 2000, 2999


def compute(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Assessment:
    """Compute the sheet of one member (`campaign`, `year`, `member`).

    Raises:
        Invalid: every mistake in what was sent.
        NotAllowed: not the office of the campaign's county.
        Refused: the member has a sheet of the year or is not in office, the year has not begun or has no scheme.
    """
    campaign, year, member_id = _read(raw, with_member=True)
    actor = records.require(actor, COMPUTE, Subject(campaign.region_code))
    try:
        member = take_member(session, actor, member_id)
    except NotFound:
        raise invalid("member", "no_such_member") from None
    last = _last(session, campaign, year, at)
    sheets.require_scheme(campaign, year)
    if all(each.id != member.id for each in members_in_office(session, campaign.code, on=last)):
        raise refused("member_not_in_office", name=member.name, on=last.isoformat())
    row = sheets.make(session, campaign, year, member, actor=actor)
    if member.id in queries.of_year(session, campaign.code, year):
        raise refused("sheet_exists", name=member.name, year=year)
    content = sheets.contents(session, campaign, year, [member.id], at=at, today=_today(session, at))[member.id]
    return _begin(session, row, content, actor=actor, at=at)


def compute_all(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> tuple[int, int]:
    """Compute the sheets of all members in office who have none yet; return how many were made and how many there were.

    Raises: as `compute`.
    """
    prepared = prepare(session, raw, actor=actor, at=at)
    step = keep_some(session, raw, prepared, actor=actor, at=at)
    return step.made, step.there - step.made


def ask_for_all(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    """Ask for the sheets of all members who have none yet; the worker makes them, `tasks/computing.py`.

    Asked for while the last such work is under way, nothing is asked for again.

    Raises: as `compute`.
    """
    campaign, year, actor, _ = _asked(session, raw, actor=actor, at=at)
    under_way = run_of(session, campaign.code, year)
    if under_way is not None and under_way.status in ("ready", "running"):
        return
    payload = {
        "campaign": campaign.code,
        "year": year,
        "person": str(actor.person_id),
        "for": None if actor.for_id is None else str(actor.for_id),
    }
    jobs.ensure(session, name=JOB, period=f"{_run(campaign.code, year)}{new_id()}", run_at=at, at=at, payload=payload)


def stop_all(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> bool:
    """Stop making the sheets of a year; those that are made stay, and asked for again it goes on with the rest.

    Raises: as `compute`.
    """
    campaign, year, _actor, _ = _asked(session, raw, actor=actor, at=at)
    under_way = run_of(session, campaign.code, year)
    return under_way is not None and jobs.stop(session, under_way.id, at=at)


def run_of(session: Session, campaign: str, year: int) -> Job | None:
    """Return the work on the sheets of a year that was asked for last; None where nobody has."""
    return jobs.newest(session, name=JOB, prefix=_run(campaign, year))


def _run(campaign: str, year: int) -> str:
    return f"{campaign}:{year}:"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the sheets of members without one hold, from the records as they were known at `known_at`."""

    contents: Mapping[UUID, Mapping[str, Any]]
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """How far the sheets of a year are: how many were made just now, how many there are, how many are to come."""

    made: int
    there: int
    lacking: int


def prepare(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Prepared:
    """Compute what the sheets of all members hold who have none yet; writes nothing, so that it may take its time.

    Raises: as `compute`.
    """
    campaign, year, _, last = _asked(session, raw, actor=actor, at=at)
    lacking = [each.id for each in _lacking(session, campaign, year, last)]
    made = sheets.contents(session, campaign, year, lacking, at=at, today=_today(session, at)) if lacking else {}
    return Prepared(made, at)


def keep_some(
    session: Session,
    raw: Mapping[str, Any],
    prepared: Prepared,
    *,
    actor: Actor,
    at: datetime,
    most: int | None = None,
) -> Step:
    """Make the sheets of up to `most` of the members prepared for, of those who have none by now.

    Raises: as `compute`.
    """
    campaign, year, actor, last = _asked(session, raw, actor=actor, at=at)
    lacking = [each for each in _lacking(session, campaign, year, last) if each.id in prepared.contents]
    made = lacking[:most]
    for n, member in enumerate(made):
        row = sheets.make(session, campaign, year, member, actor=actor)
        # Asked again behind the lock of the first number: somebody else may have been at the same.
        if n == 0 and member.id in queries.of_year(session, campaign.code, year):
            raise refused("sheet_exists", name=member.name, year=year)
        _begin(session, row, prepared.contents[member.id], actor=actor, at=at, known_at=prepared.known_at)
    return Step(len(made), len(queries.of_year(session, campaign.code, year)), len(lacking) - len(made))


def count_lacking(session: Session, campaign: Campaign, year: int, *, at: datetime) -> int:
    """Count the members in office without a sheet of a year; none in a year that cannot be assessed."""
    try:
        return len(_lacking(session, campaign, year, _last(session, campaign, year, at)))
    except Refused:
        return 0


def _asked(
    session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime
) -> tuple[Campaign, int, Actor, date]:
    campaign, year, _ = _read(raw, with_member=False)
    actor = records.require(actor, COMPUTE, Subject(campaign.region_code))
    last = _last(session, campaign, year, at)
    sheets.require_scheme(campaign, year)
    return campaign, year, actor, last


def _lacking(session: Session, campaign: Campaign, year: int, last: date) -> list[Member]:
    kept = queries.of_year(session, campaign.code, year)
    return [each for each in members_in_office(session, campaign.code, on=last) if each.id not in kept]


def adjust(
    session: Session,
    row: Assessment,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Assessment:
    """Set points beside those of a locked sheet (`adjustments`), each with its reason; an empty list takes all back.

    Raises:
        NotAllowed: not the office, or the member the sheet is about.
        Stale: somebody else changed it since.
        Invalid: every mistake in what was sent.
        Refused: the member has not answered yet, or it was reviewed.
    """
    actor = require_judge(session, row, actor=actor)
    records.require_version(row, expected_version)
    errors = [FieldError(name, "unknown_field") for name in raw if name != "adjustments"]
    if "adjustments" not in raw:
        errors.append(FieldError("adjustments", "required"))
    if errors:
        raise Invalid(errors)
    adjustments = sheets.read_adjustments(row, raw["adjustments"])
    if row.state not in _ADJUSTABLE:
        raise refused("sheet_is_not_in_review")
    if adjustments == row.adjustments:
        return row
    before = row.score
    row.adjustments = adjustments
    sheets.settle(row)
    fields = {
        "adjustments": adjustments,
        "score": {"from": sheets.points_text(before), "to": sheets.points_text(row.score)},
    }
    records.note(session, row, actor=actor, at=at, trigger="adjust", event="mended", fields=fields)
    return row


def require_judge(session: Session, row: Assessment, *, actor: Actor) -> Actor:
    """Return the actor as they may set points in a sheet.

    Raises:
        NotAllowed: not the office, or the member the sheet is about.
    """
    actor = records.require(actor, REVIEW, Subject(row.region_code))
    if (refusal := not_the_assessed_person(session, row, actor)) is not None:
        raise NotAllowed(REVIEW, [refusal])
    return actor


def may_adjust(session: Session, row: Assessment, *, actor: Actor) -> bool:
    """Say whether an actor may set points in a sheet as it stands now."""
    try:
        require_judge(session, row, actor=actor)
    except NotAllowed:
        return False
    return row.state in _ADJUSTABLE


def lapse(session: Session, *, at: datetime) -> int:
    """Confirm by lapse of time every sheet nobody answered in time, where its scheme says so; return how many."""
    done = 0
    for sheet_id in queries.unanswered(session, at=at):
        row = queries.get(session, SYSTEM, sheet_id, lock=True)
        subject = Subject(row.region_code)
        if "lapse" in engine.available(session, row, subject=subject, actor=SYSTEM, at=at).available:
            engine.move(session, row, "lapse", subject=subject, actor=SYSTEM, at=at)
            done += 1
    return done


def _begin(
    session: Session,
    row: Assessment,
    content: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    known_at: datetime | None = None,
) -> Assessment:
    sheets.compute(row, content, at=known_at or at, today=_today(session, at))
    facts = {"member": str(row.member_id), "year": row.year, "score": sheets.points_text(row.score), "band": row.band}
    engine.start(session, row, actor=actor, at=at, facts=facts)
    session.flush()
    return row


def _today(session: Session, at: datetime) -> date:
    return at.astimezone(session.info["zone"]).date()


def _last(session: Session, campaign: Campaign, year: int, at: datetime) -> date:
    """Return the last day a sheet of a year speaks of.

    Raises:
        Refused: the year has not begun, or lies outside the campaign.
    """
    today = _today(session, at)
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    if begins > today or ends < campaign.begins or (campaign.ends is not None and begins > campaign.ends):
        raise refused("year_not_yet", year=year)
    return min(each for each in (today, ends, campaign.ends) if each is not None)


def _read(raw: Mapping[str, Any], *, with_member: bool) -> tuple[Campaign, int, Any]:
    known = ("campaign", "year", "member") if with_member else ("campaign", "year")
    errors = [FieldError(name, "unknown_field") for name in raw if name not in known]
    campaign = None
    try:
        campaign = read_campaign(raw.get("campaign"))
    except Invalid as mistake:
        errors += mistake.errors
    year, member = raw.get("year"), raw.get("member")
    if isinstance(year, bool) or not isinstance(year, int) or not _FIRST_YEAR <= year <= _LAST_YEAR:
        errors.append(FieldError("year", "not_a_number"))
    member_id = parse_id(member) if isinstance(member, str) else None
    if with_member and member_id is None:
        errors.append(FieldError("member", "required" if member in (None, "") else "no_such_member"))
    if errors or campaign is None or not isinstance(year, int):
        raise Invalid(errors)
    return campaign, year, member_id
