"""Whole lives of cases copied for load tests: other people, places and numbers, the same steps at the same instants.

A life that went through the engine is the pattern; its rows are stamped again with ids of their own, the chain of
hashes reckoned anew, the index written, the messages marked as told. So a hundred thousand cases obey the rules
without each going through them. Lives with money, questions, requests or merges are no patterns: their rows point at
more than the case itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, inspect, select

from casework.cases import reporters
from casework.cases.tables import Case, CaseUnit, FollowUpCall
from casework.core.columns import canonical
from casework.core.database import Base, Session
from casework.core.encryption import keyring_of
from casework.core.ids import new_id
from casework.core.moulds import Mould, Press
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
# So many cases are looked at for each pattern that is wanted.
_READ = 3


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
class Copy:
    """What a copy has of its own. `codes`: what stands in its place for codes of units in the history."""

    number: str
    title: str
    description: str
    region_code: str
    reporter: reporters.Reporter
    org_ids: Mapping[UUID, UUID] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


def patterns(session: Session, press: Press, *, region: str, most: int) -> list[Pattern]:
    """Return up to `most` lives of a place that can be copied."""
    cases = session.scalars(
        select(Case)
        .where(Case.region_code >= region, Case.region_code < region + ":", Case.source_key.is_(None))
        .where(Case.co_tasks_total == 0, Case.funds_total == 0, Case.attachments_total == 0)
        .where(Case.merged_into_id.is_(None), Case.split_from_id.is_(None))
        .where(Case.household_id.is_(None), Case.industry_id.is_(None), Case.activity_id.is_(None))
        .order_by(Case.id)
        # The lived cases are the oldest; of the copies behind them any number would only be read in vain.
        .limit(_READ * most)
    ).all()
    found = []
    for case in cases:
        history = session.scalars(
            select(HistoryEntry).where(HistoryEntry.matter_id == case.id).order_by(HistoryEntry.seq)
        ).all()
        if len(history) <= _MOST_STEPS and all(row.trigger in _PLAIN_STEPS for row in history):
            found.append(_pattern(session, press, case, history))
            if len(found) == most:
                break
    return found


def _pattern(session: Session, press: Press, case: Case, history: Sequence[HistoryEntry]) -> Pattern:
    rows: list[Base] = []
    for kind, column in (
        (CaseUnit, CaseUnit.case_id),
        (FollowUpCall, FollowUpCall.case_id),
        (Deadline, Deadline.matter_id),
        (Firing, Firing.matter_id),
        (OutboxEvent, OutboxEvent.matter_id),
    ):
        rows += session.scalars(select(kind).where(column == case.id)).all()
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
    """Casts copies of patterns and writes them batch by batch."""

    def __init__(self, session: Session, press: Press) -> None:
        self._session, self._press = session, press
        self._keyring = keyring_of(session)
        self._has_fts = session.get_bind().dialect.name == "sqlite"
        self._last = (session.scalar(select(func.max(SearchEntry.n))) or 0) if self._has_fts else 0
        entry: dict[str, Any] = {"matter_id": UUID(int=0), "kind": "case", "folded": "", "tokens": None}
        self._entry = press.mould(SearchEntry, {"n": 0, **entry} if self._has_fts else entry)
        self._fts = Mould("search_fts", ("rowid", "tokens"), [0, ""])

    def stamp(self, pattern: Pattern, copy: Copy) -> None:
        """Cast one copy; `write` keeps it."""
        value = self._press.value
        new = {old: new_id() for old in pattern.ids}
        case_id = new[pattern.ids[0]]
        words = hashlib.sha256(f"{copy.title}\n{copy.description}".encode()).hexdigest()
        swaps = [
            *((old, str(fresh)) for old, fresh in new.items()),
            (pattern.words_sha256, words),
            (f'"region_code":"{pattern.region_code}"', f'"region_code":"{copy.region_code}"'),
            *((f'"{old}"', f'"{code}"') for old, code in copy.codes.items()),
        ]
        head = self._history(pattern, swaps, case_id)
        for part in pattern.others:
            changed = {name: value(new[old]) for name, old in part.ids.items()}
            changed.update((name, _swapped(part.mould.value(name), swaps)) for name in part.texts)
            if part.org_id is not None and part.org_id in copy.org_ids:
                changed["org_id"] = value(copy.org_ids[part.org_id])
            self._press.add(part.mould, changed)
        self._case(pattern, copy, case_id, head)
        self._index(copy, case_id)

    def _history(self, pattern: Pattern, swaps: Sequence[tuple[str, str]], case_id: UUID) -> str:
        value = self._press.value
        matter_id, before = value(case_id), GENESIS
        for mould, content in pattern.history:
            digest = hashlib.sha256((before + _swapped(content, swaps)).encode()).hexdigest()
            changed = {
                "id": value(new_id()),
                "matter_id": matter_id,
                "fields": _swapped(mould.value("fields"), swaps),
                "prev_hash": before,
                "hash": digest,
            }
            self._press.add(mould, changed)
            before = digest
        return before

    def _case(self, pattern: Pattern, copy: Copy, case_id: UUID, head: str) -> None:
        value = self._press.value
        sealed = reporters.sealed(self._keyring, case_id, copy.reporter)
        lead = pattern.lead_org_id
        changed = {
            "id": value(case_id),
            "number": copy.number,
            "title": value(copy.title),
            "description": value(copy.description),
            "region_code": copy.region_code,
            "head_hash": head,
            "lead_org_id": value(copy.org_ids.get(lead, lead) if lead is not None else None),
            **{name: value(each) for name, each in sealed.items()},
        }
        self._press.add(pattern.case, changed)

    def _index(self, copy: Copy, case_id: UUID) -> None:
        value = self._press.value
        folded = fold((copy.title, copy.description))
        tokens = quick_tokens(folded)
        changed: dict[str, Any] = {"matter_id": value(case_id), "folded": value(folded)}
        if self._has_fts:
            self._last += 1
            self._press.add(self._entry, {**changed, "n": self._last})
            self._press.add(self._fts, {"rowid": self._last, "tokens": tokens})
        else:
            self._press.add(self._entry, {**changed, "tokens": tokens})

    def write(self) -> None:
        """Write what was cast, in the transaction of the session."""
        self._press.write(_ORDER)


def _swapped(text: str, swaps: Sequence[tuple[str, str]]) -> str:
    for old, new in swaps:
        if old in text:
            text = text.replace(old, new)
    return text
