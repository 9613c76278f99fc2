"""A progress bar on a terminal, and silence elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def bar_of(unit: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Lend what moves a bar on: (how many more are done, how many there are in all; 0: as before)."""
    with tqdm(disable=quiet or None, unit=unit, unit_scale=True, leave=False) as bar:

        def advance(more: int, total: int) -> None:
            if total:
                bar.reset(total)
            bar.update(more)

        yield advance
