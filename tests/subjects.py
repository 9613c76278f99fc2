"""Twenty subjects: every role here, elsewhere, in its unit and in another, and what an oracle says each of them sees."""

from collections.abc import Collection
from uuid import UUID

from casework.core.actors import Actor, Grant
from casework.core.ids import new_id
from tests.world import COUNTY, TOWN, VILLAGE, World

OTHER_TOWN, OTHER_COUNTY = "510822106", "5101"
_BY_PLACE = (
    *(("clerk", COUNTY), ("clerk", OTHER_COUNTY), ("head", TOWN), ("head", OTHER_TOWN), ("chair", COUNTY)),
    *(("liaison", VILLAGE), ("liaison", OTHER_TOWN), ("observer", TOWN), ("observer", OTHER_COUNTY)),
    *(("auditor", COUNTY), ("finance", COUNTY), ("finance", OTHER_COUNTY), ("member", COUNTY), ("member", TOWN)),
    *(("admin", None), ("security", None)),
)
_BY_UNIT = (("handler", "SLJ"), ("unit_head", "ZYZ"), ("handler", "JYJ"))


def twenty(world: World) -> list[Actor]:
    """Return them; the last holds nothing at all."""
    grants = [Grant(role, place, None) for role, place in _BY_PLACE]
    grants += [Grant(role, None, world.orgs[code]) for role, code in _BY_UNIT]
    made = [Actor(new_id(), "某", (grant,)) for grant in grants]
    return [*made, Actor(new_id(), "某")]


def holds_over(actor: Actor, roles: Collection[str], place: str) -> bool:
    """Say whether somebody holds one of these roles over a place."""
    return any(
        each.role in roles and each.region is not None and place.startswith(each.region) for each in actor.grants
    )


def holds_in(actor: Actor, units: Collection[UUID | None]) -> bool:
    """Say whether somebody works in one of these units."""
    return any(each.role in ("handler", "unit_head") and each.org_id in units for each in actor.grants if each.org_id)
