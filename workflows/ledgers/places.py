"""Files of places: what is above them must be in the file or known already, in whatever order the rows come."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.registry import loading
from workflows.ledgers.desk import Desk, Line


class Places:
    """Rows of `code, name, parent, level`."""

    key_field = "code"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("regions")
        self._at = at
        self._known: set[str] = set()

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Note every code, so that a village may stand above its town."""
        self._known = loading.region_codes(session) | {line.values["code"] for line in lines}

    def key(self, line: Line) -> str:
        """Return the code."""
        return str(line.values["code"])

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of places."""
        places = []
        for line in lines:
            try:
                places.append(loading.check_place(line.values, known=self._known))
            except Invalid as mistakes:
                desk.refuse(line, mistakes)
        for outcome in loading.load_places(session, places, at=self._at):
            desk.note(outcome)
