"""What somebody reported where they are nobody now: found and counted with what is here, by whichever way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from casework.cases.filters import EVERYTHING
from casework.cases.listing import lists
from casework.cases.tables import Case
from casework.core.database import Database
from casework.matters.search import SearchEntry
from tests.world import MORNING, World

ELSEWHERE = "510823100200"


def moved_away(db: Database, ids: Sequence[UUID]) -> None:
    with db.transaction() as session:
        session.execute(update(Case).where(Case.id.in_(ids)).values(region_code=ELSEWHERE))
        session.execute(update(SearchEntry).where(SearchEntry.matter_id.in_(ids)).values(region_code=ELSEWHERE))


@pytest.mark.parametrize("sort", lists.SORTS)
def test_what_one_reported_elsewhere_is_found_and_counted_and_what_others_did_is_not(
    db: Database, world: World, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, own, strange = (
        world.report(who, at=MORNING + timedelta(hours=n), title=f"第{n}盏路灯不亮")
        for n, who in enumerate(("he", "he", "an"))
    )
    moved_away(db, (own, strange))
    at = MORNING + timedelta(days=1)
    for caps in ({}, dict.fromkeys(("COMMON", "FEW", "FEW_TO_SEARCH"), 0)):
        for name, cap in caps.items():
            monkeypatch.setattr(lists, name, cap)
        with db.reading() as session:
            filter = replace(EVERYTHING, q="路灯")
            found = lists.page(session, world["he"], at=at, filter=filter, sort=sort, count=True)
            assert ({each.id for each in found.items}, found.total) == ({here, own}, 2), caps
            first = lists.page(session, world["he"], at=at, filter=filter, sort=sort, limit=1)
            rest = lists.page(session, world["he"], at=at, filter=filter, sort=sort, limit=1, cursor=first.next)
            assert {first.items[0].id, rest.items[0].id} == {here, own} and rest.next is None
