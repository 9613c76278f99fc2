"""`python -m bench.county`: a county of 171 members with ten years of records: figures, bulletin, the leader's page.

On SQLite in a folder of its own, apart from `make bench`, or in the office of CASEWORK_HOME with `--here`. The further
nine years are copies of the demo county's one, laid on later days of the same campaign with ids of their own; cases
are those of `casework demo --cases`. Each figure is the median and the 95th percentile of some rounds, in milliseconds
of this machine, beside the processor's; nothing that a page keeps for seconds is left from the round before.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select

from casework.activities.tables import Activity, Attendance, Service, Suggestion
from casework.bulletins import printing
from casework.campaign import figures
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants
from casework.campaign.tables import Goal
from casework.cases import imported
from casework.cases.tables import Solution
from casework.core import bulk, clock
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ids import new_id
from casework.core.office import Office, open_office
from casework.core.settings import read_settings
from casework.funds.tables import FundLine
from casework.keeping.start import make_ready
from casework.projects.tables import Beneficiary, Project
from casework.registry import accounts, sessions
from workflows.demo import loading
from workflows.demo.bulk import add

YEARS, CASES, FUND_LINES = 10, 30_000, 5_000
CODE, LEADER = "SLSC-2022", "lu"
# The first copy is a year later; each further one so many days, so that ten years end before today.
_FIRST_SHIFT, _STEP = 365, 100
_ROUNDS, _WARM = 15, 2
DAYS = (date(2022, 6, 30), date(2023, 1, 11), date(2024, 12, 31), date(2026, 11, 1))
QUARTER = Quarter(2026, 3)
BULLETINS = ("docx", "pdf", "xlsx")
Shifts = Mapping[str, Callable[[Any], Any]]


def main() -> int:
    """Measure the figures, the bulletin and the leader's page and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.county")
    parser.add_argument("--here", action="store_true", help="in the office of CASEWORK_HOME, which is grown if it must")
    parser.add_argument("--cases", type=int, default=CASES, help="how many cases there are to be")
    arguments = parser.parse_args()
    if arguments.here:
        _measure(open_office(), arguments.cases)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        office = open_office(read_settings({"CASEWORK_HOME": folder}))
        make_ready(office, at=clock.now())
        loading.load(office, at=clock.now(), seed_number=1)
        _measure(office, arguments.cases)
    return 0


def _measure(office: Office, cases: int) -> None:
    grow(office, cases)
    campaign = campaigns()[CODE]
    for day in DAYS:
        _tell(f"all figures of {day}", office, Instants(campaign, day))
    _tell("the same as known an hour ago", office, Instants(campaign, DAYS[-1], clock.now() - timedelta(hours=1)))
    for format in BULLETINS:
        _rounds(f"the bulletin of {QUARTER} as {format}", partial(draw_bulletin, office, format))
    client, forget = leader(office)

    def open_page() -> None:
        forget()
        answer = client.get("/campaign")
        if answer.status_code != 200:
            raise LookupError(f"/campaign answered {answer.status_code}")

    _rounds("/campaign, nothing kept", open_page)


def leader(office: Office) -> tuple[FlaskClient, Callable[[], None]]:
    """Return the browser of the demo county's chair, and what makes the pages forget what they keep for seconds."""
    from web.app import create_app  # noqa: PLC0415 - the page is one part of three
    from web.views import counting  # noqa: PLC0415 - as above

    app = create_app(office)
    client = app.test_client()
    with office.db.transaction() as session:
        person = accounts.by_user_name(session, LEADER)
        if person is None:
            raise LookupError("the demo county has no chair")
        secret, _ = sessions.begin(
            session,
            person.id,
            roles=frozenset({"chair"}),
            address="127.0.0.1",
            agent="bench",
            at=clock.now(),
            profile=office.settings.account_profile,
        )
    client.set_cookie("casework_session", secret)

    def forget() -> None:
        with app.app_context():
            counting.forget()

    return client, forget


def grow(office: Office, cases: int) -> None:
    """Bring the demo county to ten years and so many cases; one that has grown already stays as it is."""
    with office.db.reading() as session:
        done = session.scalar(select(func.count()).select_from(Activity)) or 0
        missing = cases - imported.count_cases(session)
    if done < YEARS * 1_000:
        with office.db.transaction() as session:
            _copy_years(session)
    if missing > 0:
        add(office, at=clock.now(), seed_number=1, cases=missing, counties=0)


def _copy_years(session: Session) -> None:
    kept = {table: _rows(session, table) for table in (Activity, Service, Suggestion, Solution, Project, Goal)}
    attended, helped = _rows(session, Attendance), _rows(session, Beneficiary)
    lines = _rows(session, FundLine)
    for year in range(1, YEARS):
        shift = timedelta(days=_FIRST_SHIFT + _STEP * (year - 1))
        ids: dict[UUID, UUID] = {}
        for table, rows in kept.items():
            changed = {"year": lambda told, by=year: told + by} if table is Goal else {}
            bulk.insert(session, table, [_copy(row, shift, ids, changed) for row in rows if _fits(row, shift)])
        of_copies = [row for row in attended if row["activity_id"] in ids]
        bulk.insert(session, Attendance, [_copy(row, shift, ids, {}) for row in of_copies])
        of_copies = [row for row in helped if row["project_id"] in ids and _fits(row, shift)]
        bulk.insert(session, Beneficiary, [_copy(row, shift, ids, {}) for row in of_copies])
    for copy in range(1, FUND_LINES // len(lines)):
        ids = {}
        own = {"document_no": lambda told, by=copy: f"{told}-{by}"}
        shift = timedelta(days=_FIRST_SHIFT + copy * 30)
        bulk.insert(session, FundLine, [_copy(row, shift, ids, own) for row in lines if _fits(row, shift)])


def _rows(session: Session, table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table as they stand, those of days since today left out."""
    names = [column.key for column in inspect(table).column_attrs]
    asked = select(table) if table is FundLine else select(table).where(known(table))
    return [{name: getattr(row, name) for name in names} for row in session.scalars(asked)]


def _fits(row: Mapping[str, Any], shift: timedelta) -> bool:
    return all(value + shift <= clock.now().date() for value in row.values() if type(value) is date)


def _copy(row: Mapping[str, Any], shift: timedelta, ids: dict[UUID, UUID], changed: Shifts) -> dict[str, Any]:
    """Return a row on later days, with an id of its own; what names another copied row names its copy."""
    made: dict[str, Any] = {}
    for name, value in row.items():
        if name in changed:
            made[name] = changed[name](value)
        elif name == "id":
            made[name] = ids.setdefault(value, new_id())
        elif isinstance(value, UUID) and value in ids:
            made[name] = ids[value]
        elif name in ("matter_id", "allocation_id", "case_id"):
            made[name] = ids.setdefault(value, new_id())
        else:
            made[name] = value + shift if type(value) is date else value
    return made


def _tell(name: str, office: Office, instants: Instants) -> None:
    def once() -> None:
        with office.db.reading() as session:
            figures.reckon(session, instants)

    _rounds(name, once)


def draw_bulletin(office: Office, format: str) -> None:
    """Draw the bulletin of a quarter from its records and write it."""
    settings = office.settings
    folder, at = settings.attachments, clock.now()
    with office.db.reading() as session:
        document = printing.of_quarter(session, campaigns()[CODE], QUARTER, attachments=folder, at=at)
    printing.write(document, format, home=settings.home)


def _rounds(name: str, once: Callable[[], None]) -> None:
    wall, busy = [], []
    for turn in range(_WARM + _ROUNDS):
        begun, worked = time.perf_counter(), time.process_time()
        once()
        if turn >= _WARM:
            wall.append(1000 * (time.perf_counter() - begun))
            busy.append(1000 * (time.process_time() - worked))
    wall.sort()
    sys.stdout.write(
        f"{name}: p50 {statistics.median(wall):.0f} ms, p95 {wall[int(0.95 * len(wall))]:.0f} ms;"
        f" {statistics.median(busy):.0f} ms of processor time\n"
    )


if __name__ == "__main__":
    sys.exit(main())
