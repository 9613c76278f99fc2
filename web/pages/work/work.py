"""My work: what waits for one person, most urgent first, each with the one thing to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.calendars import WorkCalendar
from casework.permissions import may_anywhere
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import frames, identity, unit
from web.access import needs
from web.locales import words
from web.pages.work import work_lists, work_supervisions
from web.pages.work.work_lists import MOST
from web.views import counting
from workflows.ledgers import importing

blueprint = Blueprint("work", __name__)

SUPERVISIONS = "supervisions"
LISTS = (
    "to_sign",
    "due",
    "in_hand",
    "questions",
    "to_approve",
    "follow_up",
    SUPERVISIONS,
    "meetings",
    "leads",
    "drafts",
)
_FIRST = 8
_PAGE_DIGITS = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """What a page shows: rows of each list, and how many there are of it."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    counts: Mapping[str, int]


@blueprint.get("/work")
@needs("work.read", anywhere=True)
def show() -> Response:
    """Show what waits for the caller; `tab` shows one list alone, a page at a time."""
    tab = request.args.get("tab", "")
    calendar = load_calendar(unit.session())
    is_whole = tab in LISTS
    nth = _page_asked() if is_whole else 1
    found = _one(tab, nth, calendar) if is_whole else _first_of_all(calendar)
    if nth > 1 and not found.rows[tab]:
        return make_response(redirect(f"/work?tab={tab}"))
    sections = [_section(name, rows, found.counts[name], whole=is_whole) for name, rows in found.rows.items() if rows]
    if is_whole and sections:
        sections[0]["pager"] = _pager(tab, nth, len(found.rows[tab]), found.counts[tab])
    page = render_template(
        "work.html",
        frame=counting.framed("work"),
        tabs=_tabs(tab, found.counts),
        sections=sections,
        nothing=None if sections else _nothing(),
        report=_report() if sections else None,
    )
    return make_response(page)


def _one(tab: str, nth: int, calendar: WorkCalendar) -> _Found:
    """Return a page of one list; the others are only counted."""
    waiting = work_lists.Waiting(calendar)
    supervised = work_supervisions.page(calendar, nth if tab == SUPERVISIONS else 1)
    parts = waiting.by_part()
    counts = {**work_lists.by_list(parts), SUPERVISIONS: supervised.total}
    rows = supervised.rows if tab == SUPERVISIONS else waiting.rows(tab, first=(nth - 1) * MOST, counts=parts)
    return _Found({tab: rows}, counts)


def _first_of_all(calendar: WorkCalendar) -> _Found:
    """Return the first of each list; what is longer than was read is counted."""
    waiting = work_lists.Waiting(calendar)
    supervised = work_supervisions.page(calendar)
    rows: dict[str, Sequence[Mapping[str, Any]]] = {}
    counts: dict[str, int] = {}
    for name in LISTS:
        if name == SUPERVISIONS:
            rows[name], counts[name] = supervised.rows[:_FIRST], supervised.total
        else:
            rows[name], counts[name] = waiting.first_rows(name, shown=_FIRST)
    longer = [name for name, n in counts.items() if name != SUPERVISIONS and n >= MOST]
    return _Found(rows, counts | work_lists.by_list(waiting.by_part(longer)))


def _section(name: str, rows: Sequence[Mapping[str, Any]], n: int, *, whole: bool) -> dict[str, Any]:
    more = f"/work?tab={name}" if not whole and n > _FIRST else None
    return {"title": words(f"work.{name}"), "n": n, "more_url": more, "rows": rows, "pager": None}


def _page_asked() -> int:
    """Return which page of a list is asked for; what is none is the first."""
    given = request.args.get("page", "")
    return int(given) if given.isascii() and given.isdecimal() and 0 < len(given) <= _PAGE_DIGITS and int(given) else 1


def _pager(tab: str, nth: int, shown: int, total: int) -> dict[str, Any] | None:
    """Return the way from page to page, where there is more than one."""
    first = (nth - 1) * MOST
    if total <= MOST:
        return None
    url = f"/work?tab={tab}"
    return {
        "text": words("work.page", first=first + 1, last=first + shown, total=total),
        "prev_url": f"{url}&page={nth - 1}" if nth > 1 else None,
        "next_url": f"{url}&page={nth + 1}" if first + shown < total else None,
    }


def _tabs(tab: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    made = [{"label": words("work.all"), "n": sum(counts.values()), "url": "/work", "current": tab not in LISTS}]
    for name in LISTS:
        if counts[name] or name == tab:
            label = words(f"work.{name}")
            made.append({"label": label, "n": counts[name], "url": f"/work?tab={name}", "current": name == tab})
    return made


# Where somebody without work may go: card, icon, address, and the permission it asks for. The first three are shown.
_PLACES = (
    ("calls", "telephone", "/followups", "case.call"),
    ("overview", "columns-gap", "/overview", "statistics.read"),
    ("accounts", "person-plus", "/admin/accounts", "accounts.read"),
    ("jobs", "list-check", "/admin/jobs", "jobs.read"),
    ("audit", "journal-text", "/admin/audit", "audit.read"),
    ("calendar", "calendar3", "/admin/calendar", "calendar.change"),
    ("open", "folder2", "/cases?open=true&sort=due", "case.read"),
    ("ended", "clock-history", "/cases?open=false&sort=updated", "case.read"),
)


def _report() -> dict[str, str] | None:
    """Return the way to report, which whoever comes back from a village looks for first."""
    may = may_anywhere(identity.actor(), "case.report")
    return {"text": words("work.go.report"), "url": "/cases/new"} if may else None


def _first() -> dict[str, Any]:
    """Return the first thing to do in an office that is new."""
    buttons = [{"text": words("work.go.ledgers"), "url": url_for("exchange.show")}]
    text = words("work.first.text")
    return {"title": words("work.first"), "text": text, "link": None, "tail": None, "buttons": buttons, "cards": []}


def _nothing() -> dict[str, Any]:
    """Return what stands when nothing waits: praise, the next useful thing, and places to go."""
    actor = identity.actor()
    if may_anywhere(actor, importing.PERMISSION) and not registry.has_units(unit.session()):
        return _first()
    buttons = []
    if may_anywhere(actor, "case.assign") and frames.has_page("/triage"):
        buttons.append({"text": words("work.go.triage"), "url": "/triage"})
    buttons += [report] if (report := _report()) else []
    sees_cases = may_anywhere(actor, "case.read")
    if not buttons and sees_cases:
        buttons.append({"text": words("work.go.cases"), "url": "/cases"})
    cards = [
        _card(icon, name, url)
        for name, icon, url, needed in _PLACES
        if may_anywhere(actor, needed) and frames.has_page(url.partition("?")[0])
    ]
    if actor.roles & {"member", "liaison"}:
        cards.insert(0, _card("pencil", "reported", "/cases?reported_by=me&sort=updated"))
    if "finance" in actor.roles:
        cards.insert(0, _card("cash-coin", "money", "/cases?funds_late=true"))
    text = words("work.nothing" if sees_cases else "work.nothing.none")
    title = words("work.done")
    return {"title": title, "text": text, "link": None, "tail": None, "buttons": buttons, "cards": cards[:3]}


def _card(icon: str, name: str, url: str) -> dict[str, str]:
    return {"icon": icon, "title": words(f"work.card.{name}"), "text": words(f"work.card.{name}.text"), "url": url}
