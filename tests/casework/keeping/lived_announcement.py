"""An announcement in the lived office: sent to a member and a unit, answered by one, and reminded of."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.announcements.tables import Receipt
from casework.campaign import announcements, forms, receipts
from tests.world import COUNTY, World


def announced(world: World, member_id: UUID, *, at: datetime) -> None:
    """Call a member and a unit to a meeting; the member cannot come."""
    call = {"region_code": COUNTY, "title": "推进会", "content": "请参加", "audience": "named", "asks": "attendance"}
    actor = world["he"]
    with world.db.transaction() as session:
        told = {**call, "members": [str(member_id)], "orgs": ["SLJ"]}
        row = announcements.send(session, told, actor=actor, at=at)
        mine = session.scalars(select(Receipt).where(Receipt.member_id == member_id)).one()
        answer = {"answer": "unable", "remark": "出差"}
        forms.mend(session, receipts.RECEIPT, mine, answer, actor=actor, at=at + timedelta(hours=1))
        receipts.remind(session, row, actor=actor, at=at + timedelta(hours=2))
