"""What triage could do with a report: category, unit, urgency and look-alikes, each with its grounds.

For the category a trained model speaks where one is in use (casework/triage, `learnt-3`), else the words of each
category (`keywords-1`); for the unit the office's assignment rules and the head's precedents. It proposes and shows
why; a person decides. Below a share of 60 % a screen says that it is unsure (look/README 01).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from casework.cases.tables import AssignmentRule, Case, Precedent
from casework.cases.visibility import visible_to
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.registry import queries as registry
from casework.registry.tables import Category, Org
from casework.triage import shelf
from casework.triage.grams import told

MODEL, LEARNT = "keywords-1", "learnt-{number}"
MOST = 3
# Below this share a desk says that it is unsure and proposes nothing (look/README 01).
SURE = 0.6
HABIT_DAYS = 365
_URGENCY_FILE = Path(__file__).with_name("urgency_words.toml")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal: a code, its label by language, a share from 0 to 1, and the grounds for it.

    A category that a labelled file taught and the office does not have (yet) has a label and no code. `words` are
    those of the report that spoke for it; `ground` names what else did (`rule`, `precedent`, `habit`) with its facts.
    """

    code: str | None
    label: Mapping[str, str]
    confidence: float
    words: tuple[str, ...] = ()
    ground: str | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All proposals for one report, the best of each first."""

    category: tuple[Proposal, ...]
    org: tuple[Proposal, ...]
    urgency: tuple[Proposal, ...]
    model: str = MODEL


def suggest(
    session: Session,
    actor: Actor,
    *,
    title: str,
    description: str,
    region_code: str | None,
    at: datetime,
    category: str | None = None,
) -> Suggestions:
    """Propose for a report; a `category` already chosen decides which rules count for the unit."""
    words = texts.search_key(f"{title} {description}")
    categories, model = categories_of(session, title=title, description=description)
    best = category or next((each.code for each in categories if each.code is not None), None)
    orgs = () if best is None or region_code is None else _orgs(session, actor, best, region_code, at=at)
    return Suggestions(categories, orgs, _urgencies(words), model)


def categories_of(session: Session, *, title: str, description: str) -> tuple[tuple[Proposal, ...], str]:
    """Propose categories, and name the model that does; it proposes none where it knows too little."""
    model_id = shelf.in_use(session)
    if model_id is None:
        return _by_keywords(session, texts.search_key(f"{title} {description}")), MODEL
    answers = shelf.open_model(session, model_id).answer(told(title, description), most=MOST)
    known = _known(session)
    made = []
    for each in answers:
        found = known.get(each.label)
        label = {"zh": found.label_zh, "en": found.label_en} if found else {"zh": each.label, "en": each.label}
        made.append(Proposal(found.code if found else None, label, round(each.share, 4), each.words))
    return tuple(made), LEARNT.format(number=shelf.number_of(session, model_id))


def _known(session: Session) -> Mapping[str, Category]:
    """Return the active categories by what a model may call them: their Chinese label, and before it their code."""
    active = session.scalars(select(Category).where(Category.active).order_by(Category.parent_code.is_(None))).all()
    return {each.label_zh: each for each in active} | {each.code: each for each in active}


def names(session: Session) -> Mapping[str, str]:
    """Return the Chinese label of every category by what a model or a file may call it."""
    return {name: each.label_zh for name, each in _known(session).items()}


def _by_keywords(session: Session, words: str) -> tuple[Proposal, ...]:
    found: list[tuple[float, Category, tuple[str, ...]]] = []
    for category in session.scalars(select(Category).where(Category.active).order_by(Category.sort)):
        hits = _hits(words, category.keywords)
        if hits:
            # A longer word says more; being told twice says a little more than once.
            weight = sum(len(word) * min(words.count(texts.search_key(word)), 3) ** 0.5 for word in hits)
            found.append((weight, category, hits))
    total = sum(weight for weight, _, _ in found)
    found.sort(key=lambda each: (-each[0], each[1].sort))
    return tuple(
        Proposal(c.code, {"zh": c.label_zh, "en": c.label_en}, round(weight / (total + 1), 2), hits)
        for weight, c, hits in found[:MOST]
    )


def _hits(words: str, keywords: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in keywords if texts.search_key(word) in words)


def _orgs(session: Session, actor: Actor, category: str, region_code: str, *, at: datetime) -> tuple[Proposal, ...]:
    prefixes = [region_code[:length] for length in (12, 9, 6, 4, 2) if len(region_code) >= length]
    shares: dict[UUID, tuple[float, str, dict[str, str | int]]] = {}
    precedent = session.scalars(
        select(Precedent)
        .where(Precedent.category == category, Precedent.region.in_(prefixes))
        .order_by(func.length(Precedent.region).desc(), Precedent.created_at.desc())
        .limit(1)
    ).first()
    if precedent is not None:
        facts: dict[str, str | int] = {
            "ruling": precedent.ruling,
            "on": precedent.created_at.astimezone(session.info["zone"]).date().isoformat(),
        }
        shares[precedent.org_id] = (0.9, "precedent", facts)
    rule = session.scalars(
        select(AssignmentRule)
        .where(AssignmentRule.category == category, AssignmentRule.region.in_(prefixes))
        .order_by(func.length(AssignmentRule.region).desc())
        .limit(1)
    ).first()
    if rule is not None:
        shares.setdefault(rule.org_id, (0.85, "rule", {"category": category, "region": rule.region}))
    for org_id, n, of in _habits(session, actor, category, region_code, at=at):
        shares.setdefault(org_id, (round(0.8 * n / (of + 2), 2), "habit", {"n": n, "of": of}))
    orgs = registry.orgs_by_id(session, shares)
    ranked = sorted(shares.items(), key=lambda item: -item[1][0])
    return tuple(
        Proposal(orgs[org_id].code, _name(orgs[org_id]), share, (), ground, grounds)
        for org_id, (share, ground, grounds) in ranked[:MOST]
        if orgs[org_id].valid_to is None
    )


def _name(org: Org) -> Mapping[str, str]:
    return {"zh": org.name, "en": org.name}


def _habits(
    session: Session, actor: Actor, category: str, region_code: str, *, at: datetime
) -> Sequence[tuple[UUID, int, int]]:
    """Return who handled cases of the category in the county within a year: unit, its cases, all cases."""
    county = region_code[:6]
    since = at - timedelta(days=HABIT_DAYS)
    rows = session.execute(
        select(Case.lead_org_id, func.count())
        .where(
            visible_to(actor, at=at),
            Case.category == category,
            Case.reported_at >= since,
            Case.lead_org_id.is_not(None),
            Case.region_code >= county,
            Case.region_code < county + ":",
        )
        .group_by(Case.lead_org_id)
        .order_by(func.count().desc())
        .limit(MOST)
    ).all()
    of = sum(n for _, n in rows)
    return [(org_id, n, of) for org_id, n in rows if org_id is not None]


@cache
def _urgency_words() -> Mapping[str, Sequence[str]]:
    data = tomllib.loads(_URGENCY_FILE.read_text("utf-8"))
    return {code: tuple(words) for code, words in data["urgency"].items()}


@cache
def _urgency_labels() -> Mapping[str, Mapping[str, str]]:
    labels: Mapping[str, Mapping[str, str]] = tomllib.loads(_URGENCY_FILE.read_text("utf-8"))["label"]
    return labels


def _urgencies(words: str) -> tuple[Proposal, ...]:
    made = []
    for code, share in (("critical", 0.9), ("urgent", 0.7)):
        hits = _hits(words, _urgency_words()[code])
        if hits:
            made.append(Proposal(code, _urgency_labels()[code], share, hits))
    return tuple(made)
