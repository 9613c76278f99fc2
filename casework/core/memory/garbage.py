"""When Python looks for garbage: not while a program is read in, nor through it later; seldom while much is written.

Reading in the program makes some hundred thousand objects that all live as long as the process. Looking through them
again and again is a fifth of every start, and afterwards a good part of every request.
"""

import gc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from casework.core.memory.process_wide import Wanted

# A request makes some thousand objects and leaves hardly one behind; the default of 700 looks through them often.
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20
_SELDOM = 200_000
_seldom = Wanted(gc.get_threshold, lambda usual: gc.set_threshold(*usual), lambda usual: (_SELDOM, *usual[1:]))


@contextmanager
def reading_in() -> Iterator[None]:
    """Read in modules without looking for garbage; what they made is left alone from then on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        settle()
        if was_on:
            gc.enable()


def settle() -> None:
    """Leave alone from now on what is loaded; and look for garbage after as many objects as some requests make."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def seldom_collected() -> AbstractContextManager[None]:
    """Let the collector of this process look every 200,000 objects while this lasts.

    What a chunk of rows makes lives until it is written; to look through it again and again took a fourth of the time.
    """
    return _seldom.held()
