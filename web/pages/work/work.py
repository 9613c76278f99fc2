"""My work: what waits for one person, most urgent first, each with the one thing to do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import work
from casework.cases.rows import CaseRow
from casework.cases.work import OwnDraft, Work
from casework.core.calendars import WorkCalendar
from casework.permissions import may_anywhere
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from web import frames, identity, unit
from web.access import needs
from web.api import answers
from web.locales import words
from web.pages import beside
from web.pages.work import work_leads, work_meetings, work_supervisions
from web.views import chips, counting, wording
from workflows.ledgers import importing

blueprint = Blueprint("work", __name__)

LISTS = (
    "to_sign",
    "due",
    "in_hand",
    "questions",
    "to_approve",
    "follow_up",
    "supervisions",
    "meetings",
    "leads",
    "drafts",
)
_FIRST = 8
SUPERVISIONS = "supervisions"
_PAGE_DIGITS = 3
_INTAKE = "intake"
# So many characters of a difficulty tell which draft it is.
_BEGUN = 40


@blueprint.get("/work")
@needs("work.read", anywhere=True)
def show() -> Response:
    """Show what waits for the caller; `tab` shows one list alone and whole."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    mine = work.work_of(session, actor, at=at)
    calendar = load_calendar(session)
    made = {name: make(mine, calendar) for name, make in _SECTIONS.items()}
    nth = _page_asked() if request.args.get("tab") == SUPERVISIONS else 1
    supervised = work_supervisions.page(calendar, nth)
    if nth > 1 and not supervised.rows:
        return make_response(redirect(f"/work?tab={SUPERVISIONS}"))
    made[SUPERVISIONS] = list(supervised.rows)
    made["meetings"] = work_meetings.rows(calendar)
    made["leads"] = work_leads.rows()
    tab = request.args.get("tab", "")
    names = [tab] if tab in LISTS else list(LISTS)
    whole = tab in LISTS
    counts = {name: len(made[name]) for name in LISTS} | {SUPERVISIONS: supervised.total}
    sections = [_section(name, made[name], counts[name], whole=whole) for name in names if made[name]]
    if whole and tab == SUPERVISIONS and sections:
        sections[0]["pager"] = _pager(nth, len(supervised.rows), supervised.total)
    page = render_template(
        "work.html",
        frame=counting.framed("work"),
        tabs=_tabs(tab, counts),
        sections=sections,
        nothing=None if sections else _nothing(),
        report=_report() if sections else None,
    )
    return make_response(page)


def _section(name: str, rows: Sequence[Mapping[str, Any]], n: int, *, whole: bool) -> dict[str, Any]:
    more = f"/work?tab={name}" if not whole and n > _FIRST else None
    shown = rows if whole else rows[:_FIRST]
    return {"title": words(f"work.{name}"), "n": n, "more_url": more, "rows": shown, "pager": None}


def _page_asked() -> int:
    """Return which page of a list is asked for; what is none is the first."""
    given = request.args.get("page", "")
    return int(given) if given.isascii() and given.isdecimal() and 0 < len(given) <= _PAGE_DIGITS and int(given) else 1


def _pager(nth: int, shown: int, total: int) -> dict[str, Any] | None:
    """Return the way from page to page, where there is more than one."""
    first = (nth - 1) * work_supervisions.MOST
    if total <= work_supervisions.MOST:
        return None
    url = f"/work?tab={SUPERVISIONS}"
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


def _row(row: CaseRow, calendar: WorkCalendar, act: str, url: str, *, main: bool, about: str = "") -> dict[str, Any]:
    title = answers.title_of(row)
    place = " ".join(each for each in (row.town or "", row.village or "") if each)
    return {
        "url": f"/cases/{row.number}",
        "title": title,
        "number_short": wording.short_number(row.number),
        "about": "・".join(each for each in (place, about or row.lead_org_name or "") if each),
        "chip": _chip(row, calendar),
        "state": chips.state_chip(row),
        "act": {"label": words(f"work.act.{act}"), "url": url, "main": main},
    }


def _chip(row: CaseRow, calendar: WorkCalendar) -> chips.Deadline | None:
    if row.due_at is None or not row.is_open or row.state == "suspended":
        return chips.of_row(row, calendar)
    return chips.of_clock(row.due_at, calendar, level=row.due_level)


def _to_sign(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    return [_row(row, calendar, "look", f"/cases/{row.number}", main=n == 0) for n, row in enumerate(mine.to_sign)]


def _due(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    signing = {row.id for row in mine.to_sign}
    made = []
    for row in mine.due:
        if row.id in signing:
            continue
        if row.state == "reported":
            made.append(_row(row, calendar, "assign", f"/triage/{row.number}", main=False))
        else:
            made.append(_row(row, calendar, "progress", f"/cases/{row.number}/progress", main=False))
    return made


def _in_hand(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    return [_row(row, calendar, "progress", f"/cases/{row.number}/progress", main=False) for row in mine.in_hand]


def _questions(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    made = []
    for each in mine.questions:
        url = f"/cases/{each.case.number}/co-tasks/{each.id}?do=answer"
        late = (unit.today() - each.due_on).days
        asked = answers.seen_of(each.case)(each.question) or ""
        tone = "red" if late > 0 else "amber" if late == 0 else "outline"
        chip = chips.Deadline(words("co_tasks.due", day=wording.short_day(each.due_on)), tone)
        made.append(_row(each.case, calendar, "answer", url, main=False, about=asked) | {"chip": chip})
    return made


def _to_approve(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    made = []
    for each in mine.to_approve:
        about = words("work.asks_until", who=each.asked_by, day=wording.short_day(each.until), reason=each.reason[:40])
        url = f"/cases/{each.case.number}/extensions/{each.id}"
        made.append(_row(each.case, calendar, "decide", url, main=False, about=about))
    for row in mine.to_exclude:
        url = url_for("followup_ratings.show_exclusion", case_id=row.id)
        made.append(_row(row, calendar, "decide", url, main=False, about=words("exclusion.ask")))
    return made


def _follow_up(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    return [_row(row, calendar, "call", f"/followups/{row.id}", main=False) for row in mine.follow_up]


def _drafts(mine: Work, _calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return what was begun; a draft about a case opens the case, where its form is a step away."""
    made = []
    for draft in mine.drafts:
        is_intake = draft.form == _INTAKE
        url = f"/cases/new?draft={draft.matter_id}" if is_intake else f"/cases/{draft.matter_id}"
        label = words("work.draft.intake" if is_intake else "work.draft.other")
        kept = words("work.draft.kept", when=wording.moment(draft.updated_at))
        title = _begun(draft)
        made.append(
            {
                "url": url,
                "title": title or label,
                "number_short": "" if draft.case is None else wording.short_number(draft.case.number),
                "about": f"{label}・{kept}" if title else kept,
                "chip": None,
                "state": None,
                "act": {"label": words("work.act.go_on"), "url": url, "main": False},
            }
        )
    return made


def _begun(draft: OwnDraft) -> str:
    """Return what a draft is about: the case, or the first words of a difficulty that is not registered yet."""
    if draft.case is not None:
        return draft.case.title
    if draft.form != _INTAKE:
        return ""
    fields, _ = beside.draft_of(unit.session(), draft.form, draft.matter_id)
    told = fields.get("title") or fields.get("description") or ""
    return str(told)[:_BEGUN]


_SECTIONS = {
    "to_sign": _to_sign,
    "due": _due,
    "in_hand": _in_hand,
    "questions": _questions,
    "to_approve": _to_approve,
    "follow_up": _follow_up,
    "drafts": _drafts,
}


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
