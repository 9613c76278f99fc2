"""The list of supervised matters: what it is narrowed to, its search, and what to do where nothing fits."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from casework.core.calendars import WorkCalendar
from casework.supervisions import actions, queries
from casework.supervisions.queries import Filter
from web import identity, unit
from web.api.supervisions import supervision_filters
from web.locales import words
from web.views import addresses, reference, wording
from web.views import supervision_views as views
from web.views.supervision_board import LIST
from workflows.registry import registry

PAGE_SIZE = 50
Words = Mapping[str, Sequence[str]]
_WAY, _CURSOR, _WORDS = "by", "cursor", "q"
# These are chosen beside the search; whatever else narrows the list came with the door it was opened by.
_CHOSEN = ("state", "level")
_FLAGS = frozenset({"overdue", "progress_late", "open", "has_leader", "result_late"})
_KNOWN = frozenset({_WAY, _CURSOR, *(each.name for each in supervision_filters.FILTERS)})


def asked() -> Words:
    """Return what the address says of the list: what it knows, and nothing that is empty."""
    found = {name: [value for value in values if value.strip()] for name, values in request.args.lists()}
    return {name: values[:1] for name, values in found.items() if values and name in _KNOWN}


def shown(wanted: Filter, after: Any, calendar: WorkCalendar) -> dict[str, Any]:
    """Return a page of the list with all that stands about it."""
    found = queries.page(unit.session(), identity.actor(), wanted, at=unit.at(), after=after, limit=PAGE_SIZE + 1)
    rows, more = supervision_filters.cut(found, PAGE_SIZE)
    here = asked()
    base = addresses.without(here, _CURSOR)
    pager = {
        "text": words("links.page", n=len(rows)),
        "prev_url": None if after is None else addresses.query(base),
        "next_url": None if more is None else addresses.changed(here, cursor=more),
    }
    return {
        "lines": [views.line_of(row, calendar) for row in rows],
        "pager_data": pager if more is not None or after is not None else None,
        "find": _find(base),
        "chips": _chips(base),
        "filters": _filters(wanted, base),
        "nothing": None if rows else _nothing(base),
    }


def _find(base: Words) -> dict[str, Any]:
    """Return what is looked for, and what the list stays narrowed to meanwhile."""
    kept = [{"name": name, "value": values[0]} for name, values in base.items() if name != _WORDS]
    return {"value": base.get(_WORDS, [""])[0], "kept": kept}


def _chips(base: Words) -> list[dict[str, str]]:
    """Return what narrows the list and is not chosen beside it, each with the address without it."""
    return [
        {"text": _told(name, values[0]), "remove_url": addresses.query(addresses.without(base, name))}
        for name, values in base.items()
        if name not in (_WAY, *_CHOSEN)
    ]


def _told(name: str, value: str) -> str:
    if name in _FLAGS:
        return words(f"supervision.filter.{name}.{value}")
    if name == "org":
        value = reference.org_names().get(value, value)
    elif name == "region":
        value = reference.place_told(value)
    elif name == "source":
        value = words(f"supervision.source.{value}")
    elif name == "shown_level":
        value = views.level_chip(int(value)).text
    return words(f"supervision.filter.{name}", value=value)


def _filters(wanted: Filter, base: Words) -> list[dict[str, Any]]:
    """Return the chips that narrow the list: its states and levels."""
    states = registry().latest("supervision").workflow.states
    made = [{"label": words("assessments.all"), "url": _all(), "current": set(base) <= {_WAY}}]
    for name, state in states.items():
        is_on = wanted.state == name
        url = addresses.changed(base, state=None if is_on else name)
        made.append({"label": wording.told(state.label), "url": url, "current": is_on})
    for level in actions.LEVELS:
        is_on = wanted.level == level
        url = addresses.changed(base, level=None if is_on else str(level))
        made.append({"label": views.level_chip(level).text, "url": url, "current": is_on})
    return made


def _all() -> str:
    return addresses.query({_WAY: [LIST]})


def _nothing(base: Words) -> dict[str, Any]:
    """Say what to do where nothing fits: other words, fewer conditions, or all of it."""
    narrowed = [name for name in base if name not in (_WAY, _WORDS)]
    whole = {"text": words("supervision.list.all"), "url": _all()}
    if _WORDS not in base:
        text = words("supervision.list.none_text" if narrowed else "supervision.list.nothing_yet")
        title = words("supervision.list.none" if narrowed else "supervision.list.empty")
        return {"title": title, "text": text, "links": [whole] if narrowed else []}
    typed = base[_WORDS][0]
    how = words("supervision.list.how")
    if not narrowed:
        return {"title": words("supervision.list.not_found", value=typed), "text": how, "links": [whole]}
    everywhere = {_WAY: [LIST], _WORDS: [typed]}
    links = [
        {"text": words("supervision.list.everywhere", value=typed), "url": addresses.query(everywhere)},
        {
            "text": words("supervision.list.without", value=typed),
            "url": addresses.query(addresses.without(base, _WORDS)),
        },
    ]
    return {"title": words("supervision.list.not_found_so", value=typed), "text": how, "links": links}
