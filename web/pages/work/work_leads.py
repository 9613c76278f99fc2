"""What of my work is a lead: risks that visits found, which the caller's unit owes an answer to."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from casework.activities.tables import Lead
from casework.campaign import leads
from casework.campaign.leads import LEAD
from casework.campaign.record_names import names_of
from casework.core.calendars import WorkCalendar
from web import identity, unit
from web.locales import words
from web.views import lead_views, reference


def found(first: int, most: int) -> Sequence[tuple[Lead, str]]:
    """Return a piece of what waits for the caller, oldest first, each with the head of its household."""
    rows = leads.waiting_for(unit.session(), identity.actor(), limit=most, first=first)
    named = names_of(unit.session(), LEAD, rows).names if rows else {}
    return [(row, named.get(row.household_id, "")) for row in rows]


def row(each: tuple[Lead, str], _calendar: WorkCalendar) -> Mapping[str, Any]:
    """Return one line of it."""
    lead, head = each
    act = {"label": words("work.act.answer"), "url": url_for("leads.ask_answer", lead_id=lead.id), "main": False}
    return {
        "url": url_for("leads.show", lead_id=lead.id),
        "title": words("leads.of", head=head),
        "number_short": "",
        "about": "・".join((reference.place_told(lead.region_code), lead_views.risks_told(lead.risks))),
        "chip": lead_views.waiting_chip(lead),
        "state": None,
        "act": act,
    }
