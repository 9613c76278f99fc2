"""What the pages of consultations share: the tabs of the room, a row of a list, addresses."""

from typing import Any

from flask import url_for

from casework.consultations import venues
from casework.consultations.tables import Consultation
from casework.core import personal
from casework.permissions import Subject, may_anywhere, permits
from web import identity, unit
from web.locales import words
from web.views import chips, consultation_words, reference, wording
from workflows.consultations.consulting import RUN
from workflows.registry import registry

ROOM = "consultations"
WORKFLOW = registry().latest("consultation").workflow


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs of the room."""
    found = (
        ("list", url_for("consultations.show_list")),
        ("calendar", url_for("consultation_dates.show_calendar")),
        ("years", url_for("consultation_years.show", year=unit.today().year)),
        *(_of_office() if may_anywhere(identity.actor(), RUN) else ()),
        ("venues", url_for("consultation_venues.show_list")),
    )
    return [
        {"label": words(f"meetings.tab.{code}"), "n": None, "url": url, "current": code == current}
        for code, url in found
    ]


def _of_office() -> tuple[tuple[str, str], ...]:
    return (
        ("inbox", url_for("public_inbox.show", wish="topic")),
        ("days", url_for("consultation_days.show_list")),
        ("plans", url_for("consultation_plans.show_list")),
    )


def row_of(row: Consultation) -> dict[str, Any]:
    """Return a consultation in a list."""
    place = venues.by_id(unit.session(), [row.venue_id]).get(row.venue_id) if row.venue_id else None
    late = row.is_open and row.due_at is not None and row.due_at < unit.at()
    clock = WORKFLOW.clocks.get(row.due_kind or "")
    due = (
        ""
        if row.due_at is None or clock is None
        else words("meetings.due", clock=wording.told(clock.label), when=wording.due_moment(row.due_at))
    )
    return {
        "url": url_of(row),
        "title": seen(row, row.title),
        "number": row.number,
        "kind": words(f"meetings.kind.{row.kind}"),
        "place": reference.place_told(row.region_code),
        "chip": chips.Chip(*tone_and_label(row)),
        "when": consultation_words.when_listed(row),
        "venue": row.place if place is None else place.name,
        "due": due,
        "late": late,
    }


def url_of(row: Consultation) -> str:
    """Return the address of a consultation."""
    return url_for("consultations.show", meeting=row.number)


def tone_and_label(row: Consultation) -> tuple[str, str]:
    """Return the tone and the words of the state of a consultation."""
    state = wording.workflow_of(row).states[row.state]
    return state.tone, wording.told(state.label)


def seen(row: Consultation, text: str) -> str:
    """Return a text of a consultation in a list as the caller may see it."""
    subject = Subject(row.region_code, lead_org_id=row.lead_org_id, reported_by=row.brought_by)
    return text if permits(identity.actor(), "consultation.read_plainly", subject) else personal.scrub(text)
