"""The assessment in the lived office: a sheet from its computing to its approval, and a spot check that was drawn."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from casework.activities.tables import Activity
from casework.assessment import queries, spot_check
from casework.campaign.loader import campaigns
from casework.campaign.quarters import Quarter
from casework.core import editions
from casework.core.actors import SYSTEM
from tests.world import VILLAGE, World
from workflows import engine
from workflows.campaign import assessments

SEED = "drawn by lot in front of all"


def assessed(world: World, ids: dict[str, UUID], *, at: datetime) -> dict[str, UUID]:
    """Approve the sheet of the linked member, and draw the visits of a quarter; return the ids."""
    later = at + timedelta(days=20)
    visit = Activity(kind="household_visit", form="on_site", region_code=VILLAGE, on_date=date(2026, 10, 14))
    visit.member_id, visit.household_id = ids["member"], ids["household"]
    with world.db.transaction() as session:
        editions.enter(session, visit, actor=world["he"], at=at)
        asked = {"campaign": "SLSC-2022", "year": 2026, "member": str(ids["member"])}
        sheet = assessments.compute(session, asked, actor=world["he"], at=at)
        for trigger, who in (("lapse", SYSTEM), ("review", world["he"]), ("approve", world["lu"])):
            subject = queries.subject_of(session, sheet)
            engine.move(session, sheet, trigger, subject=subject, actor=who, at=later)
        campaign, quarter = campaigns()["SLSC-2022"], Quarter(2026, 4)
        check = spot_check.announce(session, campaign, quarter, SEED, actor=world["he"], at=at)
        drawn = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
        spot_check.draw(session, check, SEED, actor=world["he"], at=drawn)
    return {"sheet": sheet.id}
