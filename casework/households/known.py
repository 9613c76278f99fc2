"""What is known of households where they are entered and mended: asked for one by one, or learned for many at once.

`actions` judges by it, so one household of a page and a thousand rows of a file are held to the same rules.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from casework.core import editions
from casework.core.database import Session
from casework.core.driver import alone
from casework.core.encryption import keyring_of
from casework.households import queries
from casework.households.tables import Household, HouseholdStatus


class Known(Protocol):
    """What the rules of `actions` ask for."""

    def by_id_number(self, number: str) -> Household | None:
        """Return the household whose head has this identity number."""

    def statuses_of(self, household_id: UUID, *, part: str, code: str) -> Sequence[HouseholdStatus]:
        """Return the times a household counted as something, oldest first."""

    def locked(self, row: HouseholdStatus) -> HouseholdStatus:
        """Return the newest edition of such a time, locked."""

    def note_status(self, row: HouseholdStatus) -> None:
        """Take down such a time as it was entered or mended."""


class Asked:
    """Asks the database each time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_id_number(self, number: str) -> Household | None:
        """See `Known`; until the transaction ends nobody else is entered with this number."""
        keyring = keyring_of(self._session)
        alone.hold(self._session, "household", keyring.blind_index(number))
        return queries.by_id_number(self._session, keyring, number)

    def statuses_of(self, household_id: UUID, *, part: str, code: str) -> Sequence[HouseholdStatus]:
        """See `Known`."""
        return queries.statuses_of(self._session, household_id, part=part, code=code)

    def locked(self, row: HouseholdStatus) -> HouseholdStatus:
        """See `Known`."""
        return editions.newest(self._session, HouseholdStatus, row.id, lock=True)

    def note_status(self, row: HouseholdStatus) -> None:
        """The database knows it."""


class Learned:
    """Knows the households that may be meant by those told of, each by the head's identity number and name.

    Of one name only those count that could be meant: who has another identity number is somebody else. All of them are
    locked, and nobody else is entered with one of the numbers until the transaction ends. What is entered or mended
    afterwards has to be noted; what a savepoint takes back is forgotten with it.
    """

    def __init__(self, session: Session, told: Sequence[tuple[str | None, str]], *, within: str) -> None:
        self._session, self._keyring = session, keyring_of(session)
        self._digests: dict[str, tuple[str, ...]] = {}
        self._rows: dict[UUID, Household] = {}
        # Ids by the digests of the identity number and of the name.
        self._numbered: dict[str | None, set[UUID]] = {}
        self._headed: dict[str | None, set[UUID]] = {}
        self._statuses: dict[UUID, list[HouseholdStatus]] = {}
        # Whoever enters one of these by hand meanwhile waits, or is found.
        numbers = {number for number, _ in told if number is not None}
        alone.hold_all(session, "household", ((self._keyring.blind_index(number),) for number in numbers))
        for row in queries.by_numbers(session, self._all_of(number for number, _ in told)):
            self._keep(row)
        numbered, unnumbered = set[str](), set[str]()
        for number, head in told:
            if number is None:
                unnumbered.add(head)
            elif self.by_id_number(number) is None:
                numbered.add(head)
        for row in queries.headed(session, self._all_of(unnumbered), within=within, unnumbered=False):
            self._keep(row)
        for row in queries.headed(session, self._all_of(numbered - unnumbered), within=within, unnumbered=True):
            self._keep(row)
        for status in queries.statuses(session, list(self._rows)):
            self._statuses.setdefault(status.household_id, []).append(status)

    def by_id_number(self, number: str) -> Household | None:
        """See `Known`."""
        found = [self._rows[each] for digest in self._of(number) for each in self._numbered.get(digest, ())]
        return min(found, key=lambda row: row.id, default=None)

    def by_head(self, name: str, *, within: str) -> Sequence[Household]:
        """Return the households of a place, or of the places under it, whose head is called so."""
        found = [self._rows[each] for digest in self._of(name) for each in self._headed.get(digest, ())]
        return sorted((row for row in found if row.region_code.startswith(within)), key=lambda row: row.id)

    def is_headed(self, row: Household, name: str) -> bool:
        """Say whether the head of a household is called so."""
        return row.head_name_index in self._of(name)

    def ids(self) -> Sequence[UUID]:
        """Return which households are known."""
        return list(self._rows)

    def statuses_of(self, household_id: UUID, *, part: str, code: str) -> Sequence[HouseholdStatus]:
        """See `Known`."""
        rows = [row for row in self._statuses.get(household_id, ()) if row.part == part and row.code == code]
        return sorted(rows, key=lambda row: row.valid_from)

    def locked(self, row: HouseholdStatus) -> HouseholdStatus:
        """See `Known`; it was locked when it was learned."""
        return row

    def note(self, row: Household) -> None:
        """Take down a household as it was entered or mended."""
        before = self._rows.get(row.id)
        self._session.if_taken_back(lambda: self._restore(row, before))
        self._drop(before)
        self._keep(row)

    def note_status(self, row: HouseholdStatus) -> None:
        """See `Known`."""
        before = self._statuses.get(row.household_id, [])
        self._session.if_taken_back(lambda: self._statuses.update({row.household_id: before}))
        self._statuses[row.household_id] = [each for each in before if each.id != row.id] + [row]

    def _keep(self, row: Household) -> None:
        self._rows[row.id] = row
        self._numbered.setdefault(row.head_id_index, set()).add(row.id)
        self._headed.setdefault(row.head_name_index, set()).add(row.id)

    def _drop(self, row: Household | None) -> None:
        if row is not None:
            del self._rows[row.id]
            self._numbered[row.head_id_index].discard(row.id)
            self._headed[row.head_name_index].discard(row.id)

    def _restore(self, row: Household, before: Household | None) -> None:
        self._drop(row)
        if before is not None:
            self._keep(before)

    def _all_of(self, values: Iterable[str | None]) -> Sequence[str]:
        return [digest for value in set(values) if value is not None for digest in self._of(value)]

    def _of(self, value: str) -> tuple[str, ...]:
        if value not in self._digests:
            self._digests[value] = self._keyring.blind_indexes(value)
        return self._digests[value]
