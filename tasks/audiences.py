"""Who is meant by "the unit", "the desk", "the heads": named audiences of an event, as ids of people.

Not here: which event goes to which audience (tasks/notices.py), who of them may know of the case (tasks/telling.py).
"""

from collections.abc import Callable, Iterable
from uuid import UUID

from casework.cases import extensions
from casework.cases.parts import co_tasks
from casework.cases.ratings import exclusions
from casework.cases.tables import Case, CoTask, ExtensionRequest
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.matters.tables import OutboxEvent
from tasks.telling import Telling

Audience = Callable[[Telling, Case, OutboxEvent], Iterable[UUID]]
UNIT_ROLES = ("handler", "unit_head")


def within(*roles: str) -> Audience:
    """Return who holds one of `roles` in the lead unit."""

    def people(telling: Telling, case: Case, _event: OutboxEvent) -> Iterable[UUID]:
        return () if case.lead_org_id is None else telling.people.within(roles, case.lead_org_id)

    return people


def over(*roles: str) -> Audience:
    """Return who holds one of `roles` over the place."""
    return lambda telling, case, _event: telling.people.over(roles, case.region_code)


unit = within(*UNIT_ROLES)
# The desk that triages and follows up; the chair is told of what is listed only.
desk = over("clerk", "head")


def deciders(telling: Telling, case: Case, _event: OutboxEvent) -> Iterable[UUID]:
    """Return the heads of the place; where none is appointed, the chair decides."""
    return telling.people.over(("head",), case.region_code) or telling.people.over(("chair",), case.region_code)


def co_units(telling: Telling, case: Case, _event: OutboxEvent) -> Iterable[UUID]:
    """Return the people of the units that help."""
    return [
        each for org_id in telling.subjects[case.id].co_org_ids for each in telling.people.within(UNIT_ROLES, org_id)
    ]


def reporter(_telling: Telling, case: Case, _event: OutboxEvent) -> Iterable[UUID]:
    """Return the member or colleague who entered the case."""
    return () if case.reported_by is None else (case.reported_by,)


def mentioned(_telling: Telling, _case: Case, event: OutboxEvent) -> Iterable[UUID]:
    """Return those named with @ in a note."""
    ids = (parse_id(str(each)) for each in event.facts.get("mentions", ()))
    return [each for each in ids if each is not None]


def asked_unit(*roles: str, fact: str) -> Audience:
    """Return who holds one of `roles` in the unit that a co-unit task asks; `fact` names the task in the event."""

    def people(telling: Telling, case: Case, event: OutboxEvent) -> Iterable[UUID]:
        task = task_of(telling, case, event, fact=fact)
        return () if task is None else telling.people.within(roles, task.org_id)

    return people


def asker(telling: Telling, case: Case, event: OutboxEvent) -> Iterable[UUID]:
    """Return who asked for more time."""
    request = request_of(telling, case, event)
    return () if request is None or request.requested_by is None else (request.requested_by,)


def excluder(telling: Telling, case: Case, event: OutboxEvent) -> Iterable[UUID]:
    """Return who asked that the rates leave a case out, or count it again."""
    row_id = parse_id(str(event.facts.get("row")))
    found = [each.asked_by for each in exclusions.of_case(telling.session, case.id) if each.id == row_id]
    return [each for each in found if each is not None]


def task_of(telling: Telling, case: Case, event: OutboxEvent, *, fact: str) -> CoTask | None:
    """Return the co-unit task an event is about."""
    task_id = parse_id(str(event.facts.get(fact)))
    try:
        return None if task_id is None else co_tasks.get(telling.session, case, task_id=task_id)
    except NotFound:
        return None


def request_of(telling: Telling, case: Case, event: OutboxEvent) -> ExtensionRequest | None:
    """Return the request for more time an event is about."""
    request_id = parse_id(str(event.facts.get("request_id")))
    try:
        return None if request_id is None else extensions.get(telling.session, case, request_id=request_id)
    except NotFound:
        return None
