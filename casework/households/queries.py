"""What can be asked of households: by identity number, by the head's name in a place, and what they count as."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import Text, and_, literal, select, tuple_

from casework.core import editions
from casework.core.bulk import among
from casework.core.columns import Id
from casework.core.database import Session
from casework.core.editions import known
from casework.core.encryption import Keyring
from casework.core.ranges import lies_in
from casework.households.tables import Household, HouseholdStatus

_BATCH = 500


def by_id_number(session: Session, keyring: Keyring, number: str) -> Household | None:
    """Return the household whose head has this identity number."""
    asked = select(Household).where(known(Household), Household.head_id_index.in_(keyring.blind_indexes(number)))
    return session.scalars(asked.order_by(Household.id).limit(1)).first()


def by_numbers(session: Session, digests: Collection[str]) -> Sequence[Household]:
    """Return the households whose head has an identity number of these digests; all are locked for a change."""
    if not digests:
        return ()
    return editions.newest_of(session, Household, Household.head_id_index.in_(digests), lock=True)


def headed(session: Session, digests: Collection[str], *, within: str, unnumbered: bool) -> Sequence[Household]:
    """Return the households of a place or under it whose head has a name of these digests; all are locked for a change.

    `unnumbered`: only those whose head's identity number is not known.
    """
    if not digests:
        return ()
    condition = and_(Household.head_name_index.in_(digests), lies_in(Household.region_code, within))
    if unnumbered:
        condition = and_(condition, Household.head_id_index.is_(None))
    return editions.newest_of(session, Household, condition, lock=True)


def statuses(session: Session, household_ids: Collection[UUID]) -> Sequence[HouseholdStatus]:
    """Return what households counted as at any time, as it is known now; all are locked for a change."""
    if not household_ids:
        return ()
    return editions.newest_of(session, HouseholdStatus, HouseholdStatus.household_id.in_(household_ids), lock=True)


def by_heads(session: Session, keyring: Keyring, names: Iterable[str], *, within: str) -> dict[str, list[Household]]:
    """Return the households of a place, or of the places under it, by the names of their heads; one question for all.

    A name nobody bears is left out. Nothing is opened: heads are found by their digests.
    """
    digests = keyring.values_by_index(set(names))
    asked = select(Household).where(
        known(Household),
        among(session, Household.head_name_index, digests),
        lies_in(Household.region_code, within),
    )
    found: dict[str, list[Household]] = {}
    for household in session.scalars(asked.order_by(Household.id)) if digests else ():
        found.setdefault(digests[household.head_name_index], []).append(household)
    return found


def statuses_of(session: Session, household_id: UUID, *, part: str, code: str) -> Sequence[HouseholdStatus]:
    """Return the times a household counted as something, oldest first, as they are known now."""
    asked = select(HouseholdStatus).where(
        HouseholdStatus.household_id == household_id,
        HouseholdStatus.part == part,
        HouseholdStatus.code == code,
        known(HouseholdStatus),
    )
    return session.scalars(asked.order_by(HouseholdStatus.valid_from)).all()


def of_place(session: Session, within: str) -> Iterator[tuple[Household, Sequence[HouseholdStatus]]]:
    """Yield the households of a place and of those under it, each with what it counts as and is watched for."""
    place = (known(Household), lies_in(Household.region_code, within))
    after: tuple[str, UUID] | None = None
    while True:
        asked = select(Household).where(*place).order_by(Household.region_code, Household.id).limit(_BATCH)
        if after is not None:
            last = tuple_(literal(after[0], Text()), literal(after[1], Id()))
            asked = asked.where(tuple_(Household.region_code, Household.id) > last)
        batch = session.scalars(asked).all()
        statuses = _statuses(session, [row.id for row in batch])
        yield from ((row, statuses.get(row.id, ())) for row in batch)
        if len(batch) < _BATCH:
            return
        after = (batch[-1].region_code, batch[-1].id)


def _statuses(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[HouseholdStatus]]:
    asked = select(HouseholdStatus).where(
        known(HouseholdStatus), HouseholdStatus.household_id.in_(ids), HouseholdStatus.valid_to.is_(None)
    )
    found: dict[UUID, list[HouseholdStatus]] = {}
    for status in session.scalars(asked.order_by(HouseholdStatus.valid_from)):
        found.setdefault(status.household_id, []).append(status)
    return found
