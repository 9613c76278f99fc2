"""What was agreed in a consultation counts for who brought it and who sat there, once it has become something."""

from datetime import date, datetime, timedelta

from casework.assessment.sources import SOURCES, Period
from casework.campaign.loader import campaigns
from tests import meeting
from tests.campaign import tie
from tests.world import MORNING, World


def test_what_was_agreed_and_converted_counts_for_the_members_who_sat_there(world: World) -> None:
    tied, topic = tie(world), meeting.approved(world)
    meeting.hall(world)
    meeting.move(world, topic, "schedule", **meeting.at(0, "chen", "bai", world=world))
    meeting.move(world, topic, "notify", research="看过")
    meeting.move(world, topic, "hold", attended=[str(world["chen"].person_id)])
    agreed = [{"text": f"第{n}处换管", "org": "SLJ", "due_on": "2026-10-31"} for n in (1, 2)]
    meeting.move(world, topic, "minute", minutes="谈成了", consensus=agreed)

    def counted(known_at: datetime | None = None) -> list[tuple[object, str]]:
        with world.db.reading() as session:
            period = Period(session, campaigns()["SLSC-2022"], 2026, date(2026, 12, 31), known_at)
            return [(each.member_id, each.part) for each in SOURCES["consensus"].rows(period, {})]

    assert counted() == []
    meeting.convert(world, topic, 2, "supervision")
    assert counted() == [(tied.member, "attendee")]
    assert counted(MORNING - timedelta(minutes=1)) == []
