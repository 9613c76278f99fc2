"""Two cases side by side: what is the same, what is not, and the words of both marked where they differ."""

from difflib import SequenceMatcher
from typing import Any

from casework.core.calendars import WorkCalendar
from web.api.answers import seen_by
from web.locales import locale, words
from web.views import case_page, chips, reference, wording
from web.views.acts import Desk, case_url

_LONGEST = 4000


def head_of(desk: Desk) -> dict[str, Any]:
    """Return the head of a column."""
    case, seen = desk.case, seen_by(desk.subject)
    return {
        "url": case_url(case),
        "number": case.number,
        "title": seen(case.title) or "",
        "state": chips.state_chip(case),
    }


def rows_of(left: Desk, right: Desk, calendar: WorkCalendar) -> list[dict[str, Any]]:
    """Return what is compared, line by line."""
    pairs = zip(_facts(left, calendar), _facts(right, calendar), strict=True)
    rows: list[dict[str, Any]] = [
        {"label": label, "left": one, "right": two, "same": one == two and bool(one)}
        for (label, one), (_, two) in pairs
    ]
    texts = [seen_by(desk.subject)(desk.case.description) or "" for desk in (left, right)]
    mine, theirs = marked(*texts)
    same = texts[0] == texts[1]
    rows.insert(4, {"label": words("compare.words"), "left_parts": mine, "right_parts": theirs, "same": same})
    return rows


def marked(left: str, right: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return both texts in parts, with what stands in one of them only marked."""
    left, right = left[:_LONGEST], right[:_LONGEST]
    one: list[dict[str, Any]] = []
    two: list[dict[str, Any]] = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        change = None if tag == "equal" else "add"
        if a1 > a0:
            one.append({"text": left[a0:a1], "change": change})
        if b1 > b0:
            two.append({"text": right[b0:b1], "change": change})
    return one, two


def _facts(desk: Desk, calendar: WorkCalendar) -> list[tuple[str, str]]:
    case = desk.case
    lead = desk.dossier.lead
    assignee = desk.dossier.people.get(case.assignee_id) if case.assignee_id else None
    chip = chips.of_clock(case.due_at, calendar).text if case.due_at is not None else ""
    when = wording.joined([wording.short_moment(case.due_at), chip]) if case.due_at is not None else ""
    due = when or words("compare.no_clock")
    return [
        (words("sheet.place"), case_page.place_of(case)),
        (words("sheet.category"), f"{reference.category_label(case.category, locale())}・{words(f'kind.{case.kind}')}"),
        (words("sheet.reporter"), "　".join(each for each in (case.reporter_name, case.reporter_phone) if each)),
        (words("sheet.channel"), case_page.channel_time(case)),
        (
            words("sheet.lead"),
            "・".join(each for each in (lead.name, assignee) if each) if lead else words("people.nobody"),
        ),
        (words("compare.due"), due),
    ]
