"""What is due to go, by kind, and how the parts of it that no history tells of are cleared.

Nothing that figures count is touched: records stay with their numbers, places, days and outcomes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from casework.cases.tables import Case, PublicReport
from casework.consultations.outcome_tables import Rating, SentLink
from casework.consultations.tables import Consultation, Participant
from casework.core import personal
from casework.core.append_only import ERASABLE
from casework.core.database import Session
from casework.dispatches.tables import Dispatch
from casework.matters.attachments import path_of
from casework.matters.tables import Attachment, Blob, TextVersion
from casework.open311.tables import Submission
from casework.registry.tables import Person

_LETTERS_OF_A_DIGEST = 64


def _named(kind: type[Participant] = Participant) -> ColumnElement[bool]:
    """Return the condition that somebody who is no account still stands by name."""
    return and_(kind.person_id.is_(None), ~kind.name.contains(personal.MASK, autoescape=True), kind.name != "")


def _conditions(cutoff: datetime) -> Mapping[str, tuple[type[Any], ColumnElement[bool]]]:
    of_it = Consultation.id
    names = exists().where(Participant.consultation_id == of_it, _named())
    words = exists().where(Rating.consultation_id == of_it, Rating.words_cipher.is_not(None))
    texts = exists().where(TextVersion.matter_id == of_it, TextVersion.content.is_not(None))
    ended = and_(~Consultation.is_open, Consultation.state_since < cutoff)
    left = or_(Person.mail.is_not(None), Person.phone_cipher.is_not(None), Person.totp_secret.is_not(None))
    return {
        "cases": (Case, and_(~Case.is_open, Case.state_since < cutoff, Case.erased_at.is_(None))),
        "consultations": (Consultation, and_(ended, or_(names, words, texts))),
        "public_reports": (PublicReport, and_(PublicReport.status != "waiting", PublicReport.created_at < cutoff)),
        "dispatches": (Dispatch, and_(Dispatch.sent_at < cutoff, Dispatch.content_cipher.is_not(None))),
        "accounts": (Person, and_(Person.disabled_at < cutoff, left)),
    }


def count(session: Session, kind: str, *, cutoff: datetime) -> int:
    """Count the records of a kind whose time is over."""
    table, condition = _conditions(cutoff)[kind]
    return session.scalar(select(func.count()).select_from(table).where(condition)) or 0


def take(session: Session, kind: str, *, cutoff: datetime, limit: int) -> Sequence[Any]:
    """Take up to `limit` of them, locked."""
    table, condition = _conditions(cutoff)[kind]
    asked = select(table).where(condition).order_by(table.id).limit(limit)
    return session.scalars(asked.with_for_update().execution_options(populate_existing=True)).all()


# ------------------------------------------------------------------ clearing
def clear_consultation(session: Session, row: Consultation) -> None:
    """Mask who took part without an account, and forget what was said in ratings."""
    for each in session.scalars(select(Participant).where(Participant.consultation_id == row.id, _named())):
        each.name, each.said = personal.mask_name(each.name), ""
    for rating in session.scalars(select(Rating).where(Rating.consultation_id == row.id)):
        rating.words_cipher = None
    for sent in session.scalars(select(SentLink).where(SentLink.consultation_id == row.id)):
        sent.link_cipher = None
    clear_versions(session, row.id)


def clear_versions(session: Session, matter_id: UUID) -> int:
    """Empty every version of the long texts of a matter; who wrote when stays. Return how many."""
    return _emptied(session, TextVersion, TextVersion.matter_id == matter_id)


def clear_submissions(session: Session, case_id: UUID) -> int:
    """Empty what other systems sent about a case; that they sent it, and when, stays. Return how many."""
    return _emptied(session, Submission, Submission.case_id == case_id)


def clear_dispatch(session: Session, row: Dispatch) -> None:
    """Empty a sheet that was sent upwards; its receiver, day, rows and digest stay."""
    _emptied(session, Dispatch, Dispatch.id == row.id)


def _emptied(session: Session, kind: type[Any], condition: ColumnElement[bool]) -> int:
    column = ERASABLE[kind.__tablename__]
    full = and_(condition, kind.__table__.c[column].is_not(None))
    done = session.execute(update(kind).where(full).values({column: None}).execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


def clear_public_report(session: Session, row: PublicReport) -> None:
    """Forget a report that was taken over or refused, with the photos that still wait with it."""
    drop_files(session, row.id)
    session.delete(row)


def clear_account(row: Person, *, at: datetime) -> None:
    """Forget how a person whose account is stopped was reached."""
    row.mail = row.phone_cipher = row.totp_secret = None
    row.version, row.updated_at = row.version + 1, at


def drop_files(session: Session, matter_id: UUID) -> int:
    """Take the rows of a matter's attachments away; contents that nobody else has go with `sweep_files`."""
    gone = session.execute(delete(Attachment).where(Attachment.matter_id == matter_id))
    return int(getattr(gone, "rowcount", 0))


def drop_contents(session: Session) -> int:
    """Take away the rows of contents that no attachment names any more."""
    unused = ~exists().where(Attachment.sha256 == Blob.sha256)
    gone = session.execute(delete(Blob).where(unused).execution_options(synchronize_session=False))
    return int(getattr(gone, "rowcount", 0))


def sweep_files(session: Session, folder: Path, *, before: datetime) -> int:
    """Delete the files no row names, but for young ones: a file comes before its row. Return how many."""
    known, gone = set(session.scalars(select(Blob.sha256))), 0
    for path in folder.glob("??/??/*"):
        # What a scanner has held back, or left its mark of, goes with its content.
        digest = path.name.partition(".")[0]
        if digest in known or len(digest) != _LETTERS_OF_A_DIGEST or path.parent != path_of(folder, digest).parent:
            continue
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
