"""What stands in a person's calendar, in words: entries of a feed, and of an invitation by mail.

A calendar is copied to places we do not know: numbers and titles stand in it, masked as for somebody who only looks,
of a case its kind instead of its title, and no name of a villager who stands behind a matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from casework.agenda import queries
from casework.agenda.queries import DueDate, Meeting
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.i18n import say
from casework.documents.calendar_file import Entry
from casework.registry import categories
from workflows.notices import clock_label

# Who takes answers where no mailbox is set: RFC 6761 keeps this name free for nobody.
NO_MAILBOX = "casework@office.invalid"
_CASE = "case"

# Workflow and number of a record → its address.
UrlOf = Callable[[str, str], str]


def entries(
    session: Session, actor: Actor, *, organizer: str, url_of: UrlOf, at: datetime, zone: ZoneInfo
) -> Sequence[Entry]:
    """Return everything in a person's calendar, meetings first."""
    due = queries.due_dates_of(session, actor, at=at)
    labels = {each.code: each for each in categories.listed(session)} if any(d.workflow == _CASE for d in due) else {}
    kinds = {code: row.label_zh if actor.locale == "zh" else row.label_en for code, row in labels.items()}
    return [
        *(
            meeting(each, locale=actor.locale, organizer=organizer, url=url_of(each.row.workflow, each.row.number))
            for each in queries.meetings_of(session, actor, at=at)
        ),
        *(
            replace(_due(each, kinds, actor.locale, zone), organizer=organizer, url=url_of(each.workflow, each.number))
            for each in due
        ),
    ]


def mailbox(sender: str) -> str:
    """Return the mailbox that takes answers, from the office's sender of mail."""
    return parseaddr(sender)[1] or NO_MAILBOX


def meeting(told: Meeting, *, locale: str, organizer: str, url: str = "") -> Entry:
    """Return a meeting as an entry; one that was put off or called off says so in its first words."""
    row, room = told.row, told.venue
    code = "postponed" if row.state == "postponed" else "cancelled" if told.is_off else "meeting"
    return Entry(
        uid=uid_of(told),
        sequence=told.sequence,
        changed_at=row.updated_at,
        summary=say(f"agenda.{code}", locale=locale, title=personal.scrub_with(row.title, told.villagers)),
        organizer=organizer,
        starts=row.starts_at,
        ends=row.ends_at,
        location="" if room is None else personal.scrub(room.name),
        description=say("agenda.about", locale=locale, number=row.number),
        url=url,
        status="CANCELLED" if told.is_off else "TENTATIVE" if row.state == "scheduled" else "CONFIRMED",
    )


def uid_of(told: Meeting) -> str:
    """Return what a meeting is called by calendars for good: feed and invitation say the same."""
    return str(told.row.id)


def _due(told: DueDate, kinds: Mapping[str, str], locale: str, zone: ZoneInfo) -> Entry:
    words = kinds.get(told.words, "") if told.workflow == _CASE else personal.scrub_with(told.words, told.villagers)
    clock = (
        say("agenda.co_task", locale=locale)
        if told.clock == "co_task"
        else clock_label(told.workflow, told.clock, locale=locale)
    )
    return Entry(
        uid=f"{told.id}-{told.clock}",
        sequence=told.version,
        changed_at=told.updated_at,
        summary=say("agenda.due", locale=locale, number=told.number, clock=clock, words=words),
        day=told.due_at.astimezone(zone).date(),
        description=say("agenda.about", locale=locale, number=told.number),
    )
