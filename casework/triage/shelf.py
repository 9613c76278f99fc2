"""Every version of the model, and which is in use: put on the shelf, listed, taken into use, rolled back."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from casework.core.database import Session
from casework.core.errors import refused
from casework.core.ids import new_id
from casework.triage.measuring import Measured
from casework.triage.model import Model
from casework.triage.tables import TriageModel, TriagePart, TriageUse

KEYWORDS = 0
CATEGORY = "category"
# As large as the contract allows; a model of fifteen labels has about four of them.
MOST_BYTES = 20 * 1024 * 1024
_OPEN = 6
_lock = threading.Lock()
_opened: OrderedDict[tuple[UUID, str], Model | None] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Part:
    """What a version learnt beside the category."""

    model: Model
    figures: Measured
    rows: int


def put(
    session: Session,
    model: Model,
    figures: Measured,
    *,
    source: str,
    rows: int,
    at: datetime,
    parts: Mapping[str, Part] | None = None,
) -> TriageModel:
    """Keep a new version with its `parts` by subject; it is not in use yet.

    Raises:
        Refused: it is larger than 20 MB in all.
    """
    content = model.to_bytes()
    packed = {subject: part.model.to_bytes() for subject, part in (parts or {}).items()}
    if len(content) + sum(map(len, packed.values())) > MOST_BYTES:
        raise refused("triage_model_too_big", limit_mb=MOST_BYTES // 1024 // 1024)
    number = (session.scalar(select(func.max(TriageModel.number))) or 0) + 1
    row = TriageModel(
        id=new_id(),
        number=number,
        made_at=at,
        source=source,
        rows=rows,
        labels=list(model.labels),
        figures=_whole(figures),
        content=content,
    )
    session.add(row)
    for subject, part in (parts or {}).items():
        session.add(
            TriagePart(
                id=new_id(),
                model_id=row.id,
                subject=subject,
                rows=part.rows,
                labels=list(part.model.labels),
                figures=_whole(part.figures),
                content=packed[subject],
            )
        )
    session.flush()
    return row


def use(session: Session, number: int, *, at: datetime) -> bool:
    """Take a version into use from now on; 0 goes back to the keywords. False: it is in use already.

    Raises:
        Refused: there is no such version.
    """
    model_id = None
    if number != KEYWORDS:
        model_id = session.scalar(select(TriageModel.id).where(TriageModel.number == number))
        if model_id is None:
            raise refused("no_such_triage_model", number=number)
    if in_use(session) == model_id:
        return False
    last = session.scalar(select(func.max(TriageUse.number))) or 0
    session.add(TriageUse(id=new_id(), number=last + 1, model_id=model_id, at=at))
    session.flush()
    return True


def in_use(session: Session) -> UUID | None:
    """Return the id of the version in use, None while the keywords propose."""
    return session.scalar(select(TriageUse.model_id).order_by(TriageUse.number.desc()).limit(1))


def model_in_use(session: Session) -> tuple[int, float] | None:
    """Return the number of the version in use and its macro-F1 about the rows kept from it; None for the keywords."""
    model_id = in_use(session)
    if model_id is None:
        return None
    number, figures = session.execute(
        select(TriageModel.number, TriageModel.figures).where(TriageModel.id == model_id)
    ).one()
    return number, figures["macro_f1"] / 10_000


def models(session: Session) -> Sequence[TriageModel]:
    """Return every version, the newest first."""
    return session.scalars(select(TriageModel).order_by(TriageModel.number.desc())).all()


def number_of(session: Session, model_id: UUID) -> int:
    """Return the number of a version."""
    return session.scalars(select(TriageModel.number).where(TriageModel.id == model_id)).one()


def open_model(session: Session, model_id: UUID) -> Model:
    """Return a version ready to answer. The last ones stay open in each process: a version never changes."""
    asked = select(TriageModel.content).where(TriageModel.id == model_id)
    model = _open(session, asked, (model_id, CATEGORY))
    assert model is not None
    return model


def open_part(session: Session, model_id: UUID, subject: str) -> Model | None:
    """Return what a version learnt of another subject, ready to answer; None where it learnt nothing of it."""
    asked = select(TriagePart.content).where(TriagePart.model_id == model_id, TriagePart.subject == subject)
    return _open(session, asked, (model_id, subject))


def parts_of(session: Session) -> Mapping[UUID, Sequence[TriagePart]]:
    """Return the parts of every version."""
    found: dict[UUID, list[TriagePart]] = {}
    for row in session.scalars(select(TriagePart).order_by(TriagePart.subject)):
        found.setdefault(row.model_id, []).append(row)
    return found


def _open(session: Session, asked: Select[bytes], key: tuple[UUID, str]) -> Model | None:
    with _lock:
        if key in _opened:
            _opened.move_to_end(key)
            return _opened[key]
    content = session.scalars(asked).one_or_none()
    model = None if content is None else Model.from_bytes(content)
    with _lock:
        _opened[key] = model
        while len(_opened) > _OPEN:
            _opened.popitem(last=False)
    return model


def _whole(figures: Measured) -> dict[str, object]:
    """Return figures in whole ten-thousandths: what is kept holds no floats."""
    per_class = {
        label: {name: value if name == "n" else round(value * 10_000) for name, value in each.items()}
        for label, each in figures.per_class.items()
    }
    return {
        "n": figures.n,
        "macro_f1": round(figures.macro_f1 * 10_000),
        "ece": round(figures.ece * 10_000),
        "abstained": figures.abstained,
        "per_class": per_class,
    }
