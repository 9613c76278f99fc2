"""What became of a case under each unit that leads or led it: who sent it back, got more time, had to do it anew, had
closed it before it came again.

Of the unit that leads it now the case tells it itself (`lead_returned` and so on), so that a plain life writes no row
more; of one that led it before, the row of its part does (`CaseUnit`), written when it stopped. Figures by unit add
both up, and no unit is both at once. The rates are those of domain.md §3a.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true

from casework.cases.outcomes import EVER
from casework.cases.tables import Case, CaseUnit
from casework.core.database import Session
from casework.core.errors import invalid
from casework.registry import queries as registry

MARKS = ("returned", "extended", "reworked", "reopened")


def mark(case: Case, name: str) -> None:
    """Keep that a case was ever so (one of `MARKS`), and that it was under the unit that leads it."""
    setattr(case, f"was_{name}", True)
    setattr(case, f"lead_{name}", True)


def begin(case: Case, unit: CaseUnit) -> None:
    """Let a unit lead; what became of the case under it before counts as its own again."""
    unit.times_led += 1
    _carry(unit, "was", case, "lead")


def end(case: Case, unit: CaseUnit) -> None:
    """Write down what became of the case under the unit that led it until now."""
    _carry(case, "lead", unit, "was")
    for name in MARKS:
        if getattr(case, f"lead_{name}"):
            setattr(case, f"lead_{name}", False)


def take_back(case: Case, unit: CaseUnit) -> bool:
    """Let a unit never have been given a case that it leads by mistake; say whether it had led it before."""
    end(case, unit)
    unit.times_led -= 1
    return unit.times_led > 0


def _carry(one: Any, of: str, other: Any, to: str) -> None:
    for name in MARKS:
        told = bool(getattr(one, f"{of}_{name}"))
        if told != bool(getattr(other, f"{to}_{name}")):
            setattr(other, f"{to}_{name}", told)


def told(unit: CaseUnit) -> dict[str, Any]:
    """Return what `restore` needs to know of the row of a part."""
    return {"times_led": unit.times_led, "marks": [name for name in MARKS if getattr(unit, f"was_{name}")]}


def restore(unit: CaseUnit, was: Mapping[str, Any]) -> None:
    """Put the row of a part back as it was told of."""
    unit.times_led = was["times_led"]
    for name in MARKS:
        setattr(unit, f"was_{name}", name in was["marks"])


# What stands for each of `outcomes.EVER` at the case, of the unit that leads it, and at the row of one that did.
_NOW: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "given": true,
    "answered": lambda: or_(Case.resolved_at.is_not(None), Case.lead_reworked, Case.lead_reopened),
    "ended": lambda: or_(Case.state == "closed", Case.lead_reopened),
    "sent_back": lambda: Case.lead_returned == true(),
    "extended": lambda: Case.lead_extended == true(),
    "reworked": lambda: Case.lead_reworked == true(),
    "recurred": lambda: Case.lead_reopened == true(),
}
_BEFORE: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "given": true,
    "answered": lambda: or_(CaseUnit.was_reworked, CaseUnit.was_reopened),
    "ended": lambda: CaseUnit.was_reopened == true(),
    "sent_back": lambda: CaseUnit.was_returned == true(),
    "extended": lambda: CaseUnit.was_extended == true(),
    "reworked": lambda: CaseUnit.was_reworked == true(),
    "recurred": lambda: CaseUnit.was_reopened == true(),
}


def under(org_id: UUID, name: str) -> ColumnElement[bool]:
    """Return the condition that a case was ever so (one of `outcomes.EVER`) under a unit that leads or led it."""
    parts = (CaseUnit.org_id == org_id, CaseUnit.part.in_(("co", "former")), CaseUnit.times_led > 0)
    before = select(CaseUnit.case_id).where(*parts, _BEFORE[name]())
    return or_(and_(Case.lead_org_id == org_id, _NOW[name]()), Case.id.in_(before))


def read(session: Session, value: str, field: str) -> tuple[UUID, str]:
    """Return the unit and which of `outcomes.EVER` a filter `sent_back@CODE` asks for.

    Raises:
        Invalid: it is no such pair, or there is no such unit.
    """
    name, _, code = value.partition("@")
    if name not in EVER:
        raise invalid(field, "not_a_choice", choices=", ".join(f"{each}@UNIT" for each in EVER))
    return registry.org_ever(session, code, field=field), name
