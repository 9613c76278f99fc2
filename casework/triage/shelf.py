"""Every version of the model, and which is in use: put on the shelf, listed, taken into use, rolled back."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from casework.core.database import Session
from casework.core.errors import refused
from casework.core.ids import new_id
from casework.triage.measuring import Measured
from casework.triage.model import Model
from casework.triage.tables import TriageModel, TriageUse

KEYWORDS = 0
# As large as the contract allows; a model of fifteen labels has about four of them.
MOST_BYTES = 20 * 1024 * 1024
_OPEN = 2
_lock = threading.Lock()
_opened: OrderedDict[UUID, Model] = OrderedDict()


def put(session: Session, model: Model, figures: Measured, *, source: str, rows: int, at: datetime) -> TriageModel:
    """Keep a new version; it is not in use yet.

    Raises:
        Refused: it is larger than 20 MB.
    """
    content = model.to_bytes()
    if len(content) > MOST_BYTES:
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
    session.flush()
    return row


def use(session: Session, number: int, *, at: datetime) -> None:
    """Take a version into use from now on; 0 goes back to the keywords.

    Raises:
        Refused: there is no such version, or it is in use already.
    """
    model_id = None
    if number != KEYWORDS:
        model_id = session.scalar(select(TriageModel.id).where(TriageModel.number == number))
        if model_id is None:
            raise refused("no_such_triage_model", number=number)
    if in_use(session) == model_id:
        raise refused("triage_model_in_use", number=number)
    last = session.scalar(select(func.max(TriageUse.number))) or 0
    session.add(TriageUse(id=new_id(), number=last + 1, model_id=model_id, at=at))
    session.flush()


def in_use(session: Session) -> UUID | None:
    """Return the id of the version in use, None while the keywords propose."""
    return session.scalar(select(TriageUse.model_id).order_by(TriageUse.number.desc()).limit(1))


def models(session: Session) -> Sequence[TriageModel]:
    """Return every version, the newest first."""
    return session.scalars(select(TriageModel).order_by(TriageModel.number.desc())).all()


def number_of(session: Session, model_id: UUID) -> int:
    """Return the number of a version."""
    return session.scalars(select(TriageModel.number).where(TriageModel.id == model_id)).one()


def open_model(session: Session, model_id: UUID) -> Model:
    """Return a version ready to answer. The last two stay open in each process: a version never changes."""
    with _lock:
        if model_id in _opened:
            _opened.move_to_end(model_id)
            return _opened[model_id]
    content = session.scalars(select(TriageModel.content).where(TriageModel.id == model_id)).one()
    model = Model.from_bytes(content)
    with _lock:
        _opened[model_id] = model
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
