"""When Python looks for garbage: not while a program is read in, and afterwards not through what was read.

Reading in the program makes some hundred thousand objects that all live as long as the process. Looking through them
again and again is a fifth of every start, and afterwards a good part of every request.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# A request makes some thousand objects and leaves hardly one behind; the default of 700 looks through them often.
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20


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
