"""The members' homes and who is on duty there: in 2022 as it was recorded, and in the weeks around today."""

from collections.abc import Sequence
from datetime import date

from casework.activities.tables import Activity
from casework.campaign.duties import KIND
from casework.duties.tables import Duty, MemberHome
from workflows.demo.campaign.ledger import Row
from workflows.demo.campaign.material import told
from workflows.demo.campaign.members import Seat
from workflows.demo.campaign.stage import Stage

_OPENED = date(2022, 1, 20)
# In working days from today: one of each member who logs in lies behind, unrecorded, the next ones ahead.
_AROUND = (-3, 2, 5, 7, 10, 12, 15, 17)


def tell(stage: Stage, seats: Sequence[Seat]) -> None:
    """Tell of the homes and of every duty."""
    homes = [
        stage.ledger.enter(
            MemberHome,
            by=stage.clerk(),
            at=stage.afternoon(_OPENED),
            region_code=home["at"] or stage.county,
            name=home["name"],
            address=home["address"],
            hours=home["hours"],
        )
        for home in told("on_duty")["home"]
    ]
    for row in [each for each in stage.ledger.rows(Activity) if each["kind"] == KIND]:
        _recorded(stage, homes[0], row)
    today = stage.now.astimezone(stage.calendar.zone).date()
    serving = [seat for seat in seats if seat.holds(today)]
    for n, days in enumerate(_AROUND):
        stage.ledger.enter(
            Duty,
            by=stage.clerk(),
            at=stage.afternoon(stage.calendar.add_workdays(today, -9)),
            home_id=homes[n % len(homes)]["id"],
            # Who logs in first has one behind and one ahead.
            member_id=serving[0 if n < 2 else n].id,
            on_date=stage.calendar.add_workdays(today, days),
            hours="",
        )


def _recorded(stage: Stage, home: Row, activity: Row) -> None:
    """Put a duty on the roster before its day, and tie what was recorded to it."""
    by = stage.clerk()
    at = stage.afternoon(activity["on_date"])
    values = {"home_id": home["id"], "member_id": activity["member_id"], "on_date": activity["on_date"]}
    row = stage.ledger.enter(Duty, by=by, at=at, **values, hours="")
    recorded = max(at, activity["recorded_at"])
    stage.ledger.mend(Duty, row, {"activity_id": activity["id"]}, by=by, at=recorded)
