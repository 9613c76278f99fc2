"""Templates kept and looked up, and stacks of papers. Who may is asked by the caller."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import defer, undefer

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import NotFound
from casework.core.ids import new_id
from casework.matters.tables import Job
from casework.registry.tables import Person
from casework.templates.tables import PaperPrint, PaperTemplate, PaperTemplateUse

ASKED, DONE = "asked", "done"
KEPT_FOR = timedelta(days=1)
_TABLE, _COLUMN = "paper_prints", "content_cipher"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a kind, who sent it, and whether it is in force."""

    row: PaperTemplate
    sent_by: str
    in_force: bool


def in_force(session: Session, kind: str) -> UUID | None:
    """Return the id of the template in force for a kind; None: the built-in form."""
    asked = select(PaperTemplateUse.template_id).where(PaperTemplateUse.kind == kind)
    return session.scalar(asked.order_by(PaperTemplateUse.number.desc()).limit(1))


def all_in_force(session: Session) -> Mapping[str, UUID | None]:
    """Return the template in force of every kind that ever had one of the office's own."""
    last = select(PaperTemplateUse.kind, func.max(PaperTemplateUse.number).label("number"))
    newest = last.group_by(PaperTemplateUse.kind).subquery()
    asked = select(PaperTemplateUse.kind, PaperTemplateUse.template_id).join(
        newest, (newest.c.kind == PaperTemplateUse.kind) & (newest.c.number == PaperTemplateUse.number)
    )
    return {row[0]: row[1] for row in session.execute(asked)}


def versions(session: Session, kind: str) -> Sequence[Version]:
    """Return every version of a kind, the newest first; the files themselves are not read."""
    now = in_force(session, kind)
    asked = (
        select(PaperTemplate, Person.name)
        .join(Person, Person.id == PaperTemplate.uploaded_by)
        .where(PaperTemplate.kind == kind)
        .options(defer(PaperTemplate.content))
        .order_by(PaperTemplate.number.desc())
    )
    return [Version(row, name, row.id == now) for row, name in session.execute(asked)]


def get(session: Session, template_id: UUID) -> PaperTemplate:
    """Return one version with its file.

    Raises:
        NotFound: there is none.
    """
    asked = select(PaperTemplate).where(PaperTemplate.id == template_id).options(undefer(PaperTemplate.content))
    row = session.scalars(asked).one_or_none()
    if row is None:
        raise NotFound("template")
    return row


def keep(
    session: Session, kind: str, content: bytes, *, file_name: str, note: str, actor: Actor, at: datetime
) -> PaperTemplate:
    """Keep a template that was found sound, as the next version of its kind."""
    last = session.scalar(select(func.max(PaperTemplate.number)).where(PaperTemplate.kind == kind)) or 0
    row = PaperTemplate(
        id=new_id(),
        kind=kind,
        number=last + 1,
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        note=note,
        uploaded_by=actor.person_id,
        uploaded_at=at,
        content=content,
    )
    session.add(row)
    session.flush()
    return row


def use(session: Session, kind: str, template_id: UUID | None, *, actor: Actor, at: datetime) -> None:
    """Let a version, or with None the built-in form, be the one in force from now on."""
    last = session.scalar(select(func.max(PaperTemplateUse.number)).where(PaperTemplateUse.kind == kind)) or 0
    row = PaperTemplateUse(
        id=new_id(), kind=kind, number=last + 1, template_id=template_id, used_by=actor.person_id, at=at
    )
    session.add(row)
    session.flush()


def ask(session: Session, kind: str, format: str, matters: Sequence[UUID], *, actor: Actor, at: datetime) -> PaperPrint:
    """Ask for a stack."""
    row = PaperPrint(
        id=new_id(),
        kind=kind,
        format=format,
        template_id=in_force(session, kind),
        status=ASKED,
        matters=[str(each) for each in matters],
        asked_by=actor.person_id,
        asked_at=at,
    )
    session.add(row)
    session.flush()
    return row


def settle(session: Session, row: PaperPrint, content: bytes, *, refusal: str = "") -> None:
    """Keep the stack that was made, or why there is none."""
    row.status, row.refusal = DONE, refusal
    if refusal:
        return
    text = base64.b64encode(content).decode()
    row.content_cipher = keyring_of(session).encrypt(text, table=_TABLE, column=_COLUMN, row_id=row.id)


def print_of(session: Session, actor: Actor, print_id: UUID, *, lock: bool = False) -> PaperPrint:
    """Return a stack of the actor's own.

    Raises:
        NotFound: there is none, it is somebody else's, or its day is over.
    """
    row = session.get(PaperPrint, print_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or actor.person_id is None or row.asked_by != actor.person_id:
        raise NotFound("print")
    return row


def print_by_id(session: Session, print_id: UUID, *, lock: bool = False) -> PaperPrint | None:
    """Return a stack whoever asked for it, for the work that makes it."""
    return session.get(PaperPrint, print_id, with_for_update=lock or None)


def prints_of(session: Session, actor: Actor, *, limit: int) -> Sequence[Any]:
    """Return the actor's stacks, the latest first, without their files."""
    asked = select(PaperPrint).where(PaperPrint.asked_by == actor.person_id).options(defer(PaperPrint.content_cipher))
    return session.scalars(asked.order_by(PaperPrint.asked_at.desc(), PaperPrint.id).limit(limit)).all()


def progress_of(session: Session, job_id: UUID) -> Mapping[str, int]:
    """Return how far the work on a stack is: `done` of `whole`; nothing while it has not begun."""
    return session.scalar(select(Job.progress).where(Job.id == job_id)) or {}


def content_of(session: Session, row: PaperPrint) -> bytes:
    """Return the stack.

    Raises:
        NotFound: it is not made yet.
    """
    if row.content_cipher is None:
        raise NotFound("print")
    text = keyring_of(session).decrypt(row.content_cipher, table=_TABLE, column=_COLUMN, row_id=row.id)
    return base64.b64decode(text)


def forget_prints(session: Session, *, at: datetime) -> int:
    """Delete the stacks older than a day; return how many."""
    gone = session.execute(delete(PaperPrint).where(PaperPrint.asked_at < at - KEPT_FOR))
    return int(getattr(gone, "rowcount", 0))
