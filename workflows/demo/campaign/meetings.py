"""What the organisation did besides: trainings with who came, notices, meetings, talks, duty at the members' home."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from casework.activities.tables import Activity, Attendance
from workflows.demo.campaign.material import told
from workflows.demo.campaign.members import Seat
from workflows.demo.campaign.stage import Stage

_KINDS = (*("training", "notice", "onsite_office", "promotion_meeting", "contact", "experience", "township_contact"),)
_STATUSES = (("present", 86), ("late", 4), ("leave", 7), ("absent", 3))
_ORG = "ZX-BGS"
_DUTIES = (date(2022, 2, 18), date(2022, 12, 23), 14)


def tell(stage: Stage, seats: Sequence[Seat]) -> None:
    """Tell of every meeting, and who of the members came to a training."""
    for kind in _KINDS:
        for about in told("meetings")[kind]:
            on = about["on"]
            row = stage.ledger.enter(
                Activity,
                by=stage.clerk(),
                at=stage.afternoon(on),
                kind=kind,
                region_code=about.get("place", stage.county),
                on_date=on,
                title=about["title"],
                org_id=stage.orgs[_ORG],
                findings=about["findings"],
                measures=about.get("measures", ""),
                document_no=about.get("document_no", ""),
            )
            if kind == "training":
                row["people"] = _attend(stage, row["id"], [seat for seat in seats if seat.holds(on)], on=on)
            else:
                row["people"] = about.get("people")
    on, last, every = _DUTIES
    while on <= last:
        _duty(stage, stage.chance.choice([seat for seat in seats if seat.holds(on)]), on=on)
        on += timedelta(days=every)


def _attend(stage: Stage, activity_id: UUID, seats: Sequence[Seat], *, on: date) -> int:
    """Write down how each member of a training came, and return how many did."""
    clerk, at = stage.clerk(), stage.evening(on)
    came = 0
    for seat in seats:
        status = stage.drawn(_STATUSES)
        came += status in ("present", "late")
        stage.ledger.enter(
            Attendance, by=clerk, at=at, activity_id=activity_id, member_id=seat.id, part="attendee", status=status
        )
    return came


def _duty(stage: Stage, seat: Seat, *, on: date) -> None:
    about = told("visits")
    slots = stage.slots("", who=stage.chance.choice(told("people")["household"]["kin"]))
    stage.ledger.enter(
        Activity,
        by=seat.actor,
        at=stage.evening(on),
        kind="member_home",
        region_code=stage.county,
        on_date=on,
        member_id=seat.id,
        findings=stage.chance.choice(told("meetings")["duty"]).format_map(slots),
        policy=stage.some(about, "policy", 0.5),
        people=stage.chance.randint(2, 11),
    )
