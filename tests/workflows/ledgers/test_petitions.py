"""Citizens' messages from files: known by their number, lived as the file tells, never doubled."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.cases.figures import statistics
from casework.cases.figures.scopes import scope_of
from casework.cases.filters import read_filter
from casework.cases.listing import lists
from casework.cases.reporters import unseal
from casework.cases.tables import Case, CaseLink
from casework.core.actors import Actor, Grant
from casework.core.errors import Denied, Refused
from casework.core.office import Office
from casework.keeping.verify import verify
from casework.matters import history
from casework.matters.search import SearchEntry, matches
from casework.matters.tables import Deadline, HistoryEntry, OutboxEvent, Sequence
from casework.registry import loading
from tests.world import COUNTY, World
from workflows import firing
from workflows.ledgers import exporting, importing
from workflows.lifecycles import lifecycles

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HEADINGS = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"]
ANSWERED = [
    "101",
    "UU001",
    "请求修好三组的水管",
    "2026/3/6 10:15:45",
    "\n\t\t\n\t\t水管断了半个月。\n\t\t",
    "已修好。",
    "2026/3/18 14:31:04",
]
OPEN = ["102", "UU002", "咨询养老保险怎么补缴", "2026/11/18 9:00:00", "想问补缴的手续。", None, None]


def do(office: Office, path: Path, actor: Actor, **options: Any):
    return importing.run(office, "petitions", path, actor=actor, at=AT, **options)


def only(world: World, key: str) -> Case:
    with world.db.reading() as session:
        return session.scalars(select(Case).where(Case.source_key == f"{COUNTY}:{key}")).one()


def count(world: World, table: type) -> int:
    with world.db.reading() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_an_answered_message_becomes_a_case_with_its_lived_history(office, world, book) -> None:
    done = do(office, book([HEADINGS, ANSWERED]), world["he"])
    case = only(world, "petition:101")
    assert (done.created, done.refused) == (1, [])
    assert (case.state, case.result_class, case.reply) == ("closed", "D", "已修好。")
    assert (case.category, case.region_code, case.channel, case.kind) == ("other", COUNTY, "import", "help")
    assert case.description == "水管断了半个月。"
    assert case.number == "QC-AJ-2026-000001"
    with world.db.reading() as session:
        assert unseal(session, case, "name") == "UU001"
    rows = world.history(case.id)
    assert [row.trigger for row in rows] == ["report", "assign", "coordinate", "resolve", "close"]
    assert rows[0].at == datetime(2026, 3, 6, 2, 15, 45, tzinfo=UTC)
    assert rows[-1].at == rows[-2].at == datetime(2026, 3, 18, 6, 31, 4, tzinfo=UTC)
    assert all(earlier.at <= later.at for earlier, later in pairwise(rows))
    assert {row.recorded_at for row in rows} == {AT}
    assert all(history.digest(row) == row.hash for row in rows)


def test_assignment_waits_for_the_opening_of_the_office(office, world, book) -> None:
    late = [*ANSWERED]
    late[3] = "2026/3/6 23:10:00"  # a Friday night
    do(office, book([HEADINGS, late]), world["he"])
    rows = world.history(only(world, "petition:101").id)
    assert rows[1].at == datetime(2026, 3, 9, 0, 30, tzinfo=UTC)


def test_who_closes_is_not_who_resolved(office, world, book) -> None:
    do(office, book([HEADINGS, ANSWERED]), world["he"])
    rows = {row.trigger: row for row in world.history(only(world, "petition:101").id)}
    assert rows["close"].actor_id == world["he"].person_id
    assert rows["resolve"].actor_id is None


def test_an_unanswered_message_waits_for_triage_and_no_old_rung_fires(office, world, book) -> None:
    old = [*OPEN]
    old[3] = "2019-01-05"
    do(office, book([HEADINGS, old]), world["he"])
    case = only(world, "petition:102")
    assert (case.state, case.kind, case.reported_at) == ("reported", "inquiry", datetime(2019, 1, 4, 16, tzinfo=UTC))
    assert case.due_at is not None and case.due_at < AT
    assert firing.sweep(world.db, at=AT + timedelta(days=60)).fired == 0


def test_rungs_that_come_after_the_import_do_fire(office, world, book) -> None:
    fresh = [*OPEN]
    fresh[3] = "2026/11/19 18:00:00"
    do(office, book([HEADINGS, fresh]), world["he"])
    assert firing.sweep(world.db, at=AT + timedelta(days=9)).fired == 1


def test_nobody_is_woken_for_what_happened_elsewhere(office, world, book) -> None:
    do(office, book([HEADINGS, ANSWERED, OPEN]), world["he"])
    with world.db.reading() as session:
        assert {row.status for row in session.scalars(select(OutboxEvent))} == {"done"}
        assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 6


def test_the_same_file_twice_changes_nothing(office, world, book) -> None:
    path = book([HEADINGS, ANSWERED, OPEN])
    do(office, path, world["he"])
    before = [count(world, table) for table in (Case, HistoryEntry, Deadline, OutboxEvent, SearchEntry)]
    again = do(office, path, world["he"])
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 2, [])
    assert [count(world, table) for table in (Case, HistoryEntry, Deadline, OutboxEvent, SearchEntry)] == before


def test_a_repeated_import_does_not_undo_what_the_office_has_changed_since(office, world, book) -> None:
    path = book([HEADINGS, OPEN])
    do(office, path, world["he"])
    with world.db.transaction() as session:
        session.scalars(select(Case)).one().title = "office's own words"
    assert do(office, path, world["he"]).unchanged == 1
    assert only(world, "petition:102").title == "office's own words"


def test_a_later_file_brings_the_reply(office, world, book) -> None:
    done = do(office, book([HEADINGS, [*OPEN[:5], "暂无", "—"]]), world["he"])
    assert (done.created, only(world, "petition:102").state) == (1, "reported")
    answered = [*OPEN[:5], "可以到窗口办。", "2026/11/19 15:00:00"]
    done = do(office, book([HEADINGS, answered]), world["he"])
    case = only(world, "petition:102")
    assert (done.updated, case.state, case.reply) == (1, "closed", "可以到窗口办。")
    assert do(office, book([HEADINGS, answered]), world["he"]).unchanged == 1


def test_a_reply_for_a_case_in_hand_is_refused_at_its_cell(office, world, book) -> None:
    do(office, book([HEADINGS, OPEN]), world["he"])
    world.move(only(world, "petition:102").id, "assign", "an", at=AT, org="SLJ")
    done = do(office, book([HEADINGS, [*OPEN[:5], "可以。", "2026/11/19 15:00:00"]]), world["he"])
    assert [(each.row, each.column) for each in done.refused] == [(2, "答复意见")]
    assert only(world, "petition:102").state == "assigned"


def test_changed_words_are_mended_with_the_change_in_the_history(office, world, book) -> None:
    do(office, book([HEADINGS, OPEN]), world["he"])
    changed = ["102", "UU002", "咨询养老保险补缴", *OPEN[3:]]
    assert do(office, book([HEADINGS, changed]), world["he"]).updated == 1
    case = only(world, "petition:102")
    assert case.title == "咨询养老保险补缴"
    assert world.history(case.id)[-1].fields["title"]["from"] == "咨询养老保险怎么补缴"
    assert do(office, book([HEADINGS, changed]), world["he"]).unchanged == 1


def test_a_category_is_taken_when_the_tree_is_loaded_and_other_before(office, world, book) -> None:
    path = book([[*HEADINGS, "一级分类"], [*OPEN, "劳动和社会保障"]])
    do(office, path, world["he"])
    assert only(world, "petition:102").category == "other"
    with world.db.transaction() as session:
        loading.Tree(session).load(["劳动和社会保障", "养老"], at=AT)
    assert do(office, path, world["he"]).updated == 1
    assert only(world, "petition:102").category == "t-laodongheshehuibaozhang"
    assert do(office, path, world["he"]).unchanged == 1


def test_look_alikes_are_linked_and_not_refused(office, world, book) -> None:
    twin = ["103", "UU009", OPEN[2], "2026/11/19 9:00:00", "另外的话。", None, None]
    done = do(office, book([HEADINGS, OPEN, twin]), world["he"])
    assert (done.created, done.marked) == (2, 1)
    assert count(world, CaseLink) == 1
    assert world.history(only(world, "petition:103").id)[-1].trigger == "link"
    assert do(office, book([HEADINGS, OPEN, twin]), world["he"]).unchanged == 2


def test_bad_rows_are_refused_one_by_one_while_good_rows_land(office, world, book) -> None:
    table = [
        HEADINGS,
        OPEN,
        ["201", "U", "没有时间的留言", None, "内容", None, None],
        ["202", "U", "时间写错的留言", "三月六日", "内容", None, None],
        ["203", "U", "答复早于留言", "2026/3/6 10:00:00", "内容", "好", "2026/3/5 10:00:00"],
        ["204", "U", "答复没有时间", "2026/3/6 10:00:00", "内容", "好", None],
        ["205", "U", "还没到的日子", "2027/3/6 10:00:00", "内容", None, None],
        [None, "U", "没有编号", "2026/3/6 10:00:00", "内容", None, None],
        ["102", "U", "同一个编号，另一件事", "2026/3/6 10:00:00", "内容", None, None],
        ["合计", None, None, None, "8 件", None, None],
        [None] * 7,
        ["206", "U", "好的一行", "2026/3/6", "内容", None, None],
    ]
    done = do(office, book(table), world["he"])
    assert done.created == 2
    told = [(each.sheet, each.row, each.column) for each in done.refused]
    assert told == [
        ("明细", 3, "留言时间"),
        ("明细", 4, "留言时间"),
        ("明细", 5, "答复时间"),
        ("明细", 6, "答复时间"),
        ("明细", 7, "留言时间"),
        ("明细", 8, "留言编号"),
        ("明细", 9, "留言编号"),
    ]
    assert all(each.reason for each in done.refused)


def test_numbers_have_no_gaps_even_when_a_life_is_refused(office, world, book) -> None:
    # Before 1900 no calendar reckons; the engine finds out, not the reading of the cell.
    rows = [[str(n), "U", f"第{n}件", "2026/3/6 10:00:00", "内容", None, None] for n in range(3)]
    do(office, book([HEADINGS, rows[0]]), world["he"])
    do(office, book([HEADINGS, *rows]), world["he"])
    with world.db.reading() as session:
        numbers = sorted(session.scalars(select(Case.number)))
        last = session.scalars(select(Sequence.last)).one()
    assert numbers == [f"QC-AJ-2026-00000{n}" for n in (1, 2, 3)]
    assert last == 3
    assert world.case(world.report(at=AT)).number == "QC-AJ-2026-000004"


def test_a_dry_run_changes_nothing_and_tells_the_same(office, world, book) -> None:
    path = book([HEADINGS, ANSWERED, OPEN])
    tried = do(office, path, world["he"], dry_run=True)
    assert [count(world, table) for table in (Case, HistoryEntry, Deadline, Sequence)] == [0, 0, 0, 0]
    assert do(office, path, world["he"]).as_json() == tried.as_json()


def test_a_message_is_found_by_its_words(office, world, book) -> None:
    do(office, book([HEADINGS, ANSWERED, OPEN]), world["he"])
    with world.db.reading() as session:
        found = session.scalars(select(SearchEntry.matter_id).where(matches(session, "补缴", plainly=None))).all()
    assert found == [only(world, "petition:102").id]


def test_a_title_too_long_is_shortened_and_kept_whole_in_the_text(office, world, book) -> None:
    long = "很长的标题" * 40
    do(office, book([HEADINGS, ["301", "U", long, "2026/3/6 10:00:00", "内容", None, None]]), world["he"])
    case = only(world, "petition:301")
    assert len(case.title) == 120
    assert case.description.startswith(long)


def test_what_is_exported_and_imported_again_changes_nothing(office, world, book, tmp_path: Path) -> None:
    table = [[*HEADINGS, "反对数", "点赞数", "一级分类"], [*ANSWERED, 1, 20, "城乡建设"], [*OPEN, 0, 4, "+SUM(1)"]]
    do(office, book(table), world["he"])
    for name in ("out.xlsx", "out.csv"):
        rows = exporting.run(office, "petitions", tmp_path / name, actor=world["he"], at=AT)
        again = do(office, tmp_path / name, world["he"])
        assert (rows, again.created, again.updated, again.unchanged, again.refused) == (2, 0, 0, 2, [])


@pytest.mark.parametrize("who", ["chen", "bai", "guan", "shen", "guanli", "ding"])
def test_only_triage_of_the_office_imports_and_exports(who: str, office, world, book, tmp_path: Path) -> None:
    with pytest.raises(Denied):
        do(office, book([HEADINGS, OPEN]), world[who])
    with pytest.raises(Denied):
        exporting.run(office, "petitions", tmp_path / "out.xlsx", actor=world[who], at=AT)


def test_the_console_imports_in_nobodys_name(office, world, book) -> None:
    do(office, book([HEADINGS, OPEN]), Actor(None, "console", (Grant("head", COUNTY),)))
    assert only(world, "petition:102").reported_by is None


def test_a_file_without_the_columns_is_refused_as_a_whole(office, world, book: Callable[..., Path]) -> None:
    with pytest.raises(Refused) as refused:
        do(office, book([["留言编号", "留言主题"], ["1", "x"]]), world["he"])
    assert refused.value.refusals[0].code == "columns_missing"


def test_a_first_contact_no_file_tells_of_is_not_known_and_no_failure(office, world, book) -> None:
    mine = world.assigned(at=AT - timedelta(days=9))
    recent = [*ANSWERED[:3], "2026/10/6 10:15:45", *ANSWERED[4:6], "2026/10/18 14:31:04"]
    do(office, book([HEADINGS, recent, OPEN]), world["he"])
    case = only(world, "petition:101")
    assert case.contact_outcome == "unknown" and only(world, "petition:102").contact_outcome is None
    with world.db.reading() as session:
        scope = scope_of(world["lu"], zone=session.info["zone"])
        now = statistics.overview(session, scope, at=AT).figures()
        then = statistics.stood_on(session, scope, AT.date() - timedelta(days=1))
        for told in (now, then):
            rate, aside = told["response_rate"], told["contact_unknown"]
            # The one of our own that nobody spoke to counts, and fails; the answered message stands apart.
            assert (rate.n, rate.of, aside.n) == (0, 1, 1)
            assert _found(session, world, rate.of_filter) == [mine] and _found(session, world, aside.filter) == [
                case.id
            ]
        failed = {"contacted": ["false"], "assigned": ["true"]}
        assert _found(session, world, failed) == [mine]
    # What the office then takes up itself is known again.
    world.move(case.id, "reopen", "he", reason="又断了", at=AT)
    world.move(case.id, "assign", "he", org="SLJ", at=AT)
    with world.db.reading() as session:
        figures = statistics.overview(session, scope, at=AT).figures()
        assert (figures["response_rate"].of, figures["contact_unknown"].n) == (2, 0)
    found = verify(world.db, at=AT, attachments=office.settings.attachments, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def _found(session: Any, world: World, words: Any) -> list[Any]:
    asked = read_filter(words, session=session, actor=world["lu"])
    return list(lists.ids(session, world["lu"], at=AT, filter=asked, most=9))
