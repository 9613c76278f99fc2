"""Where the worker is down or behind, whoever reads the figures has their sums folded: so they stay quick to read.

Read is always right, folded or not (casework/cases/figures/tallies.py); only the time it takes grows with what waits.
Nobody waits for the folding of thousands of changes: it goes on beside the answers, once at a time in each process.
"""

import threading
import time

from flask import current_app
from structlog import get_logger

from casework.cases.figures import tallies
from casework.core.database import Database
from casework.core.database_faults import DatabaseFault
from web import unit

# What waits grows by what people do in this time: far less than what is many.
_SECONDS = 5.0
_NEXT = "casework_fold_asked"
_UNDER_WAY = "casework_fold_under_way"
THREAD = "fold"


def fold_what_waits() -> None:
    """Have it folded beside this answer when so much waits that readers feel it; asked once in a while."""
    now = time.monotonic()
    if now < current_app.extensions.get(_NEXT, 0.0):
        return
    current_app.extensions[_NEXT] = now + _SECONDS
    if tallies.many_wait(unit.session()):
        unit.afterwards(_begin)


def _begin() -> None:
    under_way: threading.Lock = current_app.extensions.setdefault(_UNDER_WAY, threading.Lock())
    if under_way.acquire(blocking=False):
        threading.Thread(target=_fold, args=(unit.office().db, under_way), name=THREAD, daemon=True).start()


def _fold(db: Database, under_way: threading.Lock) -> None:
    try:
        tallies.fold(db)
    except DatabaseFault as fault:
        # Answers stand without it; the next reader tries again.
        get_logger().warning("tallies_not_folded", fault=str(fault))
    finally:
        under_way.release()
