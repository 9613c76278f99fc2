"""Who may do what: pure predicates over actor and matter, and one table of rules read from permissions.toml.

The SQL twin of the `visible` rules is casework/cases/visibility.py; a property test holds the two together.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.errors import Denied

_HEADS = frozenset({"head", "chair"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What permissions are asked about: the bearings of a matter, or (without units) of a place."""

    region_code: str
    lead_org_id: UUID | None = None
    co_org_ids: Collection[UUID] = ()
    former_org_ids: Collection[UUID] = ()
    reported_by: UUID | None = None
    has_funds: bool = False
    task_org_id: UUID | None = None
    # Whose member records it is about: the member's own, or those of who is linked to it.
    linked_person_ids: Collection[UUID] = ()
    # Whose it is: the members who did it, or came along.
    own_person_ids: Collection[UUID] = ()
    # Who is invited to it, or convenes it.
    invited_person_ids: Collection[UUID] = ()
    # Whether it was published for every member to read.
    is_published: bool = False


Predicate = Callable[[Actor, Subject], bool]


def _over(*roles: str) -> Predicate:
    wanted = frozenset(roles)
    return lambda actor, subject: actor.holds_over(wanted, subject.region_code)


def _in_any(roles: frozenset[str], orgs: Callable[[Subject], Collection[UUID]]) -> Predicate:
    return lambda actor, subject: not actor.org_ids(roles).isdisjoint(orgs(subject))


RELATIONS: Mapping[str, Predicate] = {
    "triage": _over(*TRIAGE_ROLES),
    "head": _over(*_HEADS),
    "chair": _over("chair"),
    "member": _over("member"),
    "liaison": _over("liaison"),
    "linked": lambda actor, subject: "member" in actor.roles and actor.person_id in subject.linked_person_ids,
    "own": lambda actor, subject: "member" in actor.roles and actor.person_id in subject.own_person_ids,
    "reader": lambda actor, subject: (
        subject.is_published and actor.holds_over(frozenset({"member"}), subject.region_code)
    ),
    "overseer": _over("observer", "auditor"),
    "invited": lambda actor, subject: actor.person_id is not None and actor.person_id in subject.invited_person_ids,
    "finance": lambda actor, subject: (
        subject.has_funds and actor.holds_over(frozenset({"finance"}), subject.region_code)
    ),
    "unit": lambda actor, subject: actor.holds_in(UNIT_ROLES, subject.lead_org_id),
    "unit_head": lambda actor, subject: actor.holds_in(frozenset({"unit_head"}), subject.lead_org_id),
    "co_unit": _in_any(UNIT_ROLES, lambda subject: subject.co_org_ids),
    "former": _in_any(UNIT_ROLES, lambda subject: subject.former_org_ids),
    "task_unit": lambda actor, subject: actor.holds_in(UNIT_ROLES, subject.task_org_id),
    "reporter": lambda actor, subject: actor.person_id is not None and actor.person_id == subject.reported_by,
    "system": lambda actor, subject: actor.is_system,
    "admin": lambda actor, subject: "admin" in actor.roles,
    "security": lambda actor, subject: "security" in actor.roles,
    "auditor": lambda actor, subject: "auditor" in actor.roles,
    "triage_anywhere": lambda actor, subject: not actor.roles.isdisjoint(TRIAGE_ROLES),
    "anyone": lambda actor, subject: actor.person_id is not None,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The table: permission → relations of which one is enough."""

    visible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    permission: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def rules() -> Rules:
    """Read the table once."""
    data = tomllib.loads((Path(__file__).parent / "permissions.toml").read_text("utf-8"))
    return Rules(
        visible={kind: tuple(names) for kind, names in data["visible"].items()},
        permission={name: tuple(names) for name, names in data["permission"].items()},
    )


def permits(actor: Actor, permission: str, subject: Subject) -> bool:
    """Say whether `actor` may do `permission` to `subject`. The system may do what names it, nothing else."""
    return any(RELATIONS[name](actor, subject) for name in rules().permission[permission])


def acting(actor: Actor, permission: str, subject: Subject) -> Actor | None:
    """Return the actor as they may do this: as themselves where the own grants suffice, else for whom they stand in.

    None when no grant they carry is enough. What is done is written down as "B for A" only in the second case.
    """
    return next(iter(ways_to_act(actor, permission, subject)), None)


def ways_to_act(actor: Actor, permission: str, subject: Subject) -> Sequence[Actor]:
    """Return the actor as each they may do this: themselves first, then those they stand in for."""
    if not actor.stands_in_for:
        return (actor,) if permits(actor, permission, subject) else ()
    candidates = (actor.on_behalf_of(person_id) for person_id in (None, *actor.stands_in_for))
    return [each for each in candidates if permits(each, permission, subject)]


def require(actor: Actor, permission: str, subject: Subject) -> None:
    """Let `actor` pass, or raise.

    Raises:
        Denied: the actor has none of the relations the permission asks for.
    """
    if not permits(actor, permission, subject):
        raise Denied(permission)


def may_anywhere(actor: Actor, permission: str) -> bool:
    """Say whether some place or unit could exist for which `actor` may do this: what a menu asks."""
    return _may_somewhere(actor.roles, actor.is_system, permission)


_BY_ROLE: Mapping[str, Set[str]] = {
    "triage": TRIAGE_ROLES,
    "triage_anywhere": TRIAGE_ROLES,
    "head": _HEADS,
    "unit": UNIT_ROLES,
    "co_unit": UNIT_ROLES,
    "former": UNIT_ROLES,
    "task_unit": UNIT_ROLES,
    "unit_head": frozenset({"unit_head"}),
    "overseer": frozenset({"observer", "auditor"}),
    # Whoever may report has reports of their own to look at.
    "reporter": TRIAGE_ROLES | {"member", "liaison"},
    "linked": frozenset({"member"}),
    "own": frozenset({"member"}),
    "reader": frozenset({"member"}),
}


# A page asks for each of its rooms, three times.
@lru_cache(4096)
def _may_somewhere(roles: frozenset[str], is_system: bool, permission: str) -> bool:
    return any(
        name == "anyone"
        # Whoever has a place in the county may be invited.
        or (name == "invited" and bool(roles))
        or (name == "system" and is_system)
        or not roles.isdisjoint(_BY_ROLE.get(name, frozenset({name})))
        for name in rules().permission[permission]
    )
