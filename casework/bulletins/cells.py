"""The records behind one number of a bulletin's tables, found anew by the table, the column and the key of the row.

What keeps editions is found as it was known when the bulletin was frozen. What has none (consultations, supervised
matters) a frozen bulletin names by its ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity, Service, Suggestion
from casework.bulletins import agreed, annexes, counts, people
from casework.bulletins.annexes import Source, is_number, words
from casework.bulletins.drafting import Content
from casework.bulletins.drawing import Drawing
from casework.campaign.outline import FACTS
from casework.campaign.quarters import Quarter, read_quarter
from casework.campaign.sources import SOURCES, Instants, within
from casework.campaign.tables import Goal
from casework.cases.tables import Case, Solution
from casework.core.database import Session
from casework.core.errors import NotFound
from casework.core.ids import parse_id
from casework.funds.tables import FundLine

Ids = Sequence[UUID]
Finder = Callable[[Session, Drawing, Quarter, str], Ids]


@dataclass(frozen=True, slots=True)
class Cell:
    """What the numbers of a column count: the kind of record, and how those of a row are found."""

    kind: str
    find: Finder


def cell_of(table: str, column: int) -> Cell:
    """Return what a column counts.

    Raises:
        NotFound: there is no such column, or it holds no numbers.
    """
    found = CELLS.get((table, column))
    if found is None:
        raise NotFound("bulletin")
    return found


def kept(content: Content, table: str, column: int, row: str) -> Ids | None:
    """Return the records that a frozen bulletin itself names for a cell; None where it names none."""
    if table == FACT:
        return kept_of_fact(content, FACTS[column - 1]) if row == content.data["quarter"] else None
    if table == OPEN:
        ids = content.data["open"].get("ids") if row == content.data["quarter"] else None
        return None if ids is None else [UUID(each) for each in ids.split()]
    here = {"table": table, "column": str(column), "row": row}
    tables = (each for each in content.data["tables"] if each["key"] == table)
    sources = (source for each in tables for cells in each.get("sources", ()) for source in cells if source)
    told = next((source["ids"] for source in sources if "ids" in source and here.items() <= source.items()), None)
    return None if told is None else [UUID(each) for each in told.split()]


def kept_of_fact(content: Content, fact: str) -> Ids | None:
    """Return the matters that a bulletin names for a number of its prose: those of its tables, where they are as many.

    None where it names none: where the number counts what keeps editions, and where it was frozen without names.
    """
    if fact not in _OF_TABLES:
        return None
    key, columns = _OF_TABLES[fact]
    sources = [row for each in content.data["tables"] if each["key"] == key for row in each.get("sources", ())]
    told = [(row[column] or {}).get("ids", "") for row in sources for column in columns]
    found = [UUID(each) for ids in told for each in ids.split()]
    return found if len(found) == content.data["facts"].get(fact) else None


def fact_column(content: Content, fact: str) -> int | None:
    """Return the column of a number of the prose; None where nothing says any more what it counted."""
    is_lost = fact in _OF_TABLES and content.is_frozen and kept_of_fact(content, fact) is None
    return None if is_lost or fact not in FACTS else FACTS.index(fact) + 1


def label_of_fact(fact: str) -> str:
    """Return what a number of the prose is called."""
    return str(words()["annex"][FACT]["headings"][FACTS.index(fact) + 1])


def with_sources(content: Content, drawn: Callable[[], Content]) -> Content:
    """Return what was frozen with what each number counts, where tables frozen earlier do not say it themselves.

    Nothing that is kept changes: `drawn` draws the same day anew, as it was known then, and what it says a number
    counts stands only where its number is the frozen one.
    """
    if all(_says_all(table) for table in content.data["tables"]):
        return content
    anew = {table["key"]: table for table in drawn().data["tables"]}
    tables = [
        table if _says_all(table) else _sourced(table, anew.get(table["key"])) for table in content.data["tables"]
    ]
    return replace(content, data={**content.data, "tables": tables})


def _says_all(table: Mapping[str, Any]) -> bool:
    sources = table.get("sources") or [[None] * len(row) for row in table["rows"]]
    told = (pair for row, cells in zip(table["rows"], sources, strict=True) for pair in zip(row, cells, strict=True))
    return all(source is not None or not is_number(cell) for cell, source in told)


def _sourced(table: Mapping[str, Any], anew: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if anew is None:
        return table
    known: dict[tuple[Any, ...], Source | None] = {}
    for row, cells in zip(anew["rows"], anew["sources"], strict=True):
        known |= {(row[0], column, row[column]): source for column, source in enumerate(cells)}
    own = table.get("sources") or [[None] * len(row) for row in table["rows"]]
    made = [
        [source or known.get((row[0], column, row[column])) for column, source in enumerate(cells)]
        for row, cells in zip(table["rows"], own, strict=True)
    ]
    return {**table, "sources": made}


# ------------------------------------------------------------------ how the records of a row are found
def _in_place(table: Any, *, kind: str = "", lately: bool = False) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
        since = counts.first_day(instants, quarter) if lately else instants.campaign.begins
        told = counts.dated(instants, table, since=since, kind=kind)
        return session.scalars(select(table.id).where(*told, within(table.region_code, row))).all()

    return find


def _of_unit(table: Any, *, kind: str = "", lately: bool = False) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
        since = counts.first_day(instants, quarter) if lately else instants.campaign.begins
        told = counts.dated(instants, table, since=since, kind=kind)
        return session.scalars(select(table.id).where(*told, table.org_id == _id_of(row))).all()

    return find


def _arrived(session: Session, instants: Instants, _quarter: Quarter, row: str) -> Ids:
    lines = SOURCES["fund_line"].rows(instants, "amount", {}, counts.ARRIVED).subquery()
    asked = select(FundLine.id).join(lines, lines.c.value == FundLine.id).where(within(FundLine.region_code, row))
    return session.scalars(asked).all()


def _of_stage(stage: str) -> Finder:
    def find(session: Session, instants: Instants, _quarter: Quarter, row: str) -> Ids:
        quarter = read_quarter(row)
        lines = SOURCES["fund_line"].rows(instants, "amount", {}, stage).subquery()
        asked = select(FundLine.id).join(lines, lines.c.value == FundLine.id)
        return session.scalars(asked.where(FundLine.on_date.between(quarter.first, quarter.last))).all()

    return find


def _goals(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
    checklists = [each.code for each in instants.campaign.checklists_of("region")]
    told = counts.reached(instants, checklists, quarter.year)
    return session.scalars(select(Goal.id).where(*told, Goal.region_code == row)).all()


def _solved_by_unit(session: Session, instants: Instants, _quarter: Quarter, row: str) -> Ids:
    mine = counts.industries_of(counts.links_of(session, instants, "industry")).get(_id_of(row), ())
    asked = select(Solution.case_id).distinct()
    return session.scalars(asked.where(*counts.solved(instants, "industry"), Solution.industry_id.in_(mine))).all()


def _solved_by_kind(thing: str) -> Finder:
    def find(session: Session, instants: Instants, _quarter: Quarter, row: str) -> Ids:
        told = (*counts.solved(instants, thing), Solution.category == row)
        return session.scalars(select(Solution.case_id).distinct().where(*told)).all()

    return find


def _homes(*, seen: bool | None) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
        here = counts.homes_by_town(session, instants).get(row, ())
        done = set() if seen is None else counts.visited(session, instants, quarter)
        return [home for home in here if seen is None or (home in done) == seen]

    return find


def _of_member(*, seen: bool | None) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
        homes = people.homes_of(session, instants, _id_of(row))
        return list(homes if seen is None else homes & counts.visited(session, instants, quarter))

    return find


def _solved_by_member(session: Session, instants: Instants, quarter: Quarter, row: str) -> Ids:
    return list(people.cases_of(session, instants, quarter, _id_of(row)))


def _id_of(row: str) -> UUID:
    """Read the key of a row that is an id.

    Raises:
        NotFound: it is none, and there is no such row.
    """
    found = parse_id(row)
    if found is None:
        raise NotFound("bulletin")
    return found


def _of_matters(rows: Callable[[Session, Drawing, Quarter], agreed.Rows], column: int) -> Finder:
    def find(session: Session, instants: Drawing, quarter: Quarter, row: str) -> Ids:
        return next((cells[column - 1] for key, _, cells in rows(session, instants, quarter) if key == row), ())

    return find


def _every_home(*, seen: bool | None) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, _row: str) -> Ids:
        homes = [home for found in counts.homes_by_town(session, instants).values() for home in found]
        done = set() if seen is None else counts.visited(session, instants, quarter)
        return [home for home in homes if seen is None or (home in done) == seen]

    return find


def _activities(told: Callable[[Instants, Quarter], Sequence[Any]]) -> Finder:
    def find(session: Session, instants: Instants, quarter: Quarter, _row: str) -> Ids:
        return session.scalars(select(Activity.id).where(*told(instants, quarter))).all()

    return find


def _solved_lately(session: Session, instants: Instants, quarter: Quarter, _row: str) -> Ids:
    return session.scalars(select(Solution.case_id).distinct().where(*counts.solved_in(instants, quarter))).all()


def _matters(fact: str) -> Finder:
    def find(session: Session, instants: Drawing, quarter: Quarter, _row: str) -> Ids:
        return agreed.of_facts(session, instants, quarter)[fact]

    return find


def _under_way(session: Session, instants: Instants, _quarter: Quarter, _row: str) -> Ids:
    return session.scalars(select(Case.id).where(*counts.under_way(session, instants))).all()


# How many cases are under way is a table of one number in one row, which is the quarter.
OPEN = "open"
# The numbers of the prose (casework.campaign.outline.FACTS) are a table of one row, which is the quarter.
FACT = "facts"
# Those of what keeps no editions: the table and the columns that name the same matters, each once.
_OF_TABLES: Mapping[str, tuple[str, Sequence[int]]] = {
    "quarter_consultations": ("consultations", (1,)),
    "quarter_agreed": ("consultations", (2,)),
    "quarter_converted": ("consultations", (3,)),
    "quarter_realised": ("consultations", (4,)),
    # Every matter of the quarter is either still under supervision or struck off.
    "quarter_supervised": ("supervision", (1, 4)),
    "quarter_listed": ("supervision", (2,)),
    "quarter_urged": ("supervision", (3,)),
    "quarter_struck_off": ("supervision", (4,)),
}
_FACTS: Mapping[str, Cell] = {
    "quarter_households": Cell("household", _every_home(seen=None)),
    "quarter_visited": Cell("household", _every_home(seen=True)),
    "quarter_missed": Cell("household", _every_home(seen=False)),
    "quarter_phone": Cell("activity", _activities(counts.calls)),
    "quarter_surveys": Cell(
        "activity", _activities(lambda instants, quarter: counts.in_quarter(instants, quarter, *counts.SURVEYS))
    ),
    "quarter_solved": Cell("case", _solved_lately),
    "quarter_consultations": Cell("consultation", _matters("quarter_consultations")),
    **{fact: Cell("consensus", _matters(fact)) for fact in list(_OF_TABLES)[1:4]},
    **{fact: Cell("supervision", _matters(fact)) for fact in list(_OF_TABLES)[4:]},
    "quarter_urged": Cell("urging", _matters("quarter_urged")),
}
_OF_MEMBERS: Mapping[str, Cell] = {
    "households": Cell("household", _of_member(seen=None)),
    "visited": Cell("household", _of_member(seen=True)),
    "solved": Cell("case", _solved_by_member),
}
CELLS: Mapping[tuple[str, int], Cell] = {
    **{(FACT, column): _FACTS[fact] for column, fact in enumerate(FACTS, start=1)},
    (OPEN, 1): Cell("case", _under_way),
    ("villages", 1): Cell("activity", _in_place(Activity, kind="village_survey", lately=True)),
    ("villages", 2): Cell("activity", _in_place(Activity, kind="village_survey")),
    ("villages", 3): Cell("fund_line", _arrived),
    ("villages", 4): Cell("service", _in_place(Service)),
    ("villages", 5): Cell("goal", _goals),
    ("offices", 2): Cell("activity", _of_unit(Activity, kind="industry_survey", lately=True)),
    ("offices", 3): Cell("activity", _of_unit(Activity, kind="industry_survey")),
    ("offices", 4): Cell("activity", _of_unit(Activity, kind="thematic_consultation")),
    ("offices", 5): Cell("suggestion", _of_unit(Suggestion)),
    ("offices", 6): Cell("case", _solved_by_unit),
    ("households", 1): Cell("household", _homes(seen=None)),
    ("households", 2): Cell("household", _homes(seen=True)),
    ("households", 3): Cell("household", _homes(seen=False)),
    **{
        (part, column): _OF_MEMBERS[name]
        for part, names in people.NUMBERS.items()
        for column, name in enumerate(names, start=1)
    },
    **{
        ("money", column): Cell("fund_line", _of_stage(stage))
        for column, stage in enumerate(annexes.words()["stages"], start=1)
    },
    **{
        ("kinds", column): Cell("case", _solved_by_kind(thing))
        for column, thing in enumerate(counts.PROBLEMS_OF, start=1)
    },
    **{
        ("consultations", column): Cell(kind, _of_matters(agreed.by_town, column))
        for column, kind in enumerate(("consultation", "consensus", "consensus", "consensus"), start=1)
    },
    **{
        ("supervision", column): Cell(kind, _of_matters(agreed.by_unit, column))
        for column, kind in enumerate(("supervision", "supervision", "urging", "supervision", "supervision"), start=1)
    },
}


def headings(instants: Instants, table: str, column: int) -> tuple[str, str]:
    """Return the title of a table and the heading of one of its columns."""
    title, told = annexes.heads(instants.campaign, table)
    return title, told[column]


def stage_of(source: Source) -> tuple[int, str]:
    """Return column and row of a cell frozen when money led to a list of lines by stage and days."""
    from_day = source["from"]
    quarter = f"{from_day[:4]}Q{(int(from_day[5:7]) + 2) // 3}"
    return list(words()["stages"]).index(source["stage"]) + 1, quarter
