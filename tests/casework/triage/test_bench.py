"""What the bench of triage rests on: which rows repeat a raw message, which is its own, how far chance would move F1."""

import pytest

from bench.triage import Machines, Message, interval, repeats_of
from casework.triage.learning import Example
from casework.triage.measuring import Judged, measure

LONG = "村口的蓄水池漏了半年，三组四组都要挑水吃，请水利部门尽快派人来修，老人小孩都等着用水，路也被水冲坏了"


def test_a_row_repeats_what_it_stands_in_and_is_its_own_only_if_it_is_most_of_it() -> None:
    raw = [f"蓄水池漏水。{LONG}", "校车不来。校车每天晚点，孩子在路边等一小时"]
    rows = [
        "校车 不来 每天 晚点 孩子 路边",
        "香菇 滞销 收购价 太低 没有 客商",
        "蓄水池 漏水",
        "蓄水池 漏水 村口 漏了 半年 三组 四组 挑水 水利部门 尽快 派人 老人 小孩 用水 冲坏",
    ]
    found = repeats_of(rows, raw)
    assert found.rows == [0, 3]
    assert found.own == {0: 3, 1: 0}
    part = repeats_of(["蓄水池 漏水 村口"], raw)
    assert (part.rows, part.own) == ([0], {})


def test_of_two_rows_the_one_that_shares_more_is_its_own_and_of_two_alike_the_first() -> None:
    raw = ["校车每天晚点，孩子在路边等一小时"]
    rows = ["校车 每天晚点 孩子", "校车 每天晚点 孩子 路边等", "校车 每天晚点 孩子 路边等"]
    found = repeats_of(rows, raw)
    assert (found.rows, found.own) == ([0, 1, 2], {0: 1})


@pytest.mark.parametrize("times", [1, 20])
def test_more_messages_leave_less_to_chance_and_the_figure_lies_between(times: int) -> None:
    judged = [Judged("a", "a", 0.9), Judged("b", "b", 0.9), Judged("a", "b", 0.6), Judged("b", "b", 0.7)] * 5
    low, high = interval(judged * times)
    assert low < measure(judged).macro_f1 < high
    assert (high - low < 0.1) == (times == 20)
    assert interval(judged * times) == (low, high)


def test_a_plain_machine_is_asked_the_same_and_blanks_between_words_say_nothing_to_it() -> None:
    told = {"水利": "蓄水池 漏水 村口 管道 水压", "交通": "校车 晚点 班次 路口 站台"}
    rows = []
    for label, words in told.items():
        for n in range(40):
            text = " ".join(words.split()[n % 4 :]) + f" {n}"
            rows.append(Message(Example(text, label), text))
    machines = Machines.learnt(rows)
    asked = [Message(Example(text, "水利"), text) for text in ("蓄水池漏水了", "校车晚点了")]
    answers = machines.asked(asked)
    assert [each.answer for each in answers.ours] == [each.answer for each in answers.plain] == ["水利", "交通"]
    assert [each.truth for each in answers.plain] == ["水利", "水利"]
    assert " " not in machines.plain[0].vocabulary_
    nobody = machines.asked([])
    assert (nobody.ours, nobody.plain) == ([], [])
