"""L1 to L8 of reliability.md §6, each at a share of its size and of its length; what was found, and what must hold.

The names of the table stand in docs/load.md. Rates can be shares too: on a machine that others use, a full rate
measures the others.
"""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from bench.load import Request, quantile
from bench.loads import generator, mixes
from bench.loads.generator import Draw, Told
from bench.loads.house import House
from casework.cases.tables import Case
from casework.core import clock
from casework.core.actors import Actor, Grant
from casework.core.database import Database
from casework.core.hashing import hash_password
from casework.keeping.verify import verify
from casework.matters.tables import Deadline, Firing, HistoryEntry
from casework.registry import accounts
from casework.registry.tables import Org, Person
from tests.world import COUNTY, World
from web.crowding import BURST_SECONDS, PATIENCE_SECONDS
from workflows.demo import material
from workflows.lifecycles import lifecycles

CLIENTS = 24
# So long the door takes a crowd for a rush, which is served whole (docs/decisions/0096).
RUSH = BURST_SECONDS + PATIENCE_SECONDS
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a scenario; `must`: the bound it has to keep (None: it is only told)."""

    what: str
    value: float
    unit: str
    must: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        if self.must is None:
            return True
        return self.value >= self.must if self.at_least else self.value <= self.must


@dataclass
class Run:
    """What the scenarios share: the house, what part of rates and numbers and of lengths, the cases people work on."""

    house: House
    share: float
    length: float
    cases: list[str] = field(default_factory=list)
    desk: list[str] = field(default_factory=list)

    def choose(self) -> None:
        """Choose the cases that are looked at, and those that notes are written to."""
        with self.house.product.office.db.reading() as session:
            newest = select(Case.number, Case.id).order_by(Case.id.desc())
            self.cases = [number for number, _ in session.execute(newest.limit(500))]
            is_open = newest.where(Case.closed_at.is_(None)).limit(200)
            self.desk = [str(case_id) for _, case_id in session.execute(is_open)]

    def day(self) -> Draw:
        """Return the mix of an office's day."""
        return mixes.office_day(self.house.product, self.cases, self.desk)

    def send(self, draw: Draw, *, rate: float, seconds: float, clients: int = CLIENTS, seed: int = 1) -> Told:
        """Send a draw at a share of its rate, for a share of its length (at least ten seconds)."""
        return generator.run(
            self.house.url,
            draw,
            rate=max(1.0, rate * self.share),
            seconds=max(10.0, seconds * self.length),
            clients=clients,
            seed=seed,
        )


def office_day(run: Run) -> Iterator[Finding]:
    """L1: an office's day."""
    told = run.send(run.day(), rate=80, seconds=600)
    yield Finding("requests", len(told.answers), "")
    yield Finding("a second", len(told.answers) / told.seconds, "/s")
    yield Finding("read, p95", told.p(0.95, *mixes.READS), "ms", 300)
    yield Finding("write, p95", told.p(0.95, *mixes.WRITES), "ms", 500)
    yield Finding("refused (4xx)", sum(400 <= each.status < 500 for each in told.answers), told.refusals(), 0)
    yield Finding("5xx or no answer", told.faults(), "", 0)


def morning(run: Run) -> Iterator[Finding]:
    """L2: members log in while somebody guesses passwords."""
    number, seconds = max(10, int(171 * run.share * run.length)), max(10.0, 120 * run.length)
    names, password = [f"load{n}" for n in range(number)], str(material.county()["password"])
    hashed, at = hash_password(password), clock.now()
    with run.house.product.office.db.transaction() as session:
        for name in names:
            accounts.create_account(
                session, user_name=name, name="委员", hashed=hashed, actor=None, at=at, must_change=False
            )
    bad = max(1.0, 50 * run.share)
    good = number / seconds
    draw = mixes.morning(names, password, _form(run.house.url), bad_share=bad / (bad + good))
    others = _beside(lambda: run.send(run.day(), rate=20, seconds=180, clients=8, seed=2))
    # A fifth more time than the last log-in needs on the average.
    told = generator.run(
        run.house.url, draw, rate=bad + good, seconds=seconds * 1.5, clients=CLIENTS, seed=3, patient=("log-in",)
    )
    entered = sum(each.status == 303 for each in told.of("log-in"))
    yield Finding("members let in", entered, f"of {len(told.of('log-in'))}", len(told.of("log-in")), at_least=True)
    yield Finding("guesses let in", sum(each.status == 303 for each in told.of("guess")), "", 0)
    yield Finding("log-in, p95", told.p(0.95, "log-in"), "ms")
    yield Finding("other pages, p95", others().p(0.95), "ms", 800)
    yield Finding("5xx or no answer", told.faults() + others().faults(), "", 0)


def hot_case(run: Run) -> Iterator[Finding]:
    """L3: 32 clients on five cases."""
    product = run.house.product
    with product.office.db.reading() as session:
        handled = select(Case.id, Case.version).join(Org, Org.id == Case.lead_org_id)
        handled = handled.where(Org.code == "SLJ", Case.state == "coordinated").order_by(Case.id.desc()).limit(5)
        versions = {str(row[0]): row[1] for row in session.execute(handled)}
        before = _contacts(session, versions)
    told = run.send(mixes.hot(product, list(versions), versions), rate=100, seconds=300, clients=32, seed=4)
    with product.office.db.reading() as session:
        written = _contacts(session, versions) - before
    landed = sum(each.status == 200 for each in told.answers)
    conflicts = sum(each.status in (409, 412) for each in told.answers)
    yield Finding("landed", landed, "")
    yield Finding("told that somebody was faster", conflicts, "")
    yield Finding("lost or doubled", abs(written - landed), "", 0)
    yield Finding("p95", told.p(0.95), "ms")
    yield Finding("5xx or no answer", told.faults(), "", 0)


def quarter_end(run: Run) -> Iterator[Finding]:
    """L4: bulletin and exports beside an office's day."""
    number = max(2, int(10 * run.share))
    commands: list[tuple[str, ...]] = [
        ("export", "cases", str(run.house.log.parent / f"cases{n}.xlsx")) for n in range(number)
    ]
    output = str(run.house.log.parent / "bulletin.docx")
    commands.append(("bulletin", "--campaign", "SLSC-2022", "--quarter", "2022Q4", "--format", "docx", "-o", output))
    codes = _beside(lambda: [_command(run, *each) for each in commands])
    told = run.send(run.day(), rate=20, seconds=600, seed=5)
    yield Finding("files made", codes().count(0), f"of {len(commands)}", len(commands), at_least=True)
    yield Finding("office's day, p95", told.p(0.95), "ms", 1000)
    yield Finding("5xx or no answer", told.faults(), "", 0)


def cliff(run: Run) -> Iterator[Finding]:
    """L5: thousands of clocks are overdue, as after a long outage, and a worker begins."""
    db = run.house.product.office.db
    world = _world(db)
    # Each case has three clocks that are long overdue.
    for _ in range(int(5000 * run.share / 3)):
        world.assigned(at=clock.now() - timedelta(days=60))
    due = select(func.count()).where(Deadline.next_fire_at <= func.now())
    with db.reading() as session:
        waiting = session.scalar(due) or 0
    begun = time.monotonic()
    run.house.start("worker")
    while True:
        with db.reading() as session:
            left = session.scalar(due)
        if not left or time.monotonic() - begun > 300:
            break
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    with db.reading() as session:
        rungs = (Firing.deadline_id, Firing.level)
        twice = len(session.execute(select(*rungs).group_by(*rungs).having(func.count() > 1)).all())
    yield Finding("clocks overdue at once", waiting, "")
    yield Finding("seconds until all had fired, the worker's start among them", seconds, "s", 120)
    yield Finding("fired twice", twice, "", 0)


def _world(db: Database) -> World:
    """Return the demo county's office as the tests' own world, which reports and assigns through the engine."""
    with db.reading() as session:
        ids = {person.user_name: person.id for person in session.scalars(select(Person))}
        orgs = {org.code: org.id for org in session.scalars(select(Org))}
    actors = {
        name: Actor(ids[name], name, (Grant(role, COUNTY, None),)) for name, role in (("an", "head"), ("he", "clerk"))
    }
    return World(db, actors, orgs)


def overload(run: Run) -> Iterator[Finding]:
    """L6: three times what the service can do, for a while; then how long until it answers as before."""
    probe = Request("GET", "/cases", run.house.product.browser("he"))
    usual = _closed_loop(run, probe, seconds=5)
    told = generator.run(
        run.house.url,
        run.day(),
        rate=min(400.0, 3 * usual),
        # Shorter, and it would be a rush and no overload.
        seconds=max(60.0, 120 * run.length),
        # More than the service lets wait: with fewer the crowd would wait for each other here, and nobody be sent away.
        clients=480,
        seed=6,
    )
    begun, quick = time.perf_counter(), 0
    connection = _connection(run)
    while quick < 5 and time.perf_counter() - begun < 60:
        asked = time.perf_counter()
        status = generator.ask(connection, probe)
        quick = quick + 1 if status == 200 and time.perf_counter() - asked < 1 else 0
    recovered = time.perf_counter() - begun
    busy = sum(each.status == 503 for each in told.answers)
    yield Finding("what it can do of this page", usual, "/s")
    yield Finding("asked", len(told.answers) / told.seconds, "/s")
    yield Finding(f"served in the first {RUSH:.0f} s, a rush, p95 with the waiting", told.due(0.95, before=RUSH), "ms")
    yield Finding("served after it, p95 with the waiting", told.due(0.95, after=RUSH), "ms", 2000)
    yield Finding("told to come again (503)", busy, "")
    yield Finding("5xx or no answer", told.faults(), "", 0)
    yield Finding("seconds until five pages in a row took under one", recovered, "s", 10)


def growth(run: Run, *, grown: int) -> Iterator[Finding]:
    """L8: ten years of a county: the list before and after, verify and backup."""
    product = run.house.product
    probe = Request("GET", "/cases", product.browser("he"))
    before, was = _alone(run, probe), product.count()
    product.grow(grown, lambda _more, _total: None)
    after = _alone(run, probe)
    yield Finding(f"list at {was:,} cases, p95", before, "ms")
    yield Finding(f"list at {product.count():,} cases, p95", after, "ms")
    yield Finding("times as long", after / before, "", 1.3)
    begun = time.monotonic()
    found = verify(
        product.office.db, at=clock.now(), attachments=product.office.settings.attachments, lifecycles=lifecycles()
    )
    yield Finding("verify", time.monotonic() - begun, "s", 60)
    yield Finding("rows it found wrong", sum(each.rows for each in found), "", 0)
    begun = time.monotonic()
    code = _command(run, "backup", str(run.house.log.parent / "backup"))
    yield Finding("backup", time.monotonic() - begun, "s", 60)
    yield Finding("its exit code", code, "", 0)


def _alone(run: Run, probe: Request) -> float:
    connection, times = _connection(run), []
    for _ in range(60):
        begun = time.perf_counter()
        generator.ask(connection, probe)
        times.append(time.perf_counter() - begun)
    return quantile(sorted(times[10:]), 0.95) * 1000


def _closed_loop(run: Run, probe: Request, *, seconds: float) -> float:
    done: list[int] = []

    def client() -> None:
        connection, until = _connection(run), time.perf_counter() + seconds
        while time.perf_counter() < until:
            done.append(generator.ask(connection, probe))

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done.count(200) / seconds


def _contacts(session: Any, versions: Sequence[str] | dict[str, int]) -> int:
    rows = select(func.count()).where(HistoryEntry.trigger == "contact", HistoryEntry.matter_id.in_(list(versions)))
    return session.scalar(rows) or 0


def _form(url: str) -> tuple[str, str]:
    answer = urllib.request.urlopen(f"{url}/login")  # noqa: S310 - our own server on loopback
    found = _TOKEN.search(answer.read().decode())
    if found is None:
        raise LookupError("the log-in page has no form token")
    cookies = answer.headers.get_all("Set-Cookie") or []
    return found[1], "; ".join(each.partition(";")[0] for each in cookies)


def _command(run: Run, *words: str) -> int:
    with run.house.log.open("ab") as log:
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env={**os.environ, **run.house.environment},
            stdout=log,
            stderr=log,
            check=False,
        ).returncode


def _connection(run: Run) -> http.client.HTTPConnection:
    parts = urlsplit(run.house.url)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)


def _beside(act: Callable[[], Any]) -> Callable[[], Any]:
    """Begin something in a thread; what is returned waits for it and gives what it gave, or raises what it raised."""
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(act)
    pool.shutdown(wait=False)
    return begun.result
