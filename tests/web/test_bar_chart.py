"""A chart drawn with the page: no bar cuts the number of another, and names do not meet on a phone."""

from web.views import bar_chart


def test_a_number_stands_above_the_bar_beside_it_unless_that_is_far_higher() -> None:
    series = [{"name": each, "points": points, "urls": [None] * 3} for each, points in (
        ("批复", [100, 40, 95]), ("到位", [95, 60, 10]), ("拨付", [60, 5, 5]),
    )]  # fmt: skip
    bars = {(each["name"], each["label"]): each for each in bar_chart.drawn(("一", "二", "三"), series)["bars"]}
    approved, arrived = ({label: bars[name, label] for label in "一二三"} for name in ("批复", "到位"))
    assert [each["shown"] for each in approved.values()] == [False] * 3
    assert arrived["一"]["number_y"] == approved["一"]["y"] != arrived["一"]["y"]
    assert arrived["二"]["number_y"] == arrived["二"]["y"]
    assert arrived["三"]["number_y"] == arrived["三"]["y"]


def test_of_many_quarters_every_second_has_its_name() -> None:
    quarters = tuple(f"2022Q{n}" for n in range(1, 8))
    told = bar_chart.drawn(quarters, [{"name": "到位", "points": [1] * 7, "urls": [None] * 7}])
    assert [each["text"] for each in told["names"]] == list(quarters[::2])
