"""Questions to co-handling units."""

from casework.cases.parts import co_tasks as rows
from casework.cases.tables import CoTask
from casework.registry import queries as registry
from web import bodies, unit
from web.api import answers, desks, requests, schemas
from web.api.desks import Desk
from web.api.operations import Reply, operation
from workflows.cases import co_tasks


@operation(
    "GET",
    "/cases/<id>/co-tasks",
    permission="case.read",
    summary="List the questions to co-handling units",
    answers={200: schemas.CoTaskList},
    problems=(404,),
)
def list_co_tasks(id: str) -> Reply:
    """List the questions of a case, oldest first."""
    desk = desks.take(id)
    tasks = rows.of_case(unit.session(), desk.case)
    return Reply(schemas.CoTaskList(items=[_out(desk, task) for task in tasks], next=None))


@operation(
    "POST",
    "/cases/<id>/co-tasks",
    permission="case.ask_co_unit",
    summary="Ask a co-handling unit",
    request_model=requests.CoTaskIn,
    answers={201: schemas.CoTaskOut},
    problems=(404, 409),
    has_etag=True,
)
def ask_co_unit(id: str) -> Reply:
    """Ask a unit a question with a date; `resolve` waits for its answer."""
    desk = desks.take(id, lock=True)
    task = co_tasks.ask(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    return Reply(_out(desk, task), 201)


@operation(
    "PATCH",
    "/cases/<id>/co-tasks/<task_id>",
    permission="case.read",
    summary="Answer a question, or waive it",
    request_model=requests.SettlementIn,
    answers={200: schemas.CoTaskOut},
    problems=(404, 409),
    has_etag=True,
)
def settle_co_task(id: str, task_id: str) -> Reply:
    """Answer a question (the unit asked) or waive it with a reason (triage, the handling unit)."""
    desk = desks.take(id, lock=True)
    session = unit.session()
    task = rows.get(session, desk.case, task_id=answers.path_id(task_id))
    co_tasks.settle(session, desk.case, task, bodies.json_object(), **desk.acting())
    return Reply(_out(desk, task))


def _out(desk: Desk, task: CoTask) -> schemas.CoTaskOut:
    orgs = registry.orgs_by_id(unit.session(), [task.org_id])
    return answers.co_task_out(task, orgs, seen=answers.seen_by(desk.subject))
