"""Handing over whole (换届、交接): all that is in hand of a member, a unit or a person who leaves moves, or is named.

Links, their goals and the visits that are due go by casework/campaign/handover.py; cases and questions in them are
given on here, each with a row in its history. What cannot move stays with the reason. For ten minutes the step is taken
back as a whole; what others have changed since stands against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign import due_visits, handover
from casework.campaign.due_visits import Asked
from casework.campaign.handover import Plan
from casework.campaign.handover_tables import Handover, HandoverItem
from casework.campaign.links import link_list
from casework.campaign.visibility import take_link
from casework.cases import queries
from casework.cases.parts import co_tasks, handing
from casework.cases.parts.handing import ASSIGNEE, CO_TASK, LEAD, REPORTED, InHand
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import invalid, refused
from casework.permissions import acting
from casework.registry import queries as registry
from workflows import records

WRITE = handover.WRITE
HAND_OVER, TAKE_BACK = "hand_over", "take_handover_back"
# What people have in hand that is no record of a case or a campaign.
VISIT, ROLE = "visit", "role"
NO_SUCCESSOR, NOT_YOURS, NOT_CHOSEN = "no_successor", "not_yours_to_assign", "link_stays"
_ASSIGN = "case.assign"


@dataclass(frozen=True, slots=True)
class Party:
    """Who leaves or follows: a member or a unit by `holder_id`; `person_id` is the account, `org_id` the unit."""

    holder_id: UUID
    name: str
    person_id: UUID | None = None
    org_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One handover: who leaves, who follows in what has no successor of its own, which link goes to whom."""

    leaver: Party
    successor: Party | None
    links: Mapping[UUID, Party]
    day: date
    # As it was sent: casework.campaign.handover reads it.
    reason: Any


def make(session: Session, step: Step, *, actor: Actor, at: datetime, today: date) -> Handover:
    """Hand over everything, or nothing; what cannot move is named in the items.

    Raises:
        Invalid, NotFound, Denied, Refused: as casework.campaign.handover.make says of the links; handover_of_nothing.
    """
    held = in_hand(session, step.leaver, actor=actor, at=at)
    due = _due(session, step.leaver, actor=actor, today=today)
    stays = [file.link.id for file in handover.open_links(session, actor, step.leaver.holder_id, on=today)]
    parties = {party.holder_id: party.name for party in step.links.values()}
    plan = Plan(
        step.leaver.holder_id,
        {link_id: party.holder_id for link_id, party in step.links.items()},
        step.day,
        step.reason,
        names=parties | {step.leaver.holder_id: step.leaver.name},
    )
    if not stays and not held:
        # Who holds nothing cannot be asked which link goes to whom.
        raise invalid("links", "handover_of_nothing", name=step.leaver.name)
    row = handover.make(session, plan, actor=actor, at=at, today=today, others=len(held))
    for link_id in stays:
        if link_id not in step.links:
            label = _label_of_link(session, actor, link_id, today=today)
            handover.note(session, row, handover.LINK, link_id, stays=NO_SUCCESSOR, label=label)
    for visit in due:
        reason = "" if visit.link.id in step.links else NOT_CHOSEN
        label = visit.household.head_name
        handover.note(session, row, VISIT, visit.household.id, stays=reason, label=label)
    for each in held:
        _pass_on(session, row, each, step, actor=actor, at=at, today=today)
    for role, grant_id in _roles(session, step.leaver, today=today):
        handover.note(session, row, ROLE, grant_id, stays="role_ends_with_the_account", label=role)
    return row


class _TakenBack(Exception):
    """What was only foretold ends here."""


@contextmanager
def foretold(session: Session, step: Step, *, actor: Actor, at: datetime, today: date) -> Iterator[Handover]:
    """Give a handover as it would be, for as long as it is looked at; nothing of it stays.

    Raises:
        Invalid, NotFound, Denied, Refused: as `make`.
    """
    try:
        with session.savepoint():
            yield make(session, step, actor=actor, at=at, today=today)
            raise _TakenBack
    except _TakenBack:
        # Rows in memory say what was taken back.
        session.expire_all()


def take(session: Session, actor: Actor, handover_id: UUID, *, at: datetime, on: date, lock: bool = False) -> Handover:
    """Return a handover of which the actor may know everything; locked with `lock`.

    Raises:
        NotFound: there is none, or a link or a case of it is hidden.
    """
    row = handover.take(session, actor, handover_id, on=on, lock=lock)
    for item in handover.items(session, row):
        if item.case_id is not None:
            queries.get(session, actor, case_id=item.case_id, at=at)
    return row


def undo(session: Session, row: Handover, *, reason: str, actor: Actor, at: datetime, today: date) -> None:
    """Take a locked handover back as a whole.

    Raises:
        Refused: it was taken back already, ten minutes have passed, or something of it was changed since.
        Denied, NotAllowed: a link or a case in which the caller has no say.
    """
    # The links first: they refuse what is too late or was taken back.
    handover.undo(session, row, reason=reason, actor=actor, at=at, today=today)
    # The last first: two things in one case come back in the reverse of the order in which they left.
    for item in sorted(handover.items(session, row), key=lambda each: each.version, reverse=True):
        if item.case_id is not None and not item.stays:
            _take_back(session, item, _since(session, row, item), reason=reason, actor=actor, at=at)


def in_hand(session: Session, leaver: Party, *, actor: Actor, at: datetime) -> Sequence[InHand]:
    """Return the cases, and the questions in them, that somebody has in hand, as far as the actor may know of them."""
    found: list[InHand] = []
    if leaver.org_id is not None:
        found += handing.of_unit(session, actor, leaver.org_id, at=at)
    if leaver.person_id is not None:
        found += handing.of_person(session, actor, leaver.person_id, at=at)
    return found


def name_of(session: Session, row: Handover) -> str:
    """Return what the one who left is called."""
    names = link_list.holder_names(session, {row.holder_id})
    return names.get(row.holder_id) or registry.people_by_id(session, [row.holder_id]).get(row.holder_id, "")


def _due(session: Session, leaver: Party, *, actor: Actor, today: date) -> Sequence[due_visits.Due]:
    return due_visits.page(session, actor, Asked(member=leaver.holder_id, missing=True), on=today)


def _roles(session: Session, leaver: Party, *, today: date) -> Iterator[tuple[str, UUID]]:
    """Yield the roles that the account of the one who leaves goes on holding: they end where accounts are kept."""
    if leaver.person_id is not None:
        for grant_id, role in registry.roles_held(session, leaver.person_id, on=today):
            yield role, grant_id


def _label_of_link(session: Session, actor: Actor, link_id: UUID, *, today: date) -> str:
    link = take_link(session, actor, link_id, on=today)
    return link_list.files(session, [link])[0].object_name


def _pass_on(
    session: Session, row: Handover, held: InHand, step: Step, *, actor: Actor, at: datetime, today: date
) -> None:
    case = queries.get_for_update(session, actor, case_id=held.case.id, at=at)
    label = f"{case.number} {personal.scrub(case.title)}"
    permitted = acting(actor, _ASSIGN, subject_of(session, case, actor=actor, at=at))
    stays = NOT_YOURS if permitted is None else _against(session, held, step.successor, today=today)
    if held.kind == REPORTED:
        stays = "reporter_stays"
    told: dict[str, Any] = {"case_id": case.id, "label": label, "stays": stays}
    if not stays and permitted is not None and step.successor is not None:
        told["was"] = _change(session, held, case, step.successor, at=at)
        records.note(
            session,
            case,
            actor=permitted,
            at=at,
            trigger=HAND_OVER,
            event="handed_over",
            fields=_fields(held, step),
            comment=step.reason,
        )
        told["version"] = case.version
    handover.note(session, row, held.kind, held.id, **told)


def _against(session: Session, held: InHand, successor: Party | None, *, today: date) -> str:
    """Return why a case or a question cannot go to the successor; empty when it can."""
    if successor is None:
        return NO_SUCCESSOR
    if held.kind == LEAD and successor.org_id is not None:
        return "successor_owes_an_answer" if handing.owes_an_answer(session, held.case, successor.org_id) else ""
    if held.kind == CO_TASK and successor.org_id is not None:
        return "successor_leads_the_case" if held.case.lead_org_id == successor.org_id else ""
    if successor.person_id is None:
        return "successor_without_account"
    in_unit = handing.handles_in(session, successor.person_id, held.case.lead_org_id, on=today)
    return "" if in_unit else "successor_not_in_the_unit"


def _change(session: Session, held: InHand, case: Case, successor: Party, *, at: datetime) -> dict[str, Any]:
    if held.kind == ASSIGNEE:
        was = {"assignee": str(case.assignee_id)}
        case.assignee_id = successor.person_id
        return was
    org = registry.orgs_by_id(session, [successor.holder_id])[successor.holder_id]
    if held.kind == LEAD:
        return handing.pass_lead(session, case, org, at=at)
    return handing.pass_task(session, case, co_tasks.get(session, case, task_id=held.id), org, at=at)


def _take_back(session: Session, item: HandoverItem, version: int, *, reason: str, actor: Actor, at: datetime) -> None:
    case = queries.get_for_update(session, actor, case_id=item.case_id or item.record_id, at=at)
    permitted = records.require(actor, _ASSIGN, subject_of(session, case, actor=actor, at=at))
    if case.version != version:
        raise refused("handover_moved_on")
    if item.kind == ASSIGNEE:
        case.assignee_id = UUID(item.was["assignee"])
    elif item.kind == LEAD:
        handing.take_lead_back(session, case, item.was)
    else:
        handing.take_task_back(session, case, co_tasks.get(session, case, task_id=item.record_id), item.was, at=at)
    records.note(
        session,
        case,
        actor=permitted,
        at=at,
        trigger=TAKE_BACK,
        event="handover_undone",
        fields={"part": item.kind},
        comment=reason,
    )


def _since(session: Session, row: Handover, item: HandoverItem) -> int:
    """Return at which version a case has to be: as it was left, and each later item of it taken back by one row."""
    later = [
        each
        for each in handover.items(session, row)
        if each.case_id == item.case_id and not each.stays and each.version > item.version
    ]
    return item.version + 2 * len(later)


def _fields(held: InHand, step: Step) -> dict[str, Any]:
    """Return what the history keeps: units by code are no personal data, people are told by id."""
    successor = step.successor
    told = {"part": held.kind, "from": str(step.leaver.holder_id)}
    return told if successor is None else {**told, "to": str(successor.holder_id)}
