"""Members and households that rows name: asked for once an import, told apart by phone, number, place or link."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from casework.campaign import natural
from casework.campaign.links import in_office
from casework.campaign.tables import Link
from casework.core import personal
from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.core.errors import Invalid, invalid
from casework.households import queries as households
from casework.households.tables import Household
from casework.members import actions as member_actions
from casework.members import queries as members
from casework.members.tables import Member
from workflows.ledgers.names import Names, is_in_group


class People:
    """Who is who, for one import."""

    def __init__(self, names: Names, *, county: str) -> None:
        self._names, self._county = names, county
        self._members: dict[str, Sequence[Member]] = {}
        self._heads: dict[str, Sequence[Household]] = {}
        self._links: dict[UUID, Sequence[Link]] = {}
        self._left: dict[UUID, date | None] = {}

    def learn(self, session: Session, *, members_named: Iterable[str], heads_named: Iterable[str] = ()) -> None:
        """Look up those that have not been named before."""
        self._session = session
        new = sorted(set(members_named) - self._members.keys())
        found = members.named(session, new, region_code=self._county)
        self._members |= {name: found.get(name, ()) for name in new}
        heads = sorted(set(heads_named) - self._heads.keys())
        rows = households.by_heads(session, keyring_of(session), heads, within=self._county)
        self._heads |= {head: rows.get(head, ()) for head in heads}
        self._links |= natural.links_of(session, [row.id for each in rows.values() for row in each])

    def knows_member(self, name: str) -> Member | None:
        """Return the one member of this name; None when there is none, or several."""
        found = self._members.get(name, ())
        return found[0] if len(found) == 1 else None

    def member(self, name: str, *, field: str, phone: str | None = None, near: str = "") -> Member:
        """Return the member of a name; of several the one of this phone, else the one linked to a head of `near`.

        Raises:
            Invalid: import_unknown_member, import_member_ambiguous.
        """
        found = list(self._members.get(name, ()))
        if len(found) > 1 and phone is not None:
            said = personal.parse_phone(phone, field="member_phone")
            found = [each for each in found if member_actions.plain_phone(self._session, each) == said]
        if len(found) > 1:
            holders = {link.holder_id for row in self._heads.get(near, ()) for link in self.links(row.id)}
            found = [each for each in found if each.id in holders] or found
        if not found:
            raise invalid(field, "import_unknown_member", name=name)
        if len(found) > 1:
            raise invalid(field, "import_member_ambiguous", name=name)
        return found[0]

    def left_on(self, member_id: UUID) -> date | None:
        """Return the last day in office of a member whose terms are all over; None for all others."""
        if member_id not in self._left:
            self._left[member_id] = in_office.left_on(self._session, member_id)
        return self._left[member_id]

    def links(self, household_id: UUID) -> Sequence[Link]:
        """Return the links of members to a household, ended ones too."""
        return self._links.get(household_id, ())

    def headed(self, head: str) -> Sequence[Household]:
        """Return the households of a head, wherever they live."""
        return self._heads.get(head, ())

    def households(self, head: str, *, where: str | None, field: str) -> Sequence[Household]:
        """Return the households of a head in a place as ledgers write it, the best first narrowed by the group.

        Raises:
            Invalid: import_unknown_place on `field`.
        """
        found = [row for row in self._heads.get(head, ()) if self._lives(row, where, field=field)]
        exact = [row for row in found if row.group_no and is_in_group(where or "", row.group_no)]
        return exact or found

    def with_number(self, rows: Sequence[Household], number: str) -> Sequence[Household]:
        """Return those of the rows whose head has this identity number."""
        digests = keyring_of(self._session).blind_indexes(number)
        return [row for row in rows if row.head_id_index in digests]

    def _lives(self, row: Household, where: str | None, *, field: str) -> bool:
        if where is None:
            return True
        try:
            place = self._names.place(where, field=field)
        except Invalid:
            # A group alone (三组) names no place, but may tell households of one name apart.
            if row.group_no and is_in_group(row.group_no, where):
                return True
            raise
        # A household known by its town alone may live in any of its villages.
        return row.region_code.startswith(place) or place.startswith(row.region_code)


def holds(link: Link, on: date) -> bool:
    """Say whether a link holds on a day."""
    return link.valid_from <= on and (link.valid_to is None or on <= link.valid_to)
