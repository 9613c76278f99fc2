"""Computing the sheets of members and setting points beside them: through the engine, like every matter."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from casework.assessment import queries, sheets
from casework.assessment.reckoning import members_in_office
from casework.assessment.tables import Assessment
from casework.campaign.asking import read_campaign
from casework.campaign.definition import Campaign
from casework.campaign.visibility import take_member
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid, refused
from casework.core.ids import parse_id
from casework.members.tables import Member
from casework.permissions import Subject
from workflows import engine, records
from workflows.callers import not_the_assessed_person

COMPUTE = "assessment.compute"
REVIEW = "assessment.review"
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
    campaign, year, _ = _read(raw, with_member=False)
    actor = records.require(actor, COMPUTE, Subject(campaign.region_code))
    last = _last(session, campaign, year, at)
    sheets.require_scheme(campaign, year)
    lacking = _lacking(session, campaign, year, last)
    if not lacking:
        return 0, len(queries.of_year(session, campaign.code, year))
    first = sheets.make(session, campaign, year, lacking[0], actor=actor)
    # Asked again behind the lock of the first number: somebody else may have been at the same.
    if [each.id for each in _lacking(session, campaign, year, last)] != [each.id for each in lacking]:
        raise refused("sheet_exists", name=lacking[0].name, year=year)
    kept = len(queries.of_year(session, campaign.code, year))
    ids = [each.id for each in lacking]
    contents = sheets.contents(session, campaign, year, ids, at=at, today=_today(session, at))
    for member in lacking:
        row = first if member is lacking[0] else sheets.make(session, campaign, year, member, actor=actor)
        _begin(session, row, contents[member.id], actor=actor, at=at)
    return len(lacking), kept


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
    actor = records.require(actor, REVIEW, Subject(row.region_code))
    if (refusal := not_the_assessed_person(session, row, actor)) is not None:
        raise engine.NotAllowed(REVIEW, [refusal])
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


def _begin(session: Session, row: Assessment, content: Mapping[str, Any], *, actor: Actor, at: datetime) -> Assessment:
    sheets.compute(row, content, at=at, today=_today(session, at))
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
