"""The minutes in versions: two who write at once lose nothing, and what stood before comes back."""

import pytest
from sqlalchemy import select

from casework.consultations import minutes, queries
from casework.core.errors import Refused
from casework.core.ids import new_id
from casework.keeping.sealed import unopened
from casework.keeping.view import view_of
from casework.matters import text_versions
from casework.matters.tables import TextVersion
from tests.faults.test_races import at_once
from tests.meeting import minuted, move, scheduled
from tests.world import MORNING, World
from workflows.consultations import minuting


def save(world: World, topic: object, text: str, based_on: int, who: str = "he", **more: int) -> int:
    with world.db.transaction() as session:
        row = queries.take(session, world[who], str(topic), lock=True)
        subject = queries.subject_of(session, row)
        raw = {"text": text, "based_on": based_on, **more}
        return minuting.save(session, row, raw, subject=subject, actor=world[who], at=MORNING).place


def test_of_two_who_save_the_same_version_at_once_one_is_told_and_nothing_is_overwritten(world: World) -> None:
    topic = scheduled(world)
    move(world, topic, "notify", research="看过两处断口")
    assert save(world, topic, "先修后补", 0) == 1
    outcome = at_once(2, lambda n: save(world, topic, f"第{n}人的话", 1, ("he", "an")[n]))
    assert outcome == {"done": 1, "Refused": 1}
    with world.db.reading() as session:
        kept = text_versions.every(session, topic, minutes.NAME)
        assert [each.place for each in kept] == [2, 1] and kept[1].text == "先修后补"
        sealed = session.scalars(select(TextVersion.content)).all()
        # As a draft: no word of it stands open in the table, and every row opens where it stands.
        assert not [each for each in sealed if each is None or "先修后补" in each]
    with view_of(world.db, at=MORNING) as view:
        assert not list(unopened(view))


def test_versions_kept_before_any_is_written_follow_one_another(world: World) -> None:
    matter = new_id()
    with world.db.transaction() as session, session.together():
        for text in ("先修", "先修后补"):
            text_versions.keep(session, matter, minutes.NAME, text, by=None, at=MORNING)
        found = text_versions.newest(session, matter, minutes.NAME)
        assert found is not None and (found.place, found.text) == (2, "先修后补")
    with world.db.reading() as session:
        assert [each.place for each in text_versions.every(session, matter, minutes.NAME)] == [2, 1]


def test_what_is_saved_after_the_minutes_stands_at_once_and_an_old_version_comes_back(world: World) -> None:
    topic = minuted(world)
    # The step itself was the first version.
    assert save(world, topic, "谈成了，月底前换管", 1) == 2
    with pytest.raises(Refused, match="text_moved"):
        save(world, topic, "别的话", 1)
    assert save(world, topic, "谈成了", 2, restores=1) == 3
    # Saving what stands is no version.
    assert save(world, topic, "谈成了", 3) == 3
    with world.db.reading() as session:
        row = queries.take(session, world["he"], str(topic))
        assert row.minutes == "谈成了"
        assert [each.restores for each in text_versions.every(session, topic, minutes.NAME)] == [1, None, None]
