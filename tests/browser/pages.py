"""Which pages there are for whom, with real records behind them."""

from collections.abc import Callable, Sequence

from tests.browser.visitor import Visitor

STATES = ("reported", "assigned", "coordinated", "suspended", "resolved", "closed", "declined", "merged")
# What everybody has who may log in and see cases.
_COMMON = ("/work", "/cases", "/notices", "/profile", "/help")
_OFFICE = (
    *_COMMON,
    *(
        "/triage",
        "/triage/model",
        "/triage/model/proposals?subject=category&number=proposed",
        "/hot-topics",
        "/triage/public",
        "/cases/new",
        "/followups",
        "/overview",
        "/ledgers",
        "/ledgers/exports",
        "/admin/calendar",
    ),
    *("/admin/papers", "/admin/papers/urging", "/papers"),
    *("/admin/rules", "/admin/snippets", "/admin/categories", "/filters/new", "/search?q=水管"),
    *("/members", "/members/new", "/households", "/households/new", "/links", "/links/new", "/handovers/new"),
    *("/leaders", "/leaders/new"),
    *("/funds", "/funds/totals", "/funds/totals?by=quarter", "/funds/new", "/projects", "/projects/new"),
    *("/industries", "/activities", "/activities?kind=onsite_office", "/activities/new"),
    *("/consultations", "/consultations/new", "/consultations/calendar?view=month", "/venues", "/venues/new"),
    *("/consultation-days", "/consultation-days/new", "/consultation-plans", "/consultation-distances"),
    "/consultations/inbox",
    "/consultation-years/2026",
    *("/announcements", "/slogans", "/duties/roster", "/targets/wall"),
    *("/visits/due", "/assessments", "/spot-checks", "/spot-checks/new", "/suggestions", "/suggestions/new", "/leads"),
    *("/supervision", "/supervision?by=list", "/supervision/new"),
)
# Lists of which one record is opened.
_RECORDS = ("funds", "projects", "industries", "activities", "households", "members")
_ADMIN = (
    "/work",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/system",
    "/admin/jobs",
    "/admin/calendar",
    "/admin/settings",
    "/admin/palette",
    "/admin/webhooks",
    "/admin/fates",
    "/admin/robots",
)


def _cases(visitor: Visitor, states: Sequence[str], *, more: Sequence[str] = ()) -> list[str]:
    """Return the pages of the eldest visible case in each state, and `more` of the first of them."""
    visitor.open("/work")
    found: list[str] = []
    for state in states:
        items = visitor.api("GET", f"/cases?state={state}&limit=1&sort=reported")["items"]
        found += [f"/cases/{each['number']}" for each in items]
    return found + [f"{found[0]}{each}" for each in more] if found else []


def _meetings(visitor: Visitor) -> list[str]:
    """Return a consultation in each of some states, with the form of its next step."""
    found = []
    for state, step in (("approved", "schedule"), ("held", "minute"), ("minuted", ""), ("evaluated", "")):
        (row,) = visitor.api("GET", f"/consultations?state={state}&limit=1")["items"]
        url = f"/consultations/{row['number']}"
        found += [url, f"{url}/moves/{step}"] if step else [url]
    return [*found, f"{found[-1]}/papers/minutes"]


def office(visitor: Visitor) -> list[str]:
    """What the head of the office opens."""
    assign = ("/moves/assign", "/moves/decline", "/moves/merge", "/links/new", "/split", "/mend", "/print")
    paper = _cases(visitor, ("assigned",), more=("/slip", "/print?public=1"))
    records = [f"/{name}/{visitor.api('GET', f'/{name}?limit=1')['items'][0]['id']}" for name in _RECORDS]
    return [*_OFFICE, *_meetings(visitor), *records, *_cases(visitor, STATES, more=assign), *paper[1:]]


def unit(visitor: Visitor) -> list[str]:
    """What a handler opens."""
    acts = ("/moves/resolve", "/progress", "/funds/new", "/co-tasks/new", "/print")
    return [*_COMMON, *_cases(visitor, ("coordinated", "assigned", "suspended"), more=acts)]


def reader(visitor: Visitor) -> list[str]:
    """What somebody opens who reads and reports."""
    return [*_COMMON, *_cases(visitor, ("closed", "assigned"))]


def member(visitor: Visitor) -> list[str]:
    """What a member opens, and a liaison."""
    return [*_COMMON, "/cases/new", "/households", *_cases(visitor, ("closed", "assigned"))]


def linked_member(visitor: Visitor) -> list[str]:
    """What a member opens who is linked to households."""
    return ["/mine", "/visits/new", *member(visitor)]


def observer(visitor: Visitor) -> list[str]:
    """What a leader opens."""
    figure = "/figures/visits_total?as_of=2023-01-11"
    campaign = ("/campaign", "/campaign?as_of=2023-01-11", figure, "/targets", "/bulletins")
    return [*_COMMON, "/overview", *campaign, "/members", *_cases(visitor, ("closed", "assigned"))]


def auditor(visitor: Visitor) -> list[str]:
    """What the auditor opens."""
    return [*_COMMON, "/admin/audit", *_cases(visitor, ("closed",))]


def admin(visitor: Visitor) -> list[str]:
    """What the administrator opens: no case."""
    return list(_ADMIN)


def security(visitor: Visitor) -> list[str]:
    """What the security administrator opens: grants."""
    return ["/work", "/admin/accounts"]


PAGES: dict[str, Callable[[Visitor], list[str]]] = {
    "an": office,
    "bai": unit,
    "shui": unit,
    "chen": linked_member,
    "cun": member,
    "guan": observer,
    "jin": reader,
    "shen": auditor,
    "admin": admin,
    "security": security,
}
