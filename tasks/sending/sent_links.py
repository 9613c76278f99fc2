"""Links to answer by, handed on: to an account by its notices as it chose, by text message to who left a number."""

from collections.abc import Sequence
from datetime import datetime

from casework.cases import public_reports, reporters
from casework.cases.tables import Case, PublicReport
from casework.consultations import sent_links
from casework.consultations.outcome_tables import SentLink
from casework.consultations.tables import Consultation
from casework.core.database import Session
from casework.core.i18n import say
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.notices import Channel
from casework.matters.tables import Notice, OutboxEvent
from casework.registry.recipients import Recipient
from tasks.telling import Telling

# What a step means to a villager whose topic it is; that it was evaluated is told as what came of it.
_TOPIC_CHANGES = {
    "screen": "screened", "approve": "taken_up", "minute": "met", "evaluate": "realised", "drop": "dropped",
    "cancel": "dropped",
}  # fmt: skip
_CODES = {sent_links.POLL: "poll_asked", sent_links.OPINION: "opinion_asked"}


def of_links(telling: Telling, event: OutboxEvent) -> None:
    """Tell accounts of the links an event brought, each once, on the ways each of them chose."""
    session, wanted = telling.session, [parse_id(str(each)) for each in event.facts.get("links", ())]
    found = sent_links.of_ids(session, [each for each in wanted if each is not None])
    of_accounts = [each for each in found if each.channel == sent_links.ACCOUNT and each.person_id is not None]
    known = telling.people.recipients([each.person_id for each in of_accounts if each.person_id is not None])
    for each in of_accounts:
        reader = None if each.person_id is None else known.get(each.person_id)
        row = _meeting(session, each)
        if each.fate != "waiting" or row is None:
            continue
        if reader is None:
            sent_links.drop(each, reason="account_disabled")
            continue
        notices.tell(
            session,
            event_id=event.id,
            people=[(reader.id, channel) for channel in _channels(telling, reader)],
            code=_CODES[each.kind],
            facts={"meeting": row.number, "link": str(each.id), "until": event.facts.get("until")},
            at=telling.at,
            hold_until=each.hold_until,
            matter_id=row.id,
        )
        each.event_id, each.fate, each.sent_at = event.id, "sent", telling.at


def of_topic(telling: Telling, event: OutboxEvent) -> None:
    """Tell who proposed a topic on the public page that it was weighed, taken up, talked over, or not taken up."""
    change = _TOPIC_CHANGES.get(str(event.facts.get("trigger")))
    row = None if event.matter_id is None else telling.session.get(Consultation, event.matter_id)
    if change is not None and row is not None:
        sent_links.tell_topic(
            telling.session,
            row,
            texts=telling.texts,
            change=change,
            event_id=event.id,
            at=telling.at,
            hold_until=telling.calendar.next_opening(telling.at),
        )


def _channels(telling: Telling, reader: Recipient) -> Sequence[Channel]:
    """Return the ways to somebody: the box of the application, and one beyond it that they chose for what is asked."""
    if telling.mails and reader.mail is not None and reader.mailed_alone:
        return (notices.APP, notices.MAIL)
    return (notices.APP, notices.SMS) if telling.texts and reader.texted else (notices.APP,)


def link_of(session: Session, notice: Notice) -> SentLink | None:
    """Return the link that a notice carries."""
    return sent_links.get(session, parse_id(str(notice.facts.get("link"))))


def address_of(session: Session, notice: Notice) -> str | None:
    """Return the short address that a notice carries beyond the application."""
    sent = link_of(session, notice)
    return None if sent is None else sent_links.address(session, sent)


def why_not(session: Session, notice: Notice, *, at: datetime) -> str | None:
    """Return why a notice with a link is of no use any more; None when it is, or carries none."""
    if "link" not in notice.facts:
        return None
    sent = link_of(session, notice)
    return "replaced" if sent is None else sent_links.why_not(session, sent, at=at)


def text_of(session: Session, sent: SentLink, *, at: datetime) -> tuple[str, str, str] | None:
    """Return telephone, words and number of a text message to a villager; None when it is given up instead."""
    if sent.kind == sent_links.TOPIC:
        return _topic_text_of(session, sent, at=at)
    why = sent_links.why_not(session, sent, at=at)
    case = None if sent.case_id is None else session.get(Case, sent.case_id)
    row = _meeting(session, sent)
    phone = None if case is None else reporters.unseal(session, case, "phone")
    if why is not None or case is None or phone is None:
        sent_links.drop(sent, reason=why or "no_phone")
        return None
    words = "sms.opinion_of_case" if sent.kind == sent_links.OF_CASE else "sms.opinion"
    number = case.number if row is None else row.number
    return phone, say(words, locale="zh", link=sent_links.address(session, sent)), number


def _meeting(session: Session, sent: SentLink) -> Consultation | None:
    return None if sent.consultation_id is None else session.get(Consultation, sent.consultation_id)


def _topic_text_of(session: Session, sent: SentLink, *, at: datetime) -> tuple[str, str, str] | None:
    report = session.get(PublicReport, sent.subject_id)
    row = _meeting(session, sent)
    if report is None or row is None or sent.ends_at <= at:
        sent_links.drop(sent, reason="link_ended")
        return None
    phone = public_reports.content_of(session, report).phone
    return phone, say("sms.topic", locale="zh", told=say(f"sms.topic.{sent.change}", locale="zh")), row.number
