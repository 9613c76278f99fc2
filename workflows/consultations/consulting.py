"""Consultations beside their steps: a topic brought, words mended, an invitation answered, an agreement converted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.activities.tables import Suggestion
from casework.campaign import forms, record_rights
from casework.campaign.records import SUGGESTION
from casework.cases.intake import TITLE_LENGTH
from casework.cases.tables import Case
from casework.consultations import minutes, queries, topics
from casework.consultations.codes import ENDED, REPLIES
from casework.consultations.tables import ConsensusItem, Consultation, Participant
from casework.core import editions, reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, NotFound, invalid, refused
from casework.matters import deadlines
from casework.permissions import Subject, may_anywhere
from casework.registry import queries as registry
from casework.supervisions.tables import Supervision
from workflows import clocks, engine, records, supervising
from workflows.cases import intake

RUN, REPLY = "consultation.run", "consultation.reply"
# Until when an invitation can be answered.
ANSWERED_IN = ("scheduled", "notified")
CONVERTED_IN = ("minuted", "implementing")
# What was agreed is watched from the first level on.
_FIRST_LEVEL = 1


def bring(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Consultation:
    """Bring a topic from what was sent.

    Raises:
        Denied: the caller brings topics nowhere.
        Invalid: every mistake in what was sent.
        Refused: the client-made id is taken.
    """
    if not may_anywhere(actor, topics.BRING):
        raise Denied(topics.BRING)
    values = topics.read(session, raw, actor=actor, at=at)
    row = topics.make(session, values, actor=actor, at=at)
    org = values.get("org")
    facts = {
        **{name: values[name] for name in ("kind", "source", "region_code")},
        **({"org": org.code} if org is not None else {}),
        **({"cases": [case.number for case in values["cases"]]} if values.get("cases") else {}),
    }
    engine.start(session, row, actor=actor, at=at, facts=facts)
    session.flush()
    return row


def mend(
    session: Session,
    row: Consultation,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Consultation:
    """Change the words of a locked consultation; the history keeps what they were.

    Raises:
        NotAllowed: not the office.
        Stale: somebody else changed it since.
        Invalid: every mistake in what was sent.
        Refused: it has ended; or its minutes, before there are any.
    """
    actor = records.require(actor, RUN, subject)
    records.require_version(row, expected_version)
    values = topics.read_changes(session, raw, actor=actor, at=at)
    if row.state in ENDED:
        raise refused("consultation_ended")
    if "minutes" in values and not row.minutes:
        raise refused("no_minutes_yet")
    if "minutes" in values:
        minutes.keep(session, row, values["minutes"], by=actor.person_id, at=at)
    told = topics.mend(session, row, values)
    if told:
        records.note(session, row, actor=actor, at=at, trigger="mend", event="mended", fields=told)
    return row


def reply(
    session: Session, row: Consultation, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Participant:
    """Say whether one who is invited will come (`reply`: yes, no or maybe); it may be changed until the meeting.

    `name`: of one who has no account and told the office, by telephone or at the door.

    Raises:
        NotAllowed: not invited, or not the office.
        Invalid: no such answer, or nobody of this name without an account.
        Refused: there is no date to answer to.
    """
    for_another = raw.get("name") is not None
    actor = records.require(actor, RUN if for_another else REPLY, subject)
    readers = {"reply": reading.choice("reply", REPLIES), "name": lambda value: value}
    answer = reading.fields(raw, readers, required=("reply",))["reply"]
    if row.state not in ANSWERED_IN:
        raise refused("no_date_to_answer")
    people = queries.participants_of(session, row)
    who = actor.for_id or actor.person_id
    if for_another:
        called = texts.bare_name(str(raw["name"]))
        mine = next((each for each in people if each.person_id is None and texts.bare_name(each.name) == called), None)
        if mine is None:
            raise invalid("name", "no_such_person")
    else:
        mine = next((each for each in people if each.person_id == who), None)
    if mine is None:
        raise refused("not_invited_to_this_date")
    if mine.reply != answer:
        mine.reply, mine.replied_at = answer, at
        # No name of a villager stands in the history: their place in the list does.
        told = {"reply": answer} | ({"place": mine.place} if for_another else {"person": str(who)})
        records.note(session, row, actor=actor, at=at, trigger="reply", event="replied", fields=told)
    return mine


# ------------------------------------------------------------------ conversion
@dataclass(frozen=True, slots=True)
class Converted:
    """The record something agreed became, and whether it was made just now."""

    into: str
    record: Any
    is_new: bool


_Maker = Callable[[Session, Consultation, ConsensusItem, Actor, datetime], Any]


def _case(session: Session, row: Consultation, item: ConsensusItem, actor: Actor, at: datetime) -> Case:
    org = registry.orgs_by_id(session, [item.org_id])[item.org_id]
    # What was agreed about cases of one category is of it too; else triage says what it is.
    behind = queries.categories_of(session, row.id)
    raw = {
        "title": _shortened(item.text, TITLE_LENGTH),
        "description": "\n".join((item.text, "", f"{row.number} {row.title}", f"{org.name} {item.due_on.isoformat()}")),
        "category": next(iter(behind)) if len(behind) == 1 else "other",
        "kind": "suggestion",
        "urgency": "normal",
        "region_code": row.region_code,
        "channel": "consultation",
        "reporter": {"name": row.convenor_name or actor.name},
    }
    return intake.report_case(session, raw, actor=actor, at=at)


def _suggestion(session: Session, row: Consultation, item: ConsensusItem, actor: Actor, at: datetime) -> Suggestion:
    org = registry.orgs_by_id(session, [item.org_id])[item.org_id]
    raw = {
        "region_code": row.region_code,
        "on_date": at.astimezone(session.info["zone"]).date().isoformat(),
        "content": item.text,
        "proposer": row.convenor_name,
        "addressed_to": org.name,
        "remark": row.number,
    }
    made: Suggestion = forms.enter(session, SUGGESTION, raw, actor=actor, at=at)
    record_rights.require_entering(session, made, actor=actor, at=at)
    return made


def _supervision(session: Session, row: Consultation, item: ConsensusItem, actor: Actor, at: datetime) -> Supervision:
    org = registry.orgs_by_id(session, [item.org_id])[item.org_id]
    raw = {
        "title": _shortened(item.text, supervising.TITLE_LENGTH),
        "requirement": item.text,
        "source_words": _shortened(f"{row.number} {row.title}", supervising.WORDS_LENGTH),
        "org": org.code,
        "due_on": item.due_on.isoformat(),
        "level": _FIRST_LEVEL,
    }
    origin = supervising.Origin("consultation", row.id, row.region_code, agreed_on=item.due_on)
    return supervising.initiate(session, raw, actor=actor, at=at, origin=origin)


def _shortened(text: str, longest: int) -> str:
    line = text.split("\n", maxsplit=1)[0]
    return line if len(line) <= longest else line[: longest - 1] + "…"


# What something agreed can become: its maker, and below what finds the record again.
MAKERS: Mapping[str, _Maker] = {"case": _case, "suggestion": _suggestion, "supervision": _supervision}
_FOUND: Mapping[str, Callable[[Session, UUID], Any]] = {
    "case": lambda session, record_id: session.get(Case, record_id),
    "suggestion": lambda session, record_id: editions.newest(session, Suggestion, record_id),
    "supervision": lambda session, record_id: session.get(Supervision, record_id),
}


def convert(
    session: Session,
    row: Consultation,
    place: int,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
) -> Converted:
    """Make a record of the `place`-th thing agreed in a locked consultation, or return the one made before.

    Raises:
        NotAllowed: not the office.
        NotFound: nothing of this number was agreed.
        Invalid: no such kind of record.
        Refused: it became a record of another kind; or there are no minutes in force.
    """
    actor = records.require(actor, RUN, subject)
    into = reading.fields(raw, {"into": reading.choice("into", tuple(MAKERS))}, required=("into",))["into"]
    item = next((each for each in queries.items_of(session, [row.id], lock=True) if each.place == place), None)
    if item is None:
        raise NotFound("consensus")
    if item.into:
        if item.into != into:
            raise refused("item_converted", number=place)
        return Converted(into, _FOUND[into](session, item.record_id or UUID(int=0)), is_new=False)
    if row.state not in CONVERTED_IN:
        raise refused("nothing_to_convert")
    made = MAKERS[into](session, row, item, actor, at)
    item.into, item.record_id = into, made.id
    item.converted_at, item.converted_by = at, actor.person_id
    known = deadlines.of_matter(session, row.id)
    for clock in known:
        if clock.subject_id == item.id and clock.status in deadlines.LIVE:
            deadlines.end(clock, at=at, met=True, seq=row.version + 1)
    clocks.point_at_leading(engine.workflow_of(row).workflow, row, known)
    told = {"item": place, "into": into, "record": getattr(made, "number", None) or str(made.id)}
    facts = {"item_id": str(item.id), "into": into}
    records.note(session, row, actor=actor, at=at, trigger="convert", event="converted", fields=told, facts=facts)
    return Converted(into, made, is_new=True)
