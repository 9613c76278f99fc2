"""What a single event or job can raise without anything else being wrong: it is noted there, and the others go on.

Not in here, on purpose: interrupts, and a database that is away, for which the whole batch waits.
"""

import traceback

from casework.core.database_faults import DatabaseFault, is_passing
from casework.core.errors import CaseworkError

FAULTS = (
    *(ArithmeticError, AttributeError, CaseworkError, DatabaseFault, ImportError, LookupError, MemoryError),
    *(OSError, RuntimeError, TypeError, ValueError, AssertionError),
)


def is_for_everybody(fault: BaseException) -> bool:
    """Say whether the database is away, locked or full: then nothing else would go better."""
    return isinstance(fault, DatabaseFault) and is_passing(fault)


def trace() -> str:
    """Return where the fault at hand came from, as plain text: no values, which could be anybody's."""
    return traceback.format_exc()


def told(fault: BaseException) -> str:
    """Return a fault in one line, as kept beside what failed."""
    return f"{type(fault).__name__}: {fault}"[:500]
