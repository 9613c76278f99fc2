"""What a ledger asks and writes grows with its chunks, never with its rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pytest

from tests.web.api.counting import statements_of
from tests.workflows.ledgers.test_fund_ledger import ROW as SUM
from tests.workflows.ledgers.test_fund_ledger import table
from tests.workflows.ledgers.test_links_ledger import LINKS, do, linked
from tests.workflows.ledgers.test_visits_ledger import HEAD, row

__all__ = ["linked"]
Rows = Sequence[Sequence[object]]


def funds(count: int, *, of: str) -> Rows:
    """Make sums of projects of their own, the stages they have reached alike."""
    return table(*({**SUM, "项目名称": f"{of}第{n}段", "文号": f"青财农〔2026〕{of}{n}号"} for n in range(count)))


def links(count: int, *, of: str) -> Rows:
    """Make links of one member to households that are not known yet."""
    told = dict(zip(LINKS[0], LINKS[1], strict=True))
    rows = [{**told, "户主姓名": f"{of}户主{n}", "身份证号": "", "户主联系电话": ""} for n in range(count)]
    return [list(told), *([row[heading] for heading in told] for row in rows)]


def visits(count: int, *, of: str) -> Rows:
    """Make visits of one day after another, each with somebody who came along."""
    first = date(2022, 3, 2) if of == "甲" else date(2024, 3, 2)
    return [HEAD, *(row(季度="", 日期=str(first + timedelta(days=n)), 了解情况=of) for n in range(count))]


MADE: Mapping[str, Callable[..., Rows]] = {"funds": funds, "links": links, "visits": visits}


@pytest.mark.parametrize("kind", MADE)
def test_sixty_rows_are_as_many_statements_as_six(office, linked, book, kind: str) -> None:
    def counted(rows: Rows) -> tuple[int, int]:
        with statements_of(linked.db) as found:
            done = do(office, linked, kind, book(rows))
        assert done.refused == []
        return done.created or done.unchanged, len(found)

    few, many = MADE[kind](6, of="甲"), MADE[kind](60, of="乙")
    told = [counted(rows) for rows in (few, many, few, many)]
    assert [rows for rows, _ in told] == [6, 60, 6, 60]
    assert told[1][1] <= told[0][1], "entered"
    assert told[3][1] <= told[2][1], "found again"
