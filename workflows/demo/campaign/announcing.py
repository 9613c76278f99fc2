"""Announcements of the last weeks, and who has answered them by now; told of the day the demo is opened on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from casework.activities.tables import Activity
from casework.announcements.tables import Announcement, Receipt
from workflows.demo.campaign.material import told
from workflows.demo.campaign.members import Seat
from workflows.demo.campaign.stage import CAMPAIGN, MEMBERS, Stage

_MORNING = (9 * 60, 10 * 60 + 30)
_COMING = 0.86
_ORG = "ZX-BGS"


def tell(stage: Stage, seats: Sequence[Seat]) -> None:
    """Tell of every announcement with its receipts; who has a log-in leaves the last of them open to be tried."""
    today = stage.now.astimezone(stage.calendar.zone).date()
    for about in told("announcing")["announcement"]:
        sent = stage.calendar.add_workdays(today, -about["back"])
        at = stage.at(sent, stage.chance.randint(*_MORNING))
        row = stage.ledger.enter(
            Announcement,
            by=stage.clerk(),
            at=at,
            region_code=stage.county,
            on_date=sent,
            title=about["title"],
            content=about["content"].strip(),
            document_no=about["document_no"].format(year=sent.year),
            campaign=CAMPAIGN,
            audience=about["audience"],
            asks=about["asks"],
            answer_by=stage.calendar.add_workdays(today, about["by"]),
            activity_id=_meeting(stage, about, at, today),
        )
        reached = [seat for seat in seats if seat.holds(sent)] if about["audience"] == "members" else []
        own = seats[: len(MEMBERS)] if about["by"] > 0 else ()
        for seat in reached:
            share = 0.0 if seat in own else about["answered"]
            _receipt(stage, about, row, share, member_id=seat.id, seat=seat)
        for code in about.get("orgs", ()):
            _receipt(stage, about, row, 0.0, org_id=stage.orgs[code])


def _meeting(stage: Stage, about: Mapping[str, Any], at: datetime, today: date) -> UUID | None:
    """Enter the meeting an announcement calls to, some working days ahead."""
    meeting = about.get("meeting")
    if meeting is None:
        return None
    row = stage.ledger.enter(
        Activity,
        by=stage.clerk(),
        at=at,
        kind=meeting["kind"],
        region_code=stage.county,
        on_date=stage.calendar.add_workdays(today, meeting["in"]),
        title=meeting["title"],
        org_id=stage.orgs[_ORG],
        findings=meeting["findings"],
    )
    found: UUID = row["id"]
    return found


def _receipt(
    stage: Stage,
    about: Mapping[str, Any],
    announcement: Mapping[str, Any],
    share: float,
    *,
    seat: Seat | None = None,
    **addressee: UUID,
) -> None:
    by, sent = stage.clerk(), announcement["on_date"]
    at, told_of = announcement["created_at"], announcement["id"]
    row = stage.ledger.enter(Receipt, by=by, at=at, announcement_id=told_of, **addressee)
    answered = stage.evening(stage.day(sent, sent + timedelta(days=about["back"])))
    if stage.chance.random() >= share or answered > stage.now:
        return
    changes = {"answer": "received", "remark": ""}
    if about["asks"] == "attendance":
        comes = stage.chance.random() < _COMING
        why = "" if comes else stage.chance.choice(told("announcing")["unable"])
        changes = {"answer": "attending" if comes else "unable", "remark": why}
    stage.ledger.mend(Receipt, row, changes, by=by if seat is None else seat.actor, at=answered)
