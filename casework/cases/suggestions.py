"""What triage could do with a report: category, unit, urgency and look-alikes, each with its grounds.

For the category a trained model speaks where one is in use (casework/triage, `learnt-3`), else the words of each
category (`keywords-1`); for the unit also the office's rules and the head's precedents (unit_proposals.py); for haste
words that nobody may overhear. What is no model's measured share is put right by how often it was taken. It proposes
and shows why; a person decides. Below a share of 60 % a screen says that it is unsure (look/README 01).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from casework.cases import unit_proposals
from casework.cases.unit_proposals import UnitShare
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.registry.tables import Category
from casework.triage import outcomes, shelf
from casework.triage.grams import told
from casework.triage.model import LEAST, Answer, Model
from casework.triage.outcomes import Spoke

MODEL, LEARNT = "keywords-1", "learnt-{number}"
MOST = 3
# Below this share a desk says that it is unsure and proposes nothing (look/README 01).
SURE = 0.6
# However often it was taken: what a person decides is never sure beforehand.
_NEVER_SURER = 0.99
_OF_HASTE = {"critical": 0.9, "urgent": 0.7}
_URGENCY_FILE = Path(__file__).with_name("urgency_words.toml")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal: a code, its label by language, a share from 0 to 1, and the grounds for it.

    A category that a labelled file taught and the office does not have (yet) has a label and no code. `words` are
    those of the report that spoke for it; `ground` names what else did (`rule`, `precedent`, `habit`, `learnt`: a
    model that heard more than these words) with its facts.
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
    corrections = outcomes.corrections(session, at=at)
    used = _in_use(session)
    categories = _categories(session, used, title=title, description=description, corrections=corrections)
    best = category or next((each.code for each in categories if each.code is not None), None)
    text = told(title, description)
    # A model of units knows the branch; the rules of the office may know the leaf.
    shares = unit_proposals.propose(
        session, actor, text=text, category=best, region_code=region_code, model=used.part(session, "org"), at=at
    )
    urgencies = _urgencies(text, words, used.part(session, "urgency"), corrections)
    return Suggestions(categories, _orgs(shares, corrections), urgencies, used.name)


def best_learnt(session: Session, subject: str, *, title: str, description: str) -> Answer | None:
    """Return what the model in use alone says of a unit or urgency, by the words alone; None where it has none."""
    model = _in_use(session).part(session, subject)
    return None if model is None else next(iter(model.answer(told(title, description), most=1)), None)


def ground_of(proposed: Suggestions, subject: str, best: Proposal) -> str:
    """Return by what a proposal came about, as its outcome is noted (triage/outcomes.py)."""
    if subject == "category" and proposed.model != MODEL:
        return outcomes.LEARNT
    return best.ground or "words"


@dataclass(frozen=True, slots=True)
class _Used:
    """The version in use, None while the keywords propose."""

    model_id: UUID | None
    name: str

    def part(self, session: Session, subject: str) -> Model | None:
        return None if self.model_id is None else shelf.open_part(session, self.model_id, subject)


def _in_use(session: Session) -> _Used:
    model_id = shelf.in_use(session)
    return _Used(model_id, MODEL if model_id is None else LEARNT.format(number=shelf.number_of(session, model_id)))


def categories_of(session: Session, *, title: str, description: str) -> tuple[tuple[Proposal, ...], str]:
    """Propose categories, and name the model that does; it proposes none where it knows too little."""
    used = _in_use(session)
    return _categories(session, used, title=title, description=description, corrections={}), used.name


def _categories(
    session: Session,
    used: _Used,
    *,
    title: str,
    description: str,
    corrections: Mapping[Spoke, float],
) -> tuple[Proposal, ...]:
    if used.model_id is None:
        found = _by_keywords(session, texts.search_key(f"{title} {description}"))
        return tuple(
            replace(each, confidence=_corrected(each.confidence, ("category", "words", each.code or ""), corrections))
            for each in found
        )
    answers = shelf.open_model(session, used.model_id).answer(told(title, description), most=MOST)
    known = _known(session)
    made = []
    for each in answers:
        found_ = known.get(each.label)
        label = {"zh": found_.label_zh, "en": found_.label_en} if found_ else {"zh": each.label, "en": each.label}
        made.append(Proposal(found_.code if found_ else None, label, round(each.share, 4), each.words))
    return tuple(made)


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


def _orgs(shares: Sequence[UnitShare], corrections: Mapping[Spoke, float]) -> tuple[Proposal, ...]:
    made = []
    corrected = [
        replace(each, share=_corrected(each.share, ("org", each.ground, each.called), corrections)) for each in shares
    ]
    for each in unit_proposals.merged(corrected):
        name = each.called if each.org is None else each.org.name
        code = None if each.org is None else each.org.code
        label = {"zh": name, "en": name}
        made.append(Proposal(code, label, each.share, each.words, each.ground, each.facts))
    return tuple(each for each in made if each.confidence >= LEAST)


def _corrected(share: float, spoke: Spoke, corrections: Mapping[Spoke, float]) -> float:
    """Return a share as it has proved itself: what a model learnt is measured already, the rest is by its outcomes."""
    return round(min(share * corrections.get(spoke, 1.0), _NEVER_SURER), 4)


@cache
def _urgency_words() -> Mapping[str, Sequence[str]]:
    data = tomllib.loads(_URGENCY_FILE.read_text("utf-8"))
    return {code: tuple(words) for code, words in data["urgency"].items()}


@cache
def _urgency_labels() -> Mapping[str, Mapping[str, str]]:
    labels: Mapping[str, Mapping[str, str]] = tomllib.loads(_URGENCY_FILE.read_text("utf-8"))["label"]
    return labels


def _urgencies(told_: str, words: str, model: Model | None, corrections: Mapping[Spoke, float]) -> tuple[Proposal, ...]:
    """Propose haste by what stands in the words, and by the model; it may add haste and never takes any away."""
    made: dict[str, Proposal] = {}
    for code, share in _OF_HASTE.items():
        if hits := _hits(words, _urgency_words()[code]):
            made[code] = Proposal(
                code, _urgency_labels()[code], _corrected(share, ("urgency", "words", code), corrections), hits
            )
    for each in model.answer(told_) if model is not None else ():
        hasty = each.label in _OF_HASTE
        if each.label in made or each.label not in _urgency_labels() or (made and not hasty):
            continue
        # What speaks for a calm case is no mark in its words.
        spoke = each.words if hasty else ()
        made[each.label] = Proposal(each.label, _urgency_labels()[each.label], round(each.share, 4), spoke, "learnt")
    return tuple(each for each in made.values() if each.confidence >= LEAST)
