"""Cases of the very same title or description are found for an import, on PostgreSQL by an index of lines."""

import pytest

from casework.cases import imported
from tests.world import MORNING, World

LONG = "水管冻裂了。\n十七户吃水靠挑，\r\n请派人来看"


@pytest.mark.parametrize(
    ("titles", "descriptions", "found"),
    [
        (["三组水管冻裂没有水"], [], True),
        ([], [LONG], True),
        (["别的一句"], [LONG], True),
        # The index folds width and case; what is found has to be the very same.
        (["三组水管冻裂没有水 "], ["水管冻裂了。 十七户吃水靠挑， 请派人来看"], False),
        ([LONG], ["三组水管冻裂没有水"], False),
        ([], [], False),
    ],
)
def test_the_very_same_words_are_found_and_no_others(
    world: World, titles: list[str], descriptions: list[str], found: bool
) -> None:
    case = world.report(title="三组水管冻裂没有水", description=LONG)
    world.report(title="蜂蜜卖不出去", description="压了八百斤")
    with world.db.transaction() as session:
        kept = imported.locked_if_any(session, case)
        assert kept is not None
        descriptions = [kept.description if each == LONG else each for each in descriptions]
        told = imported.same_words(session, world["he"], titles=titles, descriptions=descriptions, at=MORNING)
    assert [row[0] for row in told] == ([case] if found else [])
