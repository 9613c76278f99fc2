"""Where the worker is down or behind, whoever reads the figures folds their sums: so they stay quick to read.

Read is always right, folded or not (casework/cases/tallies.py); only the time it takes grows with what waits.
"""

from structlog import get_logger

from casework.cases import tallies
from casework.core.database_faults import DatabaseFault
from web import unit


def fold_what_waits() -> None:
    """Fold after this answer is made, when more waits than the worker ever leaves."""
    if tallies.many_wait(unit.session()):
        unit.afterwards(_fold)


def _fold() -> None:
    try:
        tallies.fold(unit.office().db)
    except DatabaseFault as fault:
        # The answer stands; the next reader tries again.
        get_logger().warning("tallies_not_folded", fault=str(fault))
