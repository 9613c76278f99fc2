"""My work: what waits for one person, most urgent first, each with the one thing to do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from casework.cases import work
from casework.cases.lists import CaseRow
from casework.cases.work import Work
from casework.core import personal
from casework.core.calendars import WorkCalendar
from casework.permissions import may_anywhere
from casework.registry.calendar import load_calendar
from web import frames, identity, unit
from web.access import needs
from web.api import answers
from web.locales import words
from web.views import chips, counting, wording

blueprint = Blueprint("work", __name__)

LISTS = ("to_sign", "due", "questions", "to_approve", "follow_up", "drafts")
_FIRST = 8
_INTAKE = "intake"


@blueprint.get("/work")
@needs("work.read", anywhere=True)
def show() -> Response:
    """Show what waits for the caller; `tab` shows one list alone and whole."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    mine = work.work_of(session, actor, at=at)
    calendar = load_calendar(session)
    made = {name: _SECTIONS[name](mine, calendar) for name in LISTS}
    tab = request.args.get("tab", "")
    names = [tab] if tab in LISTS else list(LISTS)
    whole = tab in LISTS
    sections = [_section(name, made[name], whole=whole) for name in names if made[name]]
    counts = {name: len(made[name]) for name in LISTS}
    page = render_template(
        "work.html",
        frame=counting.framed("work"),
        tabs=_tabs(tab, counts),
        sections=sections,
        nothing=None if sections else _nothing(),
    )
    return make_response(page)


def _section(name: str, rows: Sequence[Mapping[str, Any]], *, whole: bool) -> dict[str, Any]:
    more = f"/work?tab={name}" if not whole and len(rows) > _FIRST else None
    shown = rows if whole else rows[:_FIRST]
    return {"title": words(f"work.{name}"), "n": len(rows), "more_url": more, "rows": shown}


def _tabs(tab: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    made = [{"label": words("work.all"), "n": sum(counts.values()), "url": "/work", "current": tab not in LISTS}]
    for name in LISTS:
        if counts[name] or name == tab:
            label = words(f"work.{name}")
            made.append({"label": label, "n": counts[name], "url": f"/work?tab={name}", "current": name == tab})
    return made


def _row(row: CaseRow, calendar: WorkCalendar, act: str, url: str, *, main: bool, about: str = "") -> dict[str, Any]:
    title = row.title if answers.reads_lists_plainly() else personal.scrub(row.title)
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


def _questions(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    made = []
    for each in mine.questions:
        url = f"/cases/{each.case.number}/co-tasks/{each.id}?do=answer"
        late = (unit.today() - each.due_on).days
        tone = "red" if late > 0 else "amber" if late == 0 else "outline"
        chip = chips.Deadline(words("co_tasks.due", day=wording.short_day(each.due_on)), tone)
        made.append(_row(each.case, calendar, "answer", url, main=False, about=each.question) | {"chip": chip})
    return made


def _to_approve(mine: Work, calendar: WorkCalendar) -> list[dict[str, Any]]:
    made = []
    for each in mine.to_approve:
        about = words("work.asks_until", who=each.asked_by, day=wording.short_day(each.until), reason=each.reason[:40])
        url = f"/cases/{each.case.number}/extensions/{each.id}"
        made.append(_row(each.case, calendar, "decide", url, main=False, about=about))
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
        made.append(
            {
                "url": url,
                "title": label,
                "number_short": "",
                "about": words("work.draft.kept", when=wording.moment(draft.updated_at)),
                "chip": None,
                "state": None,
                "act": {"label": words("work.act.go_on"), "url": url, "main": False},
            }
        )
    return made


_SECTIONS = {
    "to_sign": _to_sign,
    "due": _due,
    "questions": _questions,
    "to_approve": _to_approve,
    "follow_up": _follow_up,
    "drafts": _drafts,
}


def _nothing() -> dict[str, Any]:
    """Return what stands when nothing waits: praise, the next useful thing, and places to go."""
    actor = identity.actor()
    buttons, cards = [], []
    if may_anywhere(actor, "case.assign") and frames.has_page("/triage"):
        buttons.append({"text": words("work.go.triage"), "url": "/triage"})
    if may_anywhere(actor, "case.report"):
        buttons.append({"text": words("work.go.report"), "url": "/cases/new"})
    if may_anywhere(actor, "case.read"):
        cards.append(_card("folder2", "open", "/cases?open=true&sort=due"))
        cards.append(_card("clock-history", "ended", "/cases?open=false&sort=updated"))
    if may_anywhere(actor, "case.call") and frames.has_page("/followups"):
        cards.insert(0, _card("telephone", "calls", "/followups"))
    if not buttons and cards:
        buttons.append({"text": words("work.go.cases"), "url": "/cases"})
    return {"text": words("work.nothing"), "link": None, "tail": None, "buttons": buttons, "cards": cards[:3]}


def _card(icon: str, name: str, url: str) -> dict[str, str]:
    return {"icon": icon, "title": words(f"work.card.{name}"), "text": words(f"work.card.{name}.text"), "url": url}
