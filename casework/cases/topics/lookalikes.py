"""Cases that may be the same trouble: of the same person, or about the same thing by what is rare in their words.

Asked before a report is saved and on the triage desk. It warns and never refuses; and it only ever finds what the
caller may know of, so that a hint tells nothing that a list would hide (reliability.md §4.1). A person is recognised
by keyed indexes of phone and identity number, nothing is decrypted.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select

from casework.cases.tables import Case
from casework.cases.topics.alikeness import Told, alikeness, told
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.bulk import among
from casework.core.database import Session
from casework.core.encryption import Keyring
from casework.matters import word_counts
from casework.matters.search import SearchEntry, fold, sharing, token_of
from casework.matters.word_counts import Knowledge
from casework.registry.tables import Org

# A case that ended longer ago is told of no more (contract.md `reopen`: until then it could be reopened).
ENDED_DAYS = 180
MOST = 5
# Of each ground so many, the newest or the likeliest, are compared letter by letter.
LOOKED_AT = 40
_ASKED_WORDS = 40
# So many entries of the index are read for them at most, whatever has been told: the rarest pairs are enough then. A
# hundred thousand cases are to three thousand as this is to 120, at which the marked pairs are still found (0.91).
_READ_ENTRIES = 4000
# What was counted last may have become common since: a crowd tells the same on one day.
_READ_AT_MOST = 2 * _READ_ENTRIES
# So many of those that share most are looked at by place and state before any is compared.
_SHARING = 200
# Weights are whole numbers where the database adds them up.
_FINE = 1000
# From where two reports are shown as alike; those of one village or town sooner (measured: tests/casework/cases/alike).
LEAST_SCORE = 0.56
LEAST_NEAR = 0.45
# One person tells again of one trouble, and of others: so much more likely it is, and no more. Of what else they told
# so many are shown, last: a cadre who reports for a village would fill the list with what is not alike.
OF_ONE_PERSON = 0.25
MOST_ELSE = 2
_TOWNSHIP_DIGITS = 9
# What is quoted as shared: a clause without its marks; a whole one of so many characters says more than a longer shred.
_CLAUSE = re.compile(r"[^\W_]+")
_TELLING, _MOST_WORDS = 4, 8
_QUOTING = Path(__file__).with_name("quoting.toml")


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
    """A case that looks like it. `score`: 0 to 1 as `alikeness` judges it, more for the same person."""

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
    else_told: list[tuple[float, Row[Any]]] = []
    weights = {token_of(pair): round(_FINE * knowledge.loud[pair]) for pair in _rarest(mine, knowledge)}
    for row in _candidates(session, actor, look, weights, at=at):
        is_theirs = _is_same_person(look, row)
        alike = alikeness(mine, _told(row, knowledge), knowledge)
        score = round(min(1.0, alike + OF_ONE_PERSON * is_theirs), 2)
        if score >= (
            LEAST_NEAR if _is_place(look.region_code) and row.region_code == look.region_code else LEAST_SCORE
        ):
            likely.append((score, row))
        elif is_theirs:
            else_told.append((score, row))
    for each in (likely, else_told):
        each.sort(key=lambda one: (-one[0], -one[1].reported_at.timestamp()))
    # Told without the numbers of people: nobody learns them by what is quoted as shared.
    return tuple(
        _look_alike(look, row, score, shared_words(mine.folded, mine.pairs & _told(row, knowledge).pairs))
        for score, row in [*likely, *else_told[:MOST_ELSE]][:limit]
    )


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


def _candidates(
    session: Session, actor: Actor, look: Look, weights: Mapping[str, int], *, at: datetime
) -> Iterable[Any]:
    """Return what is worth comparing: cases of the same person, of the same place, of the same rare words.

    What is asked first is small and found by an index, whatever has been told; words are read of the chosen alone.
    """
    known_of = (
        visible_to(actor, at=at),
        or_(Case.is_open, Case.state_since >= at - timedelta(days=ENDED_DAYS)),
        Case.state != "merged",
    )
    chosen: dict[UUID, None] = {}
    for index, given in ((Case.reporter_phone_index, look.phone_indexes), (Case.reporter_id_index, look.id_indexes)):
        if given:
            asked = select(Case.id).where(*known_of, index.in_(given)).order_by(Case.reported_at.desc())
            chosen |= dict.fromkeys(session.scalars(asked.limit(LOOKED_AT)))
    chosen |= dict.fromkeys(_of_same_words(session, look, weights, known_of))
    chosen.pop(look.own_id, None)  # type: ignore[arg-type] # nobody's id is None
    if not chosen:
        return ()
    return session.execute(
        select(*_COLUMNS)
        .outerjoin(SearchEntry, SearchEntry.matter_id == Case.id)
        .outerjoin(Org, Org.id == Case.lead_org_id)
        .where(among(session, Case.id, list(chosen)))
        .limit(len(chosen))
    ).all()


def _of_same_words(
    session: Session, look: Look, weights: Mapping[str, int], known_of: Sequence[ColumnElement[bool]]
) -> Iterable[UUID]:
    """Yield the likeliest by rare words, in the same town and anywhere."""
    if not weights:
        return
    shared = sharing(session, weights, limit=_SHARING, most_read=_READ_AT_MOST)
    likeliest = session.execute(
        select(Case.id, Case.region_code)
        .join(SearchEntry, SearchEntry.matter_id == Case.id)
        .join(shared, shared.c.n == SearchEntry.n)
        .where(*known_of)
        .order_by(shared.c.weight.desc(), shared.c.n.desc())
        .limit(_SHARING)
    ).all()
    yield from (row.id for row in likeliest[:LOOKED_AT])
    if look.region_code is not None and _is_place(look.region_code):
        near = look.region_code[:_TOWNSHIP_DIGITS]
        yield from [row.id for row in likeliest if row.region_code.startswith(near)][:LOOKED_AT]


def _rarest(mine: Told, knowledge: Knowledge) -> Sequence[str]:
    """Return the pairs that say most about a report, so many that what is read for them stays bounded."""
    loud = knowledge.loud
    by_weight = sorted(mine.pairs, key=lambda pair: -loud[pair] * (2 if pair in mine.title else 1))
    chosen: list[str] = []
    read = 0.0
    for pair in by_weight[:_ASKED_WORDS]:
        read += knowledge.stands_in(pair)
        if loud[pair] <= 0 or (chosen and read > _READ_ENTRIES):
            break
        chosen.append(pair)
    return chosen


def _look_alike(look: Look, row: Row[Any], score: float, words: tuple[str, ...]) -> LookAlike:
    return LookAlike(
        id=row.id,
        number=row.number,
        title=row.title,
        state=row.state,
        score=score,
        is_same_person=_is_same_person(look, row),
        is_same_place=look.region_code == row.region_code,
        words=words,
        reporter_name=row.reporter_name,
        org_name=row.org_name,
        reported_at=row.reported_at,
    )


def shared_words(text: str, shared: Set[str]) -> tuple[str, ...]:
    """Return up to eight runs of `text` whose every pair of characters is shared, as a person would quote them.

    No run reaches over a comma or the end of a line, or begins inside a word. Whole clauses come first, then what is
    longest.
    """
    found: dict[str, bool] = {}
    for clause in _CLAUSE.findall(text):
        for each in _runs(clause, shared):
            run = each.lstrip(_never_first())
            if len(run) > 1:
                found[run] = found.get(run, False) or (run == clause and len(run) >= _TELLING)
    kept: list[str] = []
    for run in sorted(found, key=lambda each: (not found[each], -len(each))):
        if not any(run in other for other in kept):
            kept.append(run)
    return tuple(kept[:_MOST_WORDS])


@cache
def _never_first() -> str:
    return str(tomllib.loads(_QUOTING.read_text("utf-8"))["never_first"])


def _runs(clause: str, shared: Set[str]) -> list[str]:
    runs: list[str] = []
    goes_on = False
    for one, two in pairwise(clause):
        if one + two not in shared:
            goes_on = False
            continue
        if goes_on:
            runs[-1] += two
        else:
            runs.append(one + two)
        goes_on = True
    return runs
