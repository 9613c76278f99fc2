"""What the pages of projects, industries and activities share: the lists and records of the API, in the same sight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response

from casework.campaign import record_lists, record_names
from casework.campaign.readers import Desk
from casework.campaign.record_visibility import find
from casework.cases import queries as cases
from casework.core import personal
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import Invalid, invalid
from casework.core.ids import parse_id
from casework.supervisions import queries as supervisions
from web import identity, unit
from web.api.campaign import record_answers
from web.api.campaign.campaign_records import RESOURCES, Resource
from web.api.parameters import PAGING
from web.locales import local, words
from web.pages import link_parts
from web.pages.link_parts import PAGE_SIZE, Listed, Words
from web.views import reference, supervision_views, wording
from web.views.case_list import state_label
from web.views.histories import Entry

RESOURCE: Mapping[str, Resource] = {each.name: each for each in RESOURCES}
_PAGING = frozenset(each.name for each in PAGING)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, each by the names of its fields, where the next one begins, and how many there are."""

    rows: Sequence[Mapping[str, Any]]
    more: str | None
    total: int


def desk() -> Desk:
    """Return what is at hand in this request."""
    return Desk(unit.session(), unit.at(), identity.actor())


def asked_words(name: str) -> dict[str, list[str]]:
    """Return what the address narrows a list to."""
    return link_parts.asked_words([each for each in RESOURCE[name].parameters() if each.name not in _PAGING])


def page(name: str, asked: Words) -> Found:
    """Return the records of a list as its address narrows it.

    Raises:
        Invalid: every filter that means nothing.
    """
    listing, at_desk = RESOURCE[name].listing, desk()
    filters = {key: values for key, values in asked.items() if key != "cursor"}
    conditions = record_lists.read_filters(at_desk, listing, filters)
    bound: Any = ["page", name, sorted((key, list(values)) for key, values in filters.items())]
    after = None
    if given := next(iter(asked.get("cursor", ())), None):
        when, record_id = read_cursor(given, bound_to=bound, count=2)
        known_id = parse_id(str(record_id))
        if known_id is None:
            raise invalid("cursor", "cursor_unreadable")
        after = record_lists.read_place(listing, str(when), known_id)
    rows = record_lists.page(at_desk, listing, conditions, after=after, limit=PAGE_SIZE + 1)
    kept = rows[:PAGE_SIZE]
    more = write_cursor(record_lists.place_of(listing, kept[-1]), bound_to=bound) if len(rows) > PAGE_SIZE else None
    return Found(record_answers.shown(listing.form, kept), more, record_lists.count(at_desk, listing, conditions))


def listing(name: str, **only: str) -> Callable[[Callable[[Found], Listed]], Callable[[], Response]]:
    """Return what makes a page of a list: given the records its address asks for, the function says how they look.

    What narrows it to nothing there is (any more) is left out of the address. `only`: what the page is of, whatever its
    address says.
    """

    def made(look: Callable[[Found], Listed]) -> Callable[[], Response]:
        @wraps(look)
        def show() -> Response:
            asked = {key: values for key, values in asked_words(name).items() if key not in only}
            try:
                found = page(name, {**asked, **{key: [value] for key, value in only.items()}})
            except Invalid as mistake:
                return link_parts.without_wrong(mistake, asked)
            return link_parts.list_page(asked, look(found))

        return show

    return made


def of(name: str, *, limit: int = PAGE_SIZE, **filters: Any) -> Found:
    """Return the first records of a list that belong to something, of those the caller may know of."""
    listing = RESOURCE[name].listing
    at_desk = desk()
    conditions = record_lists.read_filters(at_desk, listing, {key: [str(each)] for key, each in filters.items()})
    rows = record_lists.page(at_desk, listing, conditions, after=None, limit=limit)
    return Found(record_answers.shown(listing.form, rows), None, record_lists.count(at_desk, listing, conditions))


def taken(name: str, record_id: UUID, *, lock: bool = False) -> Any:
    """Return a record of a list.

    Raises:
        NotFound: there is none, or none the caller may know of.
    """
    listing = RESOURCE[name].listing
    table = listing.form.table
    return find(unit.session(), identity.actor(), table, record_id, on=unit.today(), only=listing.only(), lock=lock)


def shown(name: str, row: Any) -> Mapping[str, Any]:
    """Return the fields of a record as its reader may see them."""
    return record_answers.shown(RESOURCE[name].listing.form, [row])[0]


def history(name: str, row: Any, *, plainly: bool, said: str = "money") -> list[Entry]:
    """Return how a record came to be what it is, newest first; `said`: where the words of what was done begin."""
    form = RESOURCE[name].listing.form
    changes = record_names.changes_of(unit.session(), form, row.id)
    return [
        Entry(
            when=wording.moment(each.at),
            at=local(each.at).isoformat(timespec="seconds"),
            kind="note" if each.person_id else "system",
            actor=each.person_name or words("history.system"),
            verb=words(f"{said}.did.{each.trigger}"),
            text=None,
            sub=(each.reason if plainly else personal.scrub(each.reason)) or None,
        )
        for each in reversed(changes)
    ]


def section(code: str, rows: Sequence[Mapping[str, Any]], *, n: int | None = None, **more: Any) -> dict[str, Any]:
    """Return a section of a record's page; `n`: how many there are, where not all are shown."""
    title = words(f"money.section.{code}")
    return {
        "code": code,
        "title": title if n is None else words("money.section_of", title=title, n=n),
        "nothing": words("money.section_empty"),
        "act": None,
        "rows": [{"url": None, "sub": None, "chips": [], "act": None, **row} for row in rows],
        **more,
    }


def cases_of(activity_id: UUID) -> list[dict[str, Any]]:
    """Return the cases that came out of an activity, of those the reader may know of, as rows."""
    found = cases.of_activity(unit.session(), identity.actor(), activity_id, at=unit.at())
    return [
        {
            "text": words("links.case", number=wording.short_number(case.number), title=personal.scrub(case.title)),
            "url": f"/cases/{case.number}",
            "sub": wording.lately(case.reported_at),
            "chips": [{"tone": "outline", "text": state_label(case.state)}],
        }
        for case in found
    ]


def tasks_of(activity_id: UUID) -> list[dict[str, Any]]:
    """Return the supervised matters that were decided at an activity, of those the reader may know of, as rows."""
    found = supervisions.of_source(unit.session(), activity_id, seen_by=identity.actor())
    states = [supervision_views.state_of(row) for row in found]
    return [
        {
            "text": personal.scrub(row.title),
            "url": supervision_views.url_of(row),
            "sub": words("money.task_of", org=reference.org_name(row.lead_org_id), day=row.due_on.isoformat()),
            "chips": [{"tone": state.tone, "text": state.label}],
        }
        for row, state in zip(found, states, strict=True)
    ]
