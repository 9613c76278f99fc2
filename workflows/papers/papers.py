"""Templates an office sends and takes into use, and papers printed by them: one, some at once, or a stack for later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Denied, FieldError, Invalid, NotFound, Refusal, Refused, refused
from casework.matters import jobs
from casework.permissions import Subject
from casework.registry import audit
from casework.templates import forms, kinds, package, queries, reading
from casework.templates.kinds import Kind
from casework.templates.tables import PaperPrint, PaperTemplate
from workflows import records
from workflows.papers import paper_values
from workflows.papers.paper_desk import Desk, Values

READ, WRITE, PRINT = "template.read", "template.write", "paper.print"
JOB = "papers_print"
FORMATS = ("docx", "pdf")
# So many are made while somebody waits; more is work for later. So many in one stack.
AT_ONCE, MOST = 20, 500
NOTE_LENGTH, NAME_LENGTH = 200, 200


@dataclass(frozen=True, slots=True)
class Stack:
    """Papers that were made, how many matters they are about, and the numbers of those that have none yet."""

    content: bytes
    made: int
    left_out: Sequence[str]


def upload(
    session: Callable[[], Session],
    code: str,
    content: bytes,
    *,
    file_name: str,
    note: object,
    actor: Actor,
    county: str,
    at: datetime,
) -> PaperTemplate:
    """Keep a template that is sound as the next version of its kind and take it into use.

    `session` is asked for when the file has been judged: nobody waits for a child process.

    Raises:
        NotFound: there is no such kind.
        NotAllowed: neither head nor administrator of this office.
        Invalid: no Word file, or the note is too long.
        Refused: what is wrong with the template, and how to mend it.
    """
    kind = kinds.kind_of(code)
    actor = records.require(actor, WRITE, Subject(county))
    mistakes: list[FieldError] = []
    said = ""
    try:
        said = texts.clean_text(note or "", field="note", max_length=NOTE_LENGTH, required=False, multiline=False)
    except Invalid as mistake:
        mistakes += mistake.errors
    if not content:
        mistakes.append(FieldError("file", "required"))
    if mistakes:
        raise Invalid(mistakes)
    judge(content, kind)
    open_session = session()
    row = queries.keep(open_session, code, content, file_name=file_name[:NAME_LENGTH], note=said, actor=actor, at=at)
    facts = {"kind": code, "number": row.number, "file": row.file_name, "sha256": row.sha256}
    audit.record(open_session, event="template.uploaded", actor=actor, at=at, facts=facts)
    take_into_use(open_session, code, row.id, actor=actor, county=county, at=at)
    return row


def judge(content: bytes, kind: Kind) -> bytes:
    """Return a template filled with examples, or say what is wrong with it and which tags there are.

    Raises:
        Refused: as `upload`.
    """
    if len(content) > package.FILE_BYTES:
        raise refused("template_too_large", limit_mb=package.FILE_BYTES // 1024 // 1024)
    try:
        return reading.check(content, kind)
    except Refused as fault:
        known = kinds.known_names(kind)
        raise Refused([_with_known(each, known) for each in fault.refusals]) from fault


def _with_known(told: Refusal, known: str) -> Refusal:
    names_tags = told.code in ("template_unknown_tags", "template_tag_in_header")
    return replace(told, params={**told.params, "known": known}) if names_tags else told


def take_into_use(
    session: Session, code: str, template_id: UUID | None, *, actor: Actor, county: str, at: datetime
) -> None:
    """Let a version be the one in force; None: the built-in form.

    Raises:
        NotFound: there is no such kind or version.
        NotAllowed: neither head nor administrator of this office.
        Refused: template_in_force, it is that already.
    """
    kinds.kind_of(code)
    actor = records.require(actor, WRITE, Subject(county))
    if template_id is not None and queries.get(session, template_id).kind != code:
        raise NotFound("template")
    if queries.in_force(session, code) == template_id:
        raise refused("template_in_force")
    queries.use(session, code, template_id, actor=actor, at=at)
    facts = {"kind": code, "template": None if template_id is None else str(template_id)}
    audit.record(session, event="template.used", actor=actor, at=at, facts=facts)


def print_one(desk: Desk, code: str, reference: str, format: str, *, home: Path) -> bytes:
    """Return the paper of one matter by the template in force.

    Raises:
        NotFound: no such kind, no such matter, or none the printer may know of.
        Refused: paper_not_yet, paper_no_pdf.
    """
    kind = kinds.kind_of(code)
    template_id = queries.in_force(desk.session, code)
    require_format(format, template_id)
    values = paper_values.values_of(desk, kind, reference)
    return make(kind, [values], format, content=content_of(desk.session, kind, template_id), on=desk.today, home=home)


def preview(desk: Desk, code: str, template_id: UUID | None, reference: str) -> bytes:
    """Return the paper of a matter by any version; without a matter, filled with the examples of the tags.

    Raises:
        NotFound: no such kind, version or matter.
        NotAllowed: who may not look at templates.
        Refused: paper_not_yet.
    """
    kind = kinds.kind_of(code)
    records.require(desk.actor, READ, Subject(desk.county))
    content = content_of(desk.session, kind, template_id)
    if not reference.strip():
        return reading.check(content, kind)
    return reading.fill(content, kind, [paper_values.values_of(desk, kind, reference)])


def content_of(session: Session, kind: Kind, template_id: UUID | None) -> bytes:
    """Return the file of a version of a kind; None: the built-in form.

    Raises:
        NotFound: the kind has no such version.
    """
    if template_id is None:
        return forms.template(kind.code)
    row = queries.get(session, template_id)
    if row.kind != kind.code:
        raise NotFound("template")
    return row.content


def require_format(format: str, template_id: UUID | None) -> None:
    """Refuse a format that cannot be made: PDF of a template an office has edited.

    Raises:
        Refused: document_format, paper_no_pdf.
    """
    if format not in FORMATS:
        raise refused("document_format", format=format[:20], known=", ".join(FORMATS))
    if format == "pdf" and template_id is not None:
        raise refused("paper_no_pdf")


def print_some(
    desk: Desk, code: str, references: Sequence[str], format: str, *, template_id: UUID | None, home: Path
) -> Stack:
    """Return the papers of several matters; what has no such paper yet is left out and told.

    Raises:
        NotFound: no such kind.
        Refused: paper_no_pdf; papers_none, not one of them has this paper.
    """
    kind = kinds.kind_of(code)
    require_format(format, template_id)
    values, left_out = gathered(desk, kind, references)
    if not values:
        raise refused("papers_none", paper=kind.label["zh"])
    content = content_of(desk.session, kind, template_id)
    return Stack(make(kind, values, format, content=content, on=desk.today, home=home), len(values), left_out)


def gathered(desk: Desk, kind: Kind, references: Sequence[str]) -> tuple[list[Values], list[str]]:
    """Return the values of every paper there is, and the numbers of what has none or is not the actor's."""
    values: list[Values] = []
    left_out: list[str] = []
    for reference in references:
        try:
            values.append(paper_values.values_of(desk, kind, reference))
        except (NotFound, Denied, Refused):
            left_out.append(reference)
    return values, left_out


def make(kind: Kind, values: Sequence[Values], format: str, *, content: bytes, on: date, home: Path) -> bytes:
    """Return the papers with these values, by the template `content`; as PDF by the built-in form."""
    return forms.pdf(kind, values, home=home, on=on) if format == "pdf" else reading.fill(content, kind, values)


def ask(
    session: Session, code: str, format: str, matters: Sequence[UUID], *, actor: Actor, at: datetime, base_url: str
) -> PaperPrint:
    """Ask for a stack that is made later (tasks/printing.py).

    Raises:
        NotFound: no such kind.
        Invalid: none, or more than MOST.
        Refused: paper_no_pdf.
    """
    kinds.kind_of(code)
    if not 0 < len(matters) <= MOST:
        raise Invalid([FieldError("ids", "not_a_list", {"most": MOST})])
    require_format(format, queries.in_force(session, code))
    row = queries.ask(session, code, format, matters, actor=actor, at=at)
    payload = {
        "print": str(row.id),
        "person": str(actor.person_id),
        "for": None if actor.for_id is None else str(actor.for_id),
        "base_url": base_url,
    }
    row.job_id = jobs.ensure(session, name=JOB, period=str(row.id), run_at=at, at=at, payload=payload)
    left_trace(session, code, format, len(matters), actor=actor, at=at)
    return row


def stop(session: Session, print_id: UUID, *, actor: Actor, at: datetime) -> PaperPrint:
    """Stop a stack of the actor's own that is still being made; one that is made stays as it is.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = queries.print_of(session, actor, print_id, lock=True)
    if row.status == queries.ASKED and row.job_id is not None and jobs.stop(session, row.job_id, at=at):
        queries.settle(session, row, b"", refusal="papers_stopped")
        session.flush()
    return row


def left_trace(session: Session, code: str, format: str, count: int, *, actor: Actor, at: datetime) -> None:
    """Write down that a stack was taken out of the house's records."""
    facts = {"kind": code, "format": format, "count": count}
    audit.record(session, event="papers.printed", actor=actor, at=at, facts=facts)
