"""Who is told of consultations: those invited of every date once it is known and of what became of it, the units of
what was agreed with them, whoever brought the topic of what became of that, and the office of what falls due.

No word of the topic stands in a notice, only its number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casework.consultations import calls, queries
from casework.consultations.codes import KNOWN
from casework.consultations.tables import ConsensusItem, Consultation, Participant
from casework.core.actors import SYSTEM, UNIT_ROLES
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from casework.permissions import permits
from tasks.sending.calendar_mail import CODES as MAILED
from tasks.telling import Telling

_Audience = Callable[[Telling, Consultation, OutboxEvent], Iterable[UUID]]
# From this level on the heads are told beside the clerks.
_HEADS_FROM = 2


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    audience: _Audience


def _invited(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    return _ids(queries.participants_of(telling.session, row, of_round=_round(row, event)))


def _told(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    """Return those of a date that falls who know of it: of one that was only being found nobody does."""
    people = queries.participants_of(telling.session, row, of_round=_round(row, event))
    return _ids([each for each in people if each.told_at is not None])


def _waiting(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    """Return those who know of a date, also of one that was put off before: they wait for the next."""
    return _ids(queries.told_of(telling.session, row, before=_round(row, event) + 1))


def _moved(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    """Return those of the new date who knew of the one before; of a date that was not known nobody."""
    if event.facts.get("to") not in KNOWN:
        return ()
    before = set(_before(telling, row, event))
    return [each for each in _invited(telling, row, event) if each in before]


def _newly(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    if event.facts.get("to") not in KNOWN:
        return ()
    before = set(_before(telling, row, event))
    return [each for each in _invited(telling, row, event) if each not in before]


def _released(telling: Telling, row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    """Return those who knew of the date before and are not asked to the one that is known now."""
    if event.facts.get("to") not in KNOWN:
        return ()
    now = set(_invited(telling, row, event))
    return [each for each in _before(telling, row, event) if each not in now]


def _before(telling: Telling, row: Consultation, event: OutboxEvent) -> Sequence[UUID]:
    return _ids(queries.told_of(telling.session, row, before=_round(row, event)))


def _round(row: Consultation, event: OutboxEvent) -> int:
    """Return to which date a step belongs: another may have been set since."""
    return int(event.facts.get("round", row.round))


def _ids(people: Iterable[Participant]) -> Sequence[UUID]:
    return [each.person_id for each in people if each.person_id is not None]


def _bringer(_telling: Telling, row: Consultation, _event: OutboxEvent) -> Iterable[UUID]:
    return () if row.brought_by is None else (row.brought_by,)


def _units(telling: Telling, row: Consultation, _event: OutboxEvent) -> Iterable[UUID]:
    orgs = {item.org_id for item in queries.items_of(telling.session, [row.id])}
    return [each for org_id in sorted(orgs) for each in telling.people.within(tuple(UNIT_ROLES), org_id)]


def _mentioned(_telling: Telling, _row: Consultation, event: OutboxEvent) -> Iterable[UUID]:
    found = (parse_id(str(each)) for each in event.facts.get("mentions", ()))
    return [each for each in found if each is not None]


_BY_TRIGGER: Mapping[str, tuple[_Rule, ...]] = {
    "drop": (_Rule("topic_dropped", _bringer),),
    "approve": (_Rule("topic_approved", _bringer),),
    "notify": (_Rule("meeting_invited", _invited), _Rule("meeting_released", _released)),
    "reschedule": (
        _Rule("meeting_moved", _moved),
        _Rule("meeting_invited", _newly),
        _Rule("meeting_released", _released),
    ),
    "postpone": (_Rule("meeting_postponed", _told), _Rule("topic_postponed", _bringer)),
    "cancel": (_Rule("meeting_cancelled", _waiting), _Rule("topic_cancelled", _bringer)),
    "minute": (_Rule("meeting_agreed", _units), _Rule("meeting_minuted", _invited), _Rule("topic_minuted", _bringer)),
    "evaluate": (_Rule("meeting_evaluated", _invited),),
}


# What the reporters behind a topic are told of too, by the steps that bring it about.
_REPORTED = ("drop", "cancel", "minute", "evaluate")
# What the steps of the record that something agreed became are told as.
_CHANGES: Mapping[str, str] = {
    "close": "done",
    "strike_off": "done",
    "keep_long_term": "long_term",
    "decline": "declined",
    "merge": "merged",
    "reopen": "again",
    "recur": "again",
}


def of_step(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a move; who is of two audiences is told once, of what comes first."""
    row = _row(telling, event)
    trigger = str(event.facts.get("trigger"))
    if row is not None:
        for rule in _BY_TRIGGER.get(trigger, ()):
            _tell(telling, event, row, rule)
        # A topic that is joined to another goes on in it, and its reporters are told what comes of that.
        if trigger in _REPORTED and row.joined_id is None:
            _tell_reporters(telling, event, row, trigger)


def of_conversion(telling: Telling, event: OutboxEvent) -> None:
    """Tell those who were there, and the reporters behind the topic, that something agreed became a record."""
    row = _row(telling, event)
    item_id = parse_id(str(event.facts.get("item_id")))
    item = None if item_id is None else telling.session.get(ConsensusItem, item_id)
    if row is not None and item is not None:
        _tell_item(telling, event, row, item.place, "convert")


def of_record(telling: Telling, event: OutboxEvent) -> None:
    """Tell the same people when the record that something agreed became comes to an end, or is taken up again."""
    change = _CHANGES.get(str(event.facts.get("trigger")))
    if event.matter_id is None or change is None:
        return
    for item in queries.items_become(telling.session, event.matter_id):
        row = queries.take(telling.session, SYSTEM, str(item.consultation_id))
        _tell_item(telling, event, row, item.place, change)


def of_answer(telling: Telling, event: OutboxEvent) -> None:
    """Tell the same people when the suggestion that something agreed became was answered."""
    row = _row(telling, event)
    if row is not None:
        _tell_item(telling, event, row, int(event.facts["item"]), "answered")


def _tell_item(telling: Telling, event: OutboxEvent, row: Consultation, place: int, change: str) -> None:
    _tell(telling, event, row, _Rule(f"meeting_{change}", _invited), {"n": place})
    _tell_reporters(telling, event, row, change, item=place)


def of_look_back(telling: Telling, event: OutboxEvent) -> None:
    """Tell the same people what was found three or six months later."""
    row = _row(telling, event)
    if row is not None:
        facts = {"months": event.facts["months"]}
        _tell(telling, event, row, _Rule("meeting_looked_back", _invited), facts)
        _tell_reporters(telling, event, row, "look_back")


def _tell_reporters(
    telling: Telling, event: OutboxEvent, row: Consultation, change: str, *, item: int | None = None
) -> None:
    """Tell who reported the cases behind a topic: with an account here, the villagers by telephone."""
    session = telling.session
    calls.want(session, row, change, event_id=event.id, at=telling.at, item=item)
    doer = telling.doer_of(event)
    reported = {person: (case_id, number) for case_id, number, person in queries.reported_of(session, row.id)}
    for person_id, recipient in telling.people.recipients(reported).items():
        # The office itself knows; who came to the meeting has been told of it there.
        if person_id == doer or permits(recipient.actor, "consultation.run", queries.place_of(row.region_code)):
            continue
        case_id, number = reported[person_id]
        notices.tell(
            session,
            event_id=event.id,
            people=[(person_id, notices.APP)],
            code=f"case_consulted_{change}",
            facts={"number": number, "n": item},
            at=telling.at,
            hold_until=telling.calendar.next_opening(telling.at),
            matter_id=case_id,
        )


def of_note(telling: Telling, event: OutboxEvent) -> None:
    """Tell those named with @ in a note, as far as they may know of the consultation."""
    row = _row(telling, event)
    if row is not None:
        _tell(telling, event, row, _Rule("meeting_mentioned", _mentioned))


def of_rung(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a rung: the clerks over the place, from the second level on the heads too."""
    row = _row(telling, event)
    if row is None:
        return
    level = int(event.facts["level"])
    roles = ("clerk", "head") if level >= _HEADS_FROM else ("clerk",)
    rule = _Rule(f"meeting_due_{min(level, 2)}", lambda told, of, _event: told.people.over(roles, of.region_code))
    _tell(telling, event, row, rule, {name: event.facts[name] for name in ("kind", "level", "due_at")})


def _row(telling: Telling, event: OutboxEvent) -> Consultation | None:
    try:
        return None if event.matter_id is None else queries.take(telling.session, SYSTEM, str(event.matter_id))
    except NotFound:
        return None


def _tell(
    telling: Telling,
    event: OutboxEvent,
    row: Consultation,
    rule: _Rule,
    facts: Mapping[str, Any] | None = None,
) -> None:
    doer = telling.doer_of(event)
    people = telling.people.recipients(rule.audience(telling, row, event))
    told = [
        person_id
        for person_id, recipient in people.items()
        if person_id != doer and queries.may_know(telling.session, recipient.actor, row)
    ]
    known = {
        "meeting": row.number,
        "workflow": row.workflow,
        # The date of the step, not one that was set since.
        "due_at": event.facts.get("starts_at") or (None if row.starts_at is None else row.starts_at.isoformat()),
    }
    channels: list[tuple[UUID, notices.Channel]] = [(each, notices.APP) for each in told]
    if telling.mails and rule.code in MAILED:
        channels += [(each, notices.MAIL) for each in told if people[each].mail]
    notices.tell(
        telling.session,
        event_id=event.id,
        people=channels,
        code=rule.code,
        facts={**known, **(facts or {})},
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
        matter_id=row.id,
    )
