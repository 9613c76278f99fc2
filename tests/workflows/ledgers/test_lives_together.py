"""A chunk of lives written at once is what comes of the same rows lived one by one and step by step."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from casework.cases import imported
from casework.cases.figures.tally_tables import NAMES, CaseTallyChange
from casework.cases.tables import Case, CaseLink, CaseUnit, Solution
from casework.core.database import Base, Session
from casework.exchange.sheets import read_book
from casework.keeping.verify import verify
from casework.matters import tables
from casework.matters.search import SearchEntry
from casework.registry.tables import Org
from tests.web.api.counting import statements_of
from tests.workflows.ledgers.test_case_ledger import AT, household, open_row, row, table
from tests.workflows.ledgers.test_petitions import ANSWERED, HEADINGS, OPEN
from tests.world import World
from workflows.ledgers.cases import Cases
from workflows.ledgers.desk import Desk, Ledger, Line
from workflows.ledgers.petitions import Petitions
from workflows.lifecycles import lifecycles

Told = Mapping[str, Sequence[str]]
# What two lives of the same row can not share: ids, what is hashed over them, what is sealed with chance.
OWN = frozenset({"id", "n", "hash", "head_hash", "prev_hash"})
KINDS: tuple[type[Base], ...] = (
    *(Case, CaseUnit, CaseLink, Solution, SearchEntry),
    *(tables.Deadline, tables.HistoryEntry, tables.OutboxEvent, tables.Sequence),
)
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


class StepByStep(Session):
    """A session that holds nothing back: every step is sent as it is taken."""

    @contextmanager
    def together(self, *, tracked: bool = True) -> Iterator[None]:
        assert tracked in {True, False}
        yield


def lines_of(ledger: Ledger, path: Path) -> list[Line]:
    [found] = ledger.columns.find(read_book(path))
    headings = {
        each.key: found.columns[each.heading].heading
        for each in ledger.columns.columns
        if each.heading in found.columns
    }
    return [Line(each.sheet, each.number, ledger.columns.read(found, each), headings) for each in found.records()]


def told(session: Session) -> Told:
    """Return every row of every table in words: cases by their numbers, ids of their own left out."""
    named = [*session.execute(select(Case.id, Case.number)), *session.execute(select(Org.id, Org.code))]
    names = {row_id.hex: name for row_id, name in named}

    def word(value: Any) -> str:
        return _ID.sub(lambda found: names.get(found[0].replace("-", ""), found[0]), repr(value))

    found: dict[str, Sequence[str]] = {}
    for kind in KINDS:
        columns = [
            each for each in kind.__mapper__.column_attrs if each.key not in OWN and not each.key.endswith("cipher")
        ]
        asked: Any = select(*columns)  # type: ignore[call-overload] # columns of any table
        rows = session.execute(asked).all()
        found[kind.__name__] = sorted(" ".join(map(word, each)) for each in rows)
    # What a life has changed step by step is told at once: it comes to the same.
    sums: Counter[str] = Counter()
    for change in session.scalars(select(CaseTallyChange)):
        place = word((change.day, change.place, change.category, change.unit))
        sums.update({f"{place} {name}": getattr(change, name) for name in NAMES})
    found["tallies"] = sorted(f"{name}={count}" for name, count in sums.items() if count)
    return found


def lived(world: World, session: Session, ledger: Ledger, chunks: Sequence[Sequence[Line]]) -> tuple[Told, Any, int]:
    """Let chunks be written and taken back again; return what there was, what the desk says, and how much was sent."""
    desk = Desk(ledger.columns, "zh")
    try:
        with statements_of(world.db) as sent:
            for chunk in chunks:
                ledger.write(session, chunk, desk)
            session.flush()
        if isinstance(session, StepByStep):
            # Nobody is told of it; what is written at once says so from the beginning.
            imported.settle_events(session, session.scalars(select(Case.id)), at=AT)
        return told(session), desk.done, len(sent)
    finally:
        session.close()


def both(world: World, ledger: Ledger, lines: Sequence[Line]) -> tuple[int, int, Any]:
    """Live lines both ways and hold the rows against each other; return how much was sent, and what the desk says."""
    plain = StepByStep(world.db.engine, expire_on_commit=False, autoflush=False, info=world.db.info)
    one_by_one, said, many = lived(world, plain, ledger, [[line] for line in lines])
    at_once, says, few = lived(world, world.db.session(write=True), ledger, [lines])
    for kind, rows in one_by_one.items():
        assert at_once[kind] == rows, kind
    assert says == said
    assert one_by_one["HistoryEntry"] and one_by_one["Deadline"] and one_by_one["OutboxEvent"]
    return few, many, says


def test_what_is_sent_while_more_is_made_is_whole(office, world: World, book) -> None:
    """Rows enough to be sent twice before the chunk ends, with some refused behind either time."""
    rows = [
        row(
            编号=str(n),
            问题描述=f"第{n % 60}处的水管被山洪冲断。",
            主办单位="没有的局" if n in {50, 51, 85} else "水利局",
        )
        for n in range(90)
    ]
    ledger = Cases(office, world["he"], AT)
    few, many, says = both(world, ledger, lines_of(ledger, book(table(*rows))))
    assert (says.created, {each.row for each in says.refused}) == (87, {53, 54, 88})
    assert says.marked > 20
    assert few < many / 4


def test_difficulties_of_every_kind(office, world: World, book, tmp_path: Path) -> None:
    household(world)
    words = [f"第{n}处的水管被山洪冲断。" for n in range(9)]
    rows = [
        row(编号="1", 反映人="张树生", 办理时限="2026-03-30"),
        row(编号="2", 主办单位="没有的局"),
        row(编号="3", 结果类别="B", 备注=None, 延期至="2026-04-30"),
        open_row(编号="4", 主办单位=None, 协办单位=None, 交办日期=None, 进展="请到信访局", 是否销号="是"),
        open_row(编号="5", 受理日期="2026-11-12", 交办日期="2026-11-13", 延期至="2026-12-12"),
        row(编号="6", 备注="长" * 5000),
        open_row(编号="QC-AJ-2026-000041", 责任人=None),
        row(编号="8", 满意度=None, 协办单位=None),
        open_row(编号="9", 主办单位=None, 协办单位=None, 交办日期=None, 进展=None),
    ]
    # The sixth lives to its end before its last word is refused; the third and the eighth look alike.
    rows = [{**each, "问题描述": words[2 if n == 7 else n]} for n, each in enumerate(rows)]
    ledger = Cases(office, world["he"], AT)
    few, many, says = both(world, ledger, lines_of(ledger, book(table(*rows))))
    assert (says.created, says.marked, {each.row for each in says.refused}) == (7, 1, {4, 8})
    assert few < many / 3.5
    with world.db.transaction() as session:
        ledger.write(session, lines_of(ledger, book(table(*rows[:5]))), Desk(ledger.columns, "zh"))
    # Some go on from where they are, some are new, some stay as they are.
    gone_on = {"办结日期": "2026-11-18", "结果类别": "A", "延期至": None}
    later = [{**each, **gone_on} if each["编号"] == "5" else each for each in rows]
    _, _, says = both(world, ledger, lines_of(ledger, book(table(*later))))
    assert (says.created, says.updated, says.unchanged) == (3, 1, 3)
    found = verify(world.db, at=AT, attachments=tmp_path, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def test_messages(office, world: World, book) -> None:
    ledger = Petitions(office, world["he"], AT)
    rows = [ANSWERED, OPEN, ["103", *ANSWERED[1:]], ["104", "UU003", "字" * 130, *OPEN[3:]]]
    few, many, says = both(world, ledger, lines_of(ledger, book([HEADINGS, *rows])))
    assert (says.created, says.marked, few < many / 2) == (4, 1, True)
