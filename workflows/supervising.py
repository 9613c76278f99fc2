"""Initiating a supervised matter and putting it right; its moves are the engine's, as of every matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.cases import queries as cases
from casework.consultations import queries as consultations
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, Refusal, Refused, invalid
from casework.matters import deadlines, search
from casework.permissions import Subject
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.registry.tables import Org
from casework.supervisions import actions, queries
from casework.supervisions.actions import Draft
from casework.supervisions.tables import Supervision
from workflows import engine, records
from workflows.context import Context
from workflows.definition import Transition
from workflows.supervision_effects import watch_leader

TITLE_LENGTH, REQUIREMENT_LENGTH, LEADER_LENGTH, WORDS_LENGTH = 120, 4000, 60, 200
MOST_CO_ORGS = 20
FIELDS = (
    *("title", "requirement", "source", "source_id", "source_words", "org", "co_orgs", "due_on", "level"),
    *("leader", "region_code"),
)
MEND = "mend"
_REQUIRED = ("title", "requirement", "source", "org", "due_on", "level")
# What may be put right as long as the slip is not signed, and afterwards.
BEFORE_ISSUE = ("title", "requirement", "source_words", "due_on", "level", "leader", "leader_id")
AFTER_ISSUE = ("title", "source_words", "leader", "leader_id")
# Who may be told as the leader in charge: all of them read the matters of their county anyway.
LEADS = frozenset({"chair", "head", "observer"})


@dataclass(frozen=True, slots=True)
class Origin:
    """The matter a supervised one comes from, known to exist to who hands it in, and its place.

    `agreed_on`: the day that was agreed there, which may have passed before anything came of it.
    """

    source: str
    id: UUID
    region_code: str
    agreed_on: date | None = None


def initiate(
    session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, origin: Origin | None = None
) -> Supervision:
    """Initiate a supervised matter (`title`, `requirement`, `source`, `org`, `due_on`, `level`; FIELDS has the rest).

    `origin`: what it is made out of; then `source` and `source_id` need not be sent. It lies where its case lies, or
    where its unit is, unless `region_code` says.

    Raises:
        Invalid: every mistake in what was sent.
        NotAllowed: not the office of the place.
    """
    if origin is not None:
        raw = {"region_code": origin.region_code, **raw, "source": origin.source, "source_id": str(origin.id)}
    today = at.astimezone(session.info["zone"]).date()
    draft = _read(session, raw, actor=actor, at=at, origin=origin, known=origin is not None)
    actor = records.require(actor, "supervision.initiate", Subject(draft.region_code))
    row = actions.make(session, draft, actor=actor, today=today)
    facts: dict[str, Any] = {"source": draft.source, "org": draft.org.code, "level": draft.level}
    if draft.source_id is not None:
        facts["source_id"] = str(draft.source_id)
    begun = engine.start(session, row, actor=actor, at=at, facts={**facts, "due_on": draft.due_on.isoformat()})
    watch_leader(begun)
    session.flush()
    actions.add_units(session, row, draft.co_orgs)
    index(session, row)
    session.flush()
    return row


def mistakes_of(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> Sequence[FieldError]:
    """Return the mistakes in what would be initiated, for who has more to look at before anything is kept."""
    try:
        _read(session, raw, actor=actor, at=at, known=True)
    except Invalid as mistake:
        return mistake.errors
    return ()


def mend(
    session: Session,
    row: Supervision,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Supervision:
    """Put fields of a locked matter right: before the slip is signed what it says, afterwards its names alone.

    Raises:
        NotAllowed: not the office.
        Stale: somebody else changed it since.
        Invalid: every mistake in what was sent.
        Refused: it is on the signed slip, or the matter is struck off.
    """
    actor = records.require(actor, "supervision.mend", subject)
    records.require_version(row, expected_version)
    today = at.astimezone(session.info["zone"]).date()
    readers = {name: read for name, read in _readers(today).items() if name in BEFORE_ISSUE}
    values = reading.fields(raw, {**readers, "leader_id": lambda value: _leader(session, value, today=today)})
    if row.state == "struck_off":
        raise Refused([Refusal("struck_off_is_read_only")])
    signed = [name for name in values if row.state != "initiated" and name not in AFTER_ISSUE]
    if signed:
        raise Refused([Refusal("slip_is_signed", {"fields": ", ".join(signed)})])
    changed = {name: value for name, value in values.items() if getattr(row, name) != (value or None)}
    if not changed:
        return row
    fields = {name: {"from": _told(getattr(row, name)), "to": _told(value)} for name, value in changed.items()}
    for name, value in changed.items():
        setattr(row, name, value or None)
    if "due_on" in changed:
        row.first_due_on = row.due_on
    search.mend(session, matter_id=row.id, region_code=row.region_code, parts=actions.searched(row))
    _watch_leader(session, row, actor=actor, at=at)
    records.note(session, row, actor=actor, at=at, trigger=MEND, event="mended", fields=fields)
    return row


def _watch_leader(session: Session, row: Supervision, *, actor: Actor, at: datetime) -> None:
    workflow = engine.workflow_of(row).workflow
    here = Transition(MEND, (row.state,), None, "supervision.mend", workflow.label, workflow.label)
    context = Context(session, row, workflow, here, actor, at, load_calendar(session))
    context.rows = deadlines.of_matter(session, row.id)
    watch_leader(context)


def index(session: Session, row: Supervision) -> None:
    """Index a new matter."""
    place, at = row.region_code, row.created_at
    search.put(session, matter_id=row.id, kind=queries.KIND, region_code=place, at=at, parts=actions.searched(row))


def _told(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _leader(session: Session, value: Any, *, today: date) -> UUID | None:
    """Read the account of the leader in charge; nothing takes it away.

    Raises:
        Invalid: there is none, or it leads nothing.
    """
    found: UUID | None = reading.record_id("leader_id", required=False)(value or None)
    if found is not None and not any(role in LEADS for _id, role in registry.roles_held(session, found, on=today)):
        raise invalid("leader_id", "no_such_person")
    return found


def _readers(since: date) -> reading.Readers:
    return {
        "title": reading.line("title", TITLE_LENGTH, required=True),
        "requirement": reading.text("requirement", REQUIREMENT_LENGTH, required=True),
        "source": reading.choice("source", actions.SOURCES),
        "source_id": reading.record_id("source_id", required=False),
        "source_words": reading.line("source_words", WORDS_LENGTH),
        "org": _org_code,
        "co_orgs": _codes,
        "due_on": lambda value: _due(value, since=since),
        "level": _level,
        "leader": reading.line("leader", LEADER_LENGTH),
        "region_code": lambda value: texts.parse_code(value, field="region_code"),
    }


def _required(value: Any, field: str) -> None:
    if value is None or value == "":
        raise invalid(field, "required")


def _org_code(value: Any) -> str:
    _required(value, "org")
    return texts.parse_code(value, field="org")


def _codes(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_CO_ORGS:
        raise invalid("co_orgs", "not_a_list", most=MOST_CO_ORGS)
    return [texts.parse_code(each, field="co_orgs") for each in value]


def _due(value: Any, *, since: date) -> date:
    _required(value, "due_on")
    day = texts.parse_date(value, field="due_on")
    if day < since:
        raise invalid("due_on", "day_is_past")
    return day


def _level(value: Any) -> int:
    _required(value, "level")
    return texts.parse_int(value, field="level", minimum=min(actions.LEVELS), maximum=max(actions.LEVELS))


def _read(
    session: Session,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    known: bool,
    origin: Origin | None = None,
) -> Draft:
    today = at.astimezone(session.info["zone"]).date()
    # What was agreed too long ago is taken up all the same: its slip is signed once it has a day ahead.
    since = today if origin is None or origin.agreed_on is None else min(today, origin.agreed_on)
    mistakes: list[FieldError] = []
    values: dict[str, Any] = {}
    try:
        values = reading.fields(raw, _readers(since), required=_REQUIRED)
    except Invalid as mistake:
        mistakes += mistake.errors
    told = {each.field for each in mistakes}
    org = co_orgs = None
    if "org" not in told:
        org, co_orgs = _units(session, raw, today=today, mistakes=mistakes, read_co="co_orgs" not in told)
    place = None
    if not told & {"source", "source_id"}:
        place = _source(session, raw, actor=actor, at=at, known=known, to=mistakes)
    if "region_code" not in told:
        place = _place(session, raw, place, org, mistakes)
    if mistakes or org is None or place is None:
        raise Invalid(mistakes)
    return Draft(
        title=values["title"],
        requirement=values["requirement"],
        source=values["source"],
        source_id=values.get("source_id"),
        source_words=values.get("source_words") or None,
        org=org,
        co_orgs=co_orgs or (),
        due_on=values["due_on"],
        level=values["level"],
        leader=values.get("leader") or None,
        region_code=place,
    )


def _units(
    session: Session, raw: Mapping[str, Any], *, today: date, mistakes: list[FieldError], read_co: bool
) -> tuple[Org | None, list[Org]]:
    code = str(raw["org"]).strip()
    helping = [str(each).strip() for each in raw.get("co_orgs") or ()] if read_co else []
    found = registry.orgs_by_code(session, [code, *helping])
    in_force = {each: org for each, org in found.items() if org.valid_to is None or org.valid_to >= today}
    mistakes += [
        FieldError(field, "no_such_org", {"value": each})
        for field, each in (("org", code), *(("co_orgs", one) for one in helping))
        if each not in in_force
    ]
    org = in_force.get(code)
    helpers = {in_force[each].id: in_force[each] for each in helping if each in in_force}
    if org is not None:
        helpers.pop(org.id, None)
    return org, list(helpers.values())


def _source(
    session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, known: bool, to: list[FieldError]
) -> str | None:
    """Return the place of the matter it comes from, if it comes from one; a mistake is added `to` the others."""
    source, given = raw.get("source"), raw.get("source_id")
    if given in (None, ""):
        return None
    if known:
        return None
    if source not in actions.LINKED_SOURCES:
        to.append(FieldError("source_id", "not_expected"))
        return None
    source_id = reading.record_id("source_id")(given)
    try:
        if source == "case":
            return cases.get(session, actor, case_id=source_id, at=at).region_code
        return consultations.take(session, actor, str(source_id)).region_code
    except NotFound:
        to.append(FieldError("source_id", "no_such_case" if source == "case" else "no_such_consultation"))
    return None


def _place(
    session: Session, raw: Mapping[str, Any], place: str | None, org: Org | None, mistakes: list[FieldError]
) -> str | None:
    given = raw.get("region_code")
    if given not in (None, ""):
        code = texts.parse_code(given, field="region_code")
        if registry.region(session, code) is None:
            mistakes.append(FieldError("region_code", "no_such_region"))
            return None
        return code
    return place or (None if org is None else org.region_code)
