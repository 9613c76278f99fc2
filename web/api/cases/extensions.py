"""More time: asked for by the handling unit, decided by somebody else."""

from collections.abc import Sequence

from casework.cases import extensions as rows
from casework.cases.tables import ExtensionRequest
from casework.registry import queries as registry
from web import bodies, unit
from web.api import answers, desks, requests, schemas
from web.api.operations import Reply, operation
from workflows.cases import extensions


@operation(
    "GET",
    "/cases/<id>/extensions",
    permission="case.read",
    summary="List the requests for more time",
    answers={200: schemas.ExtensionList},
    problems=(404,),
)
def list_extensions(id: str) -> Reply:
    """List the requests of a case, oldest first."""
    desk = desks.take(id)
    found = rows.of_case(unit.session(), desk.case.id)
    return Reply(schemas.ExtensionList(items=_out(desk, found), next=None))


@operation(
    "POST",
    "/cases/<id>/extensions",
    permission="case.ask_extension",
    summary="Ask for more time",
    request_model=requests.ExtensionIn,
    answers={201: schemas.ExtensionOut},
    problems=(404, 409),
    has_etag=True,
)
def ask_extension(id: str) -> Reply:
    """Ask for more time before the clock is due; it runs on until somebody grants it."""
    desk = desks.take(id, lock=True)
    request = extensions.ask(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    return Reply(_out(desk, [request])[0], 201)


@operation(
    "PATCH",
    "/cases/<id>/extensions/<request_id>",
    permission="case.decide_extension",
    summary="Decide on more time",
    request_model=requests.DecisionIn,
    answers={200: schemas.ExtensionOut},
    problems=(404, 409),
    has_etag=True,
)
def decide_extension(id: str, request_id: str) -> Reply:
    """Grant or refuse a request; never the asker."""
    desk = desks.take(id, lock=True)
    session = unit.session()
    request = rows.get(session, desk.case, request_id=answers.path_id(request_id))
    extensions.decide(session, desk.case, request, bodies.json_object(), **desk.acting())
    return Reply(_out(desk, [request])[0])


def _out(desk: desks.Desk, found: Sequence[ExtensionRequest]) -> list[schemas.ExtensionOut]:
    ids = answers.names_of(each for row in found for each in (row.requested_by, row.decided_by))
    names = registry.people_by_id(unit.session(), ids)
    seen = answers.seen_by(desk.subject)
    return [answers.extension_out(row, names, seen=seen) for row in found]
