"""What looks at the database and writes nothing: how its transaction ends, and what stays of it."""

from sqlalchemy import select, text

from casework.campaign import figures
from casework.campaign.loader import campaigns
from casework.campaign.sources import Instants
from casework.core.database import Database, Session
from casework.registry.tables import Person
from tests.world import MORNING


def test_what_was_asked_often_is_planned_no_more_however_often_it_only_looks(db: Database) -> None:
    """A ROLLBACK would have the driver forget what it prepared."""
    for _ in range(8):
        with db.reading() as session:
            session.execute(select(Person.id).where(Person.user_name == "nobody"))
    if not db.is_postgresql:
        return  # SQLite compiles a statement in microseconds and its driver keeps it.
    with db.reading() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM people" in each for each in kept)


def test_what_fails_while_it_looks_leaves_a_connection_that_works(db: Database) -> None:
    for _ in range(2):
        with db.reading() as session:
            try:
                session.execute(text("SELECT nothing FROM nowhere"))
            except Exception:  # noqa: BLE001 - each engine says it its own way; what is asked is what comes after
                session.rollback()
            assert session.scalar(select(Person.id).limit(1)) is None


def test_what_is_planned_for_its_values_is_so_for_one_transaction_alone(db: Database) -> None:
    if not db.is_postgresql:
        with db.reading() as session:
            session.plan_anew()
            assert session.scalar(text("SELECT 1")) == 1, "SQLite plans everything anew"
        return

    def mode(session: Session) -> object:
        return session.scalar(text("SHOW plan_cache_mode"))

    with db.reading() as session:
        usual = mode(session)
        session.plan_anew()
        assert mode(session) == "force_custom_plan"
    with db.reading() as session:
        assert mode(session) == usual


def test_what_many_new_rows_are_checked_by_is_planned_once_and_what_is_asked_behind_them_anew(db: Database) -> None:
    """Else the server plans for every row anew how to look whether what it points at is there."""
    asked = "SHOW plan_cache_mode" if db.is_postgresql else "SELECT 'as it likes'"

    def mode(session: Session) -> object:
        return session.scalar(text(asked))

    with db.transaction() as session:
        usual = mode(session)
        session.plan_anew()
        before = mode(session)
        with session.together(tracked=False):
            assert mode(session) == usual
        assert mode(session) == before


def test_what_was_never_planned_anew_is_not_so_behind_many_rows(db: Database) -> None:
    if not db.is_postgresql:
        return  # SQLite plans everything anew.
    with db.transaction() as session:
        usual = session.scalar(text("SHOW plan_cache_mode"))
        with session.together():
            pass
        assert session.scalar(text("SHOW plan_cache_mode")) == usual


def test_the_figures_of_a_campaign_are_planned_for_their_day(db: Database) -> None:
    campaign = next(iter(campaigns().values()))
    with db.reading() as session:
        figures.reckon(session, Instants(campaign, MORNING.date()))
        asked = "SHOW plan_cache_mode" if db.is_postgresql else "SELECT 'force_custom_plan'"
        assert session.scalar(text(asked)) == "force_custom_plan"
