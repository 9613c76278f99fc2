"""What a person was told: newest first, page by page, and the mark that it was read.

The sentences are made here from code and facts, in the reader's language, because they are made when they are read
(workflows/notices.py). Not here: who is told what (tasks), and the number beside the bell (web/views/counting.py).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import invalid
from casework.core.i18n import UnknownMessage
from casework.core.ids import parse_id
from casework.matters import notices
from casework.matters.tables import Notice
from web import frames, identity, unit
from web.access import needs
from web.locales import local, locale, words
from web.views import addresses, counting, palettes, supervision_views, wording
from web.views.chips import Chip
from workflows.notices import sentence

blueprint = Blueprint("notices", __name__)

PER_PAGE = 30
_LEVEL, _LEVELS = "supervision_deadline_", ("1", "2", "3")
_LATE = frozenset(
    {
        *("deadline_1", "deadline_2", "deadline_3", "reported_critical"),
        *("expected_money_1", "expected_money_2", "expected_money_3"),
        *("meeting_due_1", "meeting_due_2"),
    }
)
# What is about no case, and where it is dealt with.
_URLS = {
    "visits_due": "/mine",
    "visits_due_office": "/visits/due?missing=true",
    **dict.fromkeys(("progress_missing", "progress_missing_office"), "/supervision?by=list&progress_late=true"),
}
_ICONS = {
    "deadline_0": "clock",
    "deadline_1": "exclamation-circle",
    "deadline_2": "exclamation-circle",
    "deadline_3": "exclamation-octagon-fill",
    **dict.fromkeys((f"expected_money_{level}" for level in range(4)), "cash-coin"),
    **dict.fromkeys(("meeting_invited", "meeting_postponed", "meeting_cancelled"), "people"),
    **dict.fromkeys(("poll_asked", "opinion_asked"), "chat-left-text"),
    "reported_critical": "exclamation-circle",
    "returned": "arrow-return-left",
    "extension_asked": "hourglass-split",
    "resolved": "check-lg",
    "closed": "check-lg",
    "suspended": "pause-circle",
    "announced": "chat-left-text",
    "announced_openly": "chat-left-text",
    "announcement_reminded": "clock",
    "announcement_reminded_openly": "clock",
    **dict.fromkeys(("lead_told", "lead_without_town"), "exclamation-circle"),
    "lead_answered": "chat-left-text",
    "visits_due": "clock",
    "visits_due_office": "clock",
}


@blueprint.get("/notices")
@needs("profile.change")
def show() -> Response:
    """Show what the caller was told: what they have not read, or all of it."""
    is_all, cursor = request.args.get("all") == "1", request.args.get("cursor")
    before = None if cursor is None else _read(cursor, is_all=is_all)
    rows = notices.inbox(unit.session(), identity.person_id(), limit=PER_PAGE + 1, before=before, unread=not is_all)
    shown, more = rows[:PER_PAGE], len(rows) > PER_PAGE
    unread = counting.unread()
    page = render_template(
        "notices.html",
        frame=counting.framed(None),
        tabs=[
            {"label": words("notices.unread"), "n": unread, "url": url_for("notices.show"), "current": not is_all},
            {"label": words("notices.all"), "n": None, "url": url_for("notices.show", all=1), "current": is_all},
        ],
        days=_days(shown),
        read_all_url=url_for("notices.read") if unread else None,
        digest_text=words("notices.digest"),
        palette_url=palettes.sheet_url(),
        pager_data=_pager(shown, is_all=is_all, more=more, is_first=before is None),
    )
    return make_response(page)


@blueprint.post("/notices/read")
@needs("profile.change")
def read() -> Response:
    """Note that the caller has read these (`id`), or everything they were told."""
    ids = [found for found in map(parse_id, request.form.getlist("id")) if found is not None]
    notices.mark_read(unit.session(), identity.person_id(), at=unit.at(), ids=ids or None)
    frames.say(words("notices.marked"))
    return make_response(redirect(url_for("notices.show"), 303))


def _days(rows: Sequence[Notice]) -> list[dict[str, Any]]:
    grouped = groupby(rows, key=lambda row: local(row.sent_at or row.created_at).date())
    return [{"label": _day(day), "rows": [_row(row) for row in group]} for day, group in grouped]


def _day(day: date) -> str:
    if day == unit.today():
        return words("notices.today")
    if day == unit.today() - timedelta(days=1):
        return words("notices.yesterday")
    return wording.long_day(day)


def _row(row: Notice) -> dict[str, Any]:
    number = row.facts.get("number") or row.facts.get("meeting")
    zone = unit.office().settings.zone
    try:
        text = sentence(row.code, row.facts, locale=locale(), zone=zone)
    except UnknownMessage:
        # A kind of message that a later release no longer knows still leads to its case.
        text = str(number or row.code)
    return {
        "url": _url_of(row),
        "when": wording.clock_time(row.sent_at or row.created_at),
        "text": text,
        "strong": None,
        "sub": None,
        "unread": row.read_at is None,
        "icon": _ICONS.get(row.code, "info-circle"),
        "tone": "late" if row.code in _LATE else "",
        "chip": _chip(row.code),
    }


def _chip(code: str) -> Chip | None:
    """Return the level that a message of a supervised matter tells of, in the office's colours."""
    level = code.removeprefix(_LEVEL)
    return supervision_views.level_chip(int(level)) if code.startswith(_LEVEL) and level in _LEVELS else None


def _url_of(row: Notice) -> str:
    """Return the page of what a message is about: the case, the sheet, the announcement, the lead, the sum, visits."""
    if "sheet" in row.facts and row.matter_id is not None:
        return url_for("assessments.show", sheet_id=row.matter_id)
    for name in ("announcement", "lead"):
        if name in row.facts:
            return url_for(f"{name}s.show", **{f"{name}_id": row.facts[name]})
    if "matter" in row.facts and row.matter_id is not None:
        return url_for("supervisions.show", supervision_id=row.matter_id)
    if "meeting" in row.facts:
        link = row.facts.get("link")
        return url_for("link_letters.mine", link_id=link) if link else f"/consultations/{row.facts['meeting']}"
    if row.facts.get("number"):
        return f"/cases/{row.facts['number']}"
    return f"/funds/{row.facts['line']}" if "line" in row.facts else _URLS.get(row.code, "/")


def _pager(rows: Sequence[Notice], *, is_all: bool, more: bool, is_first: bool) -> dict[str, Any] | None:
    if is_first and not more:
        return None
    asked = {"all": ["1"]} if is_all else {}
    return {
        "text": words("notices.page", n=len(rows)),
        "prev_url": None if is_first else url_for("notices.show") + addresses.query(asked),
        "next_url": addresses.changed(asked, cursor=_write(rows[-1], is_all=is_all)) if more else None,
    }


def _write(row: Notice, *, is_all: bool) -> str:
    instant = row.sent_at or row.created_at
    return write_cursor([instant.isoformat(), str(row.id)], bound_to=["notices", is_all])


def _read(cursor: str, *, is_all: bool) -> tuple[datetime, UUID]:
    instant, row = read_cursor(cursor, bound_to=["notices", is_all], count=2)
    row_id = parse_id(row) if isinstance(row, str) else None
    try:
        at = datetime.fromisoformat(str(instant))
    except ValueError:
        raise invalid("cursor", "cursor_unreadable") from None
    if row_id is None or at.tzinfo is None:
        raise invalid("cursor", "cursor_unreadable")
    return at, row_id
