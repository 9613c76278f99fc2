"""What has happened to a case, oldest first."""

from typing import Any

from casework.cases import queries
from casework.permissions import Subject
from web import unit
from web.api import answers, desks, paging, parameters, schemas
from web.api.operations import Reply, operation


@operation(
    "GET",
    "/cases/<id>/history",
    permission="case.read",
    summary="List what has happened to a case",
    answers={200: schemas.HistoryList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_history(id: str) -> Reply:
    """List the history; what does not move the case has both states alike."""
    desk = desks.take(id)
    return page_of(desk.case, subject=desk.subject)


def page_of(matter: Any, *, subject: Subject | None = None) -> Reply:
    """Return the asked page of the history of any matter; `subject` decides what is masked in one of a case."""
    limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
    name = f"history {matter.id}"
    rows = queries.history_page(unit.session(), matter.id, after=paging.after_number(name), limit=limit + 1)
    entries, more = paging.cut(name, rows, limit, lambda entry: [entry.seq])
    names = answers.names_for(entries)
    items = [answers.entry_out(entry, names, subject=subject) for entry in entries]
    return Reply(schemas.HistoryList(items=items, next=more, total=matter.version if count else None))
