"""The links of the campaign: members to households, committees and the office to industries, units to villages."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from casework.campaign.tables import Link
from workflows.demo.campaign import households
from workflows.demo.campaign.households import POOR, SHOWN, Home
from workflows.demo.campaign.ledger import Row
from workflows.demo.campaign.material import told
from workflows.demo.campaign.members import Seat
from workflows.demo.campaign.stage import CAMPAIGN, Stage

_FIRST_ROUND, _SECOND_ROUND = (date(2022, 2, 14), date(2022, 3, 30)), (date(2022, 4, 1), date(2022, 6, 22))
_FIRST_SHARE = 0.72
# Two members have a third household (domain.md §1.6.1); so many households were given up for another one.
_THIRDS, _REPLACED = (0, 57), 5
_REPLACED_BETWEEN = (date(2022, 7, 20), date(2022, 11, 25))
_SAME_VILLAGE = 0.7


@dataclass(slots=True)
class Tie:
    """A link of a member to a household, from a day to a day."""

    seat: Seat
    home: Home
    row: Row
    since: date
    until: date | None = None


def tell(stage: Stage, seats: list[Seat]) -> list[Tie]:
    """Tell of every link of a member to a household, those that ended too."""
    ties: list[Tie] = []
    for number, seat in enumerate(seats):
        if seat.since > _FIRST_ROUND[0]:
            continue
        village = stage.chance.choice(stage.villages_of(seat.town))
        for part in (POOR, SHOWN, *((POOR,) if number in _THIRDS else ())):
            code = village if stage.chance.random() < _SAME_VILLAGE else stage.chance.choice(_near(stage, seat))
            is_first = seat.until is not None or stage.chance.random() < _FIRST_SHARE
            between = _FIRST_ROUND if is_first else _SECOND_ROUND
            ties.append(_begin(stage, seat, part, code, on=stage.day(*between)))
    _hand_over(stage, seats, ties)
    fit = [tie for tie in ties if tie.until is None and tie.since < _REPLACED_BETWEEN[0] and tie.seat.until is None]
    for tie in stage.chance.sample(fit, _REPLACED):
        on = stage.day(*_REPLACED_BETWEEN)
        _end(stage, tie, on=on, reason=stage.chance.choice(told("people")["leaving"]["households"]))
        following = on + timedelta(days=stage.chance.randint(2, 9))
        ties.append(_begin(stage, tie.seat, tie.home.part, stage.chance.choice(_near(stage, tie.seat)), on=following))
    return ties


def _near(stage: Stage, seat: Seat) -> list[str]:
    return list(stage.villages_of(seat.town))


def _hand_over(stage: Stage, seats: list[Seat], ties: list[Tie]) -> None:
    """Let successors go on with the households of those who left, and the other newcomers begin with new ones."""
    reason = told("people")["leaving"]["links"]
    successors = []
    for tie in [tie for tie in ties if tie.seat.until is not None and tie.seat.successor is not None]:
        left, new = tie.seat, tie.seat.successor
        if left.until is None or new is None:
            continue
        _end(stage, tie, on=left.until, reason=reason)
        since = max(left.until, new.since) + timedelta(days=stage.chance.randint(3, 12))
        ties.append(_tie(stage, new, tie.home, on=since))
        successors.append(new)
    for seat in seats:
        if seat.since > _FIRST_ROUND[0] and seat not in successors:
            for part in (POOR, SHOWN):
                since = seat.since + timedelta(days=stage.chance.randint(5, 20))
                ties.append(_begin(stage, seat, part, stage.chance.choice(_near(stage, seat)), on=since))


def _begin(stage: Stage, seat: Seat, part: str, region_code: str, *, on: date) -> Tie:
    return _tie(stage, seat, households.tell(stage, region_code, on=on, part=part), on=on)


def _tie(stage: Stage, seat: Seat, home: Home, *, on: date) -> Tie:
    row = stage.ledger.enter(
        Link,
        by=stage.clerk(),
        at=stage.evening(on),
        campaign=CAMPAIGN,
        kind="member_household",
        holder_id=seat.id,
        object_id=home.id,
        region_code=home.region_code,
        part=home.part,
        valid_from=on,
    )
    return Tie(seat, home, row, on)


def _end(stage: Stage, tie: Tie, *, on: date, reason: str) -> None:
    changes = {"valid_to": on, "end_reason": reason}
    tie.row = stage.ledger.mend(Link, tie.row, changes, by=stage.clerk(), at=stage.evening(on), reason=reason)
    tie.until = on


def of_unit(stage: Stage, kind: str, org: str, region_code: str, *, on: date, object_id: UUID | None = None) -> None:
    """Tell of the link of a committee or the office to an industry, or to a village."""
    stage.ledger.enter(
        Link,
        by=stage.clerk(),
        at=stage.evening(on),
        campaign=CAMPAIGN,
        kind=kind,
        holder_id=stage.orgs[org],
        object_id=object_id,
        region_code=region_code,
        valid_from=on,
    )
