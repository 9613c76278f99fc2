"""The morning's digest: one a person and working day, grouped by case, newest first (features.md §2 row 19).

It gathers what was told since the digest before and is not read yet; the same again by mail to whoever has an address,
without what was mailed by itself already; and to the groups of units that have a robot. Doing it twice changes nothing:
a digest is known by its day and its reader.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from casework.matters import jobs, notices
from casework.matters.notices import Channel
from casework.matters.tables import Notice
from casework.registry.recipients import Recipient
from casework.robots import actions as robots
from tasks import telling as tellings
from tasks.run import Run
from tasks.sending import groups, releasing
from tasks.telling import Telling

CODE = "digest"
MOST_LINES = 60
_LONGEST_SPAN = timedelta(days=14)


def send(run: Run) -> Mapping[str, Any]:
    """Write the digests of the job's day."""
    mails = bool(run.office.settings.mail_url)
    with run.office.db.transaction() as session:
        last = jobs.last_done(session, name=run.name, before=run.at) or run.at - timedelta(days=1)
        after = max(last, run.at - _LONGEST_SPAN)
        found = notices.since(session, after=after, until=run.at, but=[CODE])
        matters = {notice.matter_id for group in found.values() for notice in group}
        telling = tellings.begin(session, at=run.at, mails=mails, matters=matters)
        recipients = telling.people.recipients(found)
        event_id = uuid5(NAMESPACE_OID, f"digest {run.period}")
        total = 0
        for person_id, told in found.items():
            recipient = recipients.get(person_id)
            if recipient is not None:
                total += _write(telling, recipient, told, event_id=event_id)
        groups_told = _tell_groups(telling, found, recipients, period=run.period)
    return {"digests": total, "groups": groups_told}


def _tell_groups(
    telling: Telling, found: Mapping[UUID, Sequence[Notice]], recipients: Mapping[UUID, Recipient], *, period: str
) -> int:
    total = 0
    for robot in robots.living(telling.session):
        chosen = groups.morning(telling, robot, found, recipients) if robot.digests else []
        if chosen:
            facts, at = gathered(chosen, at=telling.at), telling.at
            key = f"{CODE} {period}"
            total += robots.write(
                telling.session, robot, key=key, code=groups.DIGEST, facts=facts, at=at, hold_until=at
            )
    return total


def _write(telling: Telling, recipient: Recipient, told: Sequence[Notice], *, event_id: UUID) -> int:
    current = [notice for notice in told if releasing.why_not(telling, recipient, notice) is None]
    written = _tell(telling, recipient, current, event_id=event_id, channel=notices.APP)
    if telling.mails and recipient.mail:
        alone = notices.mailed(telling.session, event_ids={n.event_id for n in current}, person_id=recipient.id)
        rest = [notice for notice in current if notice.event_id not in alone]
        _tell(telling, recipient, rest, event_id=event_id, channel=notices.MAIL)
    return written


def _tell(telling: Telling, recipient: Recipient, told: Sequence[Notice], *, event_id: UUID, channel: Channel) -> int:
    if not told:
        return 0
    return notices.tell(
        telling.session,
        event_id=event_id,
        people=[(recipient.id, channel)],
        code=CODE,
        facts=gathered(told, at=telling.at),
        at=telling.at,
        hold_until=telling.at,
    )


def gathered(told: Sequence[Notice], *, at: datetime) -> dict[str, Any]:
    """Return the facts of a digest: groups by case, the newest group and in it the newest line first."""
    groups: dict[UUID | None, list[Notice]] = {}
    total = 0
    for notice in sorted(told, key=lambda each: (each.created_at, each.id), reverse=True):
        group = groups.setdefault(notice.matter_id, [])
        # Given to a unit, sent back and given to it again within a day: one line says it.
        if not any((each.code, each.facts) == (notice.code, notice.facts) for each in group):
            group.append(notice)
            total += 1
    left = MOST_LINES
    shown: list[dict[str, Any]] = []
    for matter_id, group in groups.items():
        lines = [{"code": n.code, "facts": n.facts, "at": n.created_at.isoformat()} for n in group[:left]]
        left -= len(lines)
        if lines:
            number = group[0].facts.get("number")
            shown.append({"matter_id": None if matter_id is None else str(matter_id), "number": number, "lines": lines})
    cases = sum(1 for matter_id in groups if matter_id is not None)
    more = total - (MOST_LINES - left)
    return {"day": at.isoformat(), "cases": cases, "total": total, "more": more, "groups": shown}
