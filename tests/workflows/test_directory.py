"""What every step asks of places, units and categories is kept, and a change of this process is seen at once."""

from sqlalchemy import text

from casework.core.database import Database, Session
from casework.registry import directory, queries
from casework.registry.tables import Category, Org, Region
from tests.web.api.counting import statements_of
from tests.world import MORNING, VILLAGE, World


def asked(db: Database) -> int:
    """Ask for everything; return how often the database was asked."""
    with statements_of(db) as found, db.reading() as session:
        assert directory.units(session, ["SLJ"])["SLJ"].name == "县水利局"
        assert directory.has_place(session, VILLAGE)
        assert directory.has_category(session, "drinking_water")
    return sum(statement.startswith("SELECT") for statement in found)


def test_what_is_kept_is_asked_for_once(db: Database, world: World) -> None:
    assert (asked(db), asked(db)) == (3, 0)


def test_a_change_is_seen_at_once_by_whoever_made_it_and_by_all_after_it_is_kept(db: Database, world: World) -> None:
    asked(db)
    with db.transaction() as session:
        queries.orgs_by_code(session, ["SLJ"])["SLJ"].valid_to = MORNING.date()
        session.get_one(Region, VILLAGE).valid_to = MORNING.date()
        session.get_one(Category, "drinking_water").active = False
        session.flush()
        assert nothing_is_left(session)
        with db.reading() as other:
            assert directory.has_place(other, VILLAGE), "another sees it only once it is kept"
    with db.reading() as session:
        assert nothing_is_left(session)


def nothing_is_left(session: Session) -> bool:
    kept = [directory.has_place(session, VILLAGE), directory.has_category(session, "drinking_water")]
    return not any(kept) and not directory.units(session, ["SLJ"])


def test_a_unit_of_the_past_is_found_by_its_id_alone(db: Database, world: World) -> None:
    with db.transaction() as session:
        session.get_one(Org, world.orgs["SLJ"]).valid_to = MORNING.date()
    with db.reading() as session:
        found = directory.unit(session, world.orgs["SLJ"])
        assert found is not None and found.name == "县水利局"
        assert not directory.units(session, ["SLJ"])


def test_what_is_not_there_is_asked_for_every_time(db: Database, world: World) -> None:
    with db.reading() as session:
        assert not directory.has_category(session, "roof")
        assert not directory.has_category(session, "a\x00b")
    with db.transaction() as session:
        # As another process would write it: nobody here is told.
        session.execute(text("UPDATE categories SET code = 'roof' WHERE code = 'drinking_water'"))
    with db.reading() as session:
        assert directory.has_category(session, "roof")
