"""The industries of the campaign: links, parks and entities, surveys, consultations and suggestions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity, Suggestion
from casework.core.ids import new_id
from casework.industries.tables import Entity, Industry, Park
from workflows.demo.campaign import links
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import TOLD_UNTIL, Stage

# So many surveys of industries there are, those among them out of which a difficulty was raised.
_SURVEYS = (22, 26)
_SURVEYED_UNTIL = date(2022, 12, 22)
_ADOPTIONS = (("adopted", 58), ("partly", 22), ("declined", 8), ("", 12))
_PEOPLE = (14, 36)


@dataclass(slots=True)
class Trade:
    """An industry with who is linked to it; `surveyed`: the survey of a day out of which something was raised."""

    id: UUID
    told: Mapping[str, Any]
    surveyed: dict[date, UUID] = field(default_factory=dict)
    entities: list[UUID] = field(default_factory=list)
    park: UUID | None = None

    @property
    def name(self) -> str:
        """The name of the industry."""
        return str(self.told["name"])


def tell(stage: Stage) -> list[Trade]:
    """Tell of every industry with what was done about it."""
    trades = [_trade(stage, each) for each in told("industries")["industry"]]
    _surveys(stage, trades)
    for trade in trades:
        _consultation(stage, trade)
        for content, addressed_to in trade.told["suggestions"]:
            _suggestion(stage, trade, content, addressed_to)
    return trades


def unsolved_of(trade: Trade) -> list[Mapping[str, Any]]:
    """Return the difficulties of an industry that could not be solved."""
    return [each for each in told("industries")["unsolved"] if each["industry"] == trade.name]


def _trade(stage: Stage, about: Mapping[str, Any]) -> Trade:
    trade = Trade(new_id(), about)
    since, clerk = about["since"], stage.clerk()
    at = stage.afternoon(since)
    tags = {"name": about["name"], "tags": about["tags"]}
    stage.ledger.enter(Industry, by=clerk, at=at, record_id=trade.id, region_code=stage.county, **tags)
    links.of_unit(stage, "office_industry", about["org"], stage.county, on=since, object_id=trade.id)
    opened = stage.workday(since + timedelta(days=60), _SURVEYED_UNTIL)
    park = {"industry_id": trade.id, "region_code": about["place"], "name": about["park"], "on_date": opened}
    trade.park = stage.ledger.enter(Park, by=clerk, at=stage.evening(opened), **park)["id"]
    for name, kind, region_code in about["entities"]:
        supported = stage.workday(since + timedelta(days=20), _SURVEYED_UNTIL)
        facts = {"name": name, "kind": kind, "region_code": region_code, "on_date": supported}
        row = stage.ledger.enter(Entity, by=stage.clerk(), at=stage.evening(supported), industry_id=trade.id, **facts)
        trade.entities.append(row["id"])
    return trade


def _surveys(stage: Stage, trades: list[Trade]) -> None:
    spare: list[tuple[Trade, str]] = []
    count = stage.chance.randint(*_SURVEYS)
    for trade in trades:
        raised = sorted([*trade.told["difficulty"], *unsolved_of(trade)], key=lambda each: each["on"])
        findings = list(trade.told["surveys"])
        for each in raised:
            trade.surveyed[each["on"]] = _survey(
                stage, trade, findings.pop(0), on=each["on"], region_code=each["village"], difficulty=each["title"]
            )
            count -= 1
        spare += [(trade, finding) for finding in findings]
    for trade, finding in stage.chance.sample(spare, min(count, len(spare))):
        on = stage.workday(trade.told["since"] + timedelta(days=8), _SURVEYED_UNTIL)
        _survey(stage, trade, finding, on=on, region_code=trade.told["place"])


def _survey(stage: Stage, trade: Trade, findings: str, *, on: date, region_code: str, difficulty: str = "") -> UUID:
    row = stage.ledger.enter(
        Activity,
        by=stage.clerk(),
        at=stage.evening(on),
        kind="industry_survey",
        region_code=region_code,
        on_date=on,
        org_id=stage.orgs[trade.told["org"]],
        industry_id=trade.id,
        companions=stage.chance.choice(told("meetings")["companions"]),
        findings=findings,
        difficulty=difficulty,
    )
    found: UUID = row["id"]
    return found


def _consultation(stage: Stage, trade: Trade) -> None:
    about = trade.told["consultation"]
    stage.ledger.enter(
        Activity,
        by=stage.clerk(),
        at=stage.evening(about["on"]),
        kind="thematic_consultation",
        region_code=stage.county,
        on_date=about["on"],
        title=about["title"],
        org_id=stage.orgs[trade.told["org"]],
        industry_id=trade.id,
        companions=stage.chance.choice(told("meetings")["companions"]),
        result=about["result"],
        people=stage.chance.randint(*_PEOPLE),
    )


def _suggestion(stage: Stage, trade: Trade, content: str, addressed_to: str) -> None:
    on = stage.workday(trade.told["since"] + timedelta(days=25), date(2022, 12, 8))
    row = stage.ledger.enter(
        Suggestion,
        by=stage.clerk(),
        at=stage.evening(on),
        region_code=stage.county,
        on_date=on,
        content=content,
        org_id=stage.orgs[trade.told["org"]],
        industry_id=trade.id,
        addressed_to=addressed_to,
    )
    adoption = stage.drawn(_ADOPTIONS)
    if adoption:
        answered = stage.workday(on + timedelta(days=18), min(on + timedelta(days=60), TOLD_UNTIL))
        reply = stage.chance.choice(told("meetings")["replies"][adoption])
        changes = {"adoption": adoption, "reply": reply, "answered_on": answered}
        stage.ledger.mend(Suggestion, row, changes, by=stage.clerk(), at=stage.evening(answered))
