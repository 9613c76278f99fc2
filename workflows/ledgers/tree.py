"""Files of categories: one path of the tree a row."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.registry import loading
from workflows.ledgers.desk import Desk, Line


class CategoryTree:
    """Rows of labels, first level first."""

    key_field = "first"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("categories")
        self._at = at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> None:
        """A path may be told twice without harm."""
        return

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of paths."""
        tree = loading.Tree(session)
        for line in lines:
            try:
                desk.note(tree.load(loading.check_path(line.values), at=self._at))
            except Invalid as mistakes:
                desk.refuse(line, mistakes)
