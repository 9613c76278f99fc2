"""A file brings what a clerk enters by hand in the same moment: it is there once, and one of the two is told so."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, text

from casework.campaign.tables import Goal, Link
from casework.core import clock as office_clock
from casework.core import editions
from casework.core.database import Database
from casework.core.editions import known
from casework.funds import actions as funds
from casework.funds.tables import FundLine
from casework.households.tables import Household
from casework.projects.tables import Project
from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import PROJECT
from tests.web.api.test_own_funds import LINE
from tests.world import VILLAGE
from workflows.ledgers import importing

NUMBER = "510822195503070014"


def beside(kind: str, tied: Tied) -> Any:
    """Return the ledger and its row, where the clerk sends the same and what, and of which table there is one more."""
    ends = {"holder": str(tied.colleague), "object": str(tied.mine), "valid_from": "2026-01-01"}
    link = {"campaign": CAMPAIGN, "kind": "member_household", "part": "demonstration", **ends}
    item = {"campaign": CAMPAIGN, "checklist": "five_ones_household", "item": "job_post", "year": 2026}
    where = {"乡镇": "竹园镇", "村": "方石村"}
    home = {"region_code": VILLAGE, "head_name": "赵六", "head_id_number": NUMBER}
    tie_row = {"委员姓名": "罗敏", "户主姓名": "张树生", "户类型": "示范户", "结对日期": "2026-01-01", **where}
    goal_row = {"对象": "张树生", "村组": "竹园镇方石村", "年度": 2026, "就业岗位完成时间": "2026-12-01"}
    money = {"项目名称": PROJECT["name"], "建设地点": "竹园镇方石村", "资金来源": "县财政", "申请(万元)": 3}
    sum_row = {**money, "文号": LINE["document_no"], "资金来源": LINE["source"], "批复(万元)": 30, "申请(万元)": None}
    return {
        "funds": ("funds", sum_row, "/funds", LINE, FundLine),
        "households": ("households", {"户主姓名": "赵六", "身份证号": NUMBER, **where}, "/households", home, Household),
        "links": ("links", tie_row, "/links", link, Link),
        "goals": ("goals", goal_row, "/goals", {**item, "object_id": str(tied.mine)}, Goal),
        "projects": ("funds", money, "/projects", PROJECT, Project),
    }[kind]


def waits(db: Database) -> bool:
    """Say whether somebody waits for such a lock."""
    with db.engine.connect() as connection:
        asked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(connection.scalar(asked))


def count(api: Api, table: Any) -> int:
    told = () if table is FundLine else (known(table),)
    with api.office.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*told)) or 0


def in_between(api: Api, monkeypatch: pytest.MonkeyPatch, table: Any, act: Callable[[], object]) -> threading.Thread:
    """Let somebody act when the file has looked and not yet entered; the file goes on when they wait, or are done."""
    clerk, here = threading.Thread(target=act), threading.current_thread()
    of, name = (funds, "add") if table is FundLine else (editions, "enter")
    entered = getattr(of, name)

    def enter(session: Any, row: Any, **options: Any) -> Any:
        if isinstance(row, table | funds.NewLine) and threading.current_thread() is here and clerk.ident is None:
            clerk.start()
            if api.office.db.is_postgresql:
                while clerk.is_alive() and not waits(api.office.db):
                    clerk.join(0.02)
        return entered(session, row, **options)

    monkeypatch.setattr(of, name, enter)
    return clerk


@pytest.mark.parametrize("kind", ["households", "links", "goals", "projects", "funds"])
def test_what_a_file_and_a_clerk_bring_at_once_is_there_once(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    ledger, row, path, told, table = beside(kind, tie(api.world))
    before, answers = count(api, table), list[int]()
    book = Workbook()
    assert book.active is not None
    for line in (list(row), list(row.values())):
        book.active.append(line)
    book.save(file := tmp_path / "file.xlsx")
    clerk = in_between(api, monkeypatch, table, lambda: answers.append(api("he", "POST", path, told).status_code))
    done = importing.run(api.office, ledger, file, actor=api.world["he"], at=office_clock.now())
    assert (done.created, done.refused) == (1, [])
    clerk.join()
    assert (count(api, table) - before, answers[0] in (409, 422)) == (1, True), answers
