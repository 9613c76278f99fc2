"""Notices whose time has come: put into their readers' boxes, or dropped when they have become pointless meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from casework.cases.tables import Case
from casework.core import fates
from casework.core.database import Database
from casework.matters import notices
from casework.matters.tables import Notice
from casework.registry.recipients import Recipient
from tasks import telling as tellings
from tasks.sending import sent_links
from tasks.telling import Telling
from workflows.engine import workflow_of

_AT_ONCE = 200
# The states in which a message is still of use; in any other it is dropped when its time comes.
OF_USE_IN: Mapping[str, tuple[str, ...]] = {
    "assigned": ("assigned", "coordinated", "suspended"),
    "assigned_to_help": ("assigned", "coordinated", "suspended"),
    "returned": ("reported",),
    "reopened": ("reported",),
    "reported_critical": ("reported",),
    "resolved": ("resolved",),
    "answered": ("resolved",),
    "reworked": ("assigned", "coordinated", "suspended"),
    "suspended": ("suspended",),
    "resumed": ("assigned", "coordinated"),
    "suspension_over": ("suspended",),
    "urged": ("assigned", "coordinated"),
    "extension_asked": ("assigned", "coordinated", "suspended"),
    "co_task_asked": ("assigned", "coordinated", "suspended"),
}


def release(db: Database, *, at: datetime) -> int:
    """Put the notices whose time has come into their readers' boxes, drop the pointless ones; return how many."""
    total = 0
    while True:
        with db.transaction() as session:
            due = notices.take_due(session, channel=notices.APP, at=at, limit=_AT_ONCE)
            judge(tellings.begin(session, at=at, mails=False, matters=[notice.matter_id for notice in due]), due)
            for notice in due:
                if notice.fate == "waiting":
                    fates.sent(notice, at=at)
        total += len(due)
        if len(due) < _AT_ONCE:
            return total


def judge(telling: Telling, due: Sequence[Notice]) -> None:
    """Drop those of the notices that have become pointless, or whose reader may not know of the case any more."""
    recipients = telling.people.recipients({notice.person_id for notice in due})
    for notice in due:
        reason = why_not(telling, recipients.get(notice.person_id), notice)
        if reason is not None:
            fates.drop(notice, reason=reason)


def why_not(telling: Telling, recipient: Recipient | None, notice: Notice) -> str | None:
    """Return why a notice is not to be given to its reader any more; None when it is."""
    if recipient is None:
        return "account_disabled"
    case = telling.case_of(notice.matter_id)
    if case is None:
        return sent_links.why_not(telling.session, notice, at=telling.at)
    if not telling.may_know(recipient.actor, case.id):
        return "out_of_scope"
    return None if is_of_use(notice.code, notice.facts, case) else f"case_{case.state}"


def is_of_use(code: str, facts: Mapping[str, Any], case: Case) -> bool:
    """Say whether a message about a case still asks for something, or tells of something, in the case's state."""
    if code.startswith("deadline_"):
        clock = workflow_of(case).workflow.clocks.get(str(facts.get("kind")))
        return clock is not None and case.state in clock.runs_in
    states = OF_USE_IN.get(code)
    return states is None or case.state in states
