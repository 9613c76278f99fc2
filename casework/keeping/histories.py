"""The history of one matter against its rules: I1 to I5 and I21 of reliability.md §3.

Rows come raw from the driver, for there may be millions of them.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from casework.cases.actions import ABSORB, RELEASE
from casework.keeping.lifecycles import Lifecycle, Lifecycles
from casework.keeping.view import as_id, as_instant
from casework.matters import history

Report = Callable[[str, str], None]
# The other case's own row tells of these.
UNTOLD = frozenset({ABSORB, RELEASE})
CHANGES_VERSION = "change_version"
_MOST_IDS = 10_000


class MatterRow(NamedTuple):
    """What is stored of a matter beside its own columns (`Tracked`)."""

    id: Any
    number: str
    state: str
    version: int
    workflow: str
    workflow_version: int
    head_hash: str
    came_from: str | None
    is_open: Any
    due_at: Any
    due_kind: str | None
    due_level: int | None


class Entry(NamedTuple):
    """A row of a history."""

    matter_id: Any
    seq: int
    at: Any
    recorded_at: Any
    actor_id: Any
    for_id: Any
    trigger: str
    from_state: str | None
    to_state: str
    comment: str | None
    fields: str
    workflow_version: int
    prev_hash: str
    hash: str


class Histories:
    """Walks the histories, one matter at a time, and reports `(invariant, row)` for what does not hold."""

    def __init__(self, lifecycles: Lifecycles, report: Report) -> None:
        """Begin; `report` is called for every row against an invariant."""
        self._lifecycles = lifecycles
        self._report = report
        self._ids: dict[Any, str] = {}

    def check(self, matter: MatterRow, entries: Sequence[Entry], told: frozenset[int]) -> None:
        """Check one matter; `told` are the rows (by `seq`) that have an event in the outbox."""
        matter_id = as_id(matter.id)
        if not entries:
            self._report("I2", matter_id)
            self._report("I1", matter_id)
            return
        came_from = self._walk(matter, matter_id, entries, told)
        last = entries[-1]
        is_as_told = (
            (last.seq, last.to_state, last.hash, last.workflow_version)
            == (matter.version, matter.state, matter.head_hash, matter.workflow_version)
            and came_from == matter.came_from
            and bool(matter.is_open) == (matter.state not in self._final(matter))
        )
        if not is_as_told:
            self._report("I1", matter_id)

    def lifecycle(self, workflow: str, version: int) -> Lifecycle | None:
        """Return a definition, None when it is not at hand."""
        return self._lifecycles.get((workflow, version))

    def _final(self, matter: MatterRow) -> frozenset[str]:
        lifecycle = self.lifecycle(matter.workflow, matter.workflow_version)
        return frozenset() if lifecycle is None else lifecycle.final

    def _walk(self, matter: MatterRow, matter_id: str, entries: Sequence[Entry], told: frozenset[int]) -> str | None:
        before: Entry | None = None
        came_from: str | None = None
        pulled: dict[str, Any] = {}
        for entry in entries:
            label = f"{matter_id}#{entry.seq}"
            if _breaks_order(entry, before):
                self._report("I2", label)
            if _breaks_chain(entry, before) or not self._is_sealed(entry, matter_id):
                self._report("I5", label)
            lifecycle = self.lifecycle(matter.workflow, entry.workflow_version)
            if lifecycle is None or not _is_allowed(lifecycle, entry, before, came_from):
                self._report("I3", label)
            elif _is_alone(lifecycle, entry, pulled):
                self._report("I21", label)
            if entry.trigger not in UNTOLD and entry.seq not in told:
                self._report("I4", label)
            if before is not None and _moves(lifecycle, entry):
                came_from = entry.from_state
            pulled[entry.trigger] = entry.actor_id
            before = entry
        return came_from

    def _is_sealed(self, entry: Entry, matter_id: str) -> bool:
        # What is stored is canonical already, so the sealed text is put together without reading it first.
        at, recorded_at = as_instant(entry.at).isoformat(), as_instant(entry.recorded_at).isoformat()
        text = (
            f'{entry.prev_hash}["{matter_id}",{entry.seq},"{at}","{recorded_at}",{self._person(entry.actor_id)},'
            f"{self._person(entry.for_id)},{_text(entry.trigger)},{_text(entry.from_state)},{_text(entry.to_state)},"
            f"{_text(entry.comment)},{entry.fields},{entry.workflow_version}]"
        )
        if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == entry.hash:
            return True
        return self._seal_slowly(entry, matter_id) == entry.hash

    def _seal_slowly(self, entry: Entry, matter_id: str) -> str | None:
        try:
            row = entry._asdict() | {
                "matter_id": matter_id,
                "at": as_instant(entry.at),
                "recorded_at": as_instant(entry.recorded_at),
                "actor_id": None if entry.actor_id is None else as_id(entry.actor_id),
                "for_id": None if entry.for_id is None else as_id(entry.for_id),
                "fields": json.loads(entry.fields),
            }
            return history.seal(row)
        except ValueError:
            return None

    def _person(self, raw: Any) -> str:
        if raw is None:
            return "null"
        known = self._ids.get(raw)
        if known is None:
            if len(self._ids) > _MOST_IDS:
                self._ids.clear()
            known = self._ids[raw] = f'"{as_id(raw)}"'
        return known


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _breaks_order(entry: Entry, before: Entry | None) -> bool:
    if before is None:
        return entry.seq != 1 or entry.from_state is not None
    return entry.seq != before.seq + 1 or entry.from_state != before.to_state


def _breaks_chain(entry: Entry, before: Entry | None) -> bool:
    return entry.prev_hash != (history.GENESIS if before is None else before.hash)


def _is_allowed(lifecycle: Lifecycle, entry: Entry, before: Entry | None, came_from: str | None) -> bool:
    if before is None:
        return entry.trigger == lifecycle.opening and entry.to_state == lifecycle.initial
    if entry.workflow_version != before.workflow_version and entry.trigger != CHANGES_VERSION:
        return False
    step = lifecycle.steps.get(entry.trigger)
    if step is None:
        # What no definition names may be written down, but moves nothing.
        return entry.from_state == entry.to_state and entry.to_state in lifecycle.states
    if entry.from_state not in step.sources:
        return False
    if step.goes_back:
        return entry.to_state == came_from
    return entry.to_state == (entry.from_state if step.target is None else step.target)


def _moves(lifecycle: Lifecycle | None, entry: Entry) -> bool:
    step = None if lifecycle is None else lifecycle.steps.get(entry.trigger)
    if step is None:
        return entry.from_state != entry.to_state
    return step.goes_back or step.target is not None


def _is_alone(lifecycle: Lifecycle, entry: Entry, pulled: dict[str, Any]) -> bool:
    for earlier, later in lifecycle.apart:
        if entry.trigger == later and pulled.get(earlier) is not None:
            return pulled[earlier] in (entry.actor_id, entry.for_id)
    return False
