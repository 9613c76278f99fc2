"""The next piece of work is made while the one at hand is used: reading beside writing, casting beside writing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield `items`, the next of them made by a thread while one is used; never more than one lies ready.

    What making one raises is raised where it would have been yielded.
    """
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(_next, items)
        while made := coming.result():
            coming = maker.submit(_next, items)
            yield made[0]


def _next(items: Iterator[Item]) -> tuple[Item] | None:
    # StopIteration cannot travel through a future.
    for item in items:
        return (item,)
    return None
