"""How links leave this office, and what became of each on its way, as facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request

from casework.consultations import sent_links
from casework.consultations.outcome_tables import SentLink
from casework.matters import notices
from web import unit
from workflows.sending_links import Road

_NOBODY = (UUID(int=0), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a link on one way."""

    channel: str
    fate: str
    reason: str | None
    sent_at: datetime | None


def road() -> Road:
    """Return how links leave: under the address this request came to, by text message where the office sends any."""
    return Road(request.url_root.rstrip("/"), unit.office().settings.sms is not None)


def fates(subjects: Collection[UUID]) -> Mapping[UUID, Sequence[Fate]]:
    """Return for each question what became of its last link: of an account's one line a way it was told by."""
    session = unit.session()
    latest = sent_links.latest(session, subjects)
    events = {each.event_id for each in latest.values() if each.event_id is not None}
    told = notices.of_events(session, events) if events else {}
    return {
        subject: [
            Fate(each.channel, each.fate, each.fate_reason, each.sent_at)
            for each in told.get((sent.event_id, sent.person_id) if sent.event_id and sent.person_id else _NOBODY, ())
        ]
        or [_own(sent)]
        for subject, sent in latest.items()
    }


def _own(sent: SentLink) -> Fate:
    channel = "app" if sent.channel == sent_links.ACCOUNT else sent.channel
    return Fate(channel, sent.fate, sent.fate_reason, sent.sent_at)
