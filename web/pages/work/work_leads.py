"""What of my work is a lead: risks that visits found, which the caller's unit owes an answer to."""

from typing import Any

from flask import url_for

from casework.campaign import leads
from casework.campaign.leads import LEAD
from casework.campaign.record_names import names_of
from web import identity, unit
from web.locales import words
from web.views import lead_views, reference

_MOST = 200


def rows() -> list[dict[str, Any]]:
    """Return what waits for the caller, oldest first."""
    found = leads.waiting_for(unit.session(), identity.actor(), limit=_MOST)
    named = names_of(unit.session(), LEAD, found).names if found else {}
    return [
        {
            "url": url_for("leads.show", lead_id=row.id),
            "title": words("leads.of", head=named.get(row.household_id, "")),
            "number_short": "",
            "about": "・".join((reference.place_told(row.region_code), lead_views.risks_told(row.risks))),
            "chip": lead_views.waiting_chip(row),
            "state": None,
            "act": {"label": words("work.act.answer"), "url": url_for("leads.ask_answer", lead_id=row.id),
                    "main": False},
        }
        for row in found
    ]  # fmt: skip
