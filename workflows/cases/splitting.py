"""One report with several troubles becomes several cases; cases that belong together are linked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.cases import intake, links, reporters
from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused
from casework.core.ids import new_id
from casework.permissions import Subject
from workflows import engine, records

MOST_PARTS = 10


def split(
    session: Session, case: Case, raw: Mapping[str, Any], *, subject: Subject, actor: Actor, at: datetime
) -> Sequence[Case]:
    """Make a case of each part (`parts: [{title, description}]`), with the same reporter, place and category.

    Raises:
        NotAllowed: not triage.
        Invalid: no parts, too many, or mistakes in them.
        Refused: the case is past triage.
    """
    actor = records.require(actor, "case.split", subject)
    parts = _read(raw)
    if case.state not in ("reported", "assigned"):
        raise Refused([Refusal("not_split_any_more")])
    template = _template(session, case)
    made: list[Case] = []
    for title, description in parts:
        report = replace(template, id=new_id(), title=title, description=description)
        part = intake.make_case(session, report, actor=actor, at=at)
        part.split_from_id = case.id
        facts = {**intake.facts_of(part), "split_from": {"id": str(case.id), "number": case.number}}
        engine.start(session, part, actor=actor, at=at, facts=facts)
        session.flush()
        made.append(part)
    records.note(
        session,
        case,
        actor=actor,
        at=at,
        trigger="split",
        event="split",
        fields={"parts": [{"id": str(part.id), "number": part.number} for part in made]},
    )
    return made


def _template(session: Session, case: Case) -> intake.Report:
    reporter = reporters.Reporter(
        reporters.unseal(session, case, "name") or "",
        reporters.unseal(session, case, "phone"),
        reporters.unseal(session, case, "id_number"),
    )
    return intake.Report(
        id=case.id,
        title="",
        description="",
        category=case.category,
        kind=case.kind,
        urgency=case.urgency,
        region_code=case.region_code,
        channel=case.channel,
        reporter=reporter,
        occurred_on=case.occurred_on,
        answers={},
    )


def link(session: Session, case: Case, other: Case, *, subject: Subject, actor: Actor, at: datetime) -> None:
    """Note that two cases belong together; doing it twice changes nothing.

    Raises:
        NotAllowed: not triage.
        Refused: it is the same case.
    """
    actor = records.require(actor, "case.link", subject)
    if case.id == other.id:
        raise Refused([Refusal("link_to_itself")])
    if links.add(session, case, other, actor=actor, at=at):
        for one, two in ((case, other), (other, case)):
            fields = {"id": str(two.id), "number": two.number}
            records.note(session, one, actor=actor, at=at, trigger="link", event="linked", fields=fields)


def _read(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    errors = [FieldError(name, "unknown_field") for name in raw if name != "parts"]
    parts = raw.get("parts")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
        raise Invalid([*errors, FieldError("parts", "not_a_list", {"most": MOST_PARTS})])
    read: list[tuple[str, str]] = []
    for index, part in enumerate(parts):
        if not isinstance(part, Mapping):
            errors.append(FieldError(f"parts.{index}", "not_an_object"))
            continue
        errors += [FieldError(f"parts.{index}.{n}", "unknown_field") for n in part if n not in ("title", "description")]
        pair: list[str] = []
        for name, length in (("title", intake.TITLE_LENGTH), ("description", intake.DESCRIPTION_LENGTH)):
            try:
                pair.append(
                    texts.clean_text(
                        part.get(name),
                        field=f"parts.{index}.{name}",
                        max_length=length,
                        multiline=name != "title",
                    )
                )
            except Invalid as mistake:
                errors += mistake.errors
        if len(pair) == 2:
            read.append((pair[0], pair[1]))
    if errors:
        raise Invalid(errors)
    return read
