"""Which unit should have a report: what the head has ruled, the office's rules, the model, and who had such cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import func, or_, select

from casework.cases.tables import AssignmentRule, Case, Precedent
from casework.cases.under import under
from casework.cases.visibility import regions_seen, visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.registry import queries as registry
from casework.registry.tables import Org
from casework.triage.grams import marks_of
from casework.triage.model import Answer, Model

HABIT_DAYS = 365
# How far the office's own word holds, before anything is known of how often it was taken.
_OF_A_RULING, _OF_A_RULE = 0.9, 0.85
_MOST = 3
# From so many cases on, those of a town say more than those of the whole county.
_ENOUGH_IN_TOWN = 5
# So many cases that nobody had stand beside those of the past: three of three are no certainty.
_DOUBT = 1.5
_COUNTY, _TOWN = 6, 9


@dataclass(frozen=True, slots=True)
class UnitShare:
    """A unit that could have a report; without `org` the model names a unit that the office does not know (yet)."""

    called: str
    share: float
    ground: str
    org: Org | None = None
    words: tuple[str, ...] = ()
    facts: Mapping[str, str | int] = field(default_factory=dict)


def propose(
    session: Session,
    actor: Actor,
    *,
    text: str,
    category: str | None,
    region_code: str | None,
    model: Model | None,
    at: datetime,
) -> Sequence[UnitShare]:
    """Return every unit that something speaks for, each once, by what speaks for it most surely."""
    found: list[UnitShare] = []
    if category is not None and region_code is not None:
        found = [*_ruled(session, category, region_code), *_habits(session, actor, category, region_code, at=at)]
    if model is not None:
        found += _of_model(session, model.answer(text, marks_of(category, region_code), most=_MOST))
    return [each for each in found if each.org is None or (each.org.valid_to is None and not _unknown(each.org))]


def _unknown(org: Org) -> bool:
    return registry.is_stand_in(org.code)


def _ruled(session: Session, category: str, region_code: str) -> list[UnitShare]:
    """Return what the head ruled last and what the most particular rule says."""
    prefixes = [region_code[:length] for length in (12, _TOWN, _COUNTY, 4, 2) if len(region_code) >= length]
    found: list[UnitShare] = []
    ruling = session.execute(
        select(Precedent, Org)
        .join(Org, Org.id == Precedent.org_id)
        .where(Precedent.category == category, Precedent.region.in_(prefixes))
        .order_by(func.length(Precedent.region).desc(), Precedent.created_at.desc())
        .limit(1)
    ).first()
    if ruling is not None:
        precedent, org = ruling
        on = precedent.created_at.astimezone(session.info["zone"]).date().isoformat()
        facts = {"ruling": precedent.ruling, "on": on}
        found.append(UnitShare(org.code, _OF_A_RULING, "precedent", org, facts=facts))
    rule = session.execute(
        select(AssignmentRule.region, Org)
        .join(Org, Org.id == AssignmentRule.org_id)
        .where(AssignmentRule.category == category, AssignmentRule.region.in_(prefixes))
        .order_by(func.length(AssignmentRule.region).desc())
        .limit(1)
    ).first()
    if rule is not None:
        region, org = rule
        found.append(UnitShare(org.code, _OF_A_RULE, "rule", org, facts={"category": category, "region": region}))
    return found


def _habits(session: Session, actor: Actor, category: str, region_code: str, *, at: datetime) -> list[UnitShare]:
    """Return who had the cases of the category that were answered within a year, in the town or in the county."""
    county, town = region_code[:_COUNTY], region_code[:_TOWN]
    in_town = either((Case.region_code.between(town, town + "999"), 1), else_=0)
    # Who may know every case of the county is asked no more about any: what is left stands in one index.
    sees_all = any(county.startswith(place) for place in regions_seen(actor))
    counted_by_unit = (
        select(Case.lead_org_id, func.count().label("n"), func.sum(in_town).label("near"))
        .where(
            *([] if sees_all else [visible_to(actor, at=at)]),
            Case.category == category,
            Case.reported_at >= at - timedelta(days=HABIT_DAYS),
            Case.state.in_(("resolved", "closed")),
            under(county),
        )
        .group_by(Case.lead_org_id)
        .subquery()
    )
    by_unit = counted_by_unit.c
    rows = session.execute(
        select(Org, by_unit.n, by_unit.near).join(counted_by_unit, Org.id == by_unit.lead_org_id)
    ).all()
    rows = [row for row in rows if not _unknown(row[0])]
    near = sum(int(n or 0) for _, _, n in rows)
    of_town = len(town) == _TOWN and near >= _ENOUGH_IN_TOWN
    counted = [(org, int(of_it or 0) if of_town else n) for org, n, of_it in rows]
    of = sum(n for _, n in counted)
    counted.sort(key=lambda each: -each[1])
    return [
        UnitShare(org.code, n / (of + _DOUBT), "habit", org, facts={"n": n, "of": of})
        for org, n in counted[:_MOST]
        if n
    ]


def _of_model(session: Session, answers: Sequence[Answer]) -> list[UnitShare]:
    called = [each.label for each in answers]
    known: dict[str, Org] = {}
    if called:
        for org in session.scalars(select(Org).where(or_(Org.code.in_(called), Org.name.in_(called)))):
            known |= {org.name: org, org.code: org}
    return [UnitShare(each.label, each.share, "learnt", known.get(each.label), each.words) for each in answers]


def merged(shares: Sequence[UnitShare]) -> Sequence[UnitShare]:
    """Return each unit once, the surest first: the surest ground, with the words that the model heard for it."""
    best: dict[UUID | str, UnitShare] = {}
    words: dict[UUID | str, tuple[str, ...]] = {}
    for each in shares:
        key = each.called if each.org is None else each.org.id
        words.setdefault(key, ())
        words[key] = words[key] or each.words
        if key not in best or each.share > best[key].share:
            best[key] = each
    ranked = sorted(best, key=lambda key: -best[key].share)[:_MOST]
    return [
        UnitShare(one.called, one.share, one.ground, one.org, words[key], one.facts)
        for key in ranked
        for one in (best[key],)
    ]
