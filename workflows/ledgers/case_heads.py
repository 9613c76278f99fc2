"""The households whose heads told of difficulties: found by a digest of the name in the village, never opened."""

from collections.abc import Sequence
from uuid import UUID

from casework.core.database import Session
from casework.core.encryption import keyring_of
from casework.households import queries as households
from casework.households.tables import Household
from workflows.ledgers.case_rows import CaseRow
from workflows.ledgers.desk import Line
from workflows.ledgers.names import is_in_group

_VILLAGE = 12


class Heads:
    """The heads of households whom the rows of one chunk name, asked for once."""

    def __init__(self, session: Session, lines: Sequence[Line], *, county: str) -> None:
        # Several people together are no head of one household.
        named = {line.values["name"][0] for line in lines if len(line.values["name"]) == 1}
        self._heads = households.by_heads(session, keyring_of(session), named, within=county)

    def household_of(self, line: Line, row: CaseRow) -> UUID | None:
        """Return the one household of this head in the row's village; None when there is none, or several."""
        found = self._in_village(line, row)
        return found[0].id if len(found) == 1 else None

    def are_several(self, line: Line, row: CaseRow) -> bool:
        """Say whether it cannot be told which household a row means."""
        return len(self._in_village(line, row)) > 1

    def _in_village(self, line: Line, row: CaseRow) -> Sequence[Household]:
        named = self._heads.get(line.values["name"][0], ()) if len(line.values["name"]) == 1 else ()
        if not named or len(row.region_code) < _VILLAGE:
            return ()
        found = [each for each in named if each.region_code == row.region_code]
        said = line.values.get("place") or ""
        return [each for each in found if each.group_no and is_in_group(said, each.group_no)] or found
