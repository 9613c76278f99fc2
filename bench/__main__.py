"""`make bench`: measure every operation of the table in one run, each against its floor, and write what was found."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import create_engine
from tqdm import tqdm

from bench import (
    alone,
    figures,
    lookalikes,
    machine,
    prefecture,
    product,
    report,
    schedules,
    served,
    servers,
    webhooks,
)
from bench.county import CASES
from bench.figures import Figure, Results, Target
from bench.floor import tables as floor_tables
from bench.processes import pss_mib, server_pid
from bench.product import Product
from bench.rounds import Bench, Floor
from casework.core import clock, logs

SIZES = (10**4, 10**5)
# What no client asks for; meetings, calendars and webhooks; what is served on PostgreSQL beside its floor; a county
# beside seven; embedded on SQLite.
PARTS = ("apart", "beside", "served", "prefecture", "sqlite")
_FLOOR_TEXTS = 10**5
_EMBEDDED_SIZE = 10**4
Step = Callable[[str], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run it all; 1 when a must is missed."""
    arguments = _arguments(argv)
    logs.configure(format="plain", level=30)
    load = machine.load_average()
    when, results = clock.now(), Results()
    with _steps() as step, servers.folder() as folder, servers.postgresql(folder) as url:
        told = machine.describe(url)
        if "apart" in arguments.parts:
            _apart(results, step, folder=folder, url=url)
        if "beside" in arguments.parts:
            step("schedules and feeds")
            schedules.measure(results)
            step("webhooks")
            webhooks.measure(results, folder / "hooks", servers.database(url, "hooks"))
        if "served" in arguments.parts:
            _on_postgresql(results, step, folder=folder, url=url, sizes=arguments.sizes, share=arguments.share)
        if "prefecture" in arguments.parts:
            cases = round(CASES * min(1.0, arguments.share))
            prefecture.measure(results, step, folder=folder, url=url, counties=prefecture.COUNTIES, cases=cases)
        if "sqlite" in arguments.parts:
            _on_sqlite(results, step, folder=folder, share=arguments.share)
    sys.stdout.write(figures.as_text(results.figures) + "\n")
    if results.embedded:
        sys.stdout.write("\nEmbedded on SQLite:\n" + figures.as_text(results.embedded) + "\n")
    if set(SIZES) <= set(arguments.sizes) and set(PARTS) == set(arguments.parts) and arguments.share >= 1:
        report.write(results, told, when=when, load=load, folder=report.HERE)
    else:
        report.write_json(results, told, when=when, load=load, path=arguments.json)
    for missed in results.missed():
        sys.stdout.write(f"missed: {missed.operation}, {missed.what}\n")
    return 1 if results.missed() else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="measure the product against its floors")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(SIZES), metavar="N", help="numbers of cases; default 10000 100000"
    )
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured; a part of it writes JSON alone"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, metavar="X", help="a part of the requests, to try the benchmark itself"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("build/bench.json"), metavar="FILE", help="where a partial run writes"
    )
    arguments = parser.parse_args(argv)
    arguments.sizes = sorted(set(arguments.sizes))
    if arguments.sizes[0] < SIZES[0]:
        parser.error(f"with fewer than {SIZES[0]} cases no page is full")
    return arguments


@contextmanager
def _steps() -> Iterator[Step]:
    """Lend what tells the next step: a bar on a terminal, a line elsewhere."""
    with tqdm(unit="step", disable=None, leave=False) as bar:

        def step(name: str) -> None:
            if bar.disable:
                sys.stderr.write(f"{clock.now():%H:%M:%S} {name}\n")
            bar.set_description(name)
            bar.update()

        yield step


def _apart(results: Results, step: Step, *, folder: Path, url: str) -> None:
    """Measure what needs no served product."""
    step("engine in memory")
    alone.in_memory(results)
    step("whole lives")
    alone.whole_lives(
        results, url=servers.database(url, "lives"), floor_url=servers.database(url, "least"), folder=folder / "lives"
    )
    step("starts")
    with servers.redis(folder) as redis:
        embedded = product.found_empty(folder / "start", None)
        web = product.found_empty(folder / "web", servers.database(url, "start"))
        for house in (embedded, web):
            house.office.close()
        compiled = servers.programs(folder)
        apart = {**web.environment, **compiled, "CASEWORK_REDIS_URL": redis}
        least = {"FLOOR_DATABASE_URL": web.environment["CASEWORK_DATABASE_URL"], **compiled}
        alone.starts(results, embedded={**embedded.environment, **compiled}, web=apart, floor=least)


def _on_postgresql(results: Results, step: Step, *, folder: Path, url: str, sizes: Sequence[int], share: float) -> None:
    """Measure what is served, size after size on the same product, and what it has then grown to."""
    floor_urls = {size: servers.database(url, f"floor_{size}") for size in sizes}
    cpu: dict[int, Mapping[str, float]] = {}
    with ExitStack() as stack:
        step("founding the demo county")
        house = stack.enter_context(_founded(folder / "home", servers.database(url, "product")))
        house.served(*stack.enter_context(servers.gunicorn("cli.wsgi:app", house.environment)))
        begun = least = 0.0
        for size in sizes:
            step(f"loading {size:,} cases")
            with _bar(f"{size:,} cases") as advance:
                house.grow(size, advance)
            _fill_floor(floor_urls[size], size, house.texts(_FLOOR_TEXTS))
            environment = {"FLOOR_DATABASE_URL": floor_urls[size].replace("postgresql:", "postgresql+psycopg:", 1)}
            with servers.gunicorn("bench.floor.app:app", environment) as (floor_url, floor_pid):
                floor = Floor(floor_url, floor_pid)
                bench = Bench(house, floor, server_pid(url), size, results, step, _today(house), share)
                served.warm(bench)
                begun = begun or pss_mib(house.pid)
                cpu[size] = served.measure(bench)
                least = pss_mib(floor_pid)
            # Before the sweep: right after it a tenth of all cases has just been written, and who reads next tidies
            step("look-alikes")
            lookalikes.measure(results, house.office.db)
            alone.sweep(bench, floor_urls[size])
        _memory(results, pss_mib(house.pid), begun, least)
    alone.growth(results, cpu)


def _on_sqlite(results: Results, step: Step, *, folder: Path, share: float) -> None:
    """Measure the same on the service in one process."""
    own = Results(raw=results.raw)
    with _founded(folder / "embedded", None) as house:
        step("loading SQLite")
        with _bar("cases on SQLite") as advance:
            house.grow(_EMBEDDED_SIZE, advance)
        port = servers.free_port()
        command = (sys.executable, "-m", "cli.main", "serve", "--port", str(port))
        with servers.served(command, house.environment, port=port, path="/healthz") as (url, pid):
            house.served(url, pid)
            bench = Bench(
                house, None, None, _EMBEDDED_SIZE, own, lambda name: step(f"SQLite: {name}"), _today(house), share
            )
            served.warm(bench)
            begun = pss_mib(pid)
            served.measure(bench)
            _memory(own, pss_mib(pid), begun)
        alone.sweep(bench, None)
    alone.whole_lives(own, url=f"sqlite:///{folder / 'lives.db'}", floor_url=None, folder=folder / "lives-sqlite")
    results.embedded = [replace(each, target=Target()) for each in own.figures]


def _memory(results: Results, now: float, begun: float, least: float | None = None) -> None:
    results.add(Figure("memory", "after all of it, PSS", now, "MiB", Target(180, 130)))
    if least is not None:
        told = f"(floor {least:.0f} MiB)"
        results.add(Figure("memory", "by the floor's", now / least, "times", Target(1.4, 1.15), note=told))
    results.add(Figure("memory", "growth since it was warm", max(0.0, now - begun), "MiB", Target(20)))


@contextmanager
def _founded(home: Path, url: str | None) -> Iterator[Product]:
    with _bar("demo county") as advance:
        house = product.found(home, url, advance)
    try:
        yield house
    finally:
        house.office.close()


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    with tqdm(desc=name, disable=None, unit_scale=True, leave=False) as bar:

        def advance(more: int, total: int) -> None:
            if total:
                bar.reset(total)
            bar.update(more)

        yield advance


def _today(house: Product) -> date:
    now: datetime = clock.now()
    return now.astimezone(house.office.settings.zone).date()


def _fill_floor(url: str, size: int, texts: list[tuple[str, str]]) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    floor_tables.Base.metadata.create_all(engine)
    engine.dispose()
    floor_tables.fill(url, size, texts=texts)


if __name__ == "__main__":
    # Settings of an office at hand are not those of the one to be measured.
    for setting in [name for name in os.environ if name.startswith("CASEWORK_")]:
        del os.environ[setting]
    sys.exit(main())
