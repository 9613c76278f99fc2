"""Every kind of file the office takes in, and what reads and writes it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from casework.core.actors import Actor
from casework.core.errors import refused
from casework.core.office import Office
from workflows.ledgers.assessments import Assessments
from workflows.ledgers.attendance import AttendanceLedger
from workflows.ledgers.cases import Cases
from workflows.ledgers.consultations import Consultations
from workflows.ledgers.desk import Ledger
from workflows.ledgers.funds import Funds
from workflows.ledgers.goals import Goals
from workflows.ledgers.households import Households
from workflows.ledgers.links import Links
from workflows.ledgers.members import Members
from workflows.ledgers.petitions import Petitions
from workflows.ledgers.places import Places
from workflows.ledgers.services import Services
from workflows.ledgers.suggestions import Suggestions
from workflows.ledgers.supervisions import Supervisions
from workflows.ledgers.tree import CategoryTree
from workflows.ledgers.units import Units
from workflows.ledgers.visits import Visits

# kind → what its rows become. Kinds with columns and without a line here come with their programme.
LEDGERS: Mapping[str, Callable[[Office, Actor, datetime], Ledger]] = {
    "regions": Places,
    "orgs": Units,
    "categories": CategoryTree,
    "petitions": Petitions,
    "cases": Cases,
    "funds": Funds,
    "members": Members,
    "households": Households,
    "links": Links,
    "visits": Visits,
    "services": Services,
    "suggestions": Suggestions,
    "attendance": AttendanceLedger,
    "goals": Goals,
    "assessments": Assessments,
    "supervisions": Supervisions,
    "consultations": Consultations,
}

# Nothing of one chunk is needed to make the next: two processes may make chunks at once (`hands`).
MADE_APART = frozenset({"cases"})


def open_ledger(office: Office, kind: str, *, actor: Actor, at: datetime) -> Ledger:
    """Return what reads and writes a kind.

    Raises:
        Refused: import_kind_unknown.
    """
    if kind in LEDGERS:
        return LEDGERS[kind](office, actor, at)
    raise refused("import_kind_unknown", kind=kind, kinds=", ".join(LEDGERS))
