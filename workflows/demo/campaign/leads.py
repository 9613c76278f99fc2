"""Leads (线索): what some visits found and the towns were told of, answered in the telling, and partly open now."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from casework.activities.tables import Lead
from casework.campaign.leads import CHECKING
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import MEMBERS, Stage
from workflows.demo.campaign.visits import Visit

_PAST, _PRESENT = 8, 5
_TOWN = 9
# So many days later the town has answered.
_ANSWERED = (4, 16)


def tell(stage: Stage, past: Sequence[Visit], present: Sequence[Visit]) -> None:
    """Tell of leads from visits of the telling, all of them answered, and from those around now."""
    for visit in stage.chance.sample(list(past), min(_PAST, len(past))):
        _answer(stage, visit, *_lead(stage, visit))
    own = {stage.cast.actors[user].person_id for user in MEMBERS}
    # Who logs in as a member finds one of their own; the first are the latest and still open.
    latest = sorted(present, key=lambda visit: (visit.tie.seat.actor.person_id in own, visit.on), reverse=True)
    # The eldest of the quarter has been answered by now.
    for n, visit in enumerate([*latest[: _PRESENT - 1], *latest[-1:]]):
        row, about = _lead(stage, visit)
        if n == 1:
            _mend(stage, visit, row, {"answer": CHECKING, "answered_on": visit.on + timedelta(days=1)}, days=1)
        elif n == _PRESENT - 1:
            _answer(stage, visit, row, about)


def _lead(stage: Stage, visit: Visit) -> tuple[dict[str, Any], Mapping[str, Any]]:
    about = stage.chance.choice(told("leads")["risk"])
    slots = stage.slots(visit.tie.home.region_code, who=stage.chance.choice(told("people")["household"]["kin"]))
    row = stage.ledger.enter(
        Lead,
        by=visit.tie.seat.actor,
        at=visit.written,
        activity_id=visit.row["id"],
        household_id=visit.tie.home.id,
        member_id=visit.tie.seat.id,
        region_code=visit.tie.home.region_code,
        on_date=visit.on,
        org_id=stage.orgs.get(_town(visit)),
        risks=list(about["risks"]),
        findings=str(about["findings"]).format_map(slots),
    )
    return row, about


def _answer(stage: Stage, visit: Visit, row: dict[str, Any], about: Mapping[str, Any]) -> None:
    answer = stage.chance.choice(sorted(about["replies"]))
    days = stage.chance.randint(*_ANSWERED)
    said = {"answer": answer, "reply": about["replies"][answer], "answered_on": visit.on + timedelta(days=days)}
    _mend(stage, visit, row, said, days=days)


def _mend(stage: Stage, visit: Visit, row: dict[str, Any], changes: Mapping[str, Any], *, days: int) -> None:
    """Let the town say something so many days after the visit."""
    crew = stage.cast.handlers.get(_town(visit))
    who = stage.clerk() if crew is None else stage.cast.actors[crew[0]]
    stage.ledger.mend(Lead, row, changes, by=who, at=stage.evening(visit.on + timedelta(days=days)))


def _town(visit: Visit) -> str:
    return f"T{visit.tie.home.region_code[:_TOWN]}"
