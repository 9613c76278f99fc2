"""Lifting one mask, with a reason; capped a day and always logged."""

from web import bodies, unit
from web.api import desk_schemas, desks, requests
from web.api.operations import Reply, operation
from workflows import revealing


@operation(
    "POST",
    "/cases/<id>/reveal",
    permission="case.reveal",
    summary="Show one masked value",
    request_model=requests.RevealIn,
    answers={200: desk_schemas.RevealOut},
    problems=(404, 429),
)
def reveal_value(id: str) -> Reply:
    """Show the plain value of `name`, `phone` or `id_number`; null when the case has none."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    session, at = unit.session(), unit.at()
    value = revealing.reveal(session, desk.case, raw, subject=desk.subject, actor=desk.actor, at=at)
    left = revealing.left_today(session, actor=desk.actor, at=at)
    return Reply(desk_schemas.RevealOut(field=raw["field"], value=value, left_today=left))
