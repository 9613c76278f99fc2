"""How far one PostgreSQL goes: `python -m bench.scaling --sizes 10000 100000 1000000`.

Founds a prefecture of ten counties by the demo's own loader, lets it grow older (bench/multiplying.py), and at each
size asks what is asked most. Of every statement of it the plan is drawn with EXPLAIN (ANALYZE, BUFFERS): by which
indexes it went, how many rows it read, how many pages it touched. Written to docs/scaling.json and into docs/scaling.md
after each size, so that a run that is broken off leaves what it has found.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import event, func, select

from bench import machine, product, scaling_page, servers
from bench.loads.report import commit
from bench.multiplying import multiply
from bench.product import Product
from casework.cases.tables import Case
from casework.core import clock, logs
from casework.core.database import Database
from tests.web.api.counting import asked_again
from web.app import create_app
from workflows import firing
from workflows.demo import bulk

COUNTIES = 10
ROUNDS = 5
# A table of fewer pages is read whole because that is cheapest.
_BIG_PAGES = 200
Asked = list[tuple[str, Any]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**4, 10**5], metavar="N")
    parser.add_argument("--docs", type=Path, default=Path("docs"), metavar="FOLDER", help="where the page is")
    arguments = parser.parse_args(argv)
    logs.configure(format="plain", level=30)
    with servers.folder() as folder, servers.postgresql(folder) as url:
        begun = time.monotonic()
        house = product.found(folder / "home", url, lambda _more, _total: None)
        told: dict[str, Any] = {
            "date": f"{clock.now():%Y-%m-%d %H:%M} UTC",
            "commit": commit(),
            "machine": machine.describe(url),
            "load": round(machine.load_average(), 1),
            "counties": COUNTIES,
            "sizes": {},
        }
        # Counties as large as the demo's own: each a short transaction, also on a machine that others use.
        bulk.add(house.office, at=clock.now(), seed_number=1, cases=0, counties=COUNTIES - 1)
        for size in sorted(arguments.sizes):
            count = multiply(house.office.db, size)
            house.settle()
            seconds = time.monotonic() - begun
            sys.stderr.write(f"{clock.now():%H:%M:%S} {count:,} cases after {seconds:.0f} s\n")
            told["sizes"][str(count)] = {"loaded_seconds": round(seconds), **_measured(house)}
            told["load_after"] = round(machine.load_average(), 1)
            scaling_page.write(told, arguments.docs)
            begun = time.monotonic()
        house.office.close()
    return 0


def _measured(house: Product) -> Mapping[str, Any]:
    db = house.office.db
    client = create_app(house.office).test_client(use_cookies=False)

    def get(who: str, path: str) -> Callable[[], None]:
        kind = "application/json" if path.startswith("/api") else "text/html"

        def ask() -> None:
            answer = client.get(path, headers=house.bearer(who) | {"Accept": kind})
            if answer.status_code != 200:
                raise LookupError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")

        return ask

    while firing.sweep(db, at=clock.now()).fired:
        pass
    with db.reading() as session:
        newest = select(Case.number).where(Case.state == "closed", Case.region_code.like("510822%"))
        number = session.scalars(newest.order_by(Case.id.desc()).limit(1)).one()
        is_open = session.scalar(select(func.count()).where(Case.closed_at.is_(None)))
    day = clock.now().date()
    quarter = f"since={day - timedelta(days=90)}&until={day}"
    hot: Mapping[str, Callable[[], object]] = {
        "queue of a county": get("he", "/cases"),
        "queue of a unit": get("bai", "/cases"),
        "search, two characters": get("he", f"/api/v1/cases?q={quote('路灯')}&limit=50"),
        "case page": get("he", f"/cases/{number}"),
        "figures of a county": get("an", "/overview"),
        "figures of a quarter": get("an", f"/overview?{quarter}"),
        "sweep, nothing due": lambda: firing.sweep(db, at=clock.now()),
    }
    return {
        "open": is_open,
        "asked": {name: _explained(db, act) for name, act in hot.items()},
        "bytes": _bytes(db),
    }


def _explained(db: Database, act: Callable[[], object]) -> Mapping[str, Any]:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    with _heard(db) as asked:
        act()
    plans = [_plan(db, *each) for each in asked if each[0].lstrip().upper().startswith(("SELECT", "WITH"))]
    return {
        "statements": len(asked),
        "ms": round(sorted(times)[ROUNDS // 2], 1),
        "database_ms": round(sum(each["ms"] for each in plans), 2),
        "rows": sum(each["rows"] for each in plans),
        "pages": sum(each["pages"] for each in plans),
        "whole": sorted({table for each in plans for table in each["whole"]}),
        "dearest": sorted(plans, key=lambda each: -each["pages"])[:1],
    }


def _plan(db: Database, statement: str, parameters: Any) -> Mapping[str, Any]:
    session = db.session(write=True)
    try:
        explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
        (found,) = asked_again(session.connection(), explain, statement, parameters)
        pages = {
            row[0]: row[1]
            for row in session.connection().exec_driver_sql(
                "SELECT relname, relpages FROM pg_class WHERE relkind = 'r'"
            )
        }
    finally:
        # A statement that locks rows has locked them until here.
        session.rollback()
        session.close()
    whole, nodes = found[0], list(_nodes(found[0]["Plan"]))
    return {
        "statement": statement,
        "ms": round(whole["Execution Time"], 2),
        "pages": whole["Plan"].get("Shared Hit Blocks", 0) + whole["Plan"].get("Shared Read Blocks", 0),
        # What the leaves have read, also what they then left out.
        "rows": sum(
            round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
            for node in nodes
            if "Relation Name" in node
        ),
        "nodes": sorted({node["Node Type"] for node in nodes}),
        "ways": sorted({_way(node) for node in nodes if "Index Name" in node or "Relation Name" in node}),
        "whole": sorted(
            {
                node["Relation Name"]
                for node in nodes
                if node["Node Type"] == "Seq Scan" and pages.get(node["Relation Name"], 0) > _BIG_PAGES
            }
        ),
    }


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


def _way(node: Mapping[str, Any]) -> str:
    return str(node.get("Index Name") or f"{node['Node Type'].lower()} {node['Relation Name']}")


@contextmanager
def _heard(db: Database) -> Iterator[Asked]:
    asked: Asked = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def _bytes(db: Database) -> Mapping[str, Mapping[str, int]]:
    with db.reading() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT relname, pg_table_size(oid), pg_indexes_size(oid), reltuples::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " ORDER BY pg_total_relation_size(oid) DESC LIMIT 6"
        )
        return {name: {"table": table, "indexes": indexes, "rows": n} for name, table, indexes, n in rows}


if __name__ == "__main__":
    sys.exit(main())
