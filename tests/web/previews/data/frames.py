"""The frame around pages, as each of the cast sees it."""

from typing import Any

COUNTS = {"work": 7, "triage": 23, "followups": 4, "supervision": 3}
OFFICE_ROOMS = ("work", "triage", "cases", "followups", "links", "overview", "ledgers")


def rooms(codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rooms of the rail by code."""
    return [{"code": c, "url": f"/{c}", "count": COUNTS.get(c), "label": None} for c in codes]


def frame(current: str | None, **changes: Any) -> dict[str, Any]:
    """Return the frame as 安老师, head of the office, sees it in the room `current`."""
    made: dict[str, Any] = {
        "office": "青川县政协办公室",
        "home_url": "/work",
        "search": {"url": "/cases", "value": ""},
        "today": {"date": "10月14日 周三", "kind": "工作日"},
        "bell": {"url": "/notices", "unread": 2},
        "person": {"name": "安老师", "initial": "安", "role": "办公室・分办", "url": "/profile"},
        "rooms": rooms(OFFICE_ROOMS),
        "room": current,
        "help_url": "/help",
        "logout_url": "/logout",
        "lang": {"code": "zh", "other_url": "?lang=en"},
        "prefs": {"keys": True, "density": "loose", "large": False},
        "pref_url": "/preferences",
        "feedback_url": "/feedback",
        "notice": None,
        "toast": None,
        "mark": "安老师  2026-10-14 09:30  7f3a91c2",
    }
    return made | changes


def unit_frame(current: str, **changes: Any) -> dict[str, Any]:
    """Return the frame as 白工, handler of a unit, sees it."""
    person = {"name": "白工", "initial": "白", "role": "县水利局・承办人", "url": "/profile"}
    shown = rooms(("work", "cases"))
    return frame(current, **({"office": "县水利局", "person": person, "rooms": shown} | changes))


def leader_frame(current: str, **changes: Any) -> dict[str, Any]:
    """Return the frame as a leader who only reads sees it."""
    person = {"name": "陆主席", "initial": "陆", "role": "领导・只读", "url": "/profile"}
    return frame(current, **({"person": person, "rooms": rooms(("cases", "overview"))} | changes))


def admin_frame(current: str, **changes: Any) -> dict[str, Any]:
    """Return the frame as an administrator, who sees no case, sees it."""
    person = {"name": "何干事", "initial": "何", "role": "系统管理员", "url": "/profile"}
    shown = rooms(("accounts", "system", "jobs", "calendar"))
    return frame(current, **({"person": person, "rooms": shown} | changes))


def bare(**changes: Any) -> dict[str, Any]:
    """Return the frame of pages without a rail."""
    return {"office": "青川县政协办公室", "lang": {"code": "zh", "other_url": "?lang=en"}, "large": False} | changes


def photo(tone: str) -> str:
    """Return a small invented picture as a data address."""
    low = {"green": ("%23c9d3d4", "%238d9a8a", "%236d7b6b"), "brown": ("%23d5d0c4", "%23a89f8e", "%237c7464")}[tone]
    return (
        "data:image/svg+xml,%3csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 72 54'%3e"
        f"%3crect width='72' height='54' fill='{low[0]}'/%3e%3cpath d='M0 44 72 16v38H0z' fill='{low[1]}'/%3e"
        f"%3cpath d='M0 54 72 34v20z' fill='{low[2]}'/%3e%3c/svg%3e"
    )
