"""`python -m bench.ledgers`: ledgers of 5,000 and 100,000 rows taken in, each kind by an office of its own.

A row of money has three stages, a project, and who brought it; a row of links a household of its own; a row of visits
one of the households that were linked; a row of difficulties is a case that lives up to four steps. Told are seconds,
processor time of the importing process and of those it starts (one reads the file, two write a long one), and the most
memory one of them held; the start of the program is not among them.
"""

import argparse
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench import servers
from bench.product import found_empty
from casework.core import clock
from casework.core.actors import Actor
from casework.core.office import Office, open_office
from casework.core.settings import read_settings
from casework.exchange.column_sets import column_set
from casework.exchange.writer import Kind, write_table
from casework.registry.seeding import seed
from workflows.demo import county, material
from workflows.ledgers import importing
from workflows.ledgers.actors import acting
from workflows.ledgers.desk import Imported

KINDS = ("funds", "households", "links", "visits", "cases")
ROWS = (5_000, 100_000)
MEMBERS, HOUSEHOLDS = 171, 5_000
_FIRST = date(2022, 1, 4)
Row = dict[str, str]


def main() -> int:
    """Import each kind at each size on each engine, in a process of its own, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.ledgers")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rows", nargs="+", type=int, default=ROWS, metavar="N")
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    parser.add_argument("--again", action="store_true", help="take the same file in once more: nothing may change")
    parser.add_argument("--killed", action="store_true", help="kill a first import half way: the second makes it whole")
    arguments = parser.parse_args()
    with servers.folder() as folder, servers.postgresql(folder) as url:
        for kind in arguments.kinds:
            for rows in arguments.rows:
                for engine in arguments.engines:
                    name = f"{kind}_{rows}"
                    its = None if engine == "sqlite" else servers.database(url, name)
                    one = _One(folder / f"{name}_{engine}", its, kind, rows)
                    _apart(one.found)
                    if arguments.killed:
                        _apart(one.begin, killed=True)
                    _apart(one.measure)
                    if arguments.again:
                        _apart(one.repeat)
    return 0


def _apart(step: Callable[[], None], *, killed: bool = False) -> None:
    """Do a step in a process of its own: what one import held in memory is nobody else's."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            step()
            code = 0
        except Exception:  # noqa: BLE001 - whatever it is, it is told before the process ends
            traceback.print_exc()
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if ended != (-signal.SIGKILL if killed else 0):
        raise ChildProcessError(f"{step} ended with {ended}")


@dataclass(frozen=True, slots=True)
class _One:
    """One ledger of an office of its own, on SQLite without a URL; each step is a process."""

    home: Path
    url: str | None
    kind: str
    rows: int

    def found(self) -> None:
        """Found the county with its members, and write the file."""
        office = found_empty(self.home, self.url).office
        with office.db.transaction() as session:
            seed(session, county=office.settings.region, at=clock.now())
            county.found(session, office, at=clock.now())
        _take_in(office, "members", MEMBERS)
        if self.kind == "visits":
            _take_in(office, "links", HOUSEHOLDS)
        _written(self.home, self.kind, self.rows)
        office.close()

    def begin(self) -> None:
        """Begin to take the file in, and be killed when half of its rows are there."""

        def fall(done: int, total: int) -> None:
            if done * 2 >= total:
                os.kill(os.getpid(), signal.SIGKILL)

        office = self._office()
        importing.run(office, self.kind, self._file, actor=_who(office), at=clock.now(), on_progress=fall)

    def measure(self) -> None:
        """Take the file in and tell what it took."""
        done = self._told("taken in")
        if done.created + done.unchanged != self.rows or done.updated or not done.created:
            raise LookupError(f"{done.created} of {self.rows} rows of {self.kind} landed: {done.refused[:3]}")

    def repeat(self) -> None:
        """Take the file in again, whereby nothing may change."""
        done = self._told("again")
        if done.unchanged != self.rows:
            raise LookupError(f"{done.unchanged} of {self.rows} rows of {self.kind} are unchanged")

    def _told(self, what: str) -> Imported:
        office = self._office()
        who = _who(office)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun, worked = time.perf_counter(), time.process_time()
        done = importing.run(office, self.kind, self._file, actor=who, at=clock.now())
        wall, busy = time.perf_counter() - begun, time.process_time() - worked
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        engine = "SQLite" if self.url is None else "PostgreSQL"
        sys.stdout.write(
            f"{self.kind}, {self.rows:,} rows, {engine}, {what}: {done.created} created; {wall:.1f} s; processor time"
            f" {busy + child:.1f} s ({busy:.1f} and {child:.1f} of its children); memory {own} MB,"
            f" of the largest child {after.ru_maxrss // 1024} MB\n"
        )
        sys.stdout.flush()
        office.close()
        return done

    def _office(self) -> Office:
        home = {"CASEWORK_HOME": str(self.home), "CASEWORK_LOG_FORMAT": "json"}
        return open_office(read_settings(home | ({"CASEWORK_DATABASE_URL": self.url} if self.url else {})))

    @property
    def _file(self) -> Path:
        return self.home / f"{self.kind}.xlsx"


def _who(office: Office) -> Actor:
    with office.db.reading() as session:
        return acting(session, office, user_name="he", at=clock.now())


def _take_in(office: Office, kind: str, rows: int) -> None:
    path = _written(office.settings.home, kind, rows)
    done = importing.run(office, kind, path, actor=_who(office), at=clock.now())
    if done.created != rows:
        raise LookupError(f"{done.created} of {rows} rows of {kind} landed: {done.refused[:3]}")


def _written(folder: Path, kind: str, rows: int) -> Path:
    path, columns = folder / f"{kind}.xlsx", column_set(kind)
    chance = random.Random(kind)
    told = _ROWS[kind](chance, rows)
    first = next(told)
    headings = [columns.column(key).heading for key in first]

    def lines() -> Iterator[Sequence[str]]:
        yield tuple(first.values())
        for row in told:
            yield tuple(row.values())

    write_table(path, headings=headings, rows=lines(), kinds=[Kind.TEXT] * len(headings))
    return path


def _villages() -> list[str]:
    places = county.read_places()
    towns = {place.code: place.name for place in places if len(place.code) == 9}
    return [towns[place.code[:9]] + place.name for place in places if len(place.code) == 12]


def _members_rows(_chance: random.Random, rows: int) -> Iterator[Row]:
    for n in range(rows):
        yield {"name": _member(n), "term": "十一届", "sector": "农业界", "valid_from": "2021-12-20"}


def _names() -> tuple[list[str], list[str]]:
    return list(material.words()["surnames"]), list(material.words()["given_names"])


def _member(n: int) -> str:
    surnames, given = _names()
    return surnames[n % len(surnames)] + given[n // len(surnames) % len(given)]


def _funds_rows(chance: random.Random, rows: int) -> Iterator[Row]:
    villages = _villages()
    for n in range(rows):
        amount = chance.randint(10_000, 9_000_000)
        yield {
            "project": f"{chance.choice(('饮水管网改造', '茶园基地路', '村道硬化', '山坪塘整治'))}{n // 3}",
            "place": chance.choice(villages),
            "content": "新建并整治，长一公里",
            "source": chance.choice(("衔接资金", "省级财政", "东西部协作")),
            "applied": f"{amount / 10_000:.4f}",
            "approved": f"{amount / 10_000:.4f}",
            "arrived": f"{amount / 10_000:.4f}",
            "document": f"青财〔2025〕{n}号",
            "on": str(_FIRST + timedelta(days=chance.randrange(1000))),
            "coordinator": _member(chance.randrange(MEMBERS)),
            "households": str(chance.randrange(200)),
            "progress": "已完工",
        }


def _links_rows(chance: random.Random, rows: int) -> Iterator[Row]:
    villages = _villages()
    for n in range(rows):
        yield {
            "member": _member(n % MEMBERS),
            "head": _head(n),
            "kind": ("脱贫户", "示范户")[n % 2],
            "people": str(chance.randint(1, 8)),
            "town": villages[n % len(villages)],
            "village": villages[n % len(villages)],
            "id_number": _number(n),
            "group": "三组",
            "since": "2022-03-01",
        }


def _households_rows(chance: random.Random, rows: int) -> Iterator[Row]:
    for row in _links_rows(chance, rows):
        yield {
            **{key: row[key] for key in ("head", "id_number", "people", "town", "village", "group")},
            "category": row["kind"],
            "phone": f"139{chance.randrange(10**8):08}",
        }


def _cases_rows(chance: random.Random, rows: int) -> Iterator[Row]:
    villages, units = _villages(), ("水利局", "农业农村局", "交通运输局")
    for n in range(rows):
        reported = _FIRST + timedelta(days=chance.randrange(1000))
        ended = n % 4 != 0
        yield {
            "number": f"问〔{reported.year}〕{n}号",
            "reported": str(reported),
            "name": _head(n),
            "phone": f"138{chance.randrange(10**8):08}",
            "place": villages[n % len(villages)],
            "category": chance.choice(("交通道路", "农田水利", "饮水安全")),
            "problem": f"第{n}处水管年久漏水，{chance.randint(5, 40)}户吃水困难",
            "request": "请派人查看并更换水管",
            "lead": units[n % len(units)],
            "assigned": str(reported + timedelta(days=1)),
            "progress": "已到现场查看，更换水管两百米",
            "resolved": str(reported + timedelta(days=20)) if ended else "",
            "result": "A" if ended else "",
            "followed": str(reported + timedelta(days=25)) if ended else "",
            "satisfaction": "满意" if ended else "",
        }


def _visits_rows(chance: random.Random, rows: int) -> Iterator[Row]:
    villages = _villages()
    for n in range(rows):
        k = n % HOUSEHOLDS
        on = date(2022, 3, 2) + timedelta(days=n // HOUSEHOLDS * 40 + k % 30)
        yield {
            "on": str(on),
            "member": _member(k % MEMBERS),
            "head": _head(k),
            "place": villages[k % len(villages)],
            "form": chance.choice(("实地走访", "电话")),
            "findings": "家中老人看病不便，水管有漏",
            "measures": "联系卫生院和水利站",
            "remark": f"第{n}次",
        }


def _head(n: int) -> str:
    surnames, given = _names()
    k, rest = divmod(n, len(surnames) * len(given))
    name = surnames[rest % len(surnames)] + given[rest // len(surnames)]
    return name + (given[k % len(given)][0] if k else "")


def _number(n: int) -> str:
    body = f"510822{date(1950, 1, 1) + timedelta(days=n % 18000):%Y%m%d}{n // 18000:03}"
    total = sum(int(d) * w for d, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return body + "10X98765432"[total % 11]


_ROWS = {
    "members": _members_rows,
    "funds": _funds_rows,
    "households": _households_rows,
    "links": _links_rows,
    "visits": _visits_rows,
    "cases": _cases_rows,
}


if __name__ == "__main__":
    # Settings of an office at hand are not those of the one to be measured.
    for setting in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[setting]
    sys.exit(main())
