"""Where the worker is down or behind, whoever reads the figures folds their sums: so they stay quick to read.

Read is always right, folded or not (casework/cases/figures/tallies.py); only the time it takes grows with what waits.
"""

import time

from flask import current_app
from structlog import get_logger

from casework.cases.figures import tallies
from casework.core.database_faults import DatabaseFault
from web import unit

# What waits grows by what people do in this time: far less than what is many.
_SECONDS = 5.0
_NEXT = "casework_fold_asked"


def fold_what_waits() -> None:
    """Fold after this answer is made, when so much waits that readers feel it; asked once in a while."""
    now = time.monotonic()
    if now < current_app.extensions.get(_NEXT, 0.0):
        return
    current_app.extensions[_NEXT] = now + _SECONDS
    if tallies.many_wait(unit.session()):
        unit.afterwards(_fold)


def _fold() -> None:
    try:
        tallies.fold(unit.office().db)
    except DatabaseFault as fault:
        # The answer stands; the next reader tries again.
        get_logger().warning("tallies_not_folded", fault=str(fault))
