"""Who is told of supervised matters: the unit of what asks something of it, the office of what waits for it.

No title stands in a notice, only the number: nothing personal leaves the matter. Every morning of work one line says
how many progress reports are missing, to the units that owe them and to the office.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from casework.core.actors import SYSTEM
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import OutboxEvent
from casework.supervisions import actions, board, queries
from casework.supervisions.tables import Supervision
from tasks import telling as tellings
from tasks.run import Run
from tasks.telling import Telling

MISSING, MISSING_OFFICE = "progress_missing", "progress_missing_office"
_UNIT_ROLES = ("handler", "unit_head")
_DESK_ROLES = ("clerk", "head")
# What the leader in charge hears of, where the office named an account.
_OF_LEADER = frozenset(
    {"supervision_urged", "supervision_escalated", "supervision_extension_granted", "supervision_reported"}
    | {"supervision_struck_off", "supervision_recurred", "supervision_deadline_2", "supervision_deadline_3"}
)
# Clocks that wait for the office; the others wait for the unit.
_OF_OFFICE = frozenset({"issue", "verify", "strike_off", "review", actions.LEADER_CLOCK})
_Audience = Callable[[Telling, Supervision], Iterable[UUID]]


def _unit(telling: Telling, row: Supervision) -> Iterable[UUID]:
    return () if row.lead_org_id is None else telling.people.within(_UNIT_ROLES, row.lead_org_id)


def _over(*roles: str) -> _Audience:
    return lambda telling, row: telling.people.over(roles, row.region_code)


_desk = _over(*_DESK_ROLES)
_BY_TRIGGER: Mapping[str, tuple[str, _Audience]] = {
    "issue": ("supervision_issued", _unit),
    "urge": ("supervision_urged", _unit),
    "escalate": ("supervision_escalated", _unit),
    "return_progress": ("supervision_progress_returned", _unit),
    "ask_extension": ("supervision_extension_asked", _over("head")),
    "grant_extension": ("supervision_extension_granted", _unit),
    "refuse_extension": ("supervision_extension_refused", _unit),
    "report": ("supervision_reported", _desk),
    "send_back": ("supervision_sent_back", _unit),
    "propose_strike_off": ("supervision_proposed", _over("head")),
    "strike_off": ("supervision_struck_off", _unit),
    "recur": ("supervision_recurred", _unit),
}


def of_initiation(telling: Telling, event: OutboxEvent) -> None:
    """Tell the heads that a slip waits for their signature; nobody of a matter from a file."""
    _tell(telling, event, "supervision_initiated", _over("head"))


def of_step(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a move."""
    told = _BY_TRIGGER.get(str(event.facts.get("trigger")))
    if told is not None:
        _tell(telling, event, *told)


def of_note(telling: Telling, event: OutboxEvent) -> None:
    """Tell who was named with @ in a note."""
    ids = [found for each in event.facts.get("mentions", ()) if (found := parse_id(str(each))) is not None]
    _tell(telling, event, "supervision_mentioned", lambda _telling, _row: ids)


def of_rung(telling: Telling, event: OutboxEvent) -> None:
    """Tell of a rung: 0 and 1 to who has to act, 2 to the heads of both sides, 3 to the chair too."""
    if event.matter_id is None or telling.case_of(event.matter_id) is not None:
        return
    level, kind = int(event.facts["level"]), str(event.facts["kind"])
    owner = _desk if kind in _OF_OFFICE else _unit
    above = ("head", "chair") if level > 2 else ("head",)

    def audience(telling: Telling, row: Supervision) -> Iterable[UUID]:
        return [*owner(telling, row), *(telling.people.over(above, row.region_code) if level > 1 else ())]

    facts = {"kind": kind, "workflow": queries.KIND, "due_at": event.facts["due_at"]}
    _tell(telling, event, f"supervision_deadline_{min(level, 3)}", audience, facts=facts)


def tell_of_missing(run: Run) -> Mapping[str, Any]:
    """Tell units and office how many progress reports are missing this morning."""
    today = run.at.astimezone(run.office.settings.zone).date()
    with run.office.db.transaction() as session:
        missing = board.missing_reports(session, at=run.at)
        telling = tellings.begin(session, at=run.at, mails=False, matters=())
        mine: dict[UUID, int] = {}
        office: dict[UUID, int] = {}
        for org, region, n in missing:
            _add(mine, () if org is None else telling.people.within(_UNIT_ROLES, org), n)
            _add(office, telling.people.over(_DESK_ROLES, region), n)
        told = _count(telling, mine, MISSING, today) + _count(telling, office, MISSING_OFFICE, today)
    return {"told": told, "missing": sum(n for _org, _region, n in missing)}


def _add(counted: dict[UUID, int], people: Iterable[UUID], n: int) -> None:
    for person in people:
        counted[person] = counted.get(person, 0) + n


def _count(telling: Telling, counted: Mapping[UUID, int], code: str, today: date) -> int:
    told = 0
    for person in telling.people.recipients(counted):
        if person in counted:
            told += notices.tell(
                telling.session,
                event_id=uuid5(NAMESPACE_OID, f"{code} {today.isoformat()}"),
                people=[(person, notices.APP)],
                code=code,
                facts={"n": counted[person]},
                at=telling.at,
                hold_until=telling.calendar.next_opening(telling.at),
            )
    return told


def _tell(
    telling: Telling, event: OutboxEvent, code: str, audience: _Audience, *, facts: Mapping[str, Any] | None = None
) -> None:
    try:
        row = None if event.matter_id is None else queries.get(telling.session, SYSTEM, event.matter_id)
    except NotFound:
        row = None
    if row is None or (row.is_imported and event.event.endswith(".created")):
        return
    doer = telling.doer_of(event)
    leads = [row.leader_id] if row.leader_id is not None and code in _OF_LEADER else []
    people = [each for each in telling.people.recipients([*audience(telling, row), *leads]) if each != doer]
    due_at = None if row.due_at is None else row.due_at.isoformat()
    notices.tell(
        telling.session,
        event_id=event.id,
        people=[(each, notices.APP) for each in people],
        code=code,
        facts={"matter": row.slip_number or row.number, "due_at": due_at, **(facts or {})},
        at=telling.at,
        hold_until=telling.calendar.next_opening(telling.at),
        matter_id=row.id,
    )
