"""Handing over (换届、交接): foretold, done in one step, shown, and for ten minutes taken back as a whole."""

from typing import Any

from flask import url_for

from casework.campaign import handover
from casework.campaign.handover_tables import Handover
from casework.core import reading
from web import bodies, identity, unit
from web.api.answers import path_id
from web.api.links import handover_schemas
from web.api.operations import Reply, operation
from web.locales import local, words
from workflows.campaign import handover_entries, handovers


@operation(
    "POST",
    "/handovers",
    permission=handovers.WRITE,
    anywhere=True,
    summary="Hand over all that somebody has in hand",
    request_model=handover_schemas.HandoverIn,
    answers={200: handover_schemas.HandoverOut, 201: handover_schemas.HandoverOut},
    problems=(404, 409),
)
def hand_over() -> Reply:
    """Move links, goals, visits due, cases and questions to who follows; what cannot move is named with the reason."""
    session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
    raw = bodies.json_object()
    step = handover_entries.read(session, raw, actor=actor, today=today)
    if not raw.get("dry_run"):
        made = handovers.make(session, step, actor=actor, at=at, today=today)
        where = url_for("api.handovers_show_handover", handover_id=made.id)
        return Reply(_out(made), 201, {"Location": where})
    with handovers.foretold(session, step, actor=actor, at=at, today=today) as made:
        told = _out(made)
    return Reply(told.model_copy(update={"id": None}))


@operation(
    "GET",
    "/handovers/<handover_id>",
    permission=handovers.WRITE,
    anywhere=True,
    summary="Show a handover",
    answers={200: handover_schemas.HandoverOut},
    problems=(404,),
)
def show_handover(handover_id: str) -> Reply:
    """Show what was handed over, what stayed and why, and until when it can be taken back."""
    return Reply(_out(_take(handover_id)))


@operation(
    "POST",
    "/handovers/<handover_id>/undo",
    permission=handovers.WRITE,
    anywhere=True,
    summary="Take a handover back",
    request_model=handover_schemas.HandoverUndo,
    answers={200: handover_schemas.HandoverOut},
    problems=(404, 409),
)
def undo_handover(handover_id: str) -> Reply:
    """Put everything back as it was, within ten minutes and where nobody has changed it since."""
    session, actor, at, today = unit.session(), identity.actor(), unit.at(), unit.today()
    row = _take(handover_id, lock=True)
    readers: Any = {"reason": reading.text("reason", handover.REASON_LENGTH)}
    # A link that never held still says why: whoever gives no reason says what the button says.
    reason = reading.fields(bodies.json_object(), readers).get("reason") or words("handover.undo_reason")
    handovers.undo(session, row, reason=reason, actor=actor, at=at, today=today)
    return Reply(_out(row))


def _take(handover_id: str, *, lock: bool = False) -> Handover:
    session, actor = unit.session(), identity.actor()
    return handovers.take(session, actor, path_id(handover_id), at=unit.at(), on=unit.today(), lock=lock)


def _out(row: Handover) -> handover_schemas.HandoverOut:
    items = handover.items(unit.session(), row)
    return handover_schemas.HandoverOut(
        id=row.id,
        holder=row.holder_id,
        day=row.day,
        reason=row.reason,
        done_at=local(row.done_at),
        undo_until=local(row.done_at + handover.UNDO_WITHIN),
        undone_at=None if row.undone_at is None else local(row.undone_at),
        items=[
            handover_schemas.HandoverItemOut(
                kind=item.kind,
                id=item.record_id,
                label=item.label,
                moved=not item.stays,
                stays=item.stays or None,
                why=words(f"handover.stays.{item.stays}") if item.stays else None,
                made=item.made_id,
            )
            for item in items
        ],
    )
