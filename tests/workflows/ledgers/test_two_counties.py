"""Two counties of one installation bring files whose rows have the same numbers: neither meets the other's."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.actors import Actor, Grant
from casework.core.errors import Denied
from casework.core.office import Office
from casework.registry import loading
from casework.registry.loading import Place, Unit
from casework.registry.tables import Org
from tests.world import COUNTY, World
from workflows.ledgers import exporting, importing

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OTHER = "519001"
MESSAGES: list[list[object]] = [
    ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"],
    ["101", "UU001", "请求修好三组的水管", "2026/3/6 10:15:45", "水管断了半个月。", "已修好。", "2026/3/18 14:31:04"],
]
HEADINGS: list[object] = ["编号", "受理日期", "反映人", "村组", "问题描述", "主办单位", "交办日期"]


def ledger(words: str, number: str = "2026-17") -> list[list[object]]:
    return [[*HEADINGS], [number, "2026-03-06", "李芳", "竹园镇方石村三组", words, "水利局", "2026-03-09"]]


@pytest.fixture
def clerks(world: World) -> dict[str, Actor]:
    """Found a second county whose places and units have the same names; return the clerk of each."""
    names = (("", "青山县", "county"), ("105", "竹园镇", "town"), ("105206", "方石村", "village"))
    parents = ("5190", OTHER, OTHER + "105")
    places = [Place(OTHER + end, name, above, level) for (end, name, level), above in zip(names, parents, strict=True)]
    with world.db.transaction() as session:
        loading.load_places(session, [Place("5190", "某市", "51", "city"), *places], at=AT)
        loading.load_units(session, [Unit(f"SLJ-{OTHER}", "县水利局", "department", OTHER)], at=AT)
    return {COUNTY: world["he"], OTHER: Actor(world["he"].person_id, "何干事", (Grant("clerk", OTHER),))}


def cases(world: World) -> dict[str, tuple[str | None, str, str]]:
    """Return source key, number and beginning of the words of every case, by county."""
    with world.db.reading() as session:
        rows = session.scalars(select(Case)).all()
    assert len(rows) == len({row.region_code[:6] for row in rows}), "one a county"
    return {row.region_code[:6]: (row.source_key, row.number, row.description) for row in rows}


def test_the_same_numbers_in_two_ledgers_are_two_cases(
    office: Office, world: World, book: Callable[..., Path], clerks: dict[str, Actor]
) -> None:
    for county, clerk in clerks.items():
        done = importing.run(office, "cases", book(ledger(f"{county} 的水管断了")), actor=clerk, at=AT)
        assert (done.created, done.refused) == (1, [])
    found = cases(world)
    assert [found[county][0] for county in clerks] == [f"{county}:case:2026-17" for county in clerks]
    assert [found[county][1].partition("-")[0] for county in clerks] == ["QC", "QS"]
    for county, clerk in clerks.items():
        again = importing.run(office, "cases", book(ledger(f"{county} 的水管断了")), actor=clerk, at=AT)
        assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    # Nor does a number of ours lead from one county's file to the other's case.
    theirs = importing.run(office, "cases", book(ledger("路断了", found[COUNTY][1])), actor=clerks[OTHER], at=AT)
    assert theirs.created == 1
    with world.db.reading() as session:
        assert set(session.scalars(select(Case.region_code))) == {f"{county}105206" for county in clerks}
        assert (
            session.scalars(select(Case.description).where(Case.number == found[COUNTY][1])).one() == found[COUNTY][2]
        )


def test_the_same_messages_go_to_each_countys_own_unit_and_out_again_to_its_own_file(
    office: Office, world: World, book: Callable[..., Path], clerks: dict[str, Actor], tmp_path: Path
) -> None:
    for clerk in clerks.values():
        for expected in ((1, 0), (0, 1)):
            done = importing.run(office, "petitions", book(MESSAGES), actor=clerk, at=AT)
            assert (done.created, done.unchanged, done.refused) == (*expected, [])
    assert {key for key, *_ in cases(world).values()} == {f"{county}:petition:101" for county in clerks}
    with world.db.reading() as session:
        units = session.execute(select(Case.region_code, Org.region_code).join(Org, Org.id == Case.lead_org_id)).all()
    assert sorted(tuple(row) for row in units) == [(county, county) for county in sorted(clerks)]
    for county, clerk in clerks.items():
        path = tmp_path / f"{county}.xlsx"
        assert exporting.run(office, "petitions", path, actor=clerk, at=AT) == 1
        assert "101" in {str(cell) for row in load_workbook(path).active.iter_rows(values_only=True) for cell in row}


def test_who_works_for_another_county_brings_nothing_into_this_one(
    office: Office, book: Callable[..., Path], world: World
) -> None:
    stranger = Actor(world["bai"].person_id, "白工", (Grant("handler", OTHER),))
    with pytest.raises(Denied):
        importing.run(office, "cases", book(ledger("水管断了")), actor=stranger, at=AT)
