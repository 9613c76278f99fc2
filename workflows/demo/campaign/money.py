"""The money of the campaign: a sum for every project, moving from stage to stage in the fund ledger.

It stands on the case it came out of where the project lies in the village of that case, else on its own (living.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from casework.core import money
from workflows.demo.campaign.living import ADD_FUND, ATTRIBUTE, Life
from workflows.demo.campaign.material import told
from workflows.demo.campaign.projects import Work
from workflows.demo.campaign.stage import CLERKS, TOLD_UNTIL, Stage
from workflows.demo.scripts import Step

# What arrived in all and in the linked villages, in hundreds of yuan (domain.md §1.5: 3000余万元, 100余万元).
_ARRIVED, _IN_VILLAGES = (301_200, 308_700), (10_130, 10_870)
_HUNDRED = 100_00
_STAGES = ("applied", "approved", "quota_issued", "arrived")
_GAPS = (9, 26)
_ARRIVED_BY = TOLD_UNTIL - timedelta(days=2)
_WORKED = (9 * 60 + 10, 16 * 60 + 40)
_COORDINATED = "coordinate"


def tell(stage: Stage, works: Sequence[Work], lives: Sequence[Life]) -> None:
    """Give every project its sum, on the case of the trouble it came out of."""
    through: dict[UUID, Life] = {}
    for life in sorted(lives, key=lambda each: each.reported):
        for key in ("industry_id", "activity_id"):
            if "household_id" not in life.raised_through and key in life.raised_through:
                through.setdefault(life.raised_through[key], life)
    numbers = iter(stage.chance.sample(range(3, 180), 2 * len(works)))
    begun = [work for work in works if work.begun is not None]
    linked = [work for work in begun if work.matter is not None and work.matter.is_linked]
    # Odd numbers of hundreds: nobody takes a round sum for one that was typed in.
    in_villages = stage.chance.randint(*_IN_VILLAGES) | 1
    others = [work for work in begun if work not in linked]
    shares = [
        *_split(stage, linked, in_villages),
        *_split(stage, others, (stage.chance.randint(*_ARRIVED) | 1) - in_villages),
    ]
    for work, hundreds in shares:
        _sum(stage, _life_of(work, through), work, hundreds * _HUNDRED, number=next(numbers))
    for work in works:
        if work.begun is None:
            _applied(stage, _life_of(work, through, last=True, lives=lives), work, number=next(numbers))


def _split(stage: Stage, works: Sequence[Work], total: int) -> Iterator[tuple[Work, int]]:
    """Divide a total by weights, some chance in each; what is left over goes to the last."""
    weights = [work.weight * stage.chance.uniform(0.85, 1.2) for work in works]
    left = total
    for work, weight in zip(works[:-1], weights, strict=False):
        share = round(total * weight / sum(weights))
        left -= share
        yield work, share
    yield works[-1], left


def _life_of(work: Work, through: Mapping[UUID, Life], *, last: bool = False, lives: Sequence[Life] = ()) -> Life:
    if work.matter is not None:
        return through[work.matter.survey]
    trade = work.trade
    if trade is None:
        raise LookupError(work.name)
    if last:
        return [life for life in lives if life.raised_through.get("industry_id") == trade.id][-1]
    return through[trade.id]


def _source(stage: Stage, work: Work, on: date, number: int) -> dict[str, str]:
    fit = [each for each in told("money")["source"] if work.kind in each.get("kinds", (work.kind,))]
    about = stage.chance.choice(fit)
    return {
        "project": work.name,
        "place": work.region_code,
        "source": about["name"],
        "document_no": about["document"].format(year=on.year, n=number),
    }


def _sum(stage: Stage, life: Life, work: Work, arrived: int, *, number: int) -> None:
    at = _settled(life)
    day = at.astimezone(stage.calendar.zone).date()
    gap = (_ARRIVED_BY - day).days // (len(_STAGES) + 1)
    common = _source(stage, work, day, number)
    approved = arrived + stage.chance.randint(0, arrived // 12 // _HUNDRED) * _HUNDRED
    issued = stage.chance.choice((approved, arrived))
    asked = approved + stage.chance.randint(1, approved // 8 // _HUNDRED) * _HUNDRED
    amounts = dict(zip(_STAGES, (asked, approved, issued, arrived), strict=True))
    org = work.matter.org if work.matter is not None else ""
    if work.trade is not None:
        org = work.trade.told["org"]
    clerk = stage.chance.choice(CLERKS)
    for name, fen in amounts.items():
        day = stage.workday(day + timedelta(days=1), day + timedelta(days=min(stage.chance.randint(*_GAPS), gap)))
        life.steps.append(_line(stage, clerk, day, common | {"stage": name, "amount": money.yuan(fen)}))
        if name == _STAGES[0]:
            share = {"project": work.name, "place": work.region_code, "org": org, "share": "100.00"}
            life.steps.append(Step(life.steps[-1].at + timedelta(minutes=4), ATTRIBUTE, clerk, share))
    paid = day + timedelta(days=stage.chance.randint(12, 40))
    if paid <= TOLD_UNTIL:
        spent = arrived * stage.chance.randint(55, 100) // 100 // _HUNDRED * _HUNDRED
        given = common | {"stage": "disbursed", "amount": money.yuan(spent)}
        life.steps.append(_line(stage, clerk, stage.workday(day + timedelta(days=1), paid), given))


def _applied(stage: Stage, life: Life, work: Work, *, number: int) -> None:
    """Ask for the money of a project that waits; nothing of it has come."""
    day = stage.workday(date(2022, 11, 16), date(2022, 12, 30))
    fen = stage.chance.randint(6_000, 14_000) * _HUNDRED
    given = _source(stage, work, day, number) | {"stage": _STAGES[0], "amount": money.yuan(fen)}
    life.steps.append(_line(stage, CLERKS[0], day, given))


def _line(stage: Stage, by: str, day: date, given: Mapping[str, str]) -> Step:
    return Step(stage.at(day, stage.chance.randint(*_WORKED)), ADD_FUND, by, dict(given) | {"on": day.isoformat()})


def _settled(life: Life) -> datetime:
    return next(step.at for step in life.steps if step.trigger == _COORDINATED)
