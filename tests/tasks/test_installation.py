"""Every morning the administrators hear what is wrong with the installation, and no longer when it is mended."""

from datetime import timedelta

from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters.tables import Job
from casework.registry import alarms, audit
from casework.registry.unmasking import MOST_A_DAY
from tasks import installation
from tests.tasks.conftest import Post
from tests.tasks.test_daily import NIGHT, do
from tests.world import World
from workflows.notices import sentence


def test_what_is_at_fault_is_told_to_administrators_alone_until_it_is_mended(
    office: Office, world: World, post: Post
) -> None:
    job = {"name": "tidy", "period": "p", "payload": {}, "run_at": NIGHT, "attempts": 5, "created_at": NIGHT}
    with office.db.transaction() as session:
        session.add(Job(id=new_id(), status="dead", last_error="no", done_at=NIGHT, **job))
    assert "jobs" in do(office, installation.examine)["faults"]
    post.tell(at=NIGHT + timedelta(hours=6))
    assert post.told("system_ailing") == {"guanli"}
    with office.db.transaction() as session:
        checks = alarms.standing(session)["installation"]["checks"]
        session.query(Job).delete()
        zone = office.settings.zone
    assert "2" in sentence("system_ailing", {"checks": ["jobs", "disk"]}, locale="en", zone=zone)
    assert "jobs" in checks
    still = do(office, installation.examine)["faults"]
    assert "jobs" not in still
    with office.db.reading() as session:
        assert ("installation" in alarms.standing(session)) == bool(still)


def test_each_cause_is_told_once_a_day_however_many_look(office: Office, world: World, post: Post) -> None:
    assert installation.watch(office, at=NIGHT) == []
    job = {"name": "tidy", "period": "p", "payload": {}, "run_at": NIGHT, "attempts": 5, "created_at": NIGHT}
    with office.db.transaction() as session:
        session.add(Job(id=new_id(), status="dead", last_error="no", done_at=NIGHT, **job))
        for _ in range(MOST_A_DAY):
            audit.record(session, event="reveal", actor=world["an"], at=NIGHT)
    assert installation.watch(office, at=NIGHT) == ["jobs", "unmasking"]
    assert installation.watch(office, at=NIGHT + timedelta(minutes=10)) == []
    # The round of the same day adds what is new to it, and no cause again.
    assert "jobs" in do(office, installation.examine, at=NIGHT + timedelta(minutes=20))["faults"]
    post.tell(at=NIGHT + timedelta(hours=6))
    assert post.told("system_ailing") == {"guanli"} and post.told("unmasking_capped") == {"anquan", "shen"}
    checks = [each for row in post.rows() if row.code == "system_ailing" for each in row.facts["checks"]]
    assert len(checks) == len(set(checks)) and {"jobs", "unmasking"} <= set(checks)
    assert installation.watch(office, at=NIGHT + timedelta(days=1)) == ["jobs"]
