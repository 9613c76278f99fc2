"""The frame around every page: who is logged in, which rooms they may enter, language, today's kind of day.

Shapes `Frame` and `bare` are those of web/templates (layout.html, bare.html). What a single page shows is its module's.
"""

import time
from collections.abc import Sequence
from typing import Any

from flask import current_app, request, url_for

from casework.core.database_faults import DatabaseFault
from casework.registry import queries as registry
from web import identity, unit
from web.locales import locale, words

# Room, its path, and the permission that opens it (domain.md §3a); only rooms whose page exists are shown.
ROOMS: Sequence[tuple[str, str, str]] = (
    ("work", "/work", "work.read"),
    ("triage", "/triage", "case.assign"),
    ("cases", "/cases", "case.read"),
    ("followups", "/followups", "case.close"),
    ("consultations", "/consultations", "case.assign"),
    ("supervision", "/supervision", "case.urge"),
    ("campaign", "/campaign", "statistics.read"),
    ("overview", "/overview", "statistics.read"),
    ("ledgers", "/ledgers", "case.import"),
    ("bulletins", "/bulletins", "statistics.read"),
    ("accounts", "/admin/accounts", "accounts.read"),
    ("jobs", "/admin/jobs", "jobs.read"),
    ("calendar", "/admin/calendar", "calendar.change"),
    ("audit", "/admin/audit", "audit.read"),
)
_NAME_SECONDS = 60.0


def bare() -> dict[str, Any]:
    """Return the frame of pages without rooms."""
    known = identity.identity_already_known()
    return {
        "office": office_name(),
        "lang": {"code": locale(), "other_url": other_language_url()},
        "large": bool(known and known.preferences.get("large")),
    }


def other_language_url() -> str:
    """Return the address that shows this page in the other language."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return url_for("login.choose_language", code="zh" if locale() == "en" else "en", next=here)


def office_name() -> str:
    """Return what the office is called, from the name of its county; asked again once a minute."""
    kept: dict[str, tuple[float, str | None]] = current_app.extensions.setdefault("casework_names", {})
    county = unit.office().settings.region
    until, name = kept.get(county, (0.0, None))
    if time.monotonic() >= until:
        try:
            with unit.looking() as session:
                place = registry.region(session, county)
                name = place.name if place is not None else None
        except DatabaseFault:
            # The page that says so still needs a head.
            name = None
        kept[county] = (time.monotonic() + _NAME_SECONDS, name)
    return words("office.of_county", county=name) if name else words("office.unnamed")
