"""Many counties in one installation: what is told apart, and what does not change when one more joins."""

from datetime import timedelta

from casework.core.database import Database
from casework.registry import places
from casework.registry.tables import Region
from tests.world import MORNING


def _join(db: Database, code: str, *, days: int) -> None:
    at = MORNING + timedelta(days=days)
    with db.transaction() as session:
        names = {"name": "青川县", "pinyin": "qingchuanxian", "initials": "qcx"}
        session.add(Region(code=code, parent_code=None, level="county", created_at=at, updated_at=at, **names))


def test_a_county_that_joins_later_takes_no_other_countys_numbers(db: Database) -> None:
    _join(db, "510822", days=0)
    with db.reading() as session:
        assert places.number_prefix(session, "510822") == "QC"
    # Its code stands before the other's.
    _join(db, "510722", days=1)
    _join(db, "510922", days=2)
    # As a process does that began after they joined.
    places._prefixes.clear()
    with db.reading() as session:
        told = [places.number_prefix(session, code) for code in ("510822", "510722", "510922")]
    places._prefixes.clear()
    assert told == ["QC", "QC2", "QC3"]
