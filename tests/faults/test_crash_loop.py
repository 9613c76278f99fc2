"""Every operation is struck at its n-th instant, for n = 1, 2, … until it completes (reliability.md §2.1, F1).

In one loop a child process runs it and dies by `_exit`, as a power cut would have it; in the other the database fails
under it and the process goes on. Afterwards the operation is there as a whole or not at all: either no byte of any
table has changed, or every table has grown as in an undisturbed run and `casework verify` finds nothing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from casework.core.database import Database
from casework.core.database_faults import DatabaseFault
from casework.keeping.verify import verify
from tests.faults.crashing import KILLED, Content, Strike, close, content, grown, in_a_child, lose_the_database
from tests.faults.operations import LATER, OPERATIONS, home
from tests.faults.table import number
from tests.faults.toll import toll
from tests.world import World, make_world
from workflows.lifecycles import lifecycles

MOST_INSTANTS = 400
# Each of the two loops takes other instants: in `make test` together every second one, in the full tier all of them.
STEP = round(100 / number("F1", "percent_of_instants"))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Found the small county."""
    database = Database(database_url)
    database.info["home"] = tmp_path
    yield make_world(database, tmp_path)
    close(database)


class Subject:
    """One operation on one county; knows what an undisturbed run of it writes."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.operation = operation = OPERATIONS[name]
        self.before: Content = {}
        self.given: Any = None
        # What has been left behind so far, as tables touched and by how much: `verify` looks at each once.
        self.seen: set[frozenset[tuple[str, int]]] = set()
        for _ in range(2):
            # The first time writes what there is one of a year, such as the sequence of numbers.
            self.renew()
            operation.act(world, self.given)
        self.growth = grown(self.before, self.content())
        assert self.growth
        self.renew()

    def renew(self) -> None:
        """Prepare what the operation needs once more."""
        self.given = self.operation.prepare(self.world)
        self.before = self.content()

    def act(self, world: World) -> object:
        """Do it."""
        return self.operation.act(world, self.given)

    def content(self) -> Content:
        """Read everything."""
        return content(self.world.db)

    def judge(self, *, completed: bool) -> None:
        """See that it happened as a whole or not at all; what may stop half-way can be done to its end."""
        after = self.content()
        if after == self.before:
            assert not completed
            return
        left = frozenset(
            (name, after[name][0] - self.before[name][0]) for name in after if after[name] != self.before[name]
        )
        if completed or left not in self.seen:
            # At the end everything that all strikes have left behind is looked at once more.
            self.assert_sound()
            self.seen.add(left)
        if self.operation.steps and not completed:
            # What comes of it is looked at with the next strike's.
            self.act(self.world)
            after = self.content()
        assert grown(self.before, after) == self.growth
        self.renew()

    def assert_sound(self) -> None:
        """Let `casework verify` look at everything."""
        folder = home(self.world) / "attachments"
        found = verify(self.world.db, at=LATER, attachments=folder, lifecycles=lifecycles())
        assert {each.name: each.first for each in found if each.rows} == {}


def _strike_all(subject: Subject, strike: Callable[[int], bool], *, turn: int) -> None:
    """Strike at one instant after the other until the operation completes; `strike` says whether it did.

    `turn` tells the loops apart, so that each takes the instants that the other leaves out.
    """
    # Other operations begin at other instants, or the second and third of all would never be struck.
    for n in range(1 + (crc32(subject.name.encode()) + turn * STEP // 2) % STEP, MOST_INSTANTS, STEP):
        if strike(n):
            # A report is the shortest: it begins, takes a number, writes all at once, and keeps it.
            assert n > 3
            toll("F1", times=(n - 1) // STEP, held=sum(subject.growth.values()), what=f"rows of `{subject.name}`")
            return
    pytest.fail("the operation never completed")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_killed_at_any_instant_is_there_whole_or_not_at_all(name: str, world: World) -> None:
    subject = Subject(world, name)

    def strike(n: int) -> bool:
        code = in_a_child(world, subject.act, n)
        assert code in (0, KILLED)
        subject.judge(completed=code == 0)
        return code == 0

    _strike_all(subject, strike, turn=0)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_database_that_fails_at_any_instant_leaves_all_or_nothing_and_the_process_goes_on(
    name: str, world: World
) -> None:
    subject = Subject(world, name)
    pool: Any = world.db.engine.pool

    def strike(n: int) -> bool:
        completed = True
        with Strike(n, lose_the_database).on(world.db) as struck:
            try:
                subject.act(world)
            except DatabaseFault:
                completed = False
        assert pool.checkedout() == 0
        subject.judge(completed=completed)
        return not struck.fell

    _strike_all(subject, strike, turn=1)
