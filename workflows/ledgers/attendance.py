"""The ledger of attendance (domain.md §4.2 no. 9): a row is one member at one training or meeting.

The activity is found by its day, title and kind, or entered once with the first row that names it.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity, Attendance
from casework.campaign import forms, natural
from casework.campaign.records import ACTIVITY, ATTENDANCE, activity_kinds
from casework.core import editions
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import new_id
from casework.exchange.habits import plain
from casework.exchange.values import word_code
from workflows.ledgers.desk import Line
from workflows.ledgers.records import Mistakes, Records, Told, readable, said

PART = "attendee"
ON_LEAVE = "leave"
_Known = tuple[date, str, str]


class AttendanceLedger(Records):
    """Rows of attendance."""

    kind = "attendance"
    key_field = "member"
    form = ATTENDANCE
    fields = MappingProxyType({"remark": "remark"})

    _activities: dict[_Known, UUID]
    # Activities that rows of this chunk name and nobody has entered: the columns to enter them with, by id.
    _missing: dict[UUID, dict[str, Any]]

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up the members, and what was done on the days."""
        self.people(session).learn(session, members_named=(line.values["member"] for line in lines))
        self._activities, self._missing = {}, {}
        for row in natural.activities_on(session, {*readable(lines, "on")}, self.county):
            if not row.withdrawn:
                self._activities.setdefault((row.on_date, plain(row.title), row.kind), row.id)

    def read(self, session: Session, line: Line) -> Told:
        """Check a row; see `Records.read`."""
        values, wrong = line.values, Mistakes()
        on = wrong.tried(lambda: self.day(values, "on"))
        kind = wrong.tried(lambda: self._kind(values))
        status = wrong.tried(lambda: self._status(values))
        phone = values.get("member_phone")
        member = wrong.tried(lambda: self.people(session).member(values["member"], field="member", phone=phone))
        words = wrong.tried(lambda: self.words(session, values))
        wrong.settle()
        if on is None or member is None or words is None:
            raise AssertionError("what could not be read was refused")
        activity_id = self._activity(session, on, said(values, "title") or "", kind)
        given = {"activity_id": activity_id, "member_id": member.id, "part": PART}
        bucket = (activity_id, member.id)
        key = "\n".join((on.isoformat(), plain(said(values, "title") or ""), kind or "", str(member.id)))
        return Told(line, bucket, key, words | (status or {}), given=given)

    def find(self, session: Session, read: Sequence[Told]) -> Iterable[Attendance]:
        """Return who attended the same activities."""
        found = natural.attendances_of(session, {each.given["activity_id"] for each in read}, PART)
        return [row for rows in found.values() for row in rows]

    def bucket_of(self, row: Attendance) -> Hashable:
        """Return activity and member."""
        return row.activity_id, row.member_id

    def enter(self, session: Session, told: Told) -> Attendance:
        """Enter an attendance, and its activity with the first of them."""
        missing = self._missing.pop(told.given["activity_id"], None)
        if missing is not None:
            activity = Activity(**missing)
            editions.enter(session, activity, actor=self.actor, at=self.at, record_id=told.given["activity_id"])
        row: Attendance = super().enter(session, told)
        return row

    def _activity(self, session: Session, on: date, title: str, kind: str | None) -> UUID:
        """Return the activity of a day, title and kind; one that nobody has entered is noted to be entered.

        Raises:
            Invalid: the kind is missing, or needs more than this ledger says.
        """
        name = plain(title)
        found = [key for key in self._activities if key[:2] == (on, name) and kind in (None, key[2])]
        if len(found) == 1:
            return self._activities[found[0]]
        if kind is None:
            raise invalid("kind", "import_kind_of_activity")
        columns = {"kind": kind, "region_code": self.county, "on_date": on}
        try:
            columns |= forms.read_partly(session, ACTIVITY, {"title": title}, actor=self.actor, at=self.at)
            forms.judge(session, ACTIVITY, columns, actor=self.actor, at=self.at)
        except Invalid as mistake:
            raise Invalid([self._of_activity(each, kind) for each in mistake.errors]) from mistake
        activity_id = new_id()
        self._activities[on, name, kind] = activity_id
        self._missing[activity_id] = columns
        return activity_id

    @staticmethod
    def _of_activity(mistake: FieldError, kind: str) -> FieldError:
        if mistake.field == "title":
            return mistake
        return FieldError("kind", "import_activity_needs_more", {"kind": activity_kinds()[kind]["label"]["zh"]})

    def _kind(self, values: Mapping[str, Any]) -> str | None:
        words = said(values, "kind")
        if words is None:
            return None
        further = self.columns.data["kinds"]
        known = {code: [*further.get(code, ()), *told["label"].values()] for code, told in activity_kinds().items()}
        return word_code(words, known, "kind")

    def _status(self, values: Mapping[str, Any]) -> dict[str, str] | None:
        words = said(values, "status")
        if words is None:
            return None
        statuses, leaves = self.columns.data["statuses"], self.columns.data["leaves"]
        code = word_code(words, {**statuses, **leaves}, "status")
        if code in leaves:
            return {"status": ON_LEAVE, "leave": str(code)}
        # Leave without a word what for says nothing of that; who was there, or away without leave, had none.
        return {"status": str(code)} if code == ON_LEAVE else {"status": str(code), "leave": ""}
