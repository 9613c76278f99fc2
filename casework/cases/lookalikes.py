"""Cases that may be the same trouble: the same person, or the same place in much the same words.

Asked before a report is saved and on the triage desk. It warns and never refuses; and it only ever finds what the
caller may know of, so that a hint tells nothing that a list would hide (reliability.md §4.1). A person is recognised
by keyed indexes of phone and identity number, nothing is decrypted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select

from casework.cases.tables import Case
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.encryption import Keyring
from casework.matters.search import SearchEntry, fold, tokens_of
from casework.registry.tables import Org

# A case that ended longer ago is told of no more (contract.md `reopen`: until then it could be reopened).
ENDED_DAYS = 180
MOST = 5
LOOKED_AT = 300
LEAST_SCORE = 0.3
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
    """A case that looks like it. `score`: 0 to 1, how much of the shorter text both share; 1 for the same person."""

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
    mine = fold((look.title, look.description))
    tokens = frozenset(tokens_of(mine))
    found = [_compare(look, mine, tokens, row) for row in _candidates(session, actor, look, at=at)]
    likely = [each for each in found if each.is_same_person or each.score >= LEAST_SCORE]
    return tuple(sorted(likely, key=lambda each: (-each.score, -each.reported_at.timestamp()))[:limit])


_COLUMNS = (
    *(Case.id, Case.number, Case.title, Case.state, Case.region_code, Case.reporter_name, Case.reported_at),
    *(Case.reporter_phone_index, Case.reporter_id_index, SearchEntry.folded, Org.name.label("org_name")),
)


def _candidates(session: Session, actor: Actor, look: Look, *, at: datetime) -> Iterable[Row[Any]]:
    lately = or_(Case.is_open, Case.state_since >= at - timedelta(days=ENDED_DAYS))
    persons: list[ColumnElement[bool]] = []
    if look.phone_indexes:
        persons.append(Case.reporter_phone_index.in_(look.phone_indexes))
    if look.id_indexes:
        persons.append(Case.reporter_id_index.in_(look.id_indexes))
    asked = [or_(*persons)] if persons else []
    if look.region_code is not None:
        near = look.region_code[:_TOWNSHIP_DIGITS]
        asked.append(and_(Case.region_code >= near, Case.region_code < near + ":"))
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


def _compare(look: Look, mine: str, tokens: frozenset[str], row: Row[Any]) -> LookAlike:
    theirs = frozenset(tokens_of(row.folded or fold((row.title,))))
    shared, shorter = tokens & theirs, min(len(tokens), len(theirs))
    is_same_person = row.reporter_phone_index in look.phone_indexes or row.reporter_id_index in look.id_indexes
    return LookAlike(
        id=row.id,
        number=row.number,
        title=row.title,
        state=row.state,
        score=1.0 if is_same_person else round(len(shared) / shorter, 2) if shorter else 0.0,
        is_same_person=is_same_person,
        is_same_place=look.region_code == row.region_code,
        words=_words(mine, shared),
        reporter_name=row.reporter_name,
        org_name=row.org_name,
        reported_at=row.reported_at,
    )


def _words(text: str, shared: frozenset[str]) -> tuple[str, ...]:
    """Return up to eight runs of `text` whose every pair of characters is shared, the longest first."""
    runs: list[str] = []
    run = ""
    for one, two in pairwise(text):
        pair = tokens_of(one + two)
        if pair and shared.issuperset(pair):
            run = run + two if run else one + two
        elif run:
            runs.append(run)
            run = ""
    if run:
        runs.append(run)
    return tuple(sorted(dict.fromkeys(runs), key=lambda each: -len(each))[:8])
