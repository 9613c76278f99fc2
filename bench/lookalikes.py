"""Look-alikes of the latest reports, beside the least that could find any: one statement that looks through all titles.

A part of `make bench`, at its largest size; `python -m bench.lookalikes URL` asks an office that is there already.
"""

import statistics
import sys
import time

from sqlalchemy import func, select

from bench.figures import Figure, Results, Target, as_text
from casework.cases.tables import Case
from casework.cases.topics import lookalikes
from casework.core.actors import Actor, Grant
from casework.core.database import Database
from casework.core.ids import new_id

QUESTIONS = 40
# 50 ms at 10⁵ cases where the statement takes 40: the machine the musts were set on.
_TARGET, _SHARE = 10**5, Target(1.25)


def main(url: str) -> int:
    """Ask for the look-alikes of the latest reports, one after another; 1 when the must is missed."""
    db, results = Database(url), Results()
    measure(results, db)
    db.close()
    sys.stdout.write(as_text(results.figures) + "\n")
    return 1 if results.missed() else 0


def measure(results: Results, db: Database) -> None:
    """Ask for look-alikes and look through the titles in turn, and put both into the table."""
    wall, floors = [], []
    with db.reading() as session:
        latest = select(Case.id, Case.region_code).where(Case.state == "reported").order_by(Case.id.desc())
        asked = session.execute(latest.limit(QUESTIONS)).all()
        at = session.scalars(select(func.max(Case.reported_at))).one()
        clerk = Actor(new_id(), "bench", (Grant("clerk", asked[0].region_code[:6]),))
        for row in asked:
            case = session.get_one(Case, row.id)
            look, word = lookalikes.look_of(case), case.title[:2]
            begun = time.perf_counter()
            session.scalars(select(Case.id).where(Case.title.contains(word)).order_by(Case.id.desc()).limit(20)).all()
            session.scalar(select(func.count()).select_from(Case).where(Case.title.contains(word)))
            floors.append(1000 * (time.perf_counter() - begun))
            begun = time.perf_counter()
            lookalikes.find(session, clerk, look, at=at)
            wall.append(1000 * (time.perf_counter() - begun))
        cases = session.scalar(select(func.count()).select_from(Case)) or 0
    wall.sort()
    middle, least = statistics.median(wall), statistics.median(floors)
    results.raw.append({"operation": "look-alikes", "cases": cases, "wall_ms": wall, "floor_ms": floors})
    told = f"(p95 {wall[int(0.95 * len(wall))]:.0f})"
    # Asked for at this size: a floor that looks through a tenth of the titles is no measure of an index.
    target = _SHARE if _TARGET <= cases <= 2 * _TARGET else Target()
    results.add(
        Figure("look-alikes", "one question, p50", middle, "ms", cases=cases, note=told),
        Figure("look-alikes", "by the floor's", middle / least, "times", target, cases, f"(floor {least:.1f} ms)"),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
