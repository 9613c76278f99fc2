"""The ledger of suggestions (domain.md §4.2 no. 10): a row is one suggestion, who made it and what became of it.

A suggestion is known by its content and who made it first. Several names in one cell are members who signed together
where each is the only member of that name; else the cell stays words. Without a day that of the import is kept with a
warning; the day told later puts it right.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from casework.activities.tables import Cosignature, Suggestion
from casework.campaign import natural
from casework.campaign.records import SUGGESTION
from casework.core import editions
from casework.core.database import Session
from casework.core.errors import FieldError
from casework.exchange.column_sets import column_set
from casework.exchange.habits import plain
from casework.exchange.values import word_code
from casework.members.tables import Member
from workflows.ledgers.desk import Line
from workflows.ledgers.records import Mistakes, Records, Told, names_in, said

_BETWEEN = "\u3001,\uff0c;\uff1b/ "


class Suggestions(Records):
    """Rows of suggestions."""

    kind = "suggestions"
    key_field = "content"
    form = SUGGESTION
    fields = MappingProxyType({name: name for name in ("content", "proposer", "addressed_to", "reply", "remark")})

    _makers: Mapping[UUID, str]
    _cosigners: Mapping[UUID, Sequence[tuple[Cosignature, str]]]
    _industries: Mapping[str, UUID]

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up the members that may have made a suggestion, and the industries."""
        cells = [_each_once(line.values).get("proposer") or "" for line in lines]
        self.people(session).learn(session, members_named=[name for cell in cells for name in (cell, *names_in(cell))])
        rows = natural.industries(session, self.county)
        self._industries = {plain(row.name): row.id for row in rows}

    def read(self, session: Session, line: Line) -> Told:
        """Check a row; see `Records.read`."""
        values, wrong = _each_once(line.values), Mistakes()
        on = wrong.tried(lambda: self.day(values, "on") if values.get("on") is not None else None)
        adoption = wrong.tried(lambda: self._adoption(values))
        words = wrong.tried(lambda: self.words(session, values))
        wrong.settle()
        signers = self._signers(session, said(values, "proposer"))
        columns, warnings = self._credited(session, words or {}, signers)
        columns |= {"adoption": adoption} if adoption else {}
        self._add_industry(values, columns, warnings)
        given: dict[str, Any] = {"region_code": self.county}
        if on is None:
            given["on_date"] = self.today
        else:
            columns["on_date"] = on
        makers = self._known_as(session, columns, said(values, "proposer"), signers)

        def fits(row: Suggestion) -> bool:
            return not makers or self._maker_of(session, row) in {"", *makers}

        bucket = plain(values["content"])
        key = "\n".join((bucket, makers[-1] if makers else "", str(on or "")))
        along = tuple(each.id for each in signers[1:])
        return Told(line, bucket, key, columns, given=given, fits=fits, warnings=warnings, more=along)

    def find(self, session: Session, read: Sequence[Told]) -> Iterable[Suggestion]:
        """Return the suggestions of the days, and those that say the same."""
        days = {each.columns["on_date"] for each in read if "on_date" in each.columns}
        contents = {each.columns["content"] for each in read}
        found = natural.dated(session, Suggestion, self.county, days=days, contents=contents)
        members = natural.members_by_id(session, {row.member_id for row in found if row.member_id is not None})
        self._makers = {member.id: member.name for member in members.values()}
        self._cosigners = natural.cosigners(session, [row.id for row in found])
        return found

    def enter(self, session: Session, told: Told) -> Suggestion:
        """Enter a suggestion and who signed along."""
        row: Suggestion = super().enter(session, told)
        for member_id in told.more:
            self._sign(session, row.id, member_id)
        return row

    def mend_more(self, session: Session, row: Suggestion, told: Told) -> bool:
        """Have those sign along whom the cell names, and nobody else; one name alone says nothing of others."""
        if not told.more:
            return False
        before = {each.member_id: each for each, _ in self._cosigners.get(row.id, ())}
        new = [member_id for member_id in told.more if member_id not in before]
        for member_id in new:
            self._sign(session, row.id, member_id)
        gone = [each for member_id, each in before.items() if member_id not in told.more]
        for each in gone:
            kept = editions.newest(session, Cosignature, each.id, lock=True)
            reason = self.columns.data["words"]["left_out"]
            editions.mend(session, kept, {"withdrawn": True}, actor=self.actor, at=self.at, reason=reason)
        return bool(new or gone)

    def _sign(self, session: Session, suggestion_id: UUID, member_id: UUID) -> None:
        row = Cosignature(suggestion_id=suggestion_id, member_id=member_id)
        editions.enter(session, row, actor=self.actor, at=self.at)

    def order(self, read: Sequence[Told]) -> Sequence[Told]:
        """Let those that name who made a suggestion take their records first: the others fit anybody's."""
        return sorted(read, key=lambda told: said(told.line.values, "proposer") is None)

    def bucket_of(self, row: Suggestion) -> Hashable:
        """Return the content."""
        return plain(row.content)

    def check_new(self, told: Told) -> list[FieldError]:
        """Say that the day of the import is kept where none is told."""
        return [FieldError("on", "import_day_today")] if "on_date" in told.given else []

    def _signers(self, session: Session, words: str | None) -> Sequence[Member]:
        """Return the members who signed together; none where a cell names one alone, or one who is not found."""
        if words is None or self.names(session).unit_if_any(words) is not None:
            return ()
        found = [self.people(session).knows_member(name) for name in dict.fromkeys(names_in(words))]
        known = [each for each in found if each is not None]
        return known if len(known) > 1 and len(known) == len(found) else ()

    def _credited(
        self, session: Session, words: Mapping[str, Any], signers: Sequence[Member]
    ) -> tuple[dict[str, Any], list[FieldError]]:
        """Return the columns with who made a suggestion, of several the first; see `Records.credited`."""
        if not signers:
            return self.credited(session, words, "proposer")
        return {**words, "proposer": "", "member_id": signers[0].id, "org_id": None}, []

    def _known_as(
        self, session: Session, columns: Mapping[str, Any], maker: str | None, signers: Sequence[Member]
    ) -> list[str]:
        """Return the names under which the one who made a suggestion may be kept, the name that counts last: of several
        the first, of a unit its own.
        """
        if maker is None:
            return []
        if signers:
            return [plain(maker), plain(signers[0].name)]
        unit = self.names(session).unit_told(columns.get("org_id"))
        return [plain(name) for name in (maker, unit) if name]

    def _maker_of(self, session: Session, row: Suggestion) -> str:
        member = self._makers.get(row.member_id, "") if row.member_id is not None else ""
        return plain(row.proposer or member or self.names(session).unit_told(row.org_id))

    def _adoption(self, values: Mapping[str, Any]) -> str | None:
        words = said(values, "adoption")
        if words is None:
            return None
        return word_code(words, self.columns.data["adoptions"], "adoption")

    def _add_industry(self, values: Mapping[str, Any], columns: dict[str, Any], warnings: list[FieldError]) -> None:
        """Name the industry of the register; one that is not in it stays as words in the remark."""
        words = said(values, "industry")
        if words is None:
            return
        found = self._industries.get(plain(words))
        if found is not None:
            columns["industry_id"] = found
            return
        warnings.append(FieldError("industry", "import_kept_as_words", {"words": words}))
        kept = f"{_mark_of_industry()}{words}"
        remark = columns.get("remark", "")
        columns["remark"] = remark if kept in remark else "\n".join(each for each in (remark, kept) if each)


def industry_in_words(remark: str) -> tuple[str | None, str]:
    """Return the industry that a remark keeps in words, None without one, and the rest of the remark."""
    mark, lines = _mark_of_industry(), remark.split("\n")
    kept = next((line for line in lines if line.startswith(mark)), None)
    if kept is None:
        return None, remark
    return kept.removeprefix(mark), "\n".join(line for line in lines if line != kept)


def _mark_of_industry() -> str:
    columns = column_set("suggestions")
    return f"{columns.column('industry').heading}{columns.data['words']['separator']}"


def _each_once(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with a name that is alone in its cell standing there once: nobody signs along with himself."""
    words = said(values, "proposer") or ""
    name, *others = dict.fromkeys(names_in(words)) or [""]
    # A name is read without the blanks that a cell may set it with.
    is_alone = name and not others and not "".join(words.split()).replace(name, "").strip(_BETWEEN)
    return {**values, "proposer": name} if is_alone else values
