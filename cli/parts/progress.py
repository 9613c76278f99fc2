"""A progress bar on a terminal, and silence elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from casework.core.i18n import say


@contextmanager
def bar_of(unit: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Lend what moves a bar on: (how many more are done, how many there are in all; 0: as before)."""
    with tqdm(disable=quiet or None, unit=unit, unit_scale=True, leave=False) as bar:

        def advance(more: int, total: int) -> None:
            if total:
                bar.reset(total)
            bar.update(more)

        yield advance


@contextmanager
def told(code: str, *, quiet: bool = False) -> Iterator[None]:
    """Say on a terminal what is being done while it is, where nobody can count how far it is; one line, taken away."""
    shows = sys.stderr.isatty() and not quiet
    if shows:
        sys.stderr.write(say(code))
        sys.stderr.flush()
    try:
        yield
    finally:
        if shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
