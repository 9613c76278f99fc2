"""`python -m bench.lookalikes URL`: what a question for look-alikes takes in an office that is there already."""

import statistics
import sys
import time

from sqlalchemy import func, select

from casework.cases import lookalikes
from casework.cases.tables import Case
from casework.core.actors import Actor, Grant
from casework.core.database import Database
from casework.core.ids import new_id

QUESTIONS = 40


def main(url: str) -> None:
    """Ask for the look-alikes of the latest reports, one after another, and print wall and processor time."""
    db = Database(url)
    wall, busy = [], []
    with db.reading() as session:
        latest = select(Case.id, Case.region_code).where(Case.state == "reported").order_by(Case.id.desc())
        asked = session.execute(latest.limit(QUESTIONS)).all()
        at = session.scalars(select(func.max(Case.reported_at))).one()
        clerk = Actor(new_id(), "bench", (Grant("clerk", asked[0].region_code[:6]),))
        for row in asked:
            look = lookalikes.look_of(session.get_one(Case, row.id))
            begun, worked = time.perf_counter(), time.process_time()
            lookalikes.find(session, clerk, look, at=at)
            wall.append(1000 * (time.perf_counter() - begun))
            busy.append(1000 * (time.process_time() - worked))
        cases = session.scalar(select(func.count()).select_from(Case))
    wall.sort()
    sys.stdout.write(
        f"{cases} cases, {len(wall)} questions: wall p50 {statistics.median(wall):.0f} ms,"
        f" p95 {wall[int(0.95 * len(wall))]:.0f} ms; processor p50 {statistics.median(busy):.0f} ms\n"
    )
    db.close()


if __name__ == "__main__":
    main(sys.argv[1])
