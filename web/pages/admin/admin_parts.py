"""What the office's own pages share: the tabs between them, and rows for admin/ledger.html."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import render_template, url_for

from casework.permissions import may_anywhere
from web import identity
from web.locales import local, words
from web.views.counting import framed

# Tab, its endpoint, and the permission that opens it.
_TABS: Sequence[tuple[str, str, str]] = (
    ("calendar", "admin_calendar.show_calendar", "calendar.change"),
    ("rules", "admin_lists.show_rules", "registry.write"),
    ("snippets", "admin_lists.show_snippets", "registry.write"),
    ("categories", "admin_lists.show_categories", "registry.write"),
    ("papers", "paper_templates.show_kinds", "template.read"),
    ("settings", "admin_lists.show_settings", "settings.change"),
    ("palette", "palettes.show", "settings.change"),
    ("webhooks", "webhooks.show_webhooks", "webhook.manage"),
    ("robots", "robots.show_robots", "webhook.manage"),
    ("fates", "fates.show_fates", "settings.change"),
)


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs the caller may open."""
    actor = identity.actor()
    return [
        {"label": words(f"admin.tab.{code}"), "n": None, "url": url_for(endpoint), "current": code == current}
        for code, endpoint, needed in _TABS
        if may_anywhere(actor, needed)
    ]


def cell(text: object, *, sub: str | None = None, chip: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return one cell; `chip`: tone and word."""
    shown = {"tone": chip[0], "text": chip[1]} if chip else None
    return {"text": text, "sub": sub, "chip": shown, "late": False}


def act(label: str, url: str, *, method: str = "get") -> dict[str, Any]:
    """Return an action of a row; `label` is a code of the catalogue."""
    return {"label": words(label), "url": url, "method": method, "reasons": None, "key": None, "busy": None}


def page(room: str | None, **context: Any) -> str:
    """Render admin/ledger.html; what a page does not have is left out."""
    empty = dict.fromkeys(("tabs", "crumb", "note", "find", "form", "new", "table", "pager_data", "palette_url"))
    return render_template("admin/ledger.html", frame=framed(room), **{**empty, **context})


def moment(instant: datetime) -> str:
    """Say an instant so that rows can be compared: 2026-10-14 09:12."""
    return f"{local(instant):%Y-%m-%d %H:%M}"
