"""What changes in a case beside its state: units, merge, ruling, result, follow-up. The engine's effects call these.

Keyword-only, with the session and `at` handed in; nothing here commits and nothing assigns `state`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from casework.cases import led
from casework.cases.tables import Case, CaseUnit, Precedent
from casework.core.actors import Actor
from casework.core.columns import Id
from casework.core.database import Session, change
from casework.core.ids import new_id
from casework.matters import history
from casework.registry.directory import Unit
from casework.registry.tables import Org, Person

ABSORB = "absorb"
RELEASE = "release"
# A row of the history that tells what was put right, each column with what it was and what it became.
MEND = "mend"


def give_to(
    session: Session,
    case: Case,
    *,
    lead: Unit | Org,
    co_orgs: Sequence[Unit | Org],
    assignee: Person | None,
    route: str | None,
    at: datetime,
) -> None:
    """Give a case to a lead unit and co-units."""
    known = {unit.org_id: unit for unit in _units(session, case)}
    change(
        case,
        lead_org_id=lead.id,
        assignee_id=None if assignee is None else assignee.id,
        route=route,
        assigned_at=at,
        acknowledged_at=None,
        contacted_at=None,
    )
    if known.keys() - {lead.id}:
        case.is_shared = True
    parts = {org.id: "co" for org in co_orgs} | {lead.id: "lead"}
    for org_id, part in parts.items():
        set_part(session, case, org_id=org_id, part=part, at=at, known=known.get(org_id))


def set_part(session: Session, case: Case, *, org_id: UUID, part: str, at: datetime, known: CaseUnit | None) -> None:
    """Note the part a unit has in a case from now on."""
    if org_id != case.lead_org_id:
        case.is_shared = True
    led_now = int(part == "lead")
    if known is None:
        told = {"case_id": case.id, "org_id": org_id, "part": part, "since": at, "times_led": led_now}
        session.put(session.make(CaseUnit, id=new_id(), **told))
    else:
        known.part, known.since, known.until = part, at, None
        if led_now:
            led.begin(case, known)


def _units(session: Session, case: Case) -> list[CaseUnit]:
    """Return the parts units have or had in a case, also those not written yet."""
    if case.lead_org_id is None and not case.is_shared:
        return []
    waiting = [unit for unit in session.waiting(CaseUnit) if unit.case_id == case.id]
    if session.is_waiting(case.id):
        return waiting
    return [*session.scalars(_UNITS, {"case_id": case.id}), *waiting]


# Asked at every assignment, so it is made once.
_UNITS = select(CaseUnit).where(CaseUnit.case_id == bindparam("case_id", type_=Id()))


def take_back(session: Session, case: Case, *, at: datetime) -> None:
    """Take a case from all its units; a later assignment needs a fresh ruling if one was needed."""
    for unit in _units(session, case):
        case.is_shared = True
        if unit.part == "lead":
            led.end(case, unit)
        if unit.part != "former":
            unit.part, unit.until = "former", at
    case.lead_org_id = None
    case.assignee_id = None
    case.route = None
    case.acknowledged_at = None
    case.contacted_at = None
    case.ruled = False
    case.ruled_org_id = None


def recall(session: Session, case: Case) -> None:
    """Take a case back from units it was given to by mistake, and let none of them look at it; a ruling stands.

    One that had led it before stays on record as that, and may look as long after the mistake as after it stopped.
    """
    for unit in _units(session, case):
        has_led = led.take_back(case, unit) if unit.part == "lead" else unit.times_led > 0
        if has_led and unit.part != "former":
            unit.part, unit.until = "former", unit.since
        elif unit.part != "former":
            session.delete(unit)
    case.lead_org_id = None
    case.assignee_id = None
    case.route = None
    case.assigned_at = None


def merge(session: Session, case: Case, target: Case, *, actor: Actor, at: datetime) -> None:
    """Let `target` take `case` in; its history says so. The old number keeps leading there."""
    case.merged_into_id = target.id
    facts = {"id": str(case.id), "number": case.number}
    history.append(session, target, actor=actor, at=at, trigger=ABSORB, from_state=target.state, fields=facts)


def unmerge(session: Session, case: Case, *, actor: Actor, at: datetime) -> None:
    """Take `case` out of the one it was merged into."""
    target = session.get(Case, case.merged_into_id)
    case.merged_into_id = None
    if target is not None:
        facts = {"id": str(case.id), "number": case.number}
        history.append(session, target, actor=actor, at=at, trigger=RELEASE, from_state=target.state, fields=facts)


def rule(session: Session, case: Case, *, org: Unit | Org, ruling: str, actor: Actor, at: datetime) -> None:
    """Keep the head's ruling who must take the case, for this one and as a precedent."""
    case.ruled = True
    case.ruled_org_id = org.id
    session.put(
        Precedent(
            id=new_id(),
            case_id=case.id,
            category=case.category,
            region=case.region_code,
            org_id=org.id,
            ruling=ruling,
            ruled_by=actor.person_id,
            created_at=at,
        )
    )


def keep_result(
    case: Case, *, result_class: str, reply: str, review_on: date | None, actor: Actor, at: datetime
) -> None:
    """Keep class, reply and review date of a result."""
    told = {"result_class": result_class, "reply": reply, "review_on": review_on}
    change(case, **told, resolved_at=at, resolved_by=actor.person_id)


def clear_result(case: Case, *, at: datetime) -> None:
    """Set a result aside; the unit keeps the case and signs for the second try anew."""
    case.result_class = None
    case.reply = None
    case.review_on = None
    case.resolved_at = None
    case.resolved_by = None
    case.own_rating = None
    case.own_solved = None
    case.assigned_at = at


def keep_follow_up(
    case: Case, *, followed_up: str, solved: str | None, satisfaction: str | None, attitude: str | None, at: datetime
) -> None:
    """Keep what the call back gave; solved or not, manner and result are three things (domain.md §3a)."""
    told = {"followed_up": followed_up, "solved": solved, "satisfaction": satisfaction, "attitude": attitude}
    change(case, **told, closed_at=at)


def start_over(session: Session, case: Case, *, at: datetime) -> None:
    """Bring a case back to triage: no unit, no result, no count of returns; the history stays."""
    take_back(session, case, at=at)
    clear_result(case, at=at)
    case.assigned_at = None
    case.plan = None
    case.closed_at = None
    case.followed_up = None
    case.solved = None
    case.satisfaction = None
    case.attitude = None
    case.returns = 0
