"""Whole lives of cases copied for load tests: other people, places and numbers, the same steps at the same instants.

A life that went through the engine is the pattern; its rows are stamped again with ids of their own, the chain of
hashes reckoned anew, the index written, the messages marked as told. So a hundred thousand cases obey the rules
without each going through them. Lives with money, questions, requests or merges are no patterns: their rows point at
more than the case itself.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
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
from casework.core.moulds import Mould, Press, Rows
from casework.matters.history import GENESIS
from casework.matters.search import SearchEntry, fold
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
# A slot of nothing.
_EMPTY = ""


class _Told:
    """A text of a life with places for what differs from copy to copy: ids, the digest of its words, its region."""

    __slots__ = ("_take", "_template")

    def __init__(self, text: str, marks: re.Pattern[str]) -> None:
        pieces = marks.split(text)
        marked = pieces[1::2]
        # With two empty places behind them, what is taken is always a tuple.
        plain = (piece.replace("%", "%%") for piece in pieces[0::2])
        self._template = "%s".join(plain) + "%.0s%.0s"
        self._take: Callable[[Mapping[str, str]], tuple[str, ...]] = itemgetter(*marked, _EMPTY, _EMPTY)

    def told(self, slots: Mapping[str, str]) -> str:
        """Return the text of a copy."""
        return self._template % self._take(slots)


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
    """A pattern as one county copies it: with its own units, and in its texts places for what a copy has of its own."""

    pattern: Pattern
    case: Mould
    # Each row of the history: its mould, what the hash is taken over, its fields.
    history: tuple[tuple[Mould, _Told, _Told], ...]
    others: tuple[tuple[Mould, tuple[tuple[str, str], ...], tuple[tuple[str, _Told], ...]], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies are made: what stands there for the units of the patterns, and for their codes in the history."""

    org_ids: Mapping[UUID, UUID] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy has of its own, but for its number, which it gets when it is written."""

    title: str
    description: str
    region_code: str
    reporter: reporters.Reporter


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies that are cast: rows, and for each case what lacks its number and its place in the index."""

    rows: Rows
    cases: Sequence[tuple[Mould, dict[str, Any], int, dict[str, Any], str]]


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
        self._lives: dict[int, _Life] = {}
        self._cases: list[tuple[Mould, dict[str, Any], int, dict[str, Any], str]] = []

    def stamp(self, pattern: Pattern, copy: Copy) -> None:
        """Cast one copy; it is among those taken out next."""
        life = self._lives.get(id(pattern))
        if life is None:
            life = self._lives[id(pattern)] = self._life(pattern)
        add, as_id = self._press.add, self._press.id
        fresh = new_id_texts(len(pattern.ids) + len(life.history))
        slots = dict(zip(pattern.ids, fresh, strict=False))
        case_id = fresh[0]
        slots[_EMPTY] = ""
        slots[pattern.words_sha256] = hashlib.sha256(f"{copy.title}\n{copy.description}".encode()).hexdigest()
        slots[_region(pattern.region_code)] = _region(copy.region_code)
        head = self._history(life, slots, as_id(case_id), fresh[len(pattern.ids) :])
        for mould, ids, texts in life.others:
            changed = {name: as_id(slots[old]) for name, old in ids}
            for name, told in texts:
                changed[name] = told.told(slots)
            add(mould, changed)
        self._note(life, copy, case_id, head)

    def take(self) -> Batch:
        """Take out every copy cast so far."""
        cases, self._cases = self._cases, []
        return Batch(self._press.take(), cases)

    def _life(self, pattern: Pattern) -> _Life:
        """Make of a pattern what this place copies."""
        value, place = self._press.value, self._place
        marks = re.compile("(" + "|".join((*pattern.ids, pattern.words_sha256, _region(pattern.region_code))) + ")")

        def told(text: str) -> _Told:
            for old, code in place.codes.items():
                text = text.replace(f'"{old}"', f'"{code}"')
            return _Told(text, marks)

        others = []
        for part in pattern.others:
            mould = part.mould
            if part.org_id is not None and part.org_id in place.org_ids:
                mould = mould.with_values({"org_id": value(place.org_ids[part.org_id])})
            others.append(
                (mould, tuple(part.ids.items()), tuple((name, told(mould.value(name))) for name in part.texts))
            )
        case, lead = pattern.case, pattern.lead_org_id
        if lead is not None:
            case = case.with_values({"lead_org_id": value(place.org_ids.get(lead, lead))})
        history = tuple((mould, told(content), told(mould.value("fields"))) for mould, content in pattern.history)
        return _Life(pattern, case, history, tuple(others))

    def _history(self, life: _Life, slots: Mapping[str, str], matter_id: Any, ids: Sequence[str]) -> str:
        add, as_id, before = self._press.add, self._press.id, GENESIS
        for (mould, content, fields), row_id in zip(life.history, ids, strict=True):
            digest = hashlib.sha256((before + content.told(slots)).encode()).hexdigest()
            changed = {
                "id": as_id(row_id),
                "matter_id": matter_id,
                "fields": fields.told(slots),
                "prev_hash": before,
                "hash": digest,
            }
            add(mould, changed)
            before = digest
        return before

    def _note(self, life: _Life, copy: Copy, case_id: str, head: str) -> None:
        value, its_id = self._press.value, self._press.id(case_id)
        changed = {
            "id": its_id,
            "title": value(copy.title),
            "description": value(copy.description),
            "region_code": copy.region_code,
            "head_hash": head,
        }
        for name, each in reporters.sealed(self._keyring, case_id, copy.reporter).items():
            changed[name] = value(each)
        folded = fold((copy.title, copy.description))
        at = life.case.value("reported_at")
        entry = {"matter_id": its_id, "region_code": copy.region_code, "at": at, "folded": value(folded)}
        self._cases.append((life.case, changed, life.pattern.year, entry, quick_tokens(folded)))


def write(
    session: Session, batch: Batch, numbers: Callable[[Session, Mapping[int, int]], Mapping[int, Iterator[str]]]
) -> int:
    """Write what was taken out, in the transaction of the session, and return how many cases these are.

    `numbers` takes from the database so many numbers of each year.
    """
    press = Press(session.get_bind().dialect)
    taken = numbers(session, Counter(year for _, _, year, _, _ in batch.cases))
    words: dict[str, Any] = {"folded": "", "tokens": None}
    entry: dict[str, Any] = {"matter_id": UUID(int=0), "kind": "case", "region_code": "", "at": _NO_TIME, **words}
    last = 0
    if not press.is_postgresql:
        entry["n"] = 0
        last = session.scalar(select(func.max(SearchEntry.n))) or 0
    mould, fts = press.mould(SearchEntry, entry), Mould("search_fts", ("rowid", "tokens"), [0, ""])
    for place, (case, changed, year, words, tokens) in enumerate(batch.cases, start=last + 1):
        press.add(case, {**changed, "number": next(taken[year])})
        if press.is_postgresql:
            press.add(mould, {**words, "tokens": tokens})
        else:
            press.add(mould, {**words, "n": place})
            press.add(fts, {"rowid": place, "tokens": tokens})
    moulds.write(session, {**batch.rows, **press.take()}, _ORDER)
    return len(batch.cases)


def _region(code: str) -> str:
    return f'"region_code":"{code}"'
