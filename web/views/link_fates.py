"""What became of a link on its way, in words; and the letters that are to be printed."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from flask import url_for

from casework.consultations import sent_links
from casework.consultations.tables import Consultation
from casework.core.i18n import catalogue
from web import unit
from web.link_roads import Fate, fates
from web.locales import words
from web.views import wording


def told(subjects: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the same in words."""
    found = fates(subjects)
    return {subject: words("calendar.semicolon").join(_told(each) for each in ways) for subject, ways in found.items()}


def _told(fate: Fate) -> str:
    code = "printed" if fate.reason == "printed" else fate.fate
    when = wording.short_moment(fate.sent_at) if fate.fate == "sent" and fate.sent_at is not None else ""
    why = f"fates.why.{fate.reason}"
    reason = words(why) if why in catalogue() else ""
    channel = words(f"fates.channel.{fate.channel}")
    return " ".join(filter(None, (words("meetings.sent", channel=channel, fate=words(f"fates.{code}")), when, reason)))


def letters(row: Consultation) -> dict[str, Any] | None:
    """Return the form that prints the letters of a consultation; nothing when nobody has to be written to."""
    n = len(sent_links.letters(unit.session(), row.id, at=unit.at()))
    if not n:
        return None
    return {"n": n, "url": url_for("link_letters.print_letters", meeting=row.number)}
