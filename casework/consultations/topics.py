"""A topic for a consultation, read and checked, made and mended; the engine starts its life."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from casework.cases import queries as cases
from casework.cases.tables import Case
from casework.consultations.codes import KINDS, SOURCES
from casework.consultations.tables import Consultation, ConsultationCase
from casework.core import reading, texts
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid, refused
from casework.core.ids import new_id, parse_id
from casework.matters import numbering
from casework.permissions import Subject, permits
from casework.registry import places
from casework.registry import queries as registry
from casework.registry.tables import Org

BRING = "consultation.bring"
NUMBER_KIND = "XS"
TITLE_LENGTH, REASON_LENGTH, TEXT_LENGTH, MOST_CASES = 120, 4000, 20_000, 50
REQUIRED = ("title", "kind", "source", "region_code", "reason")
_MENDED = ("title", "kind", "source", "reason", "org", "cases", "research", "minutes")


def read(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> dict[str, Any]:
    """Read a topic: `title`, `kind`, `source`, `region_code`, `reason`, perhaps `org`, `cases` and a client-made `id`.

    Raises:
        Invalid: every mistake. A place, unit or case the caller may not use looks like one that is not there.
    """
    readers = {"id": reading.record_id("id"), **_readers(session, actor, at), "region_code": _place(session)}
    for name in ("research", "minutes"):
        del readers[name]
    values = reading.fields(raw, readers, required=REQUIRED)
    org: Org | None = values.get("org")
    if org is None and (own := sorted(actor.org_ids(UNIT_ROLES))):
        # A unit brings a topic as itself.
        org = values["org"] = registry.orgs_by_id(session, own[:1])[own[0]]
    subject = Subject(values["region_code"], lead_org_id=None if org is None else org.id)
    if not permits(actor, BRING, subject):
        raise invalid("region_code", "no_such_region", value=values["region_code"])
    return values


def make(session: Session, values: Mapping[str, Any], *, actor: Actor, at: datetime) -> Consultation:
    """Make the row of a topic that was read, numbered; the engine starts it.

    Raises:
        Refused: the client-made id is taken.
    """
    wanted: UUID | None = values.get("id")
    if wanted is not None and session.get(Consultation, wanted) is not None:
        raise refused("id_taken")
    org: Org | None = values.get("org")
    row = Consultation(
        id=wanted or new_id(),
        workflow="consultation",
        region_code=values["region_code"],
        lead_org_id=None if org is None else org.id,
        title=values["title"],
        kind=values["kind"],
        source=values["source"],
        reason=values["reason"],
        brought_by=actor.person_id,
        unresolved=[],
        warnings=[],
        ledger={},
    )
    prefix = places.number_prefix(session, row.region_code[:6])
    year = at.astimezone(session.info["zone"]).year
    row.number = numbering.next_number(session, prefix=prefix, kind=NUMBER_KIND, year=year)
    for case in values.get("cases", ()):
        session.put(ConsultationCase(consultation_id=row.id, case_id=case.id))
    return row


def read_changes(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime) -> dict[str, Any]:
    """Read what may be changed in a consultation.

    Raises:
        Invalid: every mistake.
    """
    return reading.fields(raw, _readers(session, actor, at))


def _readers(session: Session, actor: Actor, at: datetime) -> dict[str, reading.Reader]:
    made = {
        "title": reading.line("title", TITLE_LENGTH, required=True),
        "kind": reading.choice("kind", KINDS),
        "source": reading.choice("source", SOURCES),
        "reason": reading.text("reason", REASON_LENGTH, required=True),
        "org": lambda value: _org(session, value),
        "cases": lambda value: _cases(session, value, actor=actor, at=at),
        "research": reading.text("research", TEXT_LENGTH),
        "minutes": reading.text("minutes", TEXT_LENGTH),
    }
    return {name: made[name] for name in _MENDED}


def _place(session: Session) -> reading.Reader:
    def read_place(value: Any) -> str:
        code = texts.parse_code(value, field="region_code")
        if registry.region(session, code) is None:
            raise invalid("region_code", "no_such_region", value=code)
        return code

    return read_place


def _org(session: Session, value: Any) -> Org | None:
    if value is None or value == "":
        return None
    code = texts.parse_code(value, field="org")
    org = registry.orgs_by_code(session, [code]).get(code)
    if org is None:
        raise invalid("org", "no_such_org", value=code)
    return org


def _cases(session: Session, value: Any, *, actor: Actor, at: datetime) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_CASES:
        raise invalid("cases", "not_a_list", most=MOST_CASES)
    found, errors = {}, []
    for index, each in enumerate(value):
        case_id = parse_id(each) if isinstance(each, str) else None
        case = None if case_id is None else cases.find(session, actor, reference=str(case_id), at=at)
        if case is None:
            errors.append(FieldError(f"cases[{index}]", "no_such_case"))
        else:
            found[case.id] = case
    if errors:
        raise Invalid(errors)
    return list(found.values())


def mend(session: Session, row: Consultation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change a locked consultation by what was read, and return what the history is to keep of it."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if name == "cases":
            known = set(session.scalars(_tied(row)))
            added = [case for case in value if case.id not in known]
            for case in added:
                session.put(ConsultationCase(consultation_id=row.id, case_id=case.id))
            if added:
                told["cases"] = [case.number for case in added]
        elif name == "org":
            before = registry.orgs_by_id(session, [row.lead_org_id] if row.lead_org_id else [])
            old = before[row.lead_org_id].code if row.lead_org_id else None
            new = None if value is None else value.code
            if old != new:
                told["org"] = {"from": old, "to": new}
                row.lead_org_id = None if value is None else value.id
        elif getattr(row, name) != value:
            told[name] = {"from": getattr(row, name), "to": value}
            setattr(row, name, value)
    return told


def join(session: Session, row: Consultation, other: Consultation) -> list[str]:
    """Let a topic be about the cases of another one too, and return the numbers of those it was not about yet."""
    own = set(session.scalars(_tied(other)))
    added = session.execute(
        select(Case.id, Case.number).where(Case.id.in_(_tied(row)), Case.id.not_in(own)).order_by(Case.number)
    ).all()
    for case_id, _number in added:
        session.put(ConsultationCase(consultation_id=other.id, case_id=case_id))
    return [number for _case_id, number in added]


def _tied(row: Consultation) -> Select[Any]:
    return select(ConsultationCase.case_id).where(ConsultationCase.consultation_id == row.id)
