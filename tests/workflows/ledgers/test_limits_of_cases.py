"""办理时限 and 延期至 of the ledger of difficulties: both go out, and come back into an empty county as they were."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from casework.exchange.sheets import read_book
from tests.workflows.ledgers.test_case_ledger import AT, do, only, open_row, row
from tests.workflows.ledgers.test_case_ledger import table as table_of
from tests.world import World
from workflows.ledgers import exporting

LIMIT, EXTENDED = "办理时限", "延期至"
NAMES = ("编号", LIMIT, EXTENDED)


def exported(office, world: World, path: Path) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    exporting.run(office, "cases", path, actor=world["he"], at=AT)
    heads, *told = [each.cells for each in read_book(path).sheets[0].rows]
    # A row ends with its last filled cell.
    return heads, [[*each, *[""] * (len(heads) - len(each))] for each in told]


def limits(heads: Sequence[str], told: Sequence[Sequence[str]], begin: str = "") -> Mapping[str, list[str]]:
    number, *days = (heads.index(name) for name in NAMES)
    return {each[number]: [each[n] for n in days] for each in told if each[number].startswith(begin)}


def again(office, world: World, book, tmp_path: Path) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Bring an export in once more under other numbers, as into an empty county: its limits before and after."""
    heads, told = exported(office, world, tmp_path / "first.xlsx")
    number = heads.index("编号")
    renamed = [[f"Z{cell}" if n == number else cell for n, cell in enumerate(each)] for each in told]
    done = do(office, book([heads, *renamed]), world)
    assert (done.created, done.refused, done.warnings) == (len(told), [], [])
    there = limits(*exported(office, world, tmp_path / "second.xlsx"), "Z")
    return limits(heads, told), {each.removeprefix("Z"): days for each, days in there.items()}


def test_both_days_come_back_as_they_went_out(office, world, book, tmp_path: Path) -> None:
    given = {
        # Of the seven working days that ours are: nothing said, said, put off to that very day, and both.
        "1": (None, None),
        "2": ("2026-03-18", None),
        "3": (None, "2026-03-18"),
        "4": ("2026-03-18", "2026-03-18"),
        "5": ("2026-03-18", "2026-03-25"),
        # Shorter and longer than ours, with and without a day it was put off to.
        "6": ("2026-03-11", "2026-03-18"),
        "7": ("2026-03-30", "2026-04-03"),
        "8": (None, "2026-03-12"),
        "9": (None, "2026-03-27"),
        # Due the day it was given out.
        "10": ("2026-03-09", None),
        # Two that fall on days nobody works: the next working day counts, the ledger says what it said.
        "11": ("2026-03-14", "2026-03-29"),
        "12": ("2026-03-21", None),
    }
    rows = [
        row(**{"编号": number, LIMIT: limit, EXTENDED: until, "问题描述": f"第{number}处水管断了。"})
        for number, (limit, until) in given.items()
    ]
    done = do(office, book(table_of(*rows)), world)
    assert (done.created, done.refused) == (12, [])
    before, after = again(office, world, book, tmp_path)
    assert after == before
    ours = "2026-03-18"
    said = {number: [limit or ours, until or ""] for number, (limit, until) in given.items()}
    # Put off to a day before ours would have been: that day is the limit, and it was put off.
    assert before == {**said, "8": ["2026-03-12", "2026-03-12"]}
    for number, (_, until) in given.items():
        assert only(world, number).was_extended == only(world, f"Z{number}").was_extended == (until is not None), number


def test_a_limit_that_cannot_be_kept_has_a_word(office, world, book) -> None:
    rows = [
        row(编号="1", 办理时限="2026-03-06"),
        row(
            编号="2",
            主办单位=None,
            协办单位=None,
            交办日期=None,
            办结日期=None,
            回访日期=None,
            满意度=None,
            **{LIMIT: "2026-03-12"},
        ),
    ]
    rows[1] |= {"结果类别": None, "是否销号": None, "进展": None}
    done = do(office, book(table_of(*rows)), world)
    assert (done.created, done.refused) == (2, [])
    assert [(each.row, each.column) for each in done.warnings] == [(3, LIMIT), (4, LIMIT)]


def test_a_case_that_is_nobodys_says_no_limit(office, world, book, tmp_path: Path) -> None:
    case = world.assigned()
    world.move(case, "return", "bai", reason="不归我们管")
    heads, told = exported(office, world, tmp_path / "out.xlsx")
    assert limits(heads, told)[world.case(case).number] == ["", ""]


def test_a_later_file_that_only_puts_it_off_is_followed_or_refused(office, world, book) -> None:
    given_out = {"受理日期": "2026-11-12", "交办日期": "2026-11-13"}
    do(office, book(table_of(open_row(**given_out), row(编号="2"))), world)
    later = [open_row(**given_out, 延期至="2026-12-11"), row(编号="2", 延期至="2026-04-30")]
    done = do(office, book(table_of(*later)), world)
    case = only(world)
    assert (done.updated, case.was_extended) == (1, True)
    assert case.due_at is not None and case.due_at.date() == date(2026, 12, 11)
    # What is over cannot be put off any more.
    assert [(each.row, each.column) for each in done.refused] == [(4, EXTENDED)]
    assert do(office, book(table_of(later[0])), world).unchanged == 1


@pytest.mark.parametrize(
    ("told", "due"),
    [
        # Reported on Thursday the fifth of March, given out on the ninth.
        ("15个工作日", "2026-03-26"),
        ("十五个工作日内", "2026-03-26"),
        ("自受理之日起 １５ 个工作日内办结", "2026-03-26"),
        ("交办之日起15个工作日", "2026-03-30"),
        ("30天", "2026-04-07"),
        ("3月18日", "2026-03-18"),
        ("2026年3月18日前", "2026-03-18"),
        ("3月18日之前办结", "2026-03-18"),
    ],
)
def test_a_number_of_days_is_reckoned_by_the_calendar_and_not_the_countys_own_limit(
    office, world, book, told: str, due: str
) -> None:
    given = open_row(受理日期="2026-03-05", 交办日期="2026-03-09", 办理时限=told)
    done = do(office, book(table_of(given)), world)
    assert (done.created, done.refused, done.warnings) == (1, [], [])
    at = only(world).due_at
    assert at is not None and at.date().isoformat() == due
    assert do(office, book(table_of(given)), world).unchanged == 1


@pytest.mark.parametrize("told", ["尽快", "2026-02-30", "0个工作日", "一个月"])
def test_a_limit_that_nobody_can_read_has_a_word_naming_it(office, world, book, told: str) -> None:
    done = do(office, book(table_of(row(办理时限=told))), world)
    assert (done.created, [(each.row, each.column) for each in done.warnings]) == (1, [(3, LIMIT)])
    assert told in done.warnings[0].reason


def test_what_is_put_off_to_a_day_before_its_limit_is_refused_there(office, world, book) -> None:
    pairs = [("2026-03-30", "2026-03-20"), ("20个工作日", "2026-03-20"), ("2026-03-20", "2026-03-20")]
    rows = [row(**{"编号": str(n), LIMIT: limit, EXTENDED: until}) for n, (limit, until) in enumerate(pairs)]
    done = do(office, book(table_of(*rows)), world)
    assert done.created == 1
    assert [(each.row, each.column) for each in done.refused] == [(3, EXTENDED), (4, EXTENDED)]
    assert LIMIT in done.refused[0].reason
