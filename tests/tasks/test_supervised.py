"""Who hears of supervised matters: the unit, the office, never the one who did it; the missing reports every morning."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from casework.core.errors import Invalid
from casework.core.ids import new_id
from casework.core.office import Office
from casework.matters.tables import Notice
from casework.registry.tables import Person
from casework.supervisions import queries
from tasks import supervised
from tasks.relay import relay
from tasks.run import Run
from tests.supervised import initiate, lived, step
from tests.world import MORNING, World
from workflows import firing, supervising


def told(office: Office) -> set[tuple[str, str]]:
    with office.db.reading() as session:
        names = {person.id: person.user_name for person in session.scalars(select(Person))}
        return {(str(names[row.person_id]), row.code) for row in session.scalars(select(Notice))}


def send(office: Office, *, at: datetime) -> int:
    run = Run(office, new_id(), "progress_missing", at.date().isoformat(), {}, at, lambda _progress: None)
    return int(supervised.tell_of_missing(run)["told"])


def test_the_unit_hears_of_the_slip_and_the_office_of_the_result(office: Office, world: World) -> None:
    matter = initiate(world)
    relay(office.db, at=MORNING)
    assert told(office) == {("an", "supervision_initiated")}
    step(world, matter, "issue", "an")
    step(world, matter, "acknowledge", "bai")
    step(world, matter, "urge", "he", comment="请报进展")
    step(world, matter, "report", "shui", result_class="A", result="好了")
    relay(office.db, at=MORNING)
    new = told(office) - {("an", "supervision_initiated")}
    assert new == {
        *((who, "supervision_issued") for who in ("bai", "shui")),
        *((who, "supervision_urged") for who in ("bai", "shui")),
        *((who, "supervision_reported") for who in ("an", "he")),
    }


def test_the_leader_in_charge_hears_what_happens_where_an_account_is_named(office: Office, world: World) -> None:
    matter = lived(world, "acknowledge", level=3)

    def name(person: object) -> None:
        with world.db.transaction() as session:
            row = queries.get(session, world["an"], matter, lock=True)
            subject = queries.subject_of(session, row, actor=world["an"])
            raw = {"leader_id": str(person)}
            supervising.mend(session, row, raw, subject=subject, actor=world["an"], at=MORNING)

    with pytest.raises(Invalid, match="leader_id"):
        name(world["bai"].person_id)
    name(world["guan"].person_id)
    step(world, matter, "urge", "he", comment="请报进展")
    step(world, matter, "report", "shui", result_class="A", result="好了")
    relay(office.db, at=MORNING)
    assert {code for who, code in told(office) if who == "guan"} == {"supervision_urged", "supervision_reported"}


def test_missing_reports_are_told_once_a_morning(office: Office, world: World) -> None:
    lived(world, "acknowledge")
    lived(world, "acknowledge", level=1)
    early, late = MORNING + timedelta(days=13), MORNING + timedelta(days=15)
    assert send(office, at=early) == 0
    # The one of level 2 was due on the 28th: handler and head of the unit, head and clerk of the office.
    assert send(office, at=late) == 4 and send(office, at=late) == 0
    firing.sweep(office.db, at=late)
    relay(office.db, at=late)
    assert ("bai", "progress_missing") in told(office) and ("bai", "supervision_deadline_1") in told(office)
