"""The real files of other people's offices are read whole, quickly, and say what they say."""

import time
from pathlib import Path

import pytest

from casework.exchange.sheets import find_tables, read_book
from casework.exchange.values import day_and_time_from_cell, integer_from_cell

PETITION: dict[str, tuple[str, ...]] = {"留言编号": (), "留言用户": (), "留言主题": (), "留言时间": (), "留言详情": ()}
FILES: dict[str, tuple[dict[str, tuple[str, ...]], int]] = {
    "petitions_with_replies.xlsx": (PETITION | {"答复意见": (), "答复时间": ()}, 2_000),
    "petitions_with_votes.xlsx": (PETITION | {"反对数": (), "点赞数": ()}, 3_000),
    "petitions_labelled_sample.xlsx": (PETITION | {"一级分类": ("一级标签",)}, 495),
    "petitions_labelled_words.xlsx": ({"分词文本": (), "一级分类": ()}, 8_195),
    "taxonomy.xlsx": ({"一级分类": (), "二级分类": (), "三级分类": ()}, 517),
    "regions_guangyuan.csv": ({"code": (), "name": (), "parent": (), "level": ()}, 1_890),
}


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_read_whole_and_quickly(name: str, shared_data: Path) -> None:
    headings, count = FILES[name]
    begun = time.monotonic()
    [table] = find_tables(read_book(shared_data / name), headings, required=list(headings))
    records = list(table.records())
    assert time.monotonic() - begun < 5
    assert len(records) == count
    assert table.unknown == []
    assert [record.number for record in records] == list(range(2, count + 2))
    assert all(any(record.values.values()) for record in records)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("petitions_with")])
def test_every_time_and_number_of_the_petitions_is_understood(name: str, shared_data: Path) -> None:
    [table] = find_tables(read_book(shared_data / name), FILES[name][0])
    for record in table.records():
        for key in table.columns:
            if key.endswith("时间"):
                day_and_time_from_cell(record.values[key], column=key)
            elif key.endswith("数"):
                integer_from_cell(record.values[key], column=key)


def test_codes_of_regions_keep_their_twelve_digits(shared_data: Path) -> None:
    [table] = find_tables(read_book(shared_data / "regions_guangyuan.csv"), FILES["regions_guangyuan.csv"][0])
    villages = [record.values["code"] for record in table.records() if record.values["level"] == "village"]
    assert len(villages) == 1_735
    assert {len(code) for code in villages} == {12}
