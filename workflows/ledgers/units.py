"""Files of units."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.registry import loading
from workflows.ledgers.desk import Desk, Line


class Units:
    """Rows of `code, name, kind, region_code`."""

    key_field = "code"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("orgs")
        self._county = office.settings.region
        self._at = at
        self._regions: set[str] = set()

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Note which places there are."""
        self._regions = loading.region_codes(session)

    def key(self, line: Line) -> str:
        """Return the code."""
        return str(line.values["code"])

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of units."""
        units = []
        for line in lines:
            try:
                units.append(loading.check_unit(line.values, county=self._county, regions=self._regions))
            except Invalid as mistakes:
                desk.refuse(line, mistakes)
        for outcome in loading.load_units(session, units, at=self._at):
            desk.note(outcome)
