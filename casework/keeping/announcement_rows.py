"""What holds of announcements: each went to somebody, nobody has it twice, and answers fit what was asked (I34)."""

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, select

from casework.announcements.tables import Announcement, Receipt
from casework.campaign.receipts import UNABLE, answers_to
from casework.core.editions import known, standing
from casework.keeping.view import View


def receipts(view: View) -> Iterator[str]:
    """I34: an announcement went to somebody and to nobody twice; its answers fit, and who cannot come says why."""
    to_somebody = exists().where(known(Receipt), Receipt.announcement_id == Announcement.id)
    nobody = select(Announcement.id).where(standing(Announcement), ~to_somebody)
    for row in view.stream(nobody.order_by(Announcement.id)):
        yield f"announcements {row[0]}"
    ends = (Receipt.announcement_id, Receipt.member_id, Receipt.org_id)
    twice = select(*ends).where(standing(Receipt)).group_by(*ends).having(func.count() > 1)
    for row in view.stream(twice.order_by(*ends)):
        yield f"announcements {row[0]}: {row[1] or row[2]}"
    asked = (
        select(Receipt.id, Receipt.answer, Receipt.remark, Announcement.asks)
        .join(Announcement, and_(Announcement.id == Receipt.announcement_id, known(Announcement)))
        .where(standing(Receipt), Receipt.answer != "")
    )
    for record_id, answer, words, asks in view.stream(asked.order_by(Receipt.id)):
        if answer not in answers_to(asks) or (answer == UNABLE and not words):
            yield f"receipts {record_id}"
