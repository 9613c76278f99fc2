"""What is told and done later against its rules: I8, I10, I11, I12, I20 and I25 of reliability.md §3.

What a running service puts right by itself within minutes counts only when the view is `healed`: after a restore, say,
nobody has swept yet.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from casework.cases.tables import Case, CaseUnit
from casework.core.database import Session
from casework.keeping.view import View
from casework.matters.outbox import PARK_AFTER
from casework.matters.tables import Deadline, HistoryEntry, IdempotencyKey, Job, Notice, OutboxEvent
from casework.registry.tables import Deputy, RoleGrant

UNFIRED_AFTER = timedelta(minutes=2)
UNTOLD_AFTER = timedelta(minutes=5)
LEASE_OVER = timedelta(seconds=30)


def unfired(view: View) -> Iterator[str]:
    """I8: no rung of a running clock waits for longer than two minutes."""
    if view.healed:
        late = Deadline.next_fire_at < view.at - UNFIRED_AFTER
        yield from view.ids(select(Deadline.id).where(late))


def outbox(view: View) -> Iterator[str]:
    """I10: every event is told, waits for its turn, or was given up after all its tries with a reason."""
    event = OutboxEvent
    wrong = or_(
        and_(event.status == "done", event.done_at.is_(None)),
        and_(event.status == "dead", or_(event.last_error.is_(None), event.attempts < PARK_AFTER)),
        and_(event.status == "pending", or_(event.done_at.is_not(None), event.attempts >= PARK_AFTER)),
    )
    if view.healed:
        wrong = or_(wrong, and_(event.status == "pending", event.next_try_at < view.at - UNTOLD_AFTER))
    yield from view.ids(select(event.id).where(wrong))


def notices(view: View) -> Iterator[str]:
    """I11: one notice an event, person and channel; nobody was told of a case they had nothing to do with."""
    key = (Notice.event_id, Notice.person_id, Notice.channel)
    yield from view.ids(select(func.count(), *key).group_by(*key).having(func.count() > 1))
    candidates = (
        select(Notice.id, Notice.person_id, Notice.matter_id)
        .join(Case, Case.id == Notice.matter_id)
        .where(or_(Case.reported_by.is_(None), Case.reported_by != Notice.person_id), ~_concerns(Case.region_code))
    )
    for notice_id, person_id, case_id in view.stream(candidates):
        if not _concerned_once(view.session, person_id, case_id):
            yield str(notice_id)


def _concerns(region_code: Any) -> ColumnElement[bool]:
    """Return the condition that a person, or one stood in for, has or had a role over the place or in a unit."""
    over = and_(
        RoleGrant.region.is_not(None), func.substr(region_code, 1, func.length(RoleGrant.region)) == RoleGrant.region
    )
    unit = exists().where(CaseUnit.case_id == Case.id, CaseUnit.org_id == RoleGrant.org_id)
    lent = exists().where(Deputy.deputy_id == Notice.person_id, Deputy.person_id == RoleGrant.person_id)
    return exists().where(or_(RoleGrant.person_id == Notice.person_id, lent), or_(over, unit))


def _concerned_once(session: Session, person_id: UUID, case_id: UUID) -> bool:
    # The case may have been mended to another place since; the history keeps where it was.
    mended = select(HistoryEntry.fields).where(HistoryEntry.matter_id == case_id, HistoryEntry.trigger == "mend")
    places = [fields["region_code"]["from"] for fields in session.scalars(mended) if "region_code" in fields]
    if not places:
        return False
    regions = session.scalars(select(RoleGrant.region).where(RoleGrant.person_id == person_id))
    return any(place.startswith(region) for region in regions if region is not None for place in places)


def fates(view: View) -> Iterator[str]:
    """I12: a notice that was sent says when; one that will not be sent says why."""
    yield from view.ids(
        select(Notice.id).where(
            or_(
                and_(Notice.fate == "sent", Notice.sent_at.is_(None)),
                and_(Notice.fate == "waiting", Notice.sent_at.is_not(None)),
                and_(Notice.fate.not_in(("sent", "waiting")), Notice.fate_reason.is_(None)),
            )
        )
    )


def answers(view: View) -> Iterator[str]:
    """I20: one answer a caller's key, and a whole one."""
    key = (IdempotencyKey.person_id, IdempotencyKey.key)
    yield from view.ids(select(func.min(IdempotencyKey.key)).group_by(*key).having(func.count() > 1))
    half = IdempotencyKey.status.is_(None) != IdempotencyKey.body.is_(None)
    yield from view.ids(select(IdempotencyKey.id).where(half))


def leases(view: View) -> Iterator[str]:
    """I25: every running job has a lease that its worker keeps up; what ended says how."""
    wrong = or_(
        and_(Job.status == "running", or_(Job.lease_until.is_(None), Job.worker.is_(None))),
        and_(Job.status == "dead", Job.last_error.is_(None)),
        and_(Job.status.in_(("done", "dead")), Job.done_at.is_(None)),
    )
    if view.healed:
        wrong = or_(wrong, and_(Job.status == "running", Job.lease_until < view.at - LEASE_OVER))
    yield from view.ids(select(Job.id).where(wrong))
