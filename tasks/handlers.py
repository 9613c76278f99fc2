"""Event → what is done about it. Every event that any code publishes stands here; an empty tuple says "nothing".

Held by tests/laws/test_events.py. A handler is given the batch under way and one event, works in a savepoint of its
own, speaks to the database only, and may be run again for the same event: what it writes is unique by event.
"""

from collections.abc import Callable, Mapping

from casework.matters.tables import OutboxEvent
from tasks import (
    announcements,
    consultations,
    expected_money,
    exporting,
    leads,
    notices,
    proposals,
    sheets,
    supervised,
)
from tasks.sending import sent_links, webhooks
from tasks.telling import Telling

Handler = Callable[[Telling, OutboxEvent], None]

HANDLERS: Mapping[str, tuple[Handler, ...]] = {
    "assessment.created": (sheets.of_sheet,),
    "assessment.transitioned": (sheets.of_step,),
    "assessment.mended": (sheets.of_adjustment,),
    "bulletin.created": (),
    "bulletin.transitioned": (),
    "bulletin.mended": (),
    "bulletin.signed": (webhooks.of_event,),
    "case.created": (notices.of_report, proposals.of_report, webhooks.of_event),
    "case.transitioned": (notices.of_step, proposals.of_step, consultations.of_record, webhooks.of_event),
    "case.attached": (),
    "case.co_task_asked": (notices.of_note,),
    "case.co_task_settled": (notices.of_answer,),
    "case.called": (),
    "case.erased": (),
    "case.commented": (notices.of_note,),
    "case.exclusion_asked": (notices.of_exclusion,),
    "case.exclusion_decided": (notices.of_exclusion,),
    "case.extension_asked": (notices.of_note,),
    "case.extension_decided": (notices.of_decision,),
    "case.fund_added": (),
    "case.fund_attributed": (),
    "case.fund_reversed": (),
    "case.handed_over": (notices.of_note,),
    "case.handover_undone": (notices.of_note,),
    "case.linked": (),
    "case.mended": (),
    "case.reviewed": (),
    "case.split": (),
    "case.suspension_over": (notices.of_note,),
    "case.urged": (notices.of_note,),
    "case.version_changed": (),
    "consultation.created": (webhooks.of_event,),
    "consultation.transitioned": (consultations.of_step, sent_links.of_topic, webhooks.of_event),
    "consultation.attached": (),
    "consultation.commented": (consultations.of_note,),
    "consultation.joined": (),
    "consultation.converted": (consultations.of_conversion,),
    "consultation.answered": (consultations.of_answer,),
    "consultation.looked_back": (consultations.of_look_back,),
    "consultation.mended": (),
    "consultation.rated": (),
    "consultation.poll_asked": (sent_links.of_links,),
    "consultation.poll_answered": (),
    "consultation.ratings_asked": (sent_links.of_links,),
    "consultation.told_by_phone": (),
    "consultation.replied": (),
    "expected_fund.created": (),
    "expected_fund.transitioned": (),
    "supervision.created": (supervised.of_initiation, webhooks.of_event),
    "supervision.transitioned": (supervised.of_step, consultations.of_record, webhooks.of_event),
    "supervision.attached": (),
    "supervision.commented": (supervised.of_note,),
    "supervision.mended": (),
    "announcement.sent": (announcements.of_sending,),
    "announcement.reminded": (announcements.of_reminder,),
    "lead.told": (leads.of_telling,),
    "lead.answered": (leads.of_answer,),
    "deadline.fired": (
        notices.of_deadline,
        expected_money.of_rung,
        supervised.of_rung,
        consultations.of_rung,
        webhooks.of_event,
    ),
    "account.dormant": (notices.of_dormancy,),
    "export.asked": (exporting.tell_heads,),
    "export.answered": (exporting.tell_asker,),
    "reveal.cap_reached": (notices.of_cap,),
    "system.ailing": (notices.of_ailing,),
    "webhook.paused": (notices.of_paused_webhook,),
}
