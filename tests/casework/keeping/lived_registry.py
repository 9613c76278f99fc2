"""What the lived office does to roles and working days: given, given for a while, ended; a day set twice, a year known."""

from datetime import date, timedelta
from uuid import UUID

from casework.registry import calendar_changes, grants
from casework.registry.grants import Scope
from casework.registry.tables import Person
from tests.world import MORNING, TOWN, VILLAGE, World

# Behind everything that happens in the office, so that no deadline depends on it.
CLOSED = date(2026, 5, 6)


def governed(world: World) -> dict[str, UUID]:
    """Give the observer a role until next year and one that ends at once, close the office a day; return the ids."""
    security, clerk = world["anquan"], world["he"]
    with world.db.transaction() as session:
        person = session.get_one(Person, world["guan"].person_id)
        lent = grants.add_grant(
            session,
            person,
            Scope("observer", VILLAGE, None),
            actor=security,
            at=MORNING,
            valid_from=MORNING.date() - timedelta(days=1),
            valid_to=date(2027, 6, 30),
        )
        ended = grants.add_grant(session, person, Scope("liaison", TOWN, None), actor=security, at=MORNING)
        grants.end_grant(session, ended.id, reason="轮岗", actor=security, at=MORNING)
        for kind in ("work", "rest"):
            told = {"day": CLOSED.isoformat(), "kind": kind, "name": "停电", "source": "通知"}
            calendar_changes.set_day(session, told, actor=clerk, at=MORNING)
        calendar_changes.confirm_year(session, 2030, actor=clerk, at=MORNING)
        return {"lent_grant": lent.id, "ended_grant": ended.id}
