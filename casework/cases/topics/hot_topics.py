"""What many report this week and few did before: cases alike by their rare words, against the four weeks past.

Only cases the actor may know of are put together, so that no topic tells more than their list would. One person who
writes five times is no topic. What is read is bounded: the latest cases of five weeks.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from casework.cases.tables import Case
from casework.cases.topics.alikeness import Told, alikeness, told
from casework.cases.topics.lookalikes import LEAST_NEAR, LEAST_SCORE, shared_words
from casework.cases.visibility import visible_to
from casework.core.actors import Actor
from casework.core.database import Session
from casework.matters import word_counts
from casework.matters.search import SearchEntry, fold
from casework.matters.word_counts import Knowledge

WEEKS = 5
MOST = 8
# So many cases of this week, from so many people, are a topic; and half as many again as in a week before.
LEAST_CASES, LEAST_PEOPLE, LEAST_GROWTH = 3, 2, 1.5
_MOST_READ = 1500
SETTLED_OTHERWISE = ("merged", "declined")
# A case is compared with those that share enough of its rarest pairs, and with so many of them.
_RAREST, _IN_COMMON, _MOST_COMPARED = 14, 3, 150
_WEEK = timedelta(days=7)
_TOWN_DIGITS = 9


@dataclass(frozen=True, slots=True)
class TopicCase:
    """One case of a topic."""

    id: UUID
    number: str
    title: str
    state: str
    region_code: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class HotTopic:
    """Cases alike. `weeks`: how many in each of the weeks, this one last; `words`: what most of them say."""

    title: str
    words: tuple[str, ...]
    weeks: tuple[int, ...]
    people: int
    cases: tuple[TopicCase, ...]

    @property
    def growth(self) -> float:
        """Return by how many cases this week is above a week before."""
        *before, now = self.weeks
        return now - sum(before) / len(before)


@dataclass(frozen=True, slots=True)
class _Told:
    row: Row[Any]
    told: Told
    rarest: frozenset[str]
    week: int


def find(session: Session, actor: Actor, *, at: datetime, limit: int = MOST) -> tuple[HotTopic, ...]:
    """Return what grows this week among the cases an actor may know of, what grows most first."""
    rows = session.execute(chosen(actor, at=at, since=at - WEEKS * _WEEK)).all()
    found = [each for each in gathered(session, rows, at=at, begins=lambda week: week == WEEKS - 1) if _is_hot(each)]
    found.sort(key=lambda topic: (-topic.growth, topic.title))
    return tuple(found[:limit])


def gathered(
    session: Session, rows: Iterable[Any], *, at: datetime, begins: Callable[[int], bool] = lambda week: True
) -> list[HotTopic]:
    """Put rows of `chosen` together that are alike, the newest first; a topic begins with a case of such a week."""
    knowledge = word_counts.known(session)
    read = [_read(row, knowledge, at=at) for row in rows]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for n, each in enumerate(read):
        for pair in each.rarest:
            holders[pair].append(n)
    taken: set[int] = set()
    found: list[HotTopic] = []
    for n, each in enumerate(read):
        if n in taken or not begins(each.week):
            continue
        group = [n, *_alike(n, read, holders, taken, knowledge)]
        if len(group) >= LEAST_CASES:
            taken.update(group)
            found.append(_topic([read[at_] for at_ in group], knowledge))
    return found


def chosen(actor: Actor, *, at: datetime, since: datetime) -> Select[*tuple[Any, ...]]:
    """Return what is read of the latest cases an actor may know of, reported since an instant, the newest first."""
    columns = (Case.id, Case.number, Case.title, Case.state, Case.region_code, Case.reported_at)
    return (
        select(*columns, Case.reporter_phone_index, SearchEntry.folded)
        .outerjoin(SearchEntry, SearchEntry.matter_id == Case.id)
        .where(visible_to(actor, at=at), Case.reported_at > since, Case.reported_at <= at)
        # What was put together already counts as one, and what was not accepted as none.
        .where(Case.state.not_in(SETTLED_OTHERWISE))
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(_MOST_READ)
    )


def _read(row: Row[Any], knowledge: Knowledge, *, at: datetime) -> _Told:
    made = told(row.folded or fold((row.title,)), knowledge)
    loud = knowledge.loud
    by_weight = sorted(made.pairs, key=lambda pair: (-loud[pair] * (2 if pair in made.title else 1), pair))
    rarest = frozenset(pair for pair in by_weight[:_RAREST] if loud[pair] > 0)
    return _Told(row, made, rarest, WEEKS - 1 - min((at - row.reported_at) // _WEEK, WEEKS - 1))


def _alike(
    n: int, read: Sequence[_Told], holders: dict[str, list[int]], taken: set[int], knowledge: Knowledge
) -> list[int]:
    """Return what is alike to one case and stands in no topic yet."""
    mine = read[n]
    common = Counter(other for pair in mine.rarest for other in holders[pair] if other != n and other not in taken)
    asked = [other for other, shared in common.most_common(_MOST_COMPARED) if shared >= _IN_COMMON]
    return [other for other in asked if _are_alike(mine, read[other], knowledge)]


def _are_alike(one: _Told, other: _Told, knowledge: Knowledge) -> bool:
    town = one.row.region_code[:_TOWN_DIGITS]
    near = len(town) == _TOWN_DIGITS and other.row.region_code.startswith(town)
    return alikeness(one.told, other.told, knowledge) >= (LEAST_NEAR if near else LEAST_SCORE)


def _topic(group: Sequence[_Told], knowledge: Knowledge) -> HotTopic:
    first = group[0]
    loudest = {pair for pair in first.told.pairs if knowledge.loud[pair]}
    says = Counter(pair for each in group for pair in each.told.pairs & loudest)
    most = {pair for pair, n in says.items() if n * 5 >= len(group) * 3}
    weeks = Counter(each.week for each in group)
    rows = [each.row for each in sorted(group, key=lambda each: each.row.reported_at, reverse=True)]
    # Whoever left no telephone is somebody of their own.
    people = len({row.reporter_phone_index or row.id for row in rows})
    return HotTopic(
        title=first.row.title,
        words=shared_words(first.told.folded, most)[:4],
        weeks=tuple(weeks[n] for n in range(WEEKS)),
        people=people,
        cases=tuple(
            TopicCase(row.id, row.number, row.title, row.state, row.region_code, row.reported_at) for row in rows
        ),
    )


def _is_hot(topic: HotTopic) -> bool:
    *before, now = topic.weeks
    return (
        now >= LEAST_CASES and topic.people >= LEAST_PEOPLE and now >= LEAST_GROWTH * max(sum(before) / len(before), 1)
    )
