"""The villages of the campaign: those linked with their plans and matters, surveys of all, services given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity, Service
from workflows.demo.campaign import links
from workflows.demo.campaign.material import told
from workflows.demo.campaign.members import Seat
from workflows.demo.campaign.stage import TOLD_UNTIL, Stage

_SURVEYS, _IN_LINKED = (52, 58), (22, 28)
_SERVICES_LINKED, _SERVICES_ELSEWHERE = (32, 38), (9, 15)
_UNTIL = date(2022, 12, 28)
_LED = 0.4


@dataclass(frozen=True, slots=True)
class Matter:
    """A livelihood matter of a village and the survey it came out of; `done`: activity by item of the checklist."""

    told: Mapping[str, Any]
    org: str
    survey: UUID
    done: Mapping[str, UUID]

    @property
    def is_linked(self) -> bool:
        """Whether the village is a linked one."""
        return bool(self.done)


def tell(stage: Stage, seats: Sequence[Seat]) -> list[Matter]:
    """Tell of linked villages, of surveys and services everywhere; return the matters raised in them."""
    about = told("villages")
    leaders = [seat for seat in seats if seat.is_leader]
    linked, elsewhere = about["village"], about["elsewhere"]
    orgs = sorted({each["org"] for each in linked})
    matters = [_linked(stage, each, leaders) for each in linked]
    for each in elsewhere:
        org = stage.chance.choice(orgs)
        survey = _survey(stage, each["code"], org, leaders, on=each["on"], difficulty=each["title"])
        matters.append(Matter(each, org, survey, {}))
    total, inside = stage.chance.randint(*_SURVEYS), stage.chance.randint(*_IN_LINKED)
    for _ in range(inside - len(linked)):
        village = stage.chance.choice(linked)
        _survey(stage, village["code"], village["org"], leaders, on=_later(stage, village))
    codes = [each["code"] for each in linked]
    others = [code for code in stage.villages_of("") if code not in codes]
    for _ in range(total - inside - len(elsewhere)):
        on = stage.workday(date(2022, 1, 17), _UNTIL)
        _survey(stage, stage.chance.choice(others), stage.chance.choice(orgs), leaders, on=on)
    _services(stage, linked, others, seats)
    return matters


def _later(stage: Stage, village: Mapping[str, Any]) -> date:
    return stage.workday(village["since"] + timedelta(days=4), _UNTIL)


def _linked(stage: Stage, about: Mapping[str, Any], leaders: Sequence[Seat]) -> Matter:
    links.of_unit(stage, "org_village", about["org"], about["code"], on=about["since"])
    survey = _survey(stage, about["code"], about["org"], leaders, on=about["on"], difficulty=about["title"])
    slots = stage.slots(about["code"], matter=about["matter"])
    texts = told("villages")
    planned = stage.workday(about["since"] + timedelta(days=5), about["since"] + timedelta(days=24))
    plan = _activity(
        stage,
        "plan",
        about,
        on=planned,
        title=texts["plan_title"].format_map(slots),
        measures=texts["plan_measures"].format_map(slots),
    )
    title, on, people = about["civility"]
    civility = _activity(stage, "civility_activity", about, on=on, title=title, people=people)
    return Matter(about, about["org"], survey, {"year_plan": plan, "civility": civility, "research": survey})


def _activity(stage: Stage, kind: str, about: Mapping[str, Any], *, on: date, **facts: Any) -> UUID:
    row = stage.ledger.enter(
        Activity,
        by=stage.clerk(),
        at=stage.evening(on),
        kind=kind,
        region_code=about["code"],
        on_date=on,
        org_id=stage.orgs[about["org"]],
        **facts,
    )
    found: UUID = row["id"]
    return found


def _survey(
    stage: Stage, region_code: str, org: str, leaders: Sequence[Seat], *, on: date, difficulty: str = ""
) -> UUID:
    about = stage.chance.choice(told("villages")["survey"])
    slots = stage.slots(region_code)
    return _activity(
        stage,
        "village_survey",
        {"code": region_code, "org": org},
        on=on,
        title=about["topic"],
        member_id=stage.chance.choice(leaders).id if stage.chance.random() < _LED else None,
        companions=stage.chance.choice(told("meetings")["companions"]),
        findings=about["findings"].format_map(slots),
        difficulty=difficulty,
        measures=about["measures"].format_map(slots),
    )


def _services(stage: Stage, linked: Sequence[Mapping[str, Any]], others: Sequence[str], seats: Sequence[Seat]) -> None:
    for _ in range(stage.chance.randint(*_SERVICES_LINKED)):
        village = stage.chance.choice(linked)
        on = stage.workday(village["since"] + timedelta(days=10), TOLD_UNTIL)
        _service(stage, village["code"], seats, on=on, org=village["org"])
    for _ in range(stage.chance.randint(*_SERVICES_ELSEWHERE)):
        on = stage.workday(date(2022, 2, 10), TOLD_UNTIL)
        _service(stage, stage.chance.choice(others), seats, on=on)


def _service(stage: Stage, region_code: str, seats: Sequence[Seat], *, on: date, org: str = "") -> None:
    about, slots = stage.chance.choice(told("villages")["service"]), stage.slots(region_code)
    by_member = not org or stage.chance.random() < _LED
    giver = stage.chance.choice([seat for seat in seats if seat.holds(on)]) if by_member else None
    stage.ledger.enter(
        Service,
        by=stage.clerk(),
        at=stage.evening(on),
        kind=about["kind"],
        region_code=region_code,
        on_date=on,
        content=about["content"].format_map(slots),
        member_id=None if giver is None else giver.id,
        org_id=stage.orgs[org] if giver is None else None,
        receiver=f"{slots['v']}{slots['g']}",
    )
