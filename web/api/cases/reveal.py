"""Lifting one mask of a case, with a reason; capped a day and always logged."""

from web import unit
from web.api import asked, desk_schemas, desks, requests
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
    return asked.revealed(revealing.of_case(unit.session(), desk.case), desk.subject)
