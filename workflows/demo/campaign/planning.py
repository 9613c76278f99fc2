"""Who leads the campaign, what was planned for 2022, and what households may have earned in two years."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from casework.campaign.tables import Plan
from casework.households.tables import Household, IncomeEstimate
from casework.leaders.tables import Leader
from workflows.demo.campaign.households import Home
from workflows.demo.campaign.links import Tie
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import CAMPAIGN, Stage
from workflows.demo.campaign.villages import Matter

_YEAR = 2022
_SET_UP = date(2022, 1, 5)
_PLANNED = (date(2022, 3, 1), date(2022, 4, 30))
# When somebody sat down with a household to reckon its last year.
_RECKONED = {2021: (date(2022, 3, 1), date(2022, 6, 30)), 2022: (date(2022, 12, 5), date(2023, 1, 8))}
# A plan by household is written for two of three, the others have their items alone.
_PLANNED_SHARE = 0.66
_WORDS = ("situation", "difficulties", "aims", "measures")
_FEN_TO_TEN_YUAN = 1_000


def tell(stage: Stage, ties: Sequence[Tie], matters: Sequence[Matter]) -> None:
    """Tell of leaders, plans and incomes."""
    for leader in told("planning")["leader"]:
        office = stage.clerk()
        values = {"region_code": stage.county, "name": stage.name(), "valid_from": _SET_UP, **leader}
        stage.ledger.enter(Leader, by=office, at=stage.evening(_SET_UP), withdrawn=False, **values)
    people = {row["id"]: row["people"] for row in stage.ledger.rows(Household)}
    for home in {tie.home.id: tie.home for tie in ties if tie.until is None}.values():
        if stage.chance.random() < _PLANNED_SHARE:
            _plan_of_home(stage, home, people[home.id])
        _incomes(stage, home, people[home.id])
    for matter in matters:
        if matter.is_linked:
            _plan(stage, "village", matter.told["code"], stage.slots(matter.told["code"]), object_id=None)


def _plan_of_home(stage: Stage, home: Home, people: int) -> None:
    slots = stage.slots(home.region_code, people=people, home=max(1, people - stage.chance.randint(0, 2)))
    _plan(stage, "household", home.region_code, slots, object_id=home.id, since=home.known)


def _plan(
    stage: Stage, of: str, region_code: str, slots: Mapping[str, Any], *, object_id: Any, since: date = _SET_UP
) -> None:
    on = max(stage.workday(*_PLANNED), since)
    among = told("planning")[of]
    words: dict[str, Any] = {name: str(stage.chance.choice(among[name])).format_map(slots) for name in _WORDS}
    stage.ledger.enter(
        Plan,
        by=stage.clerk(),
        at=stage.evening(on),
        campaign=CAMPAIGN,
        year=_YEAR,
        object_id=object_id,
        region_code=region_code,
        made_on=on,
        **words,
    )


def _incomes(stage: Stage, home: Home, people: int) -> None:
    among = told("planning")["income"]
    whole = stage.chance.randint(*among["per_person"]) * people * 100
    for year, days in _RECKONED.items():
        on = max(stage.workday(*days), home.known)
        stage.ledger.enter(
            IncomeEstimate,
            by=stage.clerk(),
            at=stage.evening(on),
            household_id=home.id,
            on_date=on,
            year=year,
            method=among["method"],
            people=people,
            withdrawn=False,
            **_sums(stage, among, whole),
        )
        whole = whole * (100 + stage.chance.randint(*among["growth"])) // 100


def _sums(stage: Stage, among: Mapping[str, Any], whole: int) -> dict[str, Any]:
    """Cut an income into its kinds, in fen, each to ten yuan as people tell it."""

    def part(name: str, of: int) -> int:
        return of * stage.chance.randint(*among[name]) // 100 // _FEN_TO_TEN_YUAN * _FEN_TO_TEN_YUAN

    wage, net, lent = part("wage", whole), part("business", whole), part("property", whole)
    gross = net * 100 // (100 - stage.chance.randint(*among["cost"]))
    return {
        "wage_fen": wage,
        "business_gross_fen": gross,
        "business_cost_fen": gross - net,
        "property_fen": lent,
        "transfer_fen": max(whole - wage - net - lent, 0),
    }
