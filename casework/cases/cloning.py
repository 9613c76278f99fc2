"""Whole lives of cases copied for load tests: other people, places and numbers, the same steps at the same instants.

A life that went through the engine is the pattern; its rows are stamped again with ids of their own, the chain of
hashes reckoned anew, the index written, the messages marked as told. So a hundred thousand cases obey the rules
without each going through them. Lives with money, questions, requests or merges are no patterns: their rows point at
more than the case itself.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, inspect, select

from casework.cases import reporters
from casework.cases.tables import Case, CaseUnit, FollowUpCall
from casework.cases.under import under
from casework.core import moulds
from casework.core.columns import canonical
from casework.core.database import Base, Session
from casework.core.encryption import Keyring
from casework.core.ids import new_id_texts
from casework.core.moulds import Holes, Mould, Press, Rows, Stencil, hole
from casework.matters.history import GENESIS
from casework.matters.search import SearchEntry, fold, fold_masked
from casework.matters.search_loading import quick_tokens
from casework.matters.tables import Deadline, Firing, HistoryEntry, OutboxEvent

# Steps whose rows hold nothing but ids of the case and its clocks.
_PLAIN_STEPS = frozenset(
    {
        *(
            "report",
            "assign",
            "acknowledge",
            "contact",
            "coordinate",
            "suspend",
            "resume",
            "resolve",
            "close",
            "rework",
        ),
        *("return", "reopen", "decline", "comment", "call_back", "urge_unit", "remind", "urge", "supervise", "list"),
    }
)
_ORDER = (
    *("cases", "case_units", "follow_up_calls", "history", "deadlines", "firings", "outbox"),
    *("search_entries", "search_fts"),
)
_MOST_STEPS = 12
# Stands in a mould until each row says its own.
_NO_TIME = datetime.min.replace(tzinfo=UTC)
# So many cases are looked at for each pattern that is wanted.
_READ = 3
# What in a text of a life may be its own: an id, the digest of its words, its region.
_MARKED = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|"region_code":"[0-9]*"')
# What SQLite keeps the words of the index in.
_FTS = '"search_fts" ("rowid", "tokens")'


@dataclass(frozen=True, slots=True)
class _Part:
    """One row of a pattern: its mould, the columns that hold ids of the life, the texts that name some."""

    mould: Mould
    ids: Mapping[str, str]
    texts: tuple[str, ...]
    org_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A life to be copied: what a copy must share (kind, urgency), and its rows as moulds."""

    category: str
    kind: str
    urgency: str
    region_code: str
    lead_org_id: UUID | None
    year: int
    words_sha256: str
    ids: tuple[str, ...]
    case: Mould
    history: tuple[tuple[Mould, str], ...]
    others: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Life:
    """A pattern as one county copies it: with its own units, and with holes for what a copy has of its own."""

    pattern: Pattern
    # What each row of the history is hashed over, but for the hash before it.
    chain: tuple[Callable[[Mapping[str, Any]], str], ...]
    # The names of what is hashed, and of the ids of the rows.
    hashes: tuple[str, ...]
    row_ids: tuple[str, ...]
    case: Stencil
    entry: Stencil
    others: tuple[Stencil, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies are made: what stands there for units and people of the patterns, and for codes in the history."""

    org_ids: Mapping[UUID, UUID] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy has of its own, but for its number, which it gets when it is written."""

    title: str
    description: str
    region_code: str
    reporter: reporters.Reporter


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies that are cast: rows, and for each case its year and what begins with the number that it lacks.

    What the index holds of it lacks its place there, but on PostgreSQL, which gives none.
    """

    rows: Rows
    into: tuple[str, str]
    cases: Sequence[tuple[int, Any]]
    entries: Sequence[tuple[str, Any]]


def patterns(session: Session, press: Press, *, region: str, most: int) -> list[Pattern]:
    """Return up to `most` lives of a place that can be copied."""
    cases = session.scalars(
        select(Case)
        .where(under(region), Case.source_key.is_(None))
        .where(Case.co_tasks_total == 0, Case.funds_total == 0, Case.attachments_total == 0)
        .where(Case.merged_into_id.is_(None), Case.split_from_id.is_(None))
        .where(Case.household_id.is_(None), Case.industry_id.is_(None), Case.activity_id.is_(None))
        .order_by(Case.id)
        # The lived cases are the oldest; of the copies behind them any number would only be read in vain.
        .limit(_READ * most)
    ).all()
    lived = _by_case(session, HistoryEntry.matter_id, cases, HistoryEntry.seq)
    told = [
        case
        for case in cases
        if len(lived[case.id]) <= _MOST_STEPS and all(row.trigger in _PLAIN_STEPS for row in lived[case.id])
    ][:most]
    besides = [
        _by_case(session, column, told)
        for column in (
            *(CaseUnit.case_id, FollowUpCall.case_id, Deadline.matter_id, Firing.matter_id),
            OutboxEvent.matter_id,
        )
    ]
    return [
        _pattern(session, press, case, lived[case.id], [row for each in besides for row in each[case.id]])
        for case in told
    ]


def _by_case(session: Session, column: Any, cases: Sequence[Case], *order: Any) -> Mapping[UUID, list[Any]]:
    """Return the rows of a table by the case that a column of it names."""
    found: dict[UUID, list[Any]] = {case.id: [] for case in cases}
    for row in session.scalars(select(column.class_).where(column.in_(list(found))).order_by(*order)):
        found[getattr(row, column.key)].append(row)
    return found


def _pattern(
    session: Session, press: Press, case: Case, history: Sequence[HistoryEntry], rows: Sequence[Base]
) -> Pattern:
    for row in rows:
        if isinstance(row, OutboxEvent):
            # Nobody is told of what was only copied.
            session.expunge(row)
            row.status, row.done_at = "done", row.created_at
    ids = [
        case.id,
        *(row.id for row in rows if isinstance(row, CaseUnit | FollowUpCall | Deadline | Firing | OutboxEvent)),
    ]
    own = [str(each) for each in ids]
    return Pattern(
        category=case.category,
        kind=case.kind,
        urgency=case.urgency,
        region_code=case.region_code,
        lead_org_id=case.lead_org_id,
        year=case.reported_at.astimezone(session.info["zone"]).year,
        words_sha256=history[0].fields["words_sha256"],
        ids=tuple(own),
        case=press.mould(Case, _columns(case)),
        history=tuple((press.mould(HistoryEntry, _columns(row)), _content(row)) for row in history),
        others=tuple(_part(press, row, own) for row in rows),
    )


def _part(press: Press, row: Base, own: Sequence[str]) -> _Part:
    values = _columns(row)
    texts = [name for name in ("facts",) if any(each in canonical(values.get(name)) for each in own)]
    ids = {name: str(value) for name, value in values.items() if isinstance(value, UUID) and str(value) in own}
    return _Part(press.mould(type(row), values), ids, tuple(texts), values.get("org_id"))


def _columns(row: Base) -> dict[str, Any]:
    return {
        column.name: getattr(row, inspect(type(row)).get_property_by_column(column).key)
        for column in type(row).__table__.columns
        if column.computed is None
    }


def _content(row: HistoryEntry) -> str:
    """Return what the hash of a row is taken over, but for the hash before it (see matters/history.py `digest`)."""
    return canonical(
        [
            str(row.matter_id),
            row.seq,
            row.at.isoformat(),
            row.recorded_at.isoformat(),
            None if row.actor_id is None else str(row.actor_id),
            None if row.for_id is None else str(row.for_id),
            row.trigger,
            row.from_state,
            row.to_state,
            row.comment,
            row.fields,
            row.workflow_version,
        ]
    )


class Stamper:
    """Casts copies of patterns for one place; what was taken out of it is written by `write`."""

    def __init__(self, keyring: Keyring, press: Press, place: Place) -> None:
        self._keyring, self._press, self._place = keyring, press, place
        # As they stand in cells, and as they stand within texts.
        self._people = {press.value(old): press.value(new) for old, new in place.people.items()}
        self._said = [(f'"{old}"', f'"{new}"') for each in (place.codes, place.people) for old, new in each.items()]
        self._lives: dict[int, _Life] = {}
        self._cases: list[tuple[int, Any]] = []
        self._entries: list[tuple[str, Any]] = []
        self._into = ("", "")

    def stamp(self, pattern: Pattern, copy: Copy) -> None:
        """Cast one copy; it is among those taken out next."""
        life = self._lives.get(id(pattern))
        if life is None:
            life = self._lives[id(pattern)] = self._life(pattern)
        value, press = self._press.value, self._press
        fresh = new_id_texts(len(pattern.ids) + len(life.row_ids))
        case_id = fresh[0]
        folded = fold((copy.title, copy.description))
        masked = fold_masked((copy.title, copy.description))
        tokens = quick_tokens(folded, masked)
        filling = dict(zip((*pattern.ids, *life.row_ids), fresh, strict=True))
        filling[pattern.words_sha256] = hashlib.sha256(f"{copy.title}\n{copy.description}".encode()).hexdigest()
        filling[_region(pattern.region_code)] = _region(copy.region_code)
        filling |= {
            **{name: value(each) for name, each in reporters.sealed(self._keyring, case_id, copy.reporter).items()},
            **{"title": value(copy.title), "description": value(copy.description), "region_code": copy.region_code},
            **{"folded": value(folded), "masked": value(masked), "tokens": tokens},
        }
        before = GENESIS
        for name, content in zip(life.hashes, life.chain, strict=True):
            before = filling[name] = hashlib.sha256((before + content(filling)).encode()).hexdigest()
        for stencil in life.others:
            press.cast(stencil, filling)
        self._into = (life.case.into, life.entry.into)
        self._cases += ((pattern.year, row) for row in press.struck(life.case, filling))
        if press.is_postgresql:
            press.cast(life.entry, filling)
        else:
            self._entries += ((tokens, row) for row in press.struck(life.entry, filling))

    def take(self) -> Batch:
        """Take out every copy cast so far."""
        batch = Batch(self._press.take(), self._into, self._cases, self._entries)
        self._cases, self._entries = [], []
        return batch

    def _life(self, pattern: Pattern) -> _Life:
        """Make of a pattern what this place copies."""
        press, place = self._press, self._place
        own = {*pattern.ids, pattern.words_sha256, _region(pattern.region_code)}

        def told(text: str) -> Holes:
            for old, new in self._said:
                text = text.replace(old, new)
            return _told(text, own)

        rows: dict[str, list[tuple[Mould, Mapping[str, Holes]]]] = {}
        for part in pattern.others:
            mould = self._peopled(part.mould)
            if part.org_id is not None and part.org_id in place.org_ids:
                mould = mould.with_values({"org_id": press.value(place.org_ids[part.org_id])})
            holes = {name: hole(old, is_id=True) for name, old in part.ids.items()}
            holes |= {name: told(mould.value(name)) for name in part.texts}
            rows.setdefault(mould.into, []).append((mould, holes))
        hashes = tuple(f"hash {n}" for n, _ in enumerate(pattern.history))
        row_ids = tuple(f"row {n}" for n, _ in enumerate(pattern.history))
        for n, (mould, _) in enumerate(pattern.history):
            holes = {
                "id": hole(row_ids[n], is_id=True),
                "matter_id": hole(pattern.ids[0], is_id=True),
                "fields": told(mould.value("fields")),
                "hash": hole(hashes[n]),
                **({"prev_hash": hole(hashes[n - 1])} if n else {}),
            }
            rows.setdefault(mould.into, []).append((self._peopled(mould), holes))
        return _Life(
            pattern,
            tuple(told(content).filler() for _, content in pattern.history),
            hashes,
            row_ids,
            press.stencil([self._case(pattern, hashes[-1])]),
            press.stencil([self._entry(pattern)]),
            tuple(press.stencil(each) for each in rows.values()),
        )

    def _peopled(self, mould: Mould) -> Mould:
        """Return a row with the people of this place in it."""
        people = self._people
        return mould.with_values(
            {name: people[mould.value(name)] for name in mould.names if people and mould.value(name) in people}
        )

    def _case(self, pattern: Pattern, head: str) -> tuple[Mould, Mapping[str, Holes]]:
        case, lead = self._peopled(pattern.case), pattern.lead_org_id
        if lead is not None:
            case = case.with_values({"lead_org_id": self._press.value(self._place.org_ids.get(lead, lead))})
        own = ("title", "description", "region_code", *reporters.SEALED)
        return case.led_by("number"), {
            "id": hole(pattern.ids[0], is_id=True),
            "head_hash": hole(head),
            **{name: hole(name) for name in own},
        }

    def _entry(self, pattern: Pattern) -> tuple[Mould, Mapping[str, Holes]]:
        own = ("region_code", "folded", "masked", *(("tokens",) if self._press.is_postgresql else ()))
        values = {"kind": "case", "matter_id": UUID(int=0), "at": _NO_TIME, **dict.fromkeys(own, "")}
        mould = self._press.mould(
            SearchEntry, values if self._press.is_postgresql else {**values, "n": 0, "tokens": None}
        )
        mould = mould.with_values({"at": pattern.case.value("reported_at")})
        return mould if self._press.is_postgresql else mould.led_by("n"), {
            "matter_id": hole(pattern.ids[0], is_id=True),
            **{name: hole(name) for name in own},
        }


def write(
    session: Session, batch: Batch, numbers: Callable[[Session, Mapping[int, int]], Mapping[int, Iterator[str]]]
) -> int:
    """Write what was taken out, in the transaction of the session, and return how many cases these are.

    `numbers` takes from the database so many numbers of each year.
    """
    taken = numbers(session, Counter(year for year, _ in batch.cases))
    cases, entries = batch.into
    rows = {**batch.rows, cases: [moulds.led(next(taken[year]), row) for year, row in batch.cases]}
    if batch.entries:
        last = session.scalar(select(func.max(SearchEntry.n))) or 0
        placed = list(enumerate(batch.entries, start=last + 1))
        rows[entries] = [moulds.led(n, row) for n, (_, row) in placed]
        rows[_FTS] = [(n, tokens) for n, (tokens, _) in placed]
    moulds.write(session, rows, _ORDER)
    return len(batch.cases)


def _told(text: str, own: Container[str]) -> Holes:
    """Return a text of a life with a hole for each of what differs from copy to copy."""
    pieces, begun = [""], 0
    for found in _MARKED.finditer(text):
        if found.group() in own:
            pieces[-1] = text[begun : found.start()]
            pieces += (found.group(), "")
            begun = found.end()
    pieces[-1] = text[begun:]
    return Holes(tuple(pieces))


def _region(code: str) -> str:
    return f'"region_code":"{code}"'
