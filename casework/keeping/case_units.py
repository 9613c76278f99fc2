"""Who leads cases and led them, and what became of them under each, against what the histories tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, or_, select

from casework.cases.led import MARKS
from casework.cases.tables import Case, CaseUnit
from casework.keeping.view import View
from casework.matters.tables import HistoryEntry
from casework.registry.tables import Org

_MARKING = {"return": "returned", "grant_extension": "extended", "rework": "reworked", "reopen": "reopened"}
# What of these makes a case one whose units are looked at row by row; of the others each is led by one, once.
_RARE = (*_MARKING, "recall", "hand_over")
_TOLD = (*_RARE, "assign", "take_handover_back")
_LEAD = "case_lead"

# Of each unit that ever led a case: how often, and what became of it meanwhile.
Led = dict[UUID, tuple[int, frozenset[str]]]


def units(view: View) -> Iterator[str]:
    """The unit that leads a case is the one the case names, and no other; a former one says until when."""
    leads = exists().where(CaseUnit.case_id == Case.id, CaseUnit.part == "lead", CaseUnit.org_id == Case.lead_org_id)
    yield from view.ids(select(Case.id).where(Case.lead_org_id.is_not(None), ~leads))
    others = or_(Case.lead_org_id.is_(None), Case.lead_org_id != CaseUnit.org_id)
    yield from view.ids(
        select(CaseUnit.id).join(Case, Case.id == CaseUnit.case_id).where(CaseUnit.part == "lead", others)
    )
    yield from view.ids(select(CaseUnit.id).where((CaseUnit.part == "former") == CaseUnit.until.is_(None)))


def led(view: View) -> Iterator[str]:
    """That a case was sent back, got more time, was done anew or came again stands at it and at the unit that led it
    then, as its history tells; the rates by unit count it (domain.md §3a).
    """
    rare = _rare()
    plain = select(CaseUnit.id).join(Case, Case.id == CaseUnit.case_id).where(~rare)
    yield from view.ids(plain.where(CaseUnit.times_led != case((CaseUnit.part == "lead", 1), else_=0)))
    codes = {row.code: row.id for row in view.session.execute(select(Org.code, Org.id))}
    kept = _kept(view, rare)
    marks = (getattr(Case, f"{of}_{name}") for of in ("was", "lead") for name in MARKS)
    told = (getattr(HistoryEntry, name) for name in ("seq", "trigger", "from_state", "fields"))
    asked = (
        select(Case.id, *told, Case.lead_org_id, *marks)
        .join(HistoryEntry, HistoryEntry.matter_id == Case.id)
        .where(rare, HistoryEntry.trigger.in_(_TOLD))
        .order_by(Case.id, HistoryEntry.seq)
    )
    for case_id, rows in groupby(view.stream(asked), key=itemgetter(0)):
        entries = list(rows)
        lead, *flags = entries[0][5:]
        ever, now = (frozenset(_named(each)) for each in (flags[: len(MARKS)], flags[len(MARKS) :]))
        life = _Life(codes)
        for _, _, trigger, from_state, fields, *_ in entries:
            life.take(trigger, from_state, fields)
        stands = kept.get(case_id, {})
        if lead in stands:
            stands[lead] = (stands[lead][0], now)
        if life.led() != stands or ever != frozenset().union(*(marks for _, marks in stands.values())):
            yield str(case_id)


def _rare() -> Any:
    told = select(HistoryEntry.matter_id).where(HistoryEntry.trigger.in_(_RARE))
    flags = (getattr(Case, f"{of}_{name}") for of in ("was", "lead") for name in MARKS)
    return or_(Case.is_shared, *flags, Case.id.in_(told))


def _kept(view: View, rare: Any) -> Mapping[UUID, Led]:
    """Return what stands at the rows of the units that ever led these cases."""
    flags = (getattr(CaseUnit, f"was_{name}") for name in MARKS)
    asked = select(CaseUnit.case_id, CaseUnit.org_id, CaseUnit.times_led, *flags).join(Case).where(rare)
    found: dict[UUID, Led] = {}
    for case_id, org_id, times, *marks in view.stream(asked):
        named = frozenset(_named(marks))
        if times or named:
            found.setdefault(case_id, {})[org_id] = (times, named)
    return found


def _named(flags: Sequence[bool]) -> list[str]:
    return [name for name, holds in zip(MARKS, flags, strict=True) if holds]


@dataclass(slots=True)
class _Life:
    """Who led a case, as its history goes on."""

    codes: Mapping[str, UUID]
    # The unit that leads, on top of those it was handed over by.
    leads: list[UUID | None] = field(default_factory=lambda: [None])
    times: dict[UUID, int] = field(default_factory=dict)
    marks: dict[UUID, set[str]] = field(default_factory=dict)

    def take(self, trigger: str, from_state: str, fields: Mapping[str, Any]) -> None:
        """Take one row of the history."""
        lead = self.leads[-1]
        if lead is not None and trigger in _MARKING:
            self.marks.setdefault(lead, set()).add(_MARKING[trigger])
        if trigger == "assign":
            self._give(self.codes.get(fields["org"]), [None])
        elif trigger == "hand_over" and fields.get("part") == _LEAD:
            self._give(UUID(fields["to"]), self.leads)
        elif lead is not None and (
            trigger == "recall" or (trigger == "take_handover_back" and fields.get("part") == _LEAD)
        ):
            self.times[lead] -= 1
            self.leads.pop()
        elif trigger in ("return", "reopen"):
            self.leads = [None]

    def _give(self, org_id: UUID | None, below: list[UUID | None]) -> None:
        self.leads = [*below, org_id]
        if org_id is not None:
            self.times[org_id] = self.times.get(org_id, 0) + 1

    def led(self) -> Led:
        """Return of each unit that led it how often it was given it, and what became of it meanwhile."""
        return {each: (n, frozenset(self.marks.get(each, ()))) for each, n in self.times.items() if n}
