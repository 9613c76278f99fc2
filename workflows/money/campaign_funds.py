"""Money that no case is about, such as a project's of the campaign: lines of the same ledger, written by the office.

The rules are those of a case's money (funding.py). What stands beside them: a new sum that looks like one already kept
is entered only with a word on why it is other money (domain.md §3d, double counting no. 4).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.campaign import natural
from casework.campaign.links import places
from casework.cases import fund_ledger
from casework.cases import lines as sums
from casework.cases.fund_ledger import Entry
from casework.core import money
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.funds import actions as ledger
from casework.funds import alike, expected
from casework.funds.actions import STAGES, NewLine
from casework.funds.documents import document_key
from casework.funds.tables import FundAttribution, FundLine
from casework.permissions import Subject
from casework.projects.tables import Project
from casework.registry.places import COUNTY_DIGITS, number_prefix
from workflows import engine, records
from workflows.money import fund_fields, funding

READ, WRITE = "fund.read", "fund.write"
UNLIKE_LENGTH = 500


def record(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> FundLine:
    """Write a line (fund_fields.py, and `region_code?, unlike?`) of a new sum, or of one that moves on (`allocation`).

    Without a place a new sum lies where its project is, which is told by its name or its id.

    Raises:
        Invalid: every mistake; a sum of a case is carried on at its case, and here looks like none.
        NotAllowed: not the office over the place.
        Refused: rules of the ledger stand against it, or it looks like a sum that is kept (`unlike` says why not).
    """

    def find(wanted: UUID) -> UUID | None:
        first = fund_ledger.own_sum(session, actor, line_or_sum_id=wanted, at=at)
        return None if first is None else first.allocation_id

    place, projects = places.place(session, actor, WRITE), fund_fields.projects_in_sight(session, actor, at=at)
    line, beside = fund_fields.read_line(
        raw,
        find_allocation=find,
        find_project=projects,
        at=at,
        zone=session.info["zone"],
        beside={
            "region_code": lambda value: None if value in (None, "") else place(value),
            "unlike": lambda value: fund_fields.optional(value, "unlike", UNLIKE_LENGTH),
        },
    )
    line, told = replace(line, unlike=beside["unlike"]), fund_fields.project_told(raw.get("project"), projects)
    line, region = _placed(session, line, beside["region_code"], actor, told=told)
    records.require(actor, WRITE, Subject(region))
    sums.hold(session, str(line.allocation_id) if line.allocation_id else document_key(line.document_no))
    if line.allocation_id is None and line.project is not None:
        # What looks alike goes by its project, whatever the document.
        sums.hold(session, f"project {line.project}")
    refusals = [*ledger.rules_against(session, line), *_alike(session, line, region)]
    if refusals:
        raise Refused(refusals)
    row = ledger.add(session, line, matter_id=None, region_code=region, actor=actor, at=at)
    session.flush()
    has_arrived = STAGES.index(line.stage) >= funding.ARRIVED
    if has_arrived:
        _end_waiting(session, row, "arrive", actor=actor, at=at)
    elif line.expected_on is not None:
        # A later day takes the place of an earlier one.
        _end_waiting(session, row, "drop", actor=actor, at=at)
        wait = expected.make(session, row, prefix=number_prefix(session, region[:COUNTY_DIGITS]))
        facts = {"line": str(row.id), "expected_on": line.expected_on.isoformat(), "amount": money.yuan(row.amount_fen)}
        engine.start(session, wait, actor=actor, at=at, facts=facts)
        session.flush()
    return row


def _end_waiting(
    session: Session, row: FundLine, trigger: str, *, actor: Actor, at: datetime, of_line: bool = False
) -> None:
    for wait in expected.waiting(session, row.allocation_id):
        if not of_line or wait.id == row.id:
            engine.move(session, wait, trigger, subject=Subject(wait.region_code), actor=actor, at=at)


def reverse(session: Session, entry: Entry, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> FundLine:
    """Take a line back (`note`: why).

    Raises:
        NotAllowed: not the office over its place.
        Invalid: no note, or unknown fields.
        Refused: it is a case's, a reversal itself, was taken back already, or the sum has moved on since.
    """
    records.require(actor, WRITE, Subject(entry.line.region_code))
    note = fund_fields.read_note(raw)
    line = _own(entry)
    funding.require_reversible(session, line)
    today = at.astimezone(session.info["zone"]).date()
    row = ledger.reverse(session, line, note=note, actor=actor, at=at, on=today)
    session.flush()
    _end_waiting(session, line, "drop", actor=actor, at=at, of_line=True)
    return row


def amend(raw: Mapping[str, Any], *, subject: Subject, permission: str, actor: Actor) -> None:
    """Judge a wish to change a line: whatever it is to be changed in, it stands as it was written.

    Raises:
        NotAllowed: the actor may not write money there.
        Refused: a field is given.
    """
    records.require(actor, permission, subject)
    if raw:
        raise Refused([Refusal("fund_stays")])


def attribute(session: Session, entry: Entry, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> FundAttribution:
    """Credit a share of a line's sum (fund_fields.py: `person`, `member` or `org`, `share`, `role?`).

    Raises:
        NotAllowed: not the office over its place.
        Invalid: every mistake.
        Refused: it is a case's, or the shares would make more than 100 %.
    """
    records.require(actor, WRITE, Subject(entry.line.region_code))
    share = fund_fields.read_share(session, raw, actor=actor)
    row = funding.give(session, _own(entry), share, at=at)
    session.flush()
    return row


def _own(entry: Entry) -> FundLine:
    if entry.case_number is not None:
        raise Refused([Refusal("fund_of_case", {"number": entry.case_number})])
    return entry.line


def _placed(
    session: Session, line: NewLine, region: str | None, actor: Actor, *, told: Project | None
) -> tuple[NewLine, str]:
    """Return a line with the project and the place that follow from its sum or its project, and that place; `told`: the
    project, where its id was.
    """
    if line.allocation_id is not None:
        first = session.get_one(FundLine, line.allocation_id)
        if region not in (None, first.region_code):
            raise Invalid([FieldError("region_code", "fund_place_of_sum")])
        return replace(line, project=line.project or first.project), first.region_code
    place = region or (None if told is None else told.region_code)
    if place is not None:
        return line, place
    named: set[str] = set()
    for county in actor.regions(TRIAGE_ROLES) if line.project else ():
        found = natural.projects_named(session, county, {line.project or ""})
        named |= {each.region_code for each in found if not each.withdrawn}
    if len(named) != 1:
        raise Invalid([FieldError("region_code", "required")])
    return line, named.pop()


def _alike(session: Session, line: NewLine, region: str) -> list[Refusal]:
    if line.allocation_id is not None or line.unlike is not None or line.project is None:
        return []
    new = alike.Seen(line.project, region, line.amount_fen, line.on, line.document_no)
    kept = alike.first_like(session, new)
    if kept is None:
        return []
    told = {
        "project": kept.project,
        "amount": money.yuan(kept.amount_fen),
        "day": kept.on.isoformat(),
        "document": kept.document_no,
        "line": str(kept.allocation_id),
    }
    return [Refusal("fund_alike", told)]
