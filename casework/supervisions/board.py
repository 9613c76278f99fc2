"""What the board and the page for Monday are made of: sums by SQL, and of the matters only those that are shown.

What it costs to look follows what is on the screen, not what an office has open: rows are taken one cell at a time,
each from an index that has them in order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, select, true, union_all

from casework.core.actors import Actor
from casework.core.database import Session
from casework.supervisions import actions, queries
from casework.supervisions.desk import LEADERLESS
from casework.supervisions.queries import Filter
from casework.supervisions.tables import Supervision

# Written so that SQLite too sees that the indexes of what is open hold all that is asked for.
_OPEN = Supervision.is_open == true()
# By whom the rows of the board are gathered.
BY: Mapping[str, Any] = {"unit": Supervision.lead_org_id, "leader": Supervision.leader}


@dataclass(frozen=True, slots=True)
class Group:
    """A row of the board: a unit or a leader, how many matters show at each level, how many are late."""

    key: UUID | str | None
    at_level: Mapping[int, int]
    late: int

    @property
    def total(self) -> int:
        """All that is open."""
        return sum(self.at_level.values())


Cell = tuple[UUID | str | None, int]


def groups(session: Session, actor: Actor, wanted: Filter, *, by: str, at: datetime) -> Sequence[Group]:
    """Return the rows of the board: those with the most that is late first, then those with the most."""
    key, level = BY[by], Supervision.shown_level
    late = case((and_(Supervision.due_kind == "handle", Supervision.due_at < at), 1), else_=0)
    asked = select(key, level, func.count(), func.sum(late))
    asked = asked.where(queries.visible_to(actor), _OPEN, *queries.conditions(session, actor, wanted, at=at))
    found: dict[UUID | str | None, dict[int, int]] = {}
    lates: dict[UUID | str | None, int] = {}
    for name, shown, n, overdue in session.execute(asked.group_by(key, level)):
        found.setdefault(name, {})[shown] = n
        lates[name] = lates.get(name, 0) + overdue
    made = [Group(name, counted, lates[name]) for name, counted in found.items()]
    return sorted(made, key=lambda each: (-each.late, -each.total, each.key is None, str(each.key)))


def firsts(
    session: Session, actor: Actor, wanted: Filter, *, by: str, at: datetime, cells: Sequence[Cell], limit: int
) -> Mapping[Cell, Sequence[Supervision]]:
    """Return of each cell the `limit` matters that are due first."""
    key = BY[by]
    beside: Sequence[Any] = (queries.visible_to(actor), _OPEN, *queries.conditions(session, actor, wanted, at=at))
    levels = sorted({level for _name, level in cells})
    ids: set[Any] = set()
    names = list(dict.fromkeys(name for name, _level in cells if name is not None))
    if names:
        ids.update(each for row in session.execute(_of_named(key, names, levels, beside, limit)) for each in row)
        ids.discard(None)
    if any(name is None for name, _level in cells):
        nobody = [_first([key.is_(None), Supervision.shown_level == level, *beside], limit) for level in levels]
        ids.update(session.scalars(union_all(*nobody)))
    of_cells = select(Supervision, key, Supervision.shown_level).where(Supervision.id.in_(sorted(ids)))
    found: dict[Cell, list[Supervision]] = {}
    for row, name, level in session.execute(of_cells.order_by(Supervision.due_at, Supervision.id)) if ids else ():
        found.setdefault((name, level), []).append(row)
    return found


def _of_named(key: Any, names: Sequence[Any], levels: Sequence[int], beside: Sequence[Any], limit: int) -> Select[Any]:
    """Ask for the ids of the first matters of each cell: the n-th of a cell is a few steps into its index."""
    rows = union_all(*(select(literal(each, key.type).label("name")) for each in names)).subquery("named")
    columns = union_all(*(select(literal(each, Integer).label("level")) for each in levels)).subquery("levels")
    cell = (key == rows.c.name, Supervision.shown_level == columns.c.level, *beside)
    first = select(Supervision.id).where(*cell).order_by(Supervision.due_at, Supervision.id).limit(1)
    nth: Sequence[Any] = [first.offset(n).correlate(rows, columns).scalar_subquery() for n in range(limit)]
    return select(*nth).select_from(rows.join(columns, true()))


def waiting(session: Session, actor: Actor, states: Collection[str], *, limit: int) -> Sequence[Supervision]:
    """Return the open matters in these states that are due first."""
    seen = queries.visible_to(actor)
    taken = [_first([Supervision.state == state, _OPEN, seen], limit) for state in sorted(states)]
    if not taken:
        return ()
    found = select(Supervision).where(Supervision.id.in_(union_all(*taken)))
    return session.scalars(found.order_by(Supervision.due_at, Supervision.id).limit(limit)).all()


def _first(conditions: Sequence[Any], limit: int) -> Select[Any]:
    asked = select(Supervision.id).where(*conditions).order_by(Supervision.due_at, Supervision.id).limit(limit)
    # SQLite takes an order and a limit in a part of a union only inside a query of its own.
    return select(asked.subquery().c.id)


def _parts(at: datetime, until: datetime) -> Mapping[str, ColumnElement[bool]]:
    """Return what the page for Monday counts and shows, in its order."""
    handled = Supervision.due_kind == "handle"
    return {
        "listed": Supervision.level == actions.LISTED,
        "late": and_(handled, Supervision.due_at < at),
        "silent": Supervision.id.in_(queries.owing_progress(at)),
        "week": and_(handled, Supervision.due_at >= at, Supervision.due_at < until),
        "strike_off": Supervision.state == "proposed",
    }


def sums(session: Session, actor: Actor, *, at: datetime, until: datetime, since: datetime) -> Mapping[str, int]:
    """Count what is open, each part of the page for Monday, and what has not moved since an instant (`still`)."""
    seen, parts = (queries.visible_to(actor), _OPEN), _parts(at, until)

    def alone(condition: ColumnElement[bool]) -> Any:
        # Apart, so that each is counted out of an index of its own and the rows themselves are left where they are.
        return select(func.count()).select_from(Supervision).where(*seen, condition).correlate(None).scalar_subquery()

    together = {name: func.count().filter(parts[name]) for name in ("late", "week", "strike_off")}
    apart = {name: alone(parts[name]) for name in ("listed", "silent")} | {"unled": alone(LEADERLESS)}
    columns = {"open": func.count(), **together, **apart, "moved": alone(Supervision.updated_at >= since)}
    asked = select(*(column.label(name) for name, column in columns.items())).select_from(Supervision).where(*seen)
    found = dict(zip(columns, session.execute(asked).one(), strict=True))
    return found | {"still": found["open"] - found["moved"]}


def part(
    session: Session, actor: Actor, name: str, *, at: datetime, until: datetime, limit: int
) -> Sequence[Supervision]:
    """Return the matters of one part of the page for Monday that are due first."""
    asked = select(Supervision).where(queries.visible_to(actor), _OPEN, _parts(at, until)[name])
    return session.scalars(asked.order_by(Supervision.due_at, Supervision.id).limit(limit)).all()


def listed(session: Session, actor: Actor, *, limit: int) -> Sequence[Supervision]:
    """Return the listed matters that are open, those of each leader together, what is due first first."""
    asked = select(Supervision).where(queries.visible_to(actor), _OPEN, Supervision.level == actions.LISTED)
    found = session.scalars(asked.order_by(Supervision.due_at, Supervision.id).limit(limit)).all()
    return sorted(found, key=lambda row: (row.leader is None, row.leader or ""))


def missing_reports(session: Session, *, at: datetime) -> Sequence[tuple[UUID | None, str, int]]:
    """Count the missing progress reports by unit and place, whoever may know of them."""
    asked = select(Supervision.lead_org_id, Supervision.region_code, func.count())
    asked = asked.where(_OPEN, Supervision.id.in_(queries.owing_progress(at)))
    found = session.execute(asked.group_by(Supervision.lead_org_id, Supervision.region_code))
    return [(org, region, n) for org, region, n in found]
