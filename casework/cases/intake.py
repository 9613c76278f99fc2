"""A reported difficulty, read and checked: from what was sent to a row without a state. The engine starts its life."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.cases import codes
from casework.cases.reporters import Reporter, read_reporter, seal
from casework.cases.tables import Case
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.core.ids import new_id, parse_id
from casework.matters import numbering, search
from casework.permissions import Subject, permits
from casework.registry import directory, places

TITLE_LENGTH = 120
DESCRIPTION_LENGTH = 20_000
NUMBER_KIND = "AJ"
FIELDS = (
    *("id", "title", "description", "category", "kind", "urgency", "region_code", "channel", "reporter"),
    *("household_id", "occurred_on", "answers"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report, checked. `answers` are the category's own questions, checked by the room that knows them."""

    id: UUID
    title: str
    description: str
    category: str
    kind: str
    urgency: str
    region_code: str
    channel: str
    reporter: Reporter
    occurred_on: date | None
    answers: Mapping[str, Any]
    is_client_made: bool = False
    # Known by its id alone; whether there is such a household is asked by the room that knows households.
    household_id: UUID | None = None


def read_report(raw: Mapping[str, Any], *, session: Session, actor: Actor, today: date) -> Report:
    """Read a report from what was sent.

    Raises:
        Invalid: every mistake. A place or category the caller may not use looks like one that is not there.
    """
    errors = [FieldError(name, "unknown_field") for name in raw if name not in FIELDS]
    values: dict[str, Any] = {}
    readers: Mapping[str, Callable[[], object]] = {
        "id": lambda: read_client_id(raw.get("id")),
        "title": lambda: texts.clean_text(raw.get("title"), field="title", max_length=TITLE_LENGTH, multiline=False),
        "description": lambda: texts.clean_text(
            raw.get("description"), field="description", max_length=DESCRIPTION_LENGTH
        ),
        "category": lambda: read_category(raw.get("category"), session=session),
        "kind": lambda: read_choice(raw.get("kind"), "kind", codes.KINDS),
        "urgency": lambda: read_choice(raw.get("urgency"), "urgency", codes.URGENCIES),
        "region_code": lambda: read_region(raw.get("region_code"), session=session, actor=actor),
        "channel": lambda: read_choice(raw.get("channel"), "channel", codes.CHANNELS),
        "reporter": lambda: read_reporter(raw.get("reporter"), today=today),
        "household_id": lambda: reading.record_id("household_id", required=False)(raw.get("household_id")),
        "occurred_on": lambda: _read_occurred(raw.get("occurred_on"), today=today),
        "answers": lambda: _read_answers(raw.get("answers")),
    }
    for name, read in readers.items():
        try:
            values[name] = read()
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return Report(**values, is_client_made=raw.get("id") is not None)


def make_case(session: Session, report: Report, *, actor: Actor, at: datetime) -> Case:
    """Make the row of a report, numbered, sealed and indexed, without state; the engine starts it.

    Raises:
        Refused: the client-made id is taken.
    """
    if report.is_client_made and session.get(Case, report.id) is not None:
        raise Refused([Refusal("id_taken")])
    case = sealed_case(session, report, actor=actor, at=at)
    about: dict[str, Any] = {"matter_id": case.id, "kind": "case", "region_code": case.region_code, "at": at}
    search.put(session, **about, parts=(report.title, report.description))
    case.number = numbering.next_number(
        session,
        prefix=places.number_prefix(session, report.region_code[:6]),
        kind=NUMBER_KIND,
        year=at.astimezone(session.info["zone"]).year,
    )
    return case


def sealed_case(session: Session, report: Report, *, actor: Actor, at: datetime) -> Case:
    """Make the row of a report with its reporter sealed; number and index are the caller's business."""
    case = session.make(
        Case,
        id=report.id,
        workflow="case",
        region_code=report.region_code,
        title=report.title,
        description=report.description,
        category=report.category,
        kind=report.kind,
        urgency=report.urgency,
        channel=report.channel,
        occurred_on=report.occurred_on,
        household_id=report.household_id,
        answers=dict(report.answers),
        reported_by=actor.person_id,
        reported_at=at,
        reported_day=at.astimezone(session.info["zone"]).date().isoformat(),
    )
    seal(session, case, report.reporter)
    return case


def facts_of(case: Case) -> Mapping[str, Any]:
    """Return what the first history row keeps of a report: codes, and a digest that pins the words."""
    words = hashlib.sha256(f"{case.title}\n{case.description}".encode()).hexdigest()
    return {
        "category": case.category,
        "kind": case.kind,
        "urgency": case.urgency,
        "region_code": case.region_code,
        "channel": case.channel,
        "words_sha256": words,
        **({} if case.household_id is None else {"household_id": str(case.household_id)}),
    }


def read_choice(value: object, field: str, choices: tuple[str, ...]) -> str:
    """Read one of a fixed list of codes."""
    if value is None or value == "":
        raise Invalid([FieldError(field, "required")])
    if not isinstance(value, str) or value not in choices:
        raise Invalid([FieldError(field, "not_a_choice", {"choices": ", ".join(choices)})])
    return value


def read_category(value: object, *, session: Session) -> str:
    """Read the code of a category in use."""
    code = texts.parse_code(value, field="category")
    if not directory.has_category(session, code):
        raise Invalid([FieldError("category", "no_such_category", {"value": code})])
    return code


def read_region(value: object, *, session: Session, actor: Actor) -> str:
    """Read the code of a place for which the caller may report."""
    code = texts.parse_code(value, field="region_code")
    if not permits(actor, "case.report", Subject(code)) or not directory.has_place(session, code):
        raise Invalid([FieldError("region_code", "no_such_region", {"value": code})])
    return code


def read_client_id(value: object) -> UUID:
    """Read the id a phone made offline, or make one."""
    if value is None:
        return new_id()
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise Invalid([FieldError("id", "not_an_id")])
    return found


def _read_occurred(value: object, *, today: date) -> date | None:
    if value is None or value == "":
        return None
    day = texts.parse_date(value, field="occurred_on")
    if day > today:
        raise Invalid([FieldError("occurred_on", "date_ahead", {"today": today.isoformat()})])
    return day


def _read_answers(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid([FieldError("answers", "not_an_object")])
    return value
