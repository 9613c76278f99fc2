"""Every morning the administrators hear what is wrong with the installation, and no longer when it is mended."""

from datetime import timedelta

from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters.tables import Job
from casework.registry import alarms
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
