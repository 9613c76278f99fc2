"""Letting personal data go when their time is over: one administrator proposes, another approves, a job does it.

Keys are one ring for all records, so data are not shredded by destroying a key: they are overwritten and deleted. What
the hash chains cover stays as it is (who did what when, and the words of notes), so every chain still verifies; the
erasing itself is a row of each case's history. Figures count records by place, day and outcome, none of which go.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases import reporters
from casework.cases.reporters import Reporter
from casework.cases.tables import Case
from casework.core import personal
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import NotFound, refused
from casework.core.i18n import say
from casework.matters import jobs, search
from casework.registry import audit
from casework.retention import due, periods, rounds
from casework.retention.tables import RetentionRound
from workflows import records

MANAGE = "retention.manage"
JOB = "retention"
ERASE = "erase"
AT_ONCE = 50


def propose(session: Session, kind: str, *, actor: Actor, at: datetime) -> RetentionRound:
    """Propose to let go of what is due of a kind.

    Raises:
        NotFound: there is no such kind.
        Refused: nothing is due, or a round is under way.
    """
    years = periods.years(session).get(kind)
    if years is None or actor.person_id is None:
        raise NotFound("kind")
    if any(row.kind == kind for row in rounds.under_way(session)):
        raise refused("retention_under_way")
    cutoff = periods.cutoff(at, years)
    counted = due.count(session, kind, cutoff=cutoff)
    if counted == 0:
        raise refused("retention_nothing_due")
    row = rounds.begin(session, kind, years, cutoff, counted, by=actor.person_id, at=at)
    _audit(session, "retention.proposed", row, actor=actor, at=at)
    return row


def approve(session: Session, round_id: UUID, *, actor: Actor, at: datetime) -> RetentionRound:
    """Approve what somebody else has proposed; a job begins at once.

    Raises:
        NotFound: there is no such round.
        Refused: it is decided, or the caller proposed it.
    """
    row = _proposed(session, round_id)
    if row.proposed_by in (actor.person_id, actor.for_id):
        raise refused("retention_two_people")
    row.status, row.decided_by, row.decided_at = "approved", actor.person_id, at
    jobs.ensure(session, name=JOB, period=str(row.id), run_at=at, at=at, payload={"round": str(row.id)})
    _audit(session, "retention.approved", row, actor=actor, at=at)
    session.flush()
    return row


def withdraw(session: Session, round_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a proposal back, one's own or another's.

    Raises:
        NotFound: there is no such round.
        Refused: it is decided.
    """
    row = _proposed(session, round_id)
    row.status, row.decided_by, row.decided_at = "withdrawn", actor.person_id, at
    _audit(session, "retention.withdrawn", row, actor=actor, at=at)
    session.flush()


def halt(session: Session, round_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Stop a round that is being done: what is gone is gone, the rest stays until a round is proposed anew.

    Raises:
        NotFound: there is no such round.
        Refused: it is not being done.
    """
    row = rounds.get(session, round_id)
    if row.status != "approved":
        raise refused("retention_decided")
    due.drop_contents(session)
    row.status, row.done_at = "done", at
    _audit(session, "retention.halted", row, actor=actor, at=at)
    session.flush()


def erase_some(session: Session, round_id: UUID, *, at: datetime) -> int:
    """Let go of up to `AT_ONCE` records of an approved round; 0: it is over, and all the rest of it is done."""
    row = rounds.get(session, round_id)
    if row.status != "approved":
        return 0
    taken = due.take(session, row.kind, cutoff=row.cutoff, limit=AT_ONCE)
    for record in taken:
        _ERASE[row.kind](session, record, row, at)
    row.erased += len(taken)
    session.flush()
    return len(taken)


def finish(session: Session, round_id: UUID, *, at: datetime) -> None:
    """End a round of which nothing is left: contents nobody names any more go from the disk."""
    row = rounds.get(session, round_id)
    if row.status != "approved":
        return
    due.drop_contents(session)
    row.status, row.done_at = "done", at
    _audit(session, "retention.done", row, actor=SYSTEM, at=at)
    session.flush()


def _proposed(session: Session, round_id: UUID) -> RetentionRound:
    row = rounds.get(session, round_id)
    if row.status != "proposed":
        raise refused("retention_decided")
    return row


def _audit(session: Session, event: str, row: RetentionRound, *, actor: Actor, at: datetime) -> None:
    facts = {"round": str(row.id), "kind": row.kind, "years": row.years, "due": row.due, "erased": row.erased}
    audit.record(session, event=event, actor=actor, at=at, facts={**facts, "cutoff": row.cutoff.isoformat()})


# ------------------------------------------------------------------ what goes of each kind
def _case(session: Session, case: Case, row: RetentionRound, at: datetime) -> None:
    reporters.seal(session, case, Reporter("", None, None))
    case.reporter_name = say("retention.erased")
    case.title = personal.scrub(case.title)
    case.description, case.answers, case.plan, case.reply = "", {}, None, None
    search.mend(session, matter_id=case.id, region_code=case.region_code, parts=(case.title, case.description))
    files = due.drop_files(session, case.id)
    case.attachments_total, case.erased_at = 0, at
    texts = due.clear_versions(session, case.id) + due.clear_submissions(session, case.id)
    fields = {"round": str(row.id), "years": row.years, "files": files, "texts": texts}
    records.note(session, case, actor=SYSTEM, at=at, trigger=ERASE, event="erased", fields=fields)


_ERASE: Mapping[str, Callable[[Session, Any, RetentionRound, datetime], None]] = {
    "cases": _case,
    "consultations": lambda session, record, _row, _at: due.clear_consultation(session, record),
    "public_reports": lambda session, record, _row, _at: due.clear_public_report(session, record),
    "dispatches": lambda session, record, _row, _at: due.clear_dispatch(session, record),
    "accounts": lambda _session, record, _row, at: due.clear_account(record, at=at),
}
