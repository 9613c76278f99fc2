"""The lists of my work: what stands in each, a piece at a time, and how many there are in all.

A list is made of parts, one after the other, for what waits for a decision is of two kinds and so is what waits in
consultations. Rows are made of what is shown alone; what was read no further than that is counted in one statement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from casework.campaign import leads
from casework.cases import work
from casework.cases.rows import CaseRow
from casework.cases.work import Desk, OwnDraft, Question, Request
from casework.consultations import waiting as consultations
from casework.core.calendars import WorkCalendar
from web import identity, unit
from web.api import answers
from web.locales import words
from web.pages import beside
from web.pages.work import work_leads, work_meetings
from web.views import chips, wording

# So many stand on a page.
MOST = work.MOST
# Of which parts a list is made, in their order.
_PARTS: Mapping[str, Sequence[str]] = {
    "to_sign": ("to_sign",),
    # What is to be signed for stands there and not among what is due.
    "due": ("due_signed",),
    "in_hand": ("in_hand",),
    "questions": ("questions",),
    "to_approve": ("to_approve", "to_exclude"),
    "follow_up": ("follow_up",),
    "meetings": ("clocks", "calls"),
    "leads": ("leads",),
    "drafts": ("drafts",),
}
_INTAKE = "intake"
# So many characters of a difficulty tell which draft it is.
_BEGUN = 40

Row = Mapping[str, Any]
_Piece = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the caller, by the calendar of the office."""

    calendar: WorkCalendar

    def first_rows(self, name: str, *, shown: int) -> tuple[list[Row], int]:
        """Return the first rows of a list, and how many there are of it: exactly, as long as that is less than MOST."""
        pieces = self._pieces(name, {}, first=0)
        return self._made(pieces, most=shown), sum(len(found) for _, found in pieces)

    def rows(self, name: str, *, first: int, counts: Mapping[str, int]) -> list[Row]:
        """Return a page of a list that begins with its row number `first`; `counts`: what `by_part` says."""
        return self._made(self._pieces(name, counts, first=first), most=MOST)

    def by_part(self, names: Iterable[str] = tuple(_PARTS)) -> Mapping[str, int]:
        """Count all that waits in the parts of some lists, in one statement."""
        desk, actor = _desk(), identity.actor()
        asked = {**consultations.asked(actor, at=unit.at()), "leads": leads.asked_for(actor)}
        parts = [part for name in names for part in _PARTS[name]]
        each = {part: asked[part] if part in asked else desk.asked(part) for part in parts}
        return work.totals(unit.session(), each)

    def _pieces(self, name: str, counts: Mapping[str, int], *, first: int) -> list[_Piece]:
        """Read as many as stand on a page; of a part that ends before it, its count is known and nothing is read."""
        pieces: list[_Piece] = []
        left = MOST
        for part in _PARTS[name]:
            if left and (first == 0 or first < counts[part]):
                found = _READ[part](first, left)
                pieces.append((part, found))
                left -= len(found)
            first = max(0, first - counts.get(part, 0))
        return pieces

    def _made(self, pieces: Sequence[_Piece], *, most: int) -> list[Row]:
        each = [(part, item) for part, found in pieces for item in found][:most]
        made = [_ROWS[part](item, self.calendar) for part, item in each]
        if each and each[0][0] == "to_sign":
            made[0] = {**made[0], "act": {**made[0]["act"], "main": True}}
        return made


def by_list(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many wait in each list of which all parts were counted."""
    whole = {name: parts for name, parts in _PARTS.items() if all(part in counts for part in parts)}
    return {name: sum(counts[part] for part in parts) for name, parts in whole.items()}


def _desk() -> Desk:
    return Desk(unit.session(), identity.actor(), unit.at())


def _cases(name: str) -> Callable[[int, int], Sequence[CaseRow]]:
    return lambda first, most: _desk().cases(name, first=first, most=most)


# How a piece of each part is read: from which row on, and how many.
_READ: Mapping[str, Callable[[int, int], Sequence[Any]]] = {
    **{name: _cases(name) for name in work.LISTS_OF_CASES},
    "questions": lambda first, most: _desk().questions(first=first, most=most),
    "to_approve": lambda first, most: _desk().to_approve(first=first, most=most),
    "drafts": lambda first, most: _desk().drafts(first=first, most=most),
    "clocks": lambda first, most: consultations.clocks(
        unit.session(), identity.actor(), at=unit.at(), first=first, most=most
    ),
    "calls": lambda first, most: consultations.calls(unit.session(), identity.actor(), first=first, most=most),
    "leads": work_leads.found,
}


def _row(row: CaseRow, calendar: WorkCalendar, act: str, url: str, *, about: str = "") -> Row:
    title = answers.title_of(row)
    place = " ".join(each for each in (row.town or "", row.village or "") if each)
    return {
        "url": f"/cases/{row.number}",
        "title": title,
        "number_short": wording.short_number(row.number),
        "about": "・".join(each for each in (place, about or row.lead_org_name or "") if each),
        "chip": _chip(row, calendar),
        "state": chips.state_chip(row),
        "act": {"label": words(f"work.act.{act}"), "url": url, "main": False},
    }


def _chip(row: CaseRow, calendar: WorkCalendar) -> chips.Deadline | None:
    if row.due_at is None or not row.is_open or row.state == "suspended":
        return chips.of_row(row, calendar)
    return chips.of_clock(row.due_at, calendar, level=row.due_level)


def _to_sign(row: CaseRow, calendar: WorkCalendar) -> Row:
    return _row(row, calendar, "look", f"/cases/{row.number}")


def _due(row: CaseRow, calendar: WorkCalendar) -> Row:
    if row.state == "reported":
        return _row(row, calendar, "assign", f"/triage/{row.number}")
    return _in_hand(row, calendar)


def _in_hand(row: CaseRow, calendar: WorkCalendar) -> Row:
    return _row(row, calendar, "progress", f"/cases/{row.number}/progress")


def _question(each: Question, calendar: WorkCalendar) -> Row:
    url = f"/cases/{each.case.number}/co-tasks/{each.id}?do=answer"
    late = (unit.today() - each.due_on).days
    asked = answers.seen_of(each.case)(each.question) or ""
    tone = "red" if late > 0 else "amber" if late == 0 else "outline"
    chip = chips.Deadline(words("co_tasks.due", day=wording.short_day(each.due_on)), tone)
    return {**_row(each.case, calendar, "answer", url, about=asked), "chip": chip}


def _to_approve(each: Request, calendar: WorkCalendar) -> Row:
    about = words("work.asks_until", who=each.asked_by, day=wording.short_day(each.until), reason=each.reason[:40])
    return _row(each.case, calendar, "decide", f"/cases/{each.case.number}/extensions/{each.id}", about=about)


def _to_exclude(row: CaseRow, calendar: WorkCalendar) -> Row:
    url = url_for("followup_ratings.show_exclusion", case_id=row.id)
    return _row(row, calendar, "decide", url, about=words("exclusion.ask"))


def _follow_up(row: CaseRow, calendar: WorkCalendar) -> Row:
    return _row(row, calendar, "call", f"/followups/{row.id}")


def _draft(draft: OwnDraft, _calendar: WorkCalendar) -> Row:
    """Return what was begun; a draft about a case opens the case, where its form is a step away."""
    is_intake = draft.form == _INTAKE
    url = f"/cases/new?draft={draft.matter_id}" if is_intake else f"/cases/{draft.matter_id}"
    label = words("work.draft.intake" if is_intake else "work.draft.other")
    kept = words("work.draft.kept", when=wording.moment(draft.updated_at))
    title = _begun(draft)
    return {
        "url": url,
        "title": title or label,
        "number_short": "" if draft.case is None else wording.short_number(draft.case.number),
        "about": f"{label}・{kept}" if title else kept,
        "chip": None,
        "state": None,
        "act": {"label": words("work.act.go_on"), "url": url, "main": False},
    }


def _begun(draft: OwnDraft) -> str:
    """Return what a draft is about: the case, or the first words of a difficulty that is not registered yet."""
    if draft.case is not None:
        return draft.case.title
    if draft.form != _INTAKE:
        return ""
    fields, _ = beside.draft_of(unit.session(), draft.form, draft.matter_id)
    told = fields.get("title") or fields.get("description") or ""
    return str(told)[:_BEGUN]


_ROWS: Mapping[str, Callable[[Any, WorkCalendar], Row]] = {
    "to_sign": _to_sign,
    "due_signed": _due,
    "in_hand": _in_hand,
    "questions": _question,
    "to_approve": _to_approve,
    "to_exclude": _to_exclude,
    "follow_up": _follow_up,
    "clocks": work_meetings.row,
    "calls": work_meetings.row,
    "leads": work_leads.row,
    "drafts": _draft,
}
