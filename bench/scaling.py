"""How far one PostgreSQL goes: `python -m bench.scaling --sizes 10000 100000 --counties 9`.

Loads a prefecture of equal counties, and at each size runs what is asked most and tells for each statement of it by
which indexes it went, how many rows it touched and how long it took, the tables' and indexes' bytes beside it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import event

from bench import machine, product, servers
from bench.loads.report import commit
from bench.product import Product
from casework.core import clock, logs
from casework.core.database import Database
from web.app import create_app
from workflows import firing
from workflows.demo import bulk

Asked = list[tuple[str, Any]]
_ROUNDS = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**4, 10**5], metavar="N")
    parser.add_argument("--counties", type=int, default=9, metavar="N", help="beside the demo county")
    parser.add_argument("--json", type=Path, default=Path("docs/scaling.json"), metavar="FILE")
    arguments = parser.parse_args(argv)
    logs.configure(format="plain", level=30)
    with servers.folder() as folder, servers.postgresql(folder) as url:
        house = product.found(folder / "home", url, lambda _more, _total: None)
        told: dict[str, Any] = {
            "date": f"{clock.now():%Y-%m-%d %H:%M} UTC",
            "commit": commit(),
            "machine": machine.describe(url),
            "load_before": round(machine.load_average(), 1),
            "counties": arguments.counties + 1,
            "sizes": {},
        }
        for place, size in enumerate(sorted(arguments.sizes)):
            begun = time.monotonic()
            more = size - house.count()
            counties = arguments.counties if place == 0 else 0
            bulk.add(
                house.office,
                at=clock.now(),
                seed_number=1,
                cases=more,
                counties=counties,
                on_progress=lambda _m, _t: None,
            )
            house.settle()
            seconds = time.monotonic() - begun
            told["sizes"][house.count()] = {"loaded_seconds": round(seconds), **_measured(house)}
            sys.stderr.write(f"{house.count():,} cases after {seconds:.0f} s\n")
            arguments.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        house.office.close()
    return 0


def _measured(house: Product) -> Mapping[str, Any]:
    db = house.office.db
    client = create_app(house.office).test_client(use_cookies=False)

    def get(who: str, path: str) -> Callable[[], None]:
        def ask() -> None:
            answer = client.get(
                path, headers=house.bearer(who) | {"Accept": "text/html" if "/api" not in path else "*/*"}
            )
            if answer.status_code != 200:
                raise LookupError(f"{path}: {answer.get_data(as_text=True)[:300]}")

        return ask

    firing.sweep(db, at=clock.now())
    hot: Mapping[str, Callable[[], None]] = {
        "queue of a county": get("he", "/cases"),
        "search of two characters": get("he", f"/api/v1/cases?q={quote('路灯')}&limit=50"),
        "figures of a county": get("an", "/overview"),
        "sweep, nothing due": lambda: firing.sweep(db, at=clock.now()) and None,
    }
    return {"queries": {name: _explained(db, act) for name, act in hot.items()}, "bytes": _bytes(db)}


def _explained(db: Database, act: Callable[[], None]) -> Mapping[str, Any]:
    for _ in range(_ROUNDS):
        act()
    begun = time.perf_counter()
    with _heard(db) as asked:
        act()
    seconds = time.perf_counter() - begun
    plans = []
    for statement, parameters in asked:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")) or "FOR UPDATE" in statement:
            continue
        with db.reading() as session:
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
            (found,) = session.connection().exec_driver_sql(explain, parameters).scalars()
        plan = found[0]
        plans.append(
            {
                "ms": round(plan["Execution Time"], 2),
                "planned_ms": round(plan["Planning Time"], 2),
                "buffers": plan["Plan"].get("Shared Hit Blocks", 0) + plan["Plan"].get("Shared Read Blocks", 0),
                "ways": sorted(set(_ways(plan["Plan"]))),
            }
        )
    dear = sorted(plans, key=lambda each: -each["ms"])[:4]
    return {"statements": len(asked), "whole_ms": round(seconds * 1000, 1), "dearest": dear}


def _ways(plan: Mapping[str, Any]) -> Iterator[str]:
    """Tell by which way each table is read."""
    if "Index Name" in plan:
        yield f"{plan['Node Type'].lower()} {plan['Index Name']}"
    elif plan["Node Type"] == "Seq Scan":
        yield f"whole table {plan['Relation Name']}"
    for each in plan.get("Plans", ()):
        yield from _ways(each)


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
            " ORDER BY pg_total_relation_size(oid) DESC LIMIT 10"
        )
        return {name: {"table": table, "indexes": indexes, "rows": n} for name, table, indexes, n in rows}


if __name__ == "__main__":
    sys.exit(main())
