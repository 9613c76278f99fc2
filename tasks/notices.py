"""Who is told what, and when (features.md §2 rows 4, 10, 19).

Each event finds its rules in literal tables: a code (its sentence is in casework/locale/messages/notices.toml) and the
audiences. Nobody is told of a case they may not know of at that moment, nor of what they did themselves. All but what
is critical waits for the next opening of the office (tasks/sending/releasing.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.cases.tables import Case
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from casework.registry.recipients import Recipient
from tasks.audiences import (
    UNIT_ROLES,
    Audience,
    asked_unit,
    asker,
    co_units,
    deciders,
    desk,
    excluder,
    mentioned,
    over,
    reporter,
    request_of,
    task_of,
    unit,
    within,
)
from tasks.sending import groups
from tasks.telling import Telling


@dataclass(frozen=True, slots=True)
class Rule:
    """One message: its code and the audiences it goes to."""

    code: str
    audiences: tuple[Audience, ...]


BY_TRIGGER: Mapping[str, tuple[Rule, ...]] = {
    "assign": (Rule("assigned", (unit,)), Rule("assigned_to_help", (co_units,))),
    "return": (Rule("returned", (desk,)),),
    "decline": (Rule("declined", (desk, reporter)),),
    "merge": (Rule("merged", (reporter,)),),
    "suspend": (Rule("suspended", (unit,)),),
    "resume": (Rule("resumed", (unit,)),),
    "resolve": (Rule("resolved", (desk,)), Rule("answered", (reporter,))),
    "rework": (Rule("reworked", (unit,)),),
    "close": (Rule("closed", (reporter,)),),
    "reopen": (Rule("reopened", (desk, reporter)),),
}
BY_EVENT: Mapping[str, tuple[Rule, ...]] = {
    "case.urged": (Rule("urged", (unit,)),),
    "case.commented": (Rule("mentioned", (mentioned,)),),
    "case.extension_asked": (Rule("extension_asked", (deciders,)),),
    "case.co_task_asked": (Rule("co_task_asked", (asked_unit(*UNIT_ROLES, fact="task_id"),)),),
    "case.handed_over": (Rule("handed_over", (unit,)),),
    "case.handover_undone": (Rule("handover_undone", (unit,)),),
    "case.suspension_over": (Rule("suspension_over", (desk, unit)),),
}
_OF_AN_ASSIGNMENT = [rule.code for rule in BY_TRIGGER["assign"]]
_OWNED_BY_DESK = ("accept", "follow_up", "review")
# From this level on a mail goes out by itself; below it the morning's digest is enough.
_MAIL_FROM_LEVEL = 2


# ------------------------------------------------------------------ handlers
def of_report(telling: Telling, event: OutboxEvent) -> None:
    """Tell the desk of a critical report at once: it has two clock hours."""
    case = telling.case_of(event.matter_id)
    if case is not None and case.urgency == "critical":
        _tell(telling, event, case, Rule("reported_critical", (desk,)))


def of_step(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a move."""
    case = telling.case_of(event.matter_id)
    if event.facts.get("trigger") == "recall" and event.matter_id is not None:
        notices.take_away(telling.session, event.matter_id, codes=_OF_AN_ASSIGNMENT, reason="recalled")
    if case is not None:
        for rule in BY_TRIGGER.get(str(event.facts.get("trigger")), ()):
            _tell(telling, event, case, rule)


def of_note(telling: Telling, event: OutboxEvent) -> None:
    """Tell of what happened to a case without moving it."""
    case = telling.case_of(event.matter_id)
    if case is not None:
        for rule in BY_EVENT[event.event]:
            _tell(telling, event, case, rule, facts=_until(telling, case, event))


def of_decision(telling: Telling, event: OutboxEvent) -> None:
    """Tell the asker that more time was granted or refused."""
    case = telling.case_of(event.matter_id)
    if case is not None:
        code = "extension_granted" if event.facts.get("granted") else "extension_refused"
        _tell(telling, event, case, Rule(code, (asker,)))


def of_exclusion(telling: Telling, event: OutboxEvent) -> None:
    """Tell the heads that somebody asks to leave a case out of the rates, or count it again; the asker the answer."""
    case = telling.case_of(event.matter_id)
    if case is None:
        return
    what = "lift" if event.facts.get("lift") else "exclusion"
    if event.event == "case.exclusion_asked":
        _tell(telling, event, case, Rule(f"{what}_asked", (deciders,)))
        return
    code = f"{what}_{'granted' if event.facts.get('granted') else 'refused'}"
    _tell(telling, event, case, Rule(code, (excluder,)))


def of_answer(telling: Telling, event: OutboxEvent) -> None:
    """Tell the lead unit that a co-unit has answered or need not any more."""
    case = telling.case_of(event.matter_id)
    if case is not None:
        code = "co_task_answered" if event.facts.get("status") == "answered" else "co_task_waived"
        _tell(telling, event, case, Rule(code, (unit,)))


def of_deadline(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a rung: 0 and 1 to who has to act, 2 to their head and the region's heads, 3 to the chair too."""
    case = telling.case_of(event.matter_id)
    if case is None:
        return
    level, kind = int(event.facts["level"]), str(event.facts["kind"])
    rule = Rule(f"deadline_{min(level, 3)}", _rung_audiences(kind=kind, level=level))
    facts = {name: event.facts[name] for name in ("kind", "level", "due_at")}
    _tell(telling, event, case, rule, facts=facts, mails=level >= _MAIL_FROM_LEVEL)


def of_dormancy(telling: Telling, event: OutboxEvent) -> None:
    """Tell the security administrators of an account that fell asleep."""
    people = telling.people.recipients(telling.people.anywhere(("security",)))
    hold_until = telling.calendar.next_opening(telling.at)
    _write(telling, event, people.values(), code="account_dormant", facts=event.facts, hold_until=hold_until)


def of_cap(telling: Telling, event: OutboxEvent) -> None:
    """Tell who watches over security, and the auditor, who lifted as many masks as one may in a day; by mail too."""
    people = telling.people.recipients(telling.people.anywhere(("security", "auditor")))
    told = [each for each in people.values() if str(each.id) != event.facts["person"]]
    facts = {"user_name": event.facts["user_name"], "n": event.facts["n"]}
    _write(telling, event, told, code="reveal_cap", facts=facts, hold_until=telling.at, mails=True)


def of_paused_webhook(telling: Telling, event: OutboxEvent) -> None:
    """Tell the administrators that nothing is sent to another system any more, by mail too."""
    people = telling.people.recipients(telling.people.anywhere(("admin",)))
    hold_until = telling.calendar.next_opening(telling.at)
    code = f"webhook_{event.facts['why']}"
    facts = {"host": event.facts["host"]}
    _write(telling, event, people.values(), code=code, facts=facts, hold_until=hold_until, mails=True)


def of_ailing(telling: Telling, event: OutboxEvent) -> None:
    """Tell the administrators what is wrong with the installation, by mail too."""
    people = telling.people.recipients(telling.people.anywhere(("admin",)))
    hold_until = telling.calendar.next_opening(telling.at)
    facts = {"checks": list(event.facts["checks"])}
    _write(telling, event, people.values(), code="system_ailing", facts=facts, hold_until=hold_until, mails=True)
    if "unmasking" in facts["checks"]:
        guards = telling.people.recipients(telling.people.anywhere(("security", "auditor")))
        _write(telling, event, guards.values(), code="unmasking_capped", facts={}, hold_until=hold_until, mails=True)
    groups.alarm(telling, event, checks=facts["checks"])


def _rung_audiences(*, kind: str, level: int) -> tuple[Audience, ...]:
    above = (over("head"), over("chair")) if level > 2 else (over("head"),)
    if kind in _OWNED_BY_DESK:
        return above if level > 1 else (over("clerk"),)
    role = "unit_head" if level > 1 else "handler"
    owner = asked_unit(role, fact="subject_id") if kind == "co_task" else within(role)
    return (owner, *above) if level > 1 else (owner,)


# ------------------------------------------------------------------ telling
def _tell(
    telling: Telling,
    event: OutboxEvent,
    case: Case,
    rule: Rule,
    *,
    facts: Mapping[str, Any] | None = None,
    mails: bool = False,
) -> None:
    ids = [each for audience in rule.audiences for each in audience(telling, case, event)]
    doer = telling.doer_of(event)
    told = [
        recipient
        for person_id, recipient in telling.people.recipients(ids).items()
        if person_id != doer and telling.may_know(recipient.actor, case.id)
    ]
    critical = case.urgency == "critical"
    hold_until = telling.at if critical else telling.calendar.next_opening(telling.at)
    known = {"number": case.number, "due_at": None if case.due_at is None else case.due_at.isoformat()}
    known |= {"workflow": case.workflow, **(facts or {})}
    _write(
        telling,
        event,
        told,
        code=rule.code,
        facts=known,
        hold_until=hold_until,
        mails=mails or critical,
        texts=critical,
    )
    if critical:
        groups.shout(telling, event, code=rule.code, facts=known, told=[each.id for each in told])


def _write(
    telling: Telling,
    event: OutboxEvent,
    recipients: Iterable[Recipient],
    *,
    code: str,
    facts: Mapping[str, Any],
    hold_until: datetime,
    mails: bool = False,
    texts: bool = False,
) -> None:
    told = list(recipients)
    people: list[tuple[UUID, notices.Channel]] = [(each.id, notices.APP) for each in told]
    if mails and telling.mails:
        people += [(each.id, notices.MAIL) for each in told if each.mail and each.mailed_alone]
    if texts and telling.texts:
        people += [(each.id, notices.SMS) for each in told if each.texted]
    notices.tell(
        telling.session,
        event_id=event.id,
        people=people,
        code=code,
        facts=facts,
        at=telling.at,
        hold_until=hold_until,
        matter_id=event.matter_id,
    )


def _until(telling: Telling, case: Case, event: OutboxEvent) -> dict[str, Any]:
    """Return the day that goes with a note: the one asked for, or by which an answer is wanted."""
    if event.event == "case.extension_asked":
        request = request_of(telling, case, event)
        return {} if request is None else {"until": request.until.isoformat()}
    if event.event == "case.co_task_asked":
        task = task_of(telling, case, event, fact="task_id")
        return {} if task is None else {"until": task.due_on.isoformat()}
    return {"until": event.facts["until"]} if "until" in event.facts else {}
