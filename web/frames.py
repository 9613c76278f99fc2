"""The frame around every page: who is logged in, which rooms they may enter, language, today's kind of day.

Shapes are those of web/templates (layout.html: `frame`, bare.html: `bare`). What a page itself shows is its module's.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from babel.dates import format_skeleton
from flask import current_app, request, url_for
from flask import session as form_session

from casework.core import logs
from casework.core.database_faults import DatabaseFault
from casework.permissions import may_anywhere
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.registry.identities import Identity
from web import identity, lateness, unit
from web.locales import BABEL_LOCALES, local, locale, words

# Room, its path, and the permission that opens it (domain.md §3a). A room without a page is not shown.
ROOMS: Sequence[tuple[str, str, str]] = (
    ("work", "/work", "work.read"),
    ("mine", "/mine", "visit.own"),
    ("triage", "/triage", "case.assign"),
    ("cases", "/cases", "case.read"),
    ("followups", "/followups", "case.call"),
    ("links", "/households", "household.read"),
    ("consultations", "/consultations", "case.assign"),
    ("supervision", "/supervision", "supervision.read"),
    ("campaign", "/campaign", "statistics.read"),
    ("money", "/funds", "fund.read"),
    ("overview", "/overview", "statistics.read"),
    ("ledgers", "/ledgers", "case.import"),
    ("announcements", "/announcements", "announcement.read"),
    ("bulletins", "/bulletins", "bulletin.read"),
    ("assessment", "/assessments", "assessment.read"),
    ("accounts", "/admin/accounts", "accounts.read"),
    ("system", "/admin/system", "system.read"),
    ("jobs", "/admin/jobs", "jobs.read"),
    ("calendar", "/admin/calendar", "calendar.change"),
    ("audit", "/admin/audit", "audit.read"),
)
# Who has no desk of cases begins where their own questions are answered; everybody else with what waits for them.
_FIRST: Mapping[str, str] = {
    "member": "mine",
    "chair": "overview",
    "observer": "overview",
    "auditor": "overview",
    "finance": "cases",
    "admin": "accounts",
    "security": "accounts",
}
DEFAULT_PREFERENCES: Mapping[str, Any] = {"keys": True, "density": "loose", "large": False}
_NAME_SECONDS = 60.0
_PROFILE = "/profile"
_FEEDBACK = "/feedback"
_TOAST = "toast"
Toast = Mapping[str, Any]


def frame(
    room: str | None,
    *,
    counts: Mapping[str, int] | None = None,
    unread: int = 0,
    search: str = "",
    notice: Mapping[str, Any] | None = None,
    toast: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the frame of a page in `room`. `counts`: how much waits in each room; `unread`: notices not looked at."""
    known = identity.identity()
    rooms = rooms_of(known)
    return {
        "office": office_name(),
        "home_url": _home_among(rooms, known),
        # Who may read no case is not led to a list that is closed to them.
        "search": {"url": "/cases", "value": search} if may_anywhere(known.actor, "case.read") else None,
        "today": _today(),
        "bell": {"url": "/notices", "unread": unread},
        "person": {
            "name": known.actor.name,
            "initial": known.actor.name[:1],
            "role": "・".join(words(f"role.{role}") for role in _roles(known)) or words("role.none"),
            "url": _PROFILE,
        },
        "rooms": [
            {"code": code, "url": path, "count": (counts or {}).get(code), "label": None} for code, path in rooms
        ],
        "room": room,
        "help_url": "/help",
        "logout_url": fixed_url("login.log_out"),
        "lang": {"code": locale(), "other_url": other_language_url()},
        "prefs": preferences(known),
        "pref_url": fixed_url("profile.keep_preferences"),
        "mark": mark(),
        "feedback_url": _FEEDBACK if has_page(_FEEDBACK) else None,
        "notice": notice or lateness.notice(),
        "toast": toast or form_session.pop(_TOAST, None),
    }


def mark() -> str:
    """Say who looks, when, and by which request, whose number the log has too."""
    number = (logs.request_id() or "")[:8]
    return f"{identity.identity().actor.name}  {local(unit.at()):%Y-%m-%d %H:%M}  {number}".rstrip()


def preferences(known: Identity, **more: Any) -> SimpleNamespace:
    """Return what somebody set for themselves, as attributes: a template takes `keys` of a dict for its method."""
    return SimpleNamespace(**{**DEFAULT_PREFERENCES, **known.preferences, **more})


def say(text: str, *, undo_url: str | None = None) -> None:
    """Say one line at the foot of the next page this browser gets, with the address that takes it back, if any."""
    form_session[_TOAST] = toast(text, undo_url=undo_url)


def toast(text: str, *, undo_url: str | None = None) -> Toast:
    """Return what a toast of this very answer shows: one line, and the address that takes it back, if any."""
    return {"text": text, "undo_url": undo_url, "seconds": 8}


def bare() -> dict[str, Any]:
    """Return the frame of pages without rooms."""
    known = identity.identity_already_known()
    return {
        "office": office_name(),
        "lang": {"code": locale(), "other_url": other_language_url()},
        "large": bool(known and known.preferences.get("large")),
    }


def rooms_of(known: Identity) -> list[tuple[str, str]]:
    """Return code and path of each room that has a page and that the caller may enter somewhere."""
    there, actor = _pages(), known.actor
    return [(code, path) for code, path, needed in ROOMS if path in there and may_anywhere(actor, needed)]


def home_url(known: Identity) -> str:
    """Return where a log-in leads."""
    return _home_among(rooms_of(known), known)


def _home_among(rooms: Sequence[tuple[str, str]], known: Identity) -> str:
    return dict(rooms).get(_first_of(rooms, known), _PROFILE)


def home_room(known: Identity) -> str:
    """Return the room somebody begins in: the one chosen in the profile, else that of their role, else the first."""
    return _first_of(rooms_of(known), known)


def _first_of(rooms: Sequence[tuple[str, str]], known: Identity) -> str:
    codes = [code for code, _path in rooms]
    firsts = [_FIRST.get(grant.role, "") for grant in known.actor.grants]
    role = firsts[0] if firsts and all(firsts) else ""
    return next((code for code in (known.preferences.get("start"), role, *codes) if code in codes), "")


def has_page(path: str) -> bool:
    """Say whether this application has a page at `path`."""
    return path in _pages()


def _pages() -> frozenset[str]:
    found: frozenset[str] | None = current_app.extensions.get("casework_paths")
    if found is None:
        found = frozenset(rule.rule for rule in current_app.url_map.iter_rules())
        current_app.extensions["casework_paths"] = found
    return found


def fixed_url(endpoint: str) -> str:
    """Return the address of a page without variables; built once where the application stands at the root."""
    if request.script_root:
        return url_for(endpoint)
    built: dict[str, str] = current_app.extensions.setdefault("casework_addresses", {})
    if endpoint not in built:
        built[endpoint] = url_for(endpoint)
    return built[endpoint]


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
                # A county that nobody has named yet goes by its code, which nobody knows it by.
                name = place.name if place is not None and place.name != county else None
        except DatabaseFault:
            # The page that says so still needs a head.
            name = None
        kept[county] = (time.monotonic() + _NAME_SECONDS, name)
    return words("office.of_county", county=name) if name else words("office.unnamed")


def told(day: date) -> str:
    """Say a day without its year, such as 10月14日 or Oct 14."""
    return str(format_skeleton("MMMd", day, locale=BABEL_LOCALES[locale()]))


def told_instant(instant: datetime) -> str:
    """Say an instant as people do: 今天 08:31, 昨天 17:20, 10月14日 09:00."""
    there = local(instant)
    at = f"{there:%H:%M}"
    if there.date() == unit.today():
        return words("profile.today", time=at)
    if there.date() == unit.today() - timedelta(days=1):
        return words("profile.yesterday", time=at)
    return words("profile.at", day=told(there.date()), time=at)


def _today() -> dict[str, str]:
    day = unit.today()
    with unit.looking() as session:
        calendar = load_calendar(session)
    rest = calendar.rest_around(day)
    if rest is not None and rest.names:
        kind = "・".join(rest.names)
    else:
        kind = words("frame.workday" if calendar.is_workday(day) else "frame.day_off")
    return {"date": _told_day(day, BABEL_LOCALES[locale()]), "kind": kind}


@lru_cache(maxsize=64)
def _told_day(day: date, code: str) -> str:
    return str(format_skeleton("MMMEd", day, locale=code))


def _roles(known: Identity) -> list[str]:
    return list(dict.fromkeys(grant.role for grant in known.actor.grants if grant.of is None))
