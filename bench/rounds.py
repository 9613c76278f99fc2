"""Rounds: the product and its floor asked in turn, so that other work on the machine spoils neither alone."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bench import load
from bench.figures import Figure, Results, Target
from bench.load import Check, Measured
from bench.product import Product
from bench.workloads import Plan

ROUNDS = 3
_NONE = Target()


@dataclass(frozen=True, slots=True)
class Floor:
    """Where the floor answers, its process, and the processes of the database beside it."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Rounds of the product and of its floor."""

    mine: Sequence[Measured]
    floors: Sequence[Measured]

    @property
    def rate(self) -> float:
        """Requests a second, the median of the rounds."""
        return statistics.median(each.rate for each in self.mine)

    @property
    def ratio(self) -> float:
        """How near to the floor, the median of the rounds."""
        pairs = zip(self.mine, self.floors, strict=True)
        return statistics.median(mine.rate / floor.rate for mine, floor in pairs)

    @property
    def cpu_ms(self) -> float:
        """Processor time a request, the median of the rounds."""
        return statistics.median(each.cpu_ms for each in self.mine)

    @property
    def floor_cpu_ms(self) -> float:
        """Processor time a request of the floor, the median of the rounds."""
        return statistics.median(each.cpu_ms for each in self.floors)

    @property
    def told(self) -> str:
        """Both rates in words."""
        floor = statistics.median(each.rate for each in self.floors)
        return f"({self.rate:,.0f} of {floor:,.0f}/s)"


@dataclass
class Bench:
    """A product and its floor served side by side (none: SQLite embedded), at one size of data."""

    product: Product
    floor: Floor | None
    database_pid: int | None
    cases: int
    results: Results
    step: Callable[[str], None]
    today: date
    # What part of the usual number of requests is sent; less than all is for trying the benchmark itself.
    share: float = 1.0

    def many(self, usual: int) -> int:
        """Return how many requests are sent where so many are usual."""
        return max(3, round(usual * self.share))

    @property
    def servers(self) -> Sequence[int]:
        """The processes whose time a request of the product takes."""
        return self._with_database(self.product.pid)

    @property
    def floor_servers(self) -> Sequence[int]:
        """The processes whose time a request of the floor takes."""
        return [] if self.floor is None else self._with_database(self.floor.pid)

    def _with_database(self, server: int) -> list[int]:
        return [server] if self.database_pid is None else [server, self.database_pid]

    def pair(
        self, name: str, ours: Callable[[], Plan], least: Callable[[], Plan], *, checks: Sequence[Check | None]
    ) -> Pair:
        """Measure an operation in rounds, floor and product in turn; `checks` of the product's answers, the floor's."""
        mine, floors = [], []
        for n in range(ROUNDS):
            self.step(f"{name}, round {n + 1} of {ROUNDS}")
            if self.floor is not None:
                floors.append(load.run(self.floor.url, least(), check=checks[1], servers=self.floor_servers))
            mine.append(load.run(self.product.url, ours(), check=checks[0], servers=self.servers))
        self.note(name, mine, floors)
        return Pair(mine, floors)

    def compare(self, name: str, pair: Pair, target: Target) -> None:
        """Put into the table how near an operation comes to its floor, or its bare rate where there is no floor."""
        if pair.floors:
            self.add(name, "share of the floor", pair.ratio, "", target, note=pair.told)
            self.add(name, "processor time", pair.cpu_ms, "ms", note=f"(floor {pair.floor_cpu_ms:.2f})")
        else:
            self.add(name, "rate", pair.rate, "/s")
            self.add(name, "processor time", pair.cpu_ms, "ms")

    def note(self, name: str, mine: Sequence[Measured], floors: Sequence[Measured] = ()) -> None:
        """Keep raw measurements."""
        raw = {"operation": name, "cases": self.cases, "product": [asdict(each) for each in mine]}
        self.results.raw.append({**raw, "floor": [asdict(each) for each in floors]})

    def note_facts(self, name: str, **facts: Any) -> None:
        """Keep what else was found out."""
        self.results.raw.append({"operation": name, "cases": self.cases, **facts})

    def add(
        self, operation: str, what: str, value: float, unit: str, target: Target = _NONE, *, note: str = ""
    ) -> None:
        """Put a figure into the table; embedded on SQLite nothing must be reached."""
        wanted = _NONE if self.floor is None else target
        self.results.add(Figure(operation, what, value, unit, wanted, self.cases, note))

    def at_size(self, targets: Mapping[int, tuple[float, float]]) -> Target:
        """Return what must hold at this size of data: that of the nearest size named; none beyond the largest."""
        if self.cases > max(targets):
            return _NONE
        must, aim = next(targets[size] for size in sorted(targets) if size >= self.cases)
        return Target(must, aim)
