"""The ledger of goals (domain.md §4.2 no. 7): a row is one village, industry, household or unit in one year.

A row has a group of columns for each item of the campaign's checklists. A goal is known by its item, year and object. A
day that has come claims the item, one that is ahead plans it; what the office has verified is not taken back by a file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign import forms, goals, natural
from casework.campaign.definition import Campaign, Checklist, Item
from casework.campaign.loader import campaigns
from casework.campaign.tables import Goal
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, invalid
from casework.core.office import Office
from casework.exchange import checklists
from casework.exchange.column_sets import column_set
from casework.exchange.habits import plain
from casework.registry.loading import Outcome
from workflows.ledgers import campaign_named
from workflows.ledgers.case_rows import cell_text
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names
from workflows.ledgers.people import People
from workflows.ledgers.records import said

PARTS = ("reached_on", "count", "evidence", "responsible")
_VILLAGE = 12
# A file moves a goal on, never back; what is verified or lapsed has been judged by the office.
_RANKS = ("planned", "in_progress", "claimed")

Key = tuple[str, str, str, int, UUID | None, str]


@dataclass(slots=True)
class _Object:
    """What a row is about; a village has no id of its own."""

    object_id: UUID | None
    region_code: str


@dataclass(slots=True)
class _Row:
    """One row, checked: the parts it fills by the key of their goal."""

    line: Line
    goals: dict[Key, tuple[Item, dict[str, Any]]] = field(default_factory=dict)
    regions: dict[Key, str] = field(default_factory=dict)


class Goals:
    """Rows of goals."""

    key_field = "object"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("goals")
        self._county = office.settings.region
        self._actor, self._at = actor, at
        self._today: date = at.astimezone(office.settings.zone).date()
        self._seen: dict[Key, tuple[tuple[str, int], str]] = {}

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Look up the places, units and industries once."""
        self._names = Names(session, county=self._county)
        self._people = People(self._names, county=self._county)
        self._industries = {plain(row.name): row for row in natural.industries(session, self._county)}

    def key(self, line: Line) -> None:
        """Two rows of one object may tell of different items, so `write` judges it."""
        return

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk."""
        self._people.learn(session, members_named=(), heads_named=(line.values["object"] for line in lines))
        rows = []
        for line in lines:
            try:
                rows.append(self._read(line))
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
        kept = self._kept(session, rows)
        new: list[Goal] = []
        for row in rows:
            try:
                self._refuse_repeats(row)
                desk.note(self._keep(session, row, kept, new))
            except CaseworkError as refusal:
                desk.refuse(row.line, refusal)
            else:
                if not row.goals:
                    desk.warn(row.line, key="object", code="import_no_item")
        with session.together():
            for goal in new:
                editions.enter(session, goal, actor=self._actor, at=self._at)

    def _read(self, line: Line) -> _Row:
        """Check a row.

        Raises:
            Invalid: by the keys of the columns.
        """
        values, row = line.values, _Row(line)
        year = self._year(values)
        named = campaign_named.named(values.get(campaign_named.KEY))
        for campaign, checklist in self._checklists(year, named):
            code = checklist.code
            filled = [(item, parts) for item in checklist.items if (parts := _parts(values, code, item))]
            if not filled:
                continue
            found = self._object(checklist, values)
            for item, parts in filled:
                region = found.region_code if found.object_id is None else ""
                key = (campaign.code, code, item.code, year, found.object_id, region)
                row.goals[key] = (item, parts)
                row.regions[key] = found.region_code
        return row

    def _year(self, values: Mapping[str, Any]) -> int:
        """Return the year of a row: as told, else of the last day it tells, else this year."""
        if values.get("year") is not None:
            return int(values["year"])
        return max((value.year for value in values.values() if isinstance(value, date)), default=self._today.year)

    def _checklists(self, year: int, named: Campaign | None) -> Sequence[tuple[Campaign, Checklist]]:
        """Return the checklists of the campaign a row names, else of every one under way here in a year.

        Each code once, the earlier campaign's.
        """
        found: dict[str, tuple[Campaign, Checklist]] = {}
        for each in [named] if named else campaigns().values():
            ends = each.ends is None or year <= each.ends.year
            if self._county.startswith(each.region_code) and each.begins.year <= year and ends:
                for code, checklist in each.checklists.items():
                    found.setdefault(code, (each, checklist))
        if not found:
            raise invalid("year", "import_no_campaign", day=str(year))
        return tuple(found.values())

    def _object(self, checklist: Checklist, values: Mapping[str, Any]) -> _Object:
        """Return the object that a row names.

        Raises:
            Invalid: nobody knows it, or there are several of its name.
        """
        name, where = values["object"], said(values, "place")
        if checklist.of == "org":
            unit = self._names.unit(name, field="object")
            return _Object(unit.id, unit.region_code)
        if checklist.of == "industry":
            industry = self._industries.get(plain(name))
            if industry is None:
                raise invalid("object", "import_unknown_industry", name=name)
            return _Object(industry.id, industry.region_code)
        if checklist.of == "region":
            place = self._names.place((where or "") + name, field="object")
            if len(place) < _VILLAGE or not self._names.names_a_place(name):
                # The village of 村组 is not the object because the object is none: a head of a household, say.
                raise invalid("object", "import_unknown_place")
            return _Object(None, place)
        found = self._people.households(name, where=where, field="place")
        if len(found) != 1:
            code = "import_household_ambiguous_here" if found else "import_unknown_household"
            raise invalid("object", code, name=name)
        return _Object(found[0].id, found[0].region_code)

    def _kept(self, session: Session, rows: Sequence[_Row]) -> dict[Key, Goal]:
        keys = [key for row in rows for key in row.goals]
        names = ("campaign", "checklist", "item", "year", "object_id")
        told = ((dict(zip(names, key, strict=False)), row.regions[key]) for row in rows for key in row.goals)
        forms.hold_all(session, goals.GOAL, ({**values, "region_code": region} for values, region in told))
        found = natural.goals_of(
            session,
            years={key[3] for key in keys},
            object_ids={key[4] for key in keys if key[4] is not None},
            region_codes={key[5] for key in keys if key[5]},
        )
        return {_key_of(goal): goal for goal in found}

    def _refuse_repeats(self, row: _Row) -> None:
        """Refuse a row that says of a goal something else than a row before it.

        Raises:
            Invalid: import_row_twice.
        """
        here = (row.line.sheet, row.line.row)
        for key, (_, parts) in row.goals.items():
            place, said = self._seen.setdefault(key, (here, str(parts)))
            if place != here and said != str(parts):
                raise invalid(self.key_field, "import_row_twice", row=place[1], sheet=place[0])

    def _keep(self, session: Session, row: _Row, kept: dict[Key, Goal], new: list[Goal]) -> Outcome:
        outcomes: set[Outcome] = set()
        for key, (item, parts) in row.goals.items():
            goal = kept.get(key)
            if goal is None:
                kept[key] = goal = self._new(key, row.regions[key], item, parts)
                new.append(goal)
                outcomes.add("created")
            elif goal not in new and (changes := self._changes(goal, item, parts)):
                locked = editions.newest(session, Goal, goal.id, lock=True)
                kept[key] = editions.mend(session, locked, changes, actor=self._actor, at=self._at)
                outcomes.add("updated")
        if "created" in outcomes:
            return "created"
        return "updated" if outcomes else "unchanged"

    def _new(self, key: Key, region_code: str, item: Item, parts: Mapping[str, Any]) -> Goal:
        campaign, checklist, code, year, object_id, _ = key
        goal = Goal(campaign=campaign, checklist=checklist, item=code, year=year, object_id=object_id)
        goal.region_code = region_code
        for name, value in (self._told(item, parts) | {"state": self._state(item, parts)}).items():
            setattr(goal, name, value)
        return goal

    def _told(self, item: Item, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that a row tells of."""
        told = {name: value for name, value in parts.items() if name != "reached_on"}
        day = parts.get("reached_on")
        if day is not None:
            told["reached_on" if day <= self._today else "due_on"] = day
            if day <= self._today:
                told.setdefault("count", item.target)
        return told

    def _state(self, item: Item, parts: Mapping[str, Any]) -> str:
        told = self._told(item, parts)
        if told.get("reached_on") is not None and told["count"] >= item.target:
            return "claimed"
        return "in_progress" if told.get("count") or told.get("evidence") else "planned"

    def _changes(self, goal: Goal, item: Item, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a row says otherwise; a planned day that has come by now is still the planned day."""
        day = parts.get("reached_on")
        if day is not None and day in (goal.reached_on, goal.due_on if goal.reached_on is None else None):
            parts = {name: value for name, value in parts.items() if name != "reached_on"}
        told = self._told(item, parts)
        changes = {name: value for name, value in told.items() if not _is_same(getattr(goal, name), value)}
        state = self._state(item, parts)
        if changes and goal.state in _RANKS and _RANKS.index(state) > _RANKS.index(goal.state):
            changes["state"] = state
        return changes


def _parts(values: Mapping[str, Any], checklist: str, item: Item) -> dict[str, Any]:
    told = {part: values.get(checklists.key_of(checklist, item.code, part)) for part in PARTS}
    return {part: value for part, value in told.items() if value is not None}


def _is_same(kept: Any, said: Any) -> bool:
    if isinstance(kept, str) and isinstance(said, str):
        return cell_text(kept).split() == cell_text(said).split()
    return bool(kept == said)


def _key_of(goal: Goal) -> Key:
    region = goal.region_code if goal.object_id is None else ""
    return (goal.campaign, goal.checklist, goal.item, goal.year, goal.object_id, region)
