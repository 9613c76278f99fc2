"""Cases that may be the same trouble: of the same person, or about the same thing by what is rare in their words.

Asked before a report is saved and on the triage desk. It warns and never refuses; and it only ever finds what the
caller may know of, so that a hint tells nothing that a list would hide (reliability.md §4.1). A person is recognised
by keyed indexes of phone and identity number, nothing is decrypted.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select

from casework.cases.alikeness import Told, alikeness, told
from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring
from casework.matters import word_counts
from casework.matters.search import SearchEntry, fold, pairs_of, sharing, token_of
from casework.matters.word_counts import Knowledge
from casework.registry.tables import Org

# A case that ended longer ago is told of no more (contract.md `reopen`: until then it could be reopened).
ENDED_DAYS = 180
MOST = 5
# Of each ground so many, the newest or the likeliest, are compared letter by letter.
LOOKED_AT = 60
_ASKED_WORDS = 40
# From where two reports are shown as alike; those of one village or town sooner (measured: tests/casework/cases/alike).
LEAST_SCORE = 0.56
LEAST_NEAR = 0.45
_TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared: words, place, and of the person only keyed indexes."""

    title: str
    description: str
    region_code: str | None
    phone_indexes: tuple[str, ...] = ()
    id_indexes: tuple[str, ...] = ()
    # The case itself, and what has been merged into it, are no look-alikes.
    own_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A case that looks like it. `score`: 0 to 1 as `alikeness` judges it; 1 for the same person."""

    id: UUID
    number: str
    title: str
    state: str
    score: float
    is_same_person: bool
    is_same_place: bool
    words: tuple[str, ...]
    reporter_name: str
    org_name: str | None
    reported_at: datetime


def look_of(case: Case) -> Look:
    """Return what is compared of a case that is stored already."""
    return Look(
        title=case.title,
        description=case.description,
        region_code=case.region_code,
        phone_indexes=() if case.reporter_phone_index is None else (case.reporter_phone_index,),
        id_indexes=() if case.reporter_id_index is None else (case.reporter_id_index,),
        own_id=case.id,
    )


def look_at(
    keyring: Keyring,
    *,
    title: str,
    description: str,
    region_code: str | None,
    phone: str | None = None,
    id_number: str | None = None,
) -> Look:
    """Return what is compared of a report that is not stored yet; phone and number in canonical form."""
    return Look(
        title=title,
        description=description,
        region_code=region_code,
        phone_indexes=() if phone is None else keyring.blind_indexes(phone),
        id_indexes=() if id_number is None else keyring.blind_indexes(id_number),
    )


def find(session: Session, actor: Actor, look: Look, *, at: datetime, limit: int = MOST) -> tuple[LookAlike, ...]:
    """Return up to `limit` look-alikes among the cases an actor may know of, the likeliest first."""
    knowledge = word_counts.known(session)
    mine = told(fold((look.title, look.description)), knowledge)
    likely: list[tuple[float, Row[Any]]] = []
    for row in _candidates(session, actor, look, mine, at=at):
        score = 1.0 if _is_same_person(look, row) else round(alikeness(mine, _told(row, knowledge), knowledge), 2)
        if score >= (
            LEAST_NEAR if _is_place(look.region_code) and row.region_code == look.region_code else LEAST_SCORE
        ):
            likely.append((score, row))
    likely.sort(key=lambda each: (-each[0], -each[1].reported_at.timestamp()))
    return tuple(_look_alike(look, mine, row, score) for score, row in likely[:limit])


def _is_place(region_code: str | None) -> bool:
    # A county says nothing about where; a village or town does.
    return region_code is not None and len(region_code) >= _TOWNSHIP_DIGITS


def _is_same_person(look: Look, row: Row[Any]) -> bool:
    return row.reporter_phone_index in look.phone_indexes or row.reporter_id_index in look.id_indexes


def _told(row: Row[Any], knowledge: Knowledge) -> Told:
    return told(row.folded or fold((row.title,)), knowledge)


_COLUMNS = (
    *(Case.id, Case.number, Case.title, Case.state, Case.region_code, Case.reporter_name, Case.reported_at),
    *(Case.reporter_phone_index, Case.reporter_id_index, SearchEntry.folded, Org.name.label("org_name")),
)


def _candidates(session: Session, actor: Actor, look: Look, mine: Told, *, at: datetime) -> Iterable[Row[Any]]:
    """Return what is worth comparing: cases of the same person, of the same place, of the same rare words."""
    asked: list[ColumnElement[bool]] = []
    if look.phone_indexes:
        asked.append(Case.reporter_phone_index.in_(look.phone_indexes))
    if look.id_indexes:
        asked.append(Case.reporter_id_index.in_(look.id_indexes))
    if look.region_code is not None and _is_place(look.region_code):
        near = look.region_code[:_TOWNSHIP_DIGITS]
        asked.append(and_(Case.region_code >= near, Case.region_code < near + ":"))
    numbers = _of_same_words(session, mine)
    if numbers:
        asked.append(SearchEntry.n.in_(numbers))
    lately = or_(Case.is_open, Case.state_since >= at - timedelta(days=ENDED_DAYS))
    found: dict[UUID, Any] = {}
    for condition in asked:
        statement = (
            select(*_COLUMNS)
            .outerjoin(SearchEntry, SearchEntry.matter_id == Case.id)
            .outerjoin(Org, Org.id == Case.lead_org_id)
            .where(visible_to(actor, at=at), condition, lately, Case.state != "merged")
            .order_by(Case.reported_at.desc())
            .limit(LOOKED_AT)
        )
        for row in session.execute(statement):
            if row.id != look.own_id:
                found.setdefault(row.id, row)
    return found.values()


def _of_same_words(session: Session, mine: Told) -> list[int]:
    """Return the search entries that share most of the rarest words of a report."""
    rare = sorted(mine.weights, key=lambda pair: -mine.weights[pair] * (2 if pair in mine.title else 1))
    asked = {token_of(pair): mine.weights[pair] for pair in rare[:_ASKED_WORDS]}
    weighed: defaultdict[int, float] = defaultdict(float)
    for token, number in sharing(session, list(asked)):
        weighed[number] += asked[token]
    return sorted(weighed, key=lambda number: -weighed[number])[:LOOKED_AT]


def _look_alike(look: Look, mine: Told, row: Row[Any], score: float) -> LookAlike:
    theirs = pairs_of(row.folded or fold((row.title,)))
    return LookAlike(
        id=row.id,
        number=row.number,
        title=row.title,
        state=row.state,
        score=score,
        is_same_person=_is_same_person(look, row),
        is_same_place=look.region_code == row.region_code,
        words=_words(mine.folded, mine.weights.keys() & theirs),
        reporter_name=row.reporter_name,
        org_name=row.org_name,
        reported_at=row.reported_at,
    )


def _words(text: str, shared: Set[str]) -> tuple[str, ...]:
    """Return up to eight runs of `text` whose every pair of characters is shared, the longest first."""
    runs: list[str] = []
    run = ""
    for one, two in pairwise(text):
        if one + two in shared:
            run = run + two if run else one + two
        elif run:
            runs.append(run)
            run = ""
    if run:
        runs.append(run)
    return tuple(sorted(dict.fromkeys(runs), key=lambda each: -len(each))[:8])
