"""The order of the tests: what takes long begins early, or one worker sits over it while the others are done.

pytest-xdist cuts what was collected into one piece for each worker; who has no more takes from the end of another's.
So what takes long is dealt out over the beginnings of these pieces. Everything else stays in its order, and a run of one
process does too. A test that is named here and is quick by now, or long and not named, does no harm but to the clock.
Not named are files whose tests share something that is long in the making: two workers would make it twice.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
# By how their ids begin, the longest first.
LONG = (
    "tests/browser/test_every_page.py",
    "tests/machines/test_machines.py",
    "tests/web/test_previews.py",
    "tests/web/test_hostile_fields.py::test_a_hostile_value_in_any_field_of_a_form",
    "tests/workflows/ledgers/test_workbooks.py",
    "tests/journeys/",
    "tests/deploy/",
    "tests/tasks/test_redis.py",
    "tests/browser/test_outbox.py",
    "tests/web/api/test_desk.py::test_every_figure",
    "tests/workflows/test_machine_walk.py",
    "tests/tasks/test_worker.py",
    "tests/faults/test_kills.py",
    "tests/faults/test_bad_clients.py",
    "tests/workflows/test_demo.py",
    "tests/faults/test_held_database.py",
)


def long_ones_first(tests: Sequence[T], ids: Sequence[str], *, workers: int) -> list[T]:
    """Return the tests in the order in which so many workers do best; one worker takes them as they come."""
    if workers < 2:
        return [*tests]
    rank = [next((n for n, beginning in enumerate(LONG) if each.startswith(beginning)), len(LONG)) for each in ids]
    places = sorted(range(len(ids)), key=rank.__getitem__)
    long = [place for place in places if rank[place] < len(LONG)]
    others = [place for place in places if rank[place] == len(LONG)]
    ordered: list[int] = []
    for turn in range(workers):
        # As large as the piece that xdist cuts.
        size = (len(ids) - len(ordered)) // (workers - turn)
        dealt = long[turn::workers]
        ordered += [*dealt, *others[: size - len(dealt)]]
        del others[: max(size - len(dealt), 0)]
    return [tests[place] for place in ordered]


def workers() -> int:
    """Return how many workers share the tests; one where there are none."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
