"""What is done once a day: the anchor, the tidying, word of suspensions that are over, sheets and targets that lapse.

Each function may be run again for the same day. What is deleted, and after how long, stands with what is deleted.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from casework.cases import suspensions
from casework.consultations import sent_links
from casework.core.database import Session
from casework.dispatches import personal
from casework.matters import anchors, drafts, idempotency, jobs, notices, outbox, presences, pulses, word_counts
from casework.registry import logins, tidying
from casework.robots import actions as robots
from casework.templates import queries as templates
from casework.webhooks import deliveries
from tasks.run import Run
from workflows.campaign import assessments, goals

_FAILURES_KEPT = timedelta(days=30)
_JOBS_KEPT = timedelta(days=30)
_DELIVERIES_KEPT = timedelta(days=90)
_NOTICES_KEPT = timedelta(days=400)
_AT_ONCE = 1000
# Each writes an edition: a few at a time, so that nobody who writes meanwhile waits long.
_LAPSED_AT_ONCE = 100


def anchor(run: Run) -> Mapping[str, Any]:
    """Keep the anchor of yesterday and of every day that was missed."""
    yesterday = run.at.astimezone(run.office.settings.zone).date() - timedelta(days=1)
    with run.office.db.transaction() as session:
        made = anchors.make(session, day=yesterday, at=run.at)
    return {"day": made.day.isoformat(), "root": made.root, "matters": made.matters}


def suspension_ends(run: Run) -> Mapping[str, Any]:
    """Tell of the suspended cases whose day has come."""
    today = run.at.astimezone(run.office.settings.zone).date()
    with run.office.db.transaction() as session:
        return {"told": suspensions.tell_of_those_over(session, today=today, at=run.at)}


def sheets_lapse(run: Run) -> Mapping[str, Any]:
    """Confirm the sheets of the assessment that nobody answered in time."""
    with run.office.db.transaction() as session:
        return {"confirmed": assessments.lapse(session, at=run.at)}


def goals_lapse(run: Run) -> Mapping[str, Any]:
    """Let the targets of a past year lapse that nobody claimed by the middle of January, some at a time."""
    lapsed = 0
    while True:
        with run.office.db.transaction() as session:
            count = goals.lapse(session, at=run.at, limit=_LAPSED_AT_ONCE)
        lapsed += count
        if count < _LAPSED_AT_ONCE:
            return {"lapsed": lapsed}


_TIDIED: Mapping[str, Callable[[Session, datetime], int]] = {
    "drafts": lambda session, at: drafts.forget_old(session, at=at),
    "presences": lambda session, at: presences.forget_old(session, at=at),
    "login_failures": lambda session, at: logins.forget_failures(session, before=at - _FAILURES_KEPT),
    "sessions": lambda session, at: tidying.end_old_sessions(session, at=at),
    "jobs": lambda session, at: jobs.forget_done(session, before=at - _JOBS_KEPT),
    "webhook_deliveries": lambda session, at: deliveries.forget_old(session, before=at - _DELIVERIES_KEPT),
    "robot_messages": lambda session, at: robots.forget_old(session, before=at - _NOTICES_KEPT),
    "pulses": lambda session, at: pulses.forget_old(session, at=at),
    "personal_exports": personal.empty_old,
    "paper_prints": lambda session, at: templates.forget_prints(session, at=at),
    "sent_links": lambda session, at: sent_links.forget(session, before=at),
    "notices": lambda session, at: notices.purge(session, before=at - _NOTICES_KEPT),
}


def tidy(run: Run) -> Mapping[str, Any]:
    """Delete what has served its time, each kind in a transaction of its own, and tell of accounts that fell asleep."""
    gone: dict[str, int] = {"idempotency_keys": 0}
    while True:
        with run.office.db.transaction() as session:
            count = idempotency.forget_old(session, at=run.at, limit=_AT_ONCE)
        gone["idempotency_keys"] += count
        if count < _AT_ONCE:
            break
    for name, forget in _TIDIED.items():
        with run.office.db.transaction() as session:
            gone[name] = forget(session, run.at)
    with run.office.db.transaction() as session:
        counted = word_counts.recount_if_grown(session, at=run.at)
    return {**gone, "dormant": _tell_of_dormant(run), "words_counted": counted}


def _tell_of_dormant(run: Run) -> int:
    with run.office.db.transaction() as session:
        before = jobs.last_done(session, name=run.name, before=run.at) or run.at - timedelta(days=1)
        asleep = tidying.newly_dormant(session, after=before, at=run.at)
        for person in asleep:
            facts = {"person_id": str(person.id), "user_name": person.user_name}
            outbox.publish(session, event="account.dormant", at=run.at, facts=facts)
    return len(asleep)
