"""Who is to be told: the people who hold a role over a place or in a unit today, and those who stand in for them.

Only accounts that are in use count. Not here: what they are told (tasks/notices.py) and whether they may know of a
matter (casework/permissions.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from casework.core.actors import Actor, Grant
from casework.core.database import Session
from casework.registry.account_rules import THREE_OFFICERS, is_officer
from casework.registry.queries import as_grant
from casework.registry.tables import Deputy, Person, RoleGrant


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell: what they may know of is asked of `actor`, whose grants include those lent to a deputy."""

    id: UUID
    mail: str | None
    actor: Actor
    # They want a mail for what is urgent, not the morning's digest alone.
    mailed_alone: bool = True
    # They left a number and want a text message for what cannot wait.
    texted: bool = False


@dataclass(slots=True)
class Directory:
    """The people of one day, asked once for each place, unit and person however many events there are."""

    session: Session
    on: date
    _holders: dict[tuple[Any, ...], tuple[UUID, ...]] = field(default_factory=dict)
    _known: dict[UUID, Recipient | None] = field(default_factory=dict)
    _stand_ins: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)

    def over(self, roles: Collection[str], region_code: str) -> Sequence[UUID]:
        """Return who holds one of `roles` over a place, the place above it included."""
        wanted = tuple(sorted(roles))
        prefixes = [region_code[:length] for length in range(len(region_code) + 1)]
        return self._ask(("over", wanted, region_code), wanted, RoleGrant.region.in_(prefixes))

    def within(self, roles: Collection[str], org_id: UUID) -> Sequence[UUID]:
        """Return who holds one of `roles` in a unit."""
        wanted = tuple(sorted(roles))
        return self._ask(("in", wanted, org_id), wanted, RoleGrant.org_id == org_id)

    def anywhere(self, roles: Collection[str]) -> Sequence[UUID]:
        """Return who holds one of `roles`, wherever."""
        wanted = tuple(sorted(roles))
        return self._ask(("anywhere", wanted), wanted, RoleGrant.id.is_not(None))

    def recipients(self, ids: Iterable[UUID]) -> Mapping[UUID, Recipient]:
        """Return those of `ids` whose account is in use and, beside each, whoever stands in for them."""
        wanted = list(dict.fromkeys(ids))
        self._find_stand_ins(wanted)
        everybody = list(dict.fromkeys([*wanted, *(each for one in wanted for each in self._stand_ins[one])]))
        self._read(everybody)
        found = {each: self._known[each] for each in everybody}
        return {each: known for each, known in found.items() if known is not None}

    def _ask(self, key: tuple[Any, ...], roles: Sequence[str], condition: ColumnElement[bool]) -> tuple[UUID, ...]:
        if key not in self._holders:
            self._holders[key] = tuple(
                self.session.scalars(
                    select(RoleGrant.person_id)
                    .join(Person, Person.id == RoleGrant.person_id)
                    .where(RoleGrant.role.in_(roles), condition, self._holds(), Person.disabled_at.is_(None))
                    .distinct()
                    .order_by(RoleGrant.person_id)
                )
            )
        return self._holders[key]

    def _holds(self) -> ColumnElement[bool]:
        return and_(
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= self.on),
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= self.on),
        )

    def _find_stand_ins(self, ids: Sequence[UUID]) -> None:
        """Follow who stands in for whom, chains included (features.md §2 row 10: both are told)."""
        missing = [each for each in ids if each not in self._stand_ins]
        if not missing:
            return
        direct = self._deputies(missing)
        for each in missing:
            found: list[UUID] = []
            frontier = direct.get(each, [])
            while frontier:
                found += [one for one in frontier if one not in found and one != each]
                following = self._deputies(frontier)
                frontier = [n for one in frontier for n in following.get(one, []) if n not in found and n != each]
            self._stand_ins[each] = tuple(found)

    def _deputies(self, ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
        rows = self.session.execute(
            select(Deputy.person_id, Deputy.deputy_id).where(
                Deputy.person_id.in_(ids), Deputy.valid_from <= self.on, Deputy.valid_to >= self.on
            )
        )
        found: dict[UUID, list[UUID]] = {}
        for person_id, deputy_id in rows:
            found.setdefault(person_id, []).append(deputy_id)
        return found

    def _read(self, ids: Sequence[UUID]) -> None:
        missing = [each for each in ids if each not in self._known]
        if not missing:
            return
        absent = self._absent(missing)
        owners = {*missing, *(each for group in absent.values() for each in group)}
        grants: dict[UUID, list[Grant]] = {each: [] for each in owners}
        for row in self.session.scalars(select(RoleGrant).where(RoleGrant.person_id.in_(owners), self._holds())):
            grants[row.person_id].append(as_grant(row))
        people = {
            person.id: person
            for person in self.session.scalars(
                select(Person).where(Person.id.in_(missing), Person.disabled_at.is_(None))
            )
        }
        for each in missing:
            person = people.get(each)
            if person is None:
                self._known[each] = None
                continue
            own = grants[each]
            # As identities.py has it: the three officers lend nothing and stand in for nobody.
            lent = [
                replace(grant, of=owner)
                for owner in (() if is_officer({grant.role for grant in own}) else absent[each])
                for grant in grants[owner]
                if grant.role not in THREE_OFFICERS
            ]
            actor = Actor(person.id, person.name, (*own, *lent), locale=person.locale)
            wanted = person.preferences.get("mail", "all")
            mail = None if wanted == "none" else person.mail or None
            texted = person.phone_cipher is not None and person.preferences.get("sms") == "urgent"
            self._known[each] = Recipient(person.id, mail, actor, mailed_alone=wanted == "all", texted=texted)

    def _absent(self, ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
        """Return for each of `ids` those they stand in for, chains included."""
        found: dict[UUID, list[UUID]] = {each: [] for each in ids}
        frontier = {each: {each} for each in ids}
        while frontier:
            rows = self.session.execute(
                select(Deputy.deputy_id, Deputy.person_id).where(
                    Deputy.deputy_id.in_(list(frontier)), Deputy.valid_from <= self.on, Deputy.valid_to >= self.on
                )
            ).all()
            following: dict[UUID, set[UUID]] = {}
            for deputy_id, person_id in rows:
                for asker in frontier[deputy_id]:
                    if person_id not in found[asker] and person_id != asker:
                        found[asker].append(person_id)
                        following.setdefault(person_id, set()).add(asker)
            frontier = following
        return found
