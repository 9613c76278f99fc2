"""The same columns out again: what is exported and imported unchanged changes nothing.

Rows are drawn in batches, so a large office costs no more memory than a small one. Personal data goes out in plain,
which is why only triage may export and every export leaves a trace (reliability.md §4.3; domain.md §5.2).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from casework.cases import imported
from casework.cases.reporters import unseal
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import refused
from casework.core.office import Office
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.writer import Cell, require_place, write_table
from casework.funds import sums
from casework.permissions import Subject, require
from casework.registry import audit, loading
from workflows.ledgers import (
    assessments,
    campaign_named,
    campaign_rows,
    consultations,
    fund_rows,
    petitions,
    record_rows,
    supervisions,
)
from workflows.ledgers.actors import at_home
from workflows.ledgers.case_rows import Categories, row_of
from workflows.ledgers.names import Names

BATCH = 500
PERMISSION = "case.export"
# Ledgers that name nobody but officials in their office: one person is enough for them.
NAMELESS = frozenset({"regions", "orgs", "categories", "funds", "supervisions"})
# What one row of the database holds sealed without trouble; a table of this size has some 50,000 rows.
MOST_KEPT = 16 * 1024 * 1024
_ENDINGS = (".xlsx", ".csv")

Row = Mapping[str, Any]
Each = TypeVar("Each")
Source = Callable[[Session, Office, Actor, datetime], Iterator[Row]]


def run(
    office: Office,
    kind: str,
    path: Path,
    *,
    actor: Actor,
    at: datetime,
    locale: str = "zh",
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write a kind to a .xlsx or .csv file and return how many rows it has.

    Raises:
        Denied: the actor is not triage of this office.
        Refused: there is no such kind, it comes later, or the file cannot be written there.
    """
    office = at_home(office, actor)
    require(actor, PERMISSION, Subject(office.settings.region))
    if kind not in SOURCES:
        raise refused("import_kind_unknown", kind=kind, kinds=", ".join(SOURCES))
    if path.suffix.lower() not in _ENDINGS:
        raise refused("export_file_kind")
    require_place(path)
    count = write(office, kind, path, seen_by=actor, at=at, locale=locale, on_progress=on_progress)
    with office.db.transaction() as session:
        facts = {"kind": kind, "file": path.name, "rows": count}
        audit.record(session, event="ledger.exported", actor=actor, at=at, facts=facts)
    return count


def write(
    office: Office,
    kind: str,
    path: Path,
    *,
    seen_by: Actor,
    at: datetime,
    locale: str = "zh",
    mark: str | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write what somebody sees of a kind and return how many rows it has. `mark`: what every page of it says.

    Whether they may, and that it happened, is the caller's.
    """
    columns = campaign_named.written(column_set(kind), office.settings.region)
    with office.db.reading() as session:
        rows = SOURCES[kind](session, office, seen_by, at)
        cells = counted((_cells(columns, row) for row in rows), on_progress)
        return write_table(
            path,
            headings=columns.headings,
            rows=cells,
            kinds=columns.cell_kinds,
            sheet=columns.title,
            locale=locale,
            mark=mark,
        )


def counted(rows: Iterator[Each], on_progress: Callable[[int], None] | None) -> Iterator[Each]:
    """Yield the rows, telling now and then how many there were."""
    for count, row in enumerate(rows, start=1):
        if on_progress is not None and count % BATCH == 0:
            on_progress(count)
        yield row


def _cells(columns: ColumnSet, row: Row) -> Sequence[Cell]:
    return [row.get(column.key) for column in columns.written]


def _places(session: Session, _office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    for place in loading.all_places(session):
        yield {"code": place.code, "name": place.name, "parent": place.parent_code, "level": place.level}


def _units(session: Session, _office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    for unit in loading.all_units(session):
        yield {"code": unit.code, "name": unit.name, "kind": unit.kind, "region_code": unit.region_code}


def _categories(session: Session, _office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    for path in loading.category_paths(session):
        yield dict(zip(("first", "second", "third"), path, strict=False))


def _petitions(session: Session, office: Office, actor: Actor, at: datetime) -> Iterator[Row]:
    labels = loading.category_labels(session)
    zone = office.settings.zone
    for batch in imported.tell(
        session, actor, keys_from=imported.source_key(office.settings.region, petitions.KEY), batch=BATCH, at=at
    ):
        for told in batch:
            case, kept = told.case, told.kept
            answered = case.reply is not None and case.resolved_at is not None
            yield {
                "number": imported.key_of(case).removeprefix(petitions.KEY),
                "name": unseal(session, case, "name"),
                "title": case.title,
                "reported": case.reported_at.astimezone(zone),
                "description": case.description,
                "reply": case.reply if answered else None,
                "replied": case.resolved_at.astimezone(zone) if answered and case.resolved_at else None,
                "against": kept.get("against"),
                "favour": kept.get("favour"),
                "category": kept.get("label") if case.category == petitions.OTHER else labels.get(case.category),
            }


def _cases(session: Session, office: Office, actor: Actor, at: datetime) -> Iterator[Row]:
    columns = column_set("cases")
    names = Names(session, county=office.settings.region)
    categories = Categories(loading.category_codes(session), loading.category_labels(session))
    number = 0
    for batch in imported.tell(session, actor, keys_from=None, batch=BATCH, at=at):
        for told in batch:
            number += 1
            yield {"serial": str(number), **row_of(session, told, names, categories, columns=columns)}


def _funds(session: Session, office: Office, actor: Actor, _at: datetime) -> Iterator[Row]:
    columns = column_set("funds")
    names = Names(session, county=office.settings.region)
    number = 0
    for found in sums.under(session, actor, roles=TRIAGE_ROLES):
        # What has reached none of the four stages yet has no place in this ledger.
        if found.last.project and not found.lines.keys().isdisjoint(fund_rows.AMOUNTS):
            number += 1
            yield {"serial": str(number), **fund_rows.row_of(found, names, columns=columns)}


SOURCES: Mapping[str, Source] = {
    "regions": _places,
    "orgs": _units,
    "categories": _categories,
    "petitions": _petitions,
    "cases": _cases,
    "funds": _funds,
    "members": campaign_rows.members_of,
    "households": campaign_rows.households_of,
    "links": campaign_rows.links_of,
    "visits": record_rows.visits_of,
    "services": record_rows.services_of,
    "suggestions": record_rows.suggestions_of,
    "attendance": record_rows.attendance_of,
    "goals": record_rows.goals_of,
    "assessments": assessments.rows_of,
    "supervisions": supervisions.rows_of,
    "consultations": consultations.rows_of,
}
