"""The ledger of visits (domain.md §4.2 no. 2): a row is one visit of one or several members to one household.

The first of several members made the visit, the others came along. A visit is known by its day, member and household;
two of one day are told apart by how they were made, or by a remark that says it was another one. A visit outside the
days of the link is refused unless the remark says that it was meant so.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity, Attendance
from casework.campaign import natural, visits
from casework.campaign.records import ACTIVITY
from casework.core import editions
from casework.core.database import Session
from casework.core.errors import FieldError, invalid
from casework.exchange.habits import plain
from casework.exchange.values import word_code
from casework.households.tables import Household
from casework.members.tables import Member
from workflows.ledgers.desk import Line
from workflows.ledgers.people import People, holds
from workflows.ledgers.records import Mistakes, Records, Told, readable, said

COMPANION = "companion"
_QUARTER = 3
_WORDS = ("findings", "policy", "difficulty", "measures", "result", "evidence", "remark")


class Visits(Records):
    """Rows of visits."""

    kind = "visits"
    key_field = "head"
    form = ACTIVITY
    fields = MappingProxyType({name: name for name in _WORDS})

    _who: People
    _visits: Sequence[Activity] = ()
    _companions: Mapping[UUID, Sequence[Attendance]]

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up the members, the households, their links, and the visits they had on the days."""
        heads = {line.values["head"] for line in lines}
        named = (name for line in lines for name in line.values["member"])
        self._who = self.people(session)
        self._who.learn(session, members_named=named, heads_named=heads)
        households = {row.id for head in heads for row in self._who.headed(head)}
        self._visits = natural.visits_to(session, households, {*readable(lines, "on")})
        self._visited = {self.bucket_of(row) for row in self._visits}
        self._companions = natural.attendances_of(session, [row.id for row in self._visits], COMPANION)

    def read(self, session: Session, line: Line) -> Told:
        """Check a row; see `Records.read`."""
        values, wrong = line.values, Mistakes()
        on = wrong.tried(lambda: self.day(values, "on"))
        wrong.tried(lambda: self._check_quarter(values))
        form = wrong.tried(lambda: self._form(values))
        words = wrong.tried(lambda: self.words(session, values))
        people = wrong.tried(lambda: self._members(values))
        found = wrong.tried(lambda: self._households(values, people or ()))
        wrong.settle()
        if on is None or people is None or found is None or words is None:
            raise AssertionError("what could not be read was refused")
        household = self._which(found, people, on)
        given: dict[str, Any] = {"kind": natural.VISIT, "region_code": household.region_code}
        given |= {"on_date": on, "member_id": people[0], "household_id": household.id}
        columns = words | ({"form": form} if form else {})
        bucket = (on, people[0], household.id)
        known_by = (*bucket, form or "", visits.says_apart(columns.get("remark")))
        return Told(line, bucket, "\n".join(map(str, known_by)), columns, given=given, more=tuple(people[1:]))

    def find(self, _session: Session, _read: Sequence[Told]) -> Iterable[Activity]:
        """Return the visits of the households on the days."""
        return self._visits

    def bucket_of(self, row: Activity) -> Hashable:
        """Return day, member and household."""
        return row.on_date, row.member_id, row.household_id

    def check_new(self, told: Told) -> list[FieldError]:
        """Hold a new visit against the link of its household; return what should be looked at.

        Raises:
            Invalid: import_before_link or import_after_link on the day.
        """
        on, people = told.given["on_date"], {told.given["member_id"], *told.more}
        links = self._who.links(told.given["household_id"])
        mine = [link for link in links if link.holder_id in people]
        if any(holds(link, on) for link in mine):
            # What was done and kept elsewhere is written down all the same; by hand nobody enters such a visit.
            last = self._who.left_on(told.given["member_id"])
            is_over = last is not None and last < on
            return [FieldError("on", "import_after_term", {"until": str(last)})] if is_over else []
        if not mine:
            return [FieldError("head", "import_not_linked")]
        kinds, remark = self.columns.data["words"], plain(told.line.values.get("remark") or "")
        later = next((link for link in mine if link.valid_from > on), None)
        meant = kinds["after_link"] if later is None else kinds["before_link"]
        if any(plain(word) in remark for word in meant):
            return []
        if later is not None:
            raise invalid("on", "import_before_link", since=later.valid_from.isoformat())
        raise invalid("on", "import_after_link", until=str(mine[-1].valid_to))

    def enter(self, session: Session, told: Told) -> Activity:
        """Enter a visit and who came along."""
        row: Activity = super().enter(session, told)
        # Another of the same day, in a later chunk of the file, is not taken for it.
        self._claimed[row.id] = told.place
        for member_id in told.more:
            self._join(session, row.id, member_id)
        return row

    def mend_more(self, session: Session, row: Activity, told: Told) -> bool:
        """Have those come along whom the row names, and nobody else."""
        before = {each.member_id: each for each in self._companions.get(row.id, ()) if not each.withdrawn}
        for member_id in told.more:
            if member_id not in before:
                self._join(session, row.id, member_id)
        gone = [each for member_id, each in before.items() if member_id not in told.more]
        for each in gone:
            kept = editions.newest(session, Attendance, each.id, lock=True)
            reason = self.columns.data["words"]["left_out"]
            editions.mend(session, kept, {"withdrawn": True}, actor=self.actor, at=self.at, reason=reason)
        return bool(gone) or any(member_id not in before for member_id in told.more)

    def _join(self, session: Session, activity_id: UUID, member_id: UUID) -> None:
        row = Attendance(activity_id=activity_id, member_id=member_id, part=COMPANION)
        editions.enter(session, row, actor=self.actor, at=self.at)

    def _form(self, values: Mapping[str, Any]) -> str | None:
        words = said(values, "form")
        if words is None:
            return None
        return word_code(words, self.columns.data["forms"], "form")

    def _members(self, values: Mapping[str, Any]) -> list[UUID]:
        """Return the members of a row, the one who made the visit first; every unknown one is told."""
        wrong = Mistakes()
        found = [
            wrong.tried(partial(self._member, name, values, is_first=not place))
            for place, name in enumerate(values["member"])
        ]
        wrong.settle()
        return list(dict.fromkeys(each.id for each in found if each is not None))

    def _member(self, name: str, values: Mapping[str, Any], *, is_first: bool) -> Member:
        phone = values.get("member_phone") if is_first else None
        return self._who.member(name, field="member", phone=phone, near=values["head"])

    def _households(self, values: Mapping[str, Any], people: Sequence[UUID]) -> Sequence[Household]:
        """Return the households that a row may mean; one that has moved away since the visit is still meant.

        Raises:
            Invalid: import_unknown_household, import_unknown_place, import_place_ambiguous.
        """
        head, where = values["head"], said(values, "place")
        rows = self._who.households(head, where=where, field="place")
        if values.get("id_number") is not None:
            rows = self._who.with_number(rows, values["id_number"])
        rows = rows or [row for row in self._who.headed(head) if self._has_visited(values["on"], people, row)]
        if not rows:
            raise invalid("head", "import_unknown_household", name=head)
        return rows

    def _which(self, found: Sequence[Household], people: Sequence[UUID], on: date) -> Household:
        """Return the one household: linked to one of the members on the day, visited then, linked ever, or alone.

        Raises:
            Invalid: import_household_ambiguous.
        """
        ours = [(row, [link for link in self._who.links(row.id) if link.holder_id in people]) for row in found]
        linked = [row for row, links in ours if any(holds(link, on) for link in links)]
        visited = [row for row in found if self._has_visited(on, people, row)]
        once = [row for row, links in ours if links]
        for rows in (linked, visited, once, found):
            if len(rows) == 1:
                return rows[0]
        raise invalid("head", "import_household_ambiguous")

    def _has_visited(self, on: date, people: Sequence[UUID], household: Household) -> bool:
        return bool(people) and (on, people[0], household.id) in self._visited

    def _check_quarter(self, values: Mapping[str, Any]) -> None:
        """Hold the quarter that a row names against its day.

        Raises:
            Invalid: import_quarter_unreadable, import_quarter_differs.
        """
        words = said(values, "quarter")
        if words is None:
            return
        told = self.columns.data["quarters"]
        parts = re.fullmatch(told["pattern"], plain(words))
        if parts is None:
            raise invalid("quarter", "import_quarter_unreadable", words=words)
        on: date = values["on"]
        if told["numbers"][parts[2]] != quarter_of(on) or (parts[1] and int(parts[1]) != on.year):
            raise invalid("quarter", "import_quarter_differs", day=on.isoformat(), year=on.year, number=quarter_of(on))


def quarter_of(day: date) -> int:
    """Return the quarter of a day, from 1."""
    return (day.month - 1) // _QUARTER + 1
