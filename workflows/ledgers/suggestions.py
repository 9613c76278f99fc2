"""The ledger of suggestions (domain.md §4.2 no. 10): a row is one suggestion, who made it and what became of it.

A suggestion is known by its content and who made it. Without a day that of the import is kept with a warning; the day
told later puts it right.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from casework.activities.tables import Suggestion
from casework.campaign import natural
from casework.campaign.records import SUGGESTION
from casework.core.database import Session
from casework.core.errors import FieldError
from casework.exchange.habits import plain
from casework.exchange.values import says_nothing
from workflows.ledgers.case_rows import word_code
from workflows.ledgers.desk import Line
from workflows.ledgers.records import Mistakes, Records, Told


class Suggestions(Records):
    """Rows of suggestions."""

    kind = "suggestions"
    key_field = "content"
    form = SUGGESTION
    fields = MappingProxyType({name: name for name in ("content", "proposer", "addressed_to", "reply", "remark")})

    _makers: Mapping[UUID, str]
    _industries: Mapping[str, UUID]

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up the members that may have made a suggestion, and the industries."""
        self.people(session).learn(session, members_named=(line.values.get("proposer") or "" for line in lines))
        rows = natural.industries(session, self.county)
        self._industries = {plain(row.name): row.id for row in rows}

    def read(self, session: Session, line: Line) -> Told:
        """Check a row; see `Records.read`."""
        values, wrong = line.values, Mistakes()
        on = wrong.tried(lambda: self.day(values, "on") if values.get("on") is not None else None)
        adoption = wrong.tried(lambda: self._adoption(values))
        words = wrong.tried(lambda: self.words(session, values))
        wrong.settle()
        columns, warnings = self.credited(session, words or {}, "proposer")
        columns |= {"adoption": adoption} if adoption else {}
        self._add_industry(values, columns, warnings)
        given: dict[str, Any] = {"region_code": self.county}
        if on is None:
            given["on_date"] = self.today
        else:
            columns["on_date"] = on
        makers = self._known_as(session, columns, values.get("proposer"))

        def fits(row: Suggestion) -> bool:
            return not makers or self._maker_of(session, row) in {"", *makers}

        bucket = plain(values["content"])
        key = "\n".join((bucket, makers[-1] if makers else "", str(on or "")))
        return Told(line, bucket, key, columns, given=given, fits=fits, warnings=warnings)

    def find(self, session: Session, read: Sequence[Told]) -> Iterable[Suggestion]:
        """Return the suggestions of the days, and those that say the same."""
        days = {each.columns["on_date"] for each in read if "on_date" in each.columns}
        said = {each.columns["content"] for each in read}
        found = natural.dated(session, Suggestion, self.county, days=days, contents=said)
        members = natural.members_by_id(session, {row.member_id for row in found if row.member_id is not None})
        self._makers = {member.id: member.name for member in members.values()}
        return found

    def order(self, read: Sequence[Told]) -> Sequence[Told]:
        """Let those that name who made a suggestion take their records first: the others fit anybody's."""
        return sorted(read, key=lambda told: told.line.values.get("proposer") is None)

    def bucket_of(self, row: Suggestion) -> Hashable:
        """Return the content."""
        return plain(row.content)

    def check_new(self, told: Told) -> list[FieldError]:
        """Say that the day of the import is kept where none is told."""
        return [FieldError("on", "import_day_today")] if "on_date" in told.given else []

    def _known_as(self, session: Session, columns: Mapping[str, Any], said: str | None) -> list[str]:
        """Return the names under which the one who made a suggestion may be kept, a unit's own name last."""
        if said is None or says_nothing(said):
            return []
        unit = self.names(session).unit_told(columns.get("org_id"))
        return [plain(name) for name in (said, unit) if name]

    def _maker_of(self, session: Session, row: Suggestion) -> str:
        member = self._makers.get(row.member_id, "") if row.member_id is not None else ""
        return plain(row.proposer or member or self.names(session).unit_told(row.org_id))

    def _adoption(self, values: Mapping[str, Any]) -> str | None:
        said = values.get("adoption")
        if said is None or says_nothing(said):
            return None
        return word_code(said, self.columns.data["adoptions"], "adoption")

    def _add_industry(self, values: Mapping[str, Any], columns: dict[str, Any], warnings: list[FieldError]) -> None:
        """Name the industry of the register; one that is not in it stays as words in the remark."""
        said = values.get("industry")
        if said is None or says_nothing(said):
            return
        found = self._industries.get(plain(said))
        if found is not None:
            columns["industry_id"] = found
            return
        warnings.append(FieldError("industry", "import_kept_as_words", {"words": said}))
        words = f"{self.columns.column('industry').heading}{self.columns.data['words']['separator']}{said}"
        remark = columns.get("remark", "")
        columns["remark"] = remark if words in remark else "\n".join(each for each in (remark, words) if each)
