"""How long one thread of a process keeps the interpreter from another that waits for it.

Who sends rows waits for the interpreter after each answer of the system, some times a statement. With turns of 5 ms,
as Python has them, a statement takes longer to send than the rows of the next one to make: the thread that makes them
runs into the one that sends, and the database has nothing to do meanwhile.
"""

import sys
from contextlib import AbstractContextManager

from casework.core.memory.process_wide import Wanted

# Seconds; to change turns takes a hundredth of that.
_SHORT = 0.0005
_turns = Wanted(sys.getswitchinterval, sys.setswitchinterval, lambda _usual: _SHORT)


def short_turns() -> AbstractContextManager[None]:
    """Let threads of this process take turns ten times as often while this lasts."""
    return _turns.held()
