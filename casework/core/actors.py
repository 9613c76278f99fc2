"""Who acts: a person or the system, with the grants that hold at this moment. A value, no database."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from uuid import UUID

ROLES = (
    "member",
    "liaison",
    "clerk",
    "head",
    "handler",
    "unit_head",
    "chair",
    "observer",
    "finance",
    "auditor",
    "admin",
    "security",
)
TRIAGE_ROLES = frozenset({"clerk", "head", "chair"})
UNIT_ROLES = frozenset({"handler", "unit_head"})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held over a region (prefix of the division code) and/or in an organisation, from a day to a day.

    `of`: whose grant it is, when it is held only in standing in for that person.
    """

    role: str
    region: str | None = None
    org_id: UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    of: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """A person at work, or the system itself (`person_id` None).

    `for_id`: whom a deputy stands in for just now. A deputy carries the grants of those stood in for beside the own
    ones; which of them was needed decides for whom something was done (`casework.permissions.acting`).
    """

    person_id: UUID | None
    name: str
    grants: tuple[Grant, ...] = ()
    for_id: UUID | None = None
    locale: str = "zh"
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_system(self) -> bool:
        """Say whether this is the software itself."""
        return self.person_id is None

    @cached_property
    def stands_in_for(self) -> tuple[UUID, ...]:
        """The people whose grants this actor carries, in the order of the grants."""
        return tuple(dict.fromkeys(grant.of for grant in self.grants if grant.of is not None))

    def on_behalf_of(self, person_id: UUID | None) -> "Actor":
        """Return this actor with the own grants alone (None), or with those of one stood in for as well."""
        grants = tuple(grant for grant in self.grants if grant.of is None or grant.of == person_id)
        return replace(self, grants=grants, for_id=person_id)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    def org_ids(self, roles: frozenset[str] = UNIT_ROLES) -> frozenset[UUID]:
        """Return the organisations in which one of `roles` is held."""
        return frozenset(g.org_id for g in self.grants if g.role in roles and g.org_id is not None)

    def regions(self, roles: frozenset[str]) -> tuple[str, ...]:
        """Return the region prefixes over which one of `roles` is held."""
        return tuple(sorted({g.region for g in self.grants if g.role in roles and g.region is not None}))

    def holds_over(self, roles: frozenset[str], region_code: str) -> bool:
        """Say whether one of `roles` is held over the place `region_code`."""
        for grant in self.grants:
            if grant.role in roles and grant.region is not None and region_code.startswith(grant.region):
                return True
        return False

    def holds_in(self, roles: frozenset[str], org_id: UUID | None) -> bool:
        """Say whether one of `roles` is held in the organisation."""
        for grant in self.grants if org_id is not None else ():
            if grant.role in roles and grant.org_id == org_id:
                return True
        return False


SYSTEM = Actor(person_id=None, name="system")
