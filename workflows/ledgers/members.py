"""Files of members (委员名册): who they are and their term.

A member is known by the name, and by the phone where two bear it. Without a day a term begins with the year of the
file; a changed line becomes a further edition, and what was known before stays readable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.members import actions, queries
from casework.members.actions import NewMember
from casework.members.tables import Member, MemberTerm
from casework.registry.loading import Outcome
from workflows.ledgers.desk import Desk, Line

_TOLD = ("name", "term", "sector", "is_standing", "post", "phone", "remark")


class Members:
    """Rows of members."""

    key_field = "name"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("members")
        self._county = office.settings.region
        self._actor, self._at = actor, at
        self._year = at.astimezone(office.settings.zone).date().replace(month=1, day=1)

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return the name, with the phone beside it: two members may bear one name."""
        return f"{line.values['name']} {line.values.get('phone') or ''}"

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of members."""
        known = _Known(session, [line.values["name"] for line in lines], county=self._county)
        with session.together(tracked=False):
            for line in lines:
                try:
                    with session.savepoint():
                        desk.note(self._keep(session, line.values, known))
                except CaseworkError as refusal:
                    desk.refuse(line, refusal)

    def _keep(self, session: Session, values: Mapping[str, Any], known: "_Known") -> Outcome:
        told = self._read(values)
        found = self._which(session, told, known.named(told.name))
        if found is None:
            member = actions.enter_person(session, told, actor=self._actor, at=self._at)
            known.note(member)
            known.note_term(actions.begin_term(session, member.id, told, actor=self._actor, at=self._at, others=()))
            return "created"
        mended = actions.mend(session, found, _filled(told, found), actor=self._actor, at=self._at)
        known.note(mended)
        is_term_new = self._keep_term(session, told, values, known, member_id=found.id)
        return "updated" if mended is not found or is_term_new else "unchanged"

    def _read(self, values: Mapping[str, Any]) -> NewMember:
        raw = {name: values.get(name) for name in _TOLD}
        begins: date = values.get("valid_from") or self._year
        raw |= {"valid_from": begins.isoformat()}
        if values.get("valid_to") is not None:
            raw["valid_to"] = values["valid_to"].isoformat()
        return actions.read_member(raw, region_code=self._county)

    @staticmethod
    def _which(session: Session, told: NewMember, same_name: Sequence[Member]) -> Member | None:
        """Return the member a row is about.

        Raises:
            Invalid: import_member_ambiguous.
        """
        phones = {each.id: actions.plain_phone(session, each) for each in same_name}
        if told.phone in phones.values() and told.phone is not None:
            same_name = [each for each in same_name if phones[each.id] == told.phone]
        elif told.phone is not None:
            # Another phone and another post: somebody else of the same name.
            same_name = [each for each in same_name if phones[each.id] is None or each.post == told.post]
        if len(same_name) > 1:
            raise Invalid([FieldError("name", "import_member_ambiguous", {"name": told.name})])
        return same_name[0] if same_name else None

    def _keep_term(
        self, session: Session, told: NewMember, values: Mapping[str, Any], known: "_Known", *, member_id: UUID
    ) -> bool:
        """Mend the term that a row tells of, or begin it; say whether anything changed."""
        terms, dated = known.terms_of(member_id), values.get("valid_from") is not None
        same = [term for term in terms if term.valid_from == told.valid_from] or ([] if dated else terms[-1:])
        if not same:
            begun = actions.begin_term(session, member_id, told, actor=self._actor, at=self._at, others=terms)
            known.note_term(begun)
            return True
        named = ("term", "sector", "valid_to", "is_standing")
        # What a row says nothing about stays as it is.
        changes = {name: getattr(told, name) for name in named if values.get(name) is not None}
        mended = editions.mend(session, same[0], changes, actor=self._actor, at=self._at)
        known.note_term(mended)
        return mended is not same[0]


class _Known:
    """The members of some names with their terms, locked; kept up with what the rows of a chunk do to them."""

    def __init__(self, session: Session, names: Sequence[str], *, county: str) -> None:
        self._session = session
        self._members = queries.named(session, names, region_code=county, lock=True)
        ids = [row.id for rows in self._members.values() for row in rows]
        self._terms = queries.terms_of_many(session, ids)

    def named(self, name: str) -> Sequence[Member]:
        """Return the members of a name."""
        return self._members.get(name, ())

    def terms_of(self, member_id: UUID) -> Sequence[MemberTerm]:
        """Return the terms of a member, oldest first."""
        return self._terms.get(member_id, ())

    def note(self, row: Member) -> None:
        """Take down a member as entered or mended."""
        before = self._members.get(row.name, [])
        self._session.if_taken_back(lambda: self._members.update({row.name: before}))
        self._members[row.name] = sorted(
            [each for each in before if each.id != row.id] + [row], key=lambda each: each.id
        )

    def note_term(self, row: MemberTerm) -> None:
        """Take down a term as begun or mended."""
        before = self._terms.get(row.member_id, [])
        self._session.if_taken_back(lambda: self._terms.update({row.member_id: before}))
        rows = [each for each in before if each.id != row.id] + [row]
        self._terms[row.member_id] = sorted(rows, key=lambda each: each.valid_from)


def _filled(told: NewMember, row: Member) -> NewMember:
    """Leave what a row says nothing about as it is."""
    return replace(told, post=told.post or row.post, remark=told.remark or row.remark)
