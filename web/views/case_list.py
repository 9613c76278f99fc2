"""The list of cases: its rows, the filter in words, what it may be narrowed by, and what stands when it is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import current_app, get_template_attribute
from markupsafe import Markup

from casework.cases import codes, filters
from casework.cases.listing.lists import Page
from casework.cases.outcomes import EVER
from casework.cases.rows import CaseRow
from casework.core import personal
from casework.core.calendars import WorkCalendar
from casework.permissions import may_anywhere
from web import drawing, identity, unit
from web.api import answers, parameters
from web.locales import locale, words
from web.views import addresses, chips, counting, reference, wording
from workflows.papers import papers
from workflows.registry import registry

Words = Mapping[str, Sequence[str]]
# What is no filter: the mark of a saved one, the order, and where a page begins.
BESIDE = ("f", "sort", "cursor", "ticked", "all", "density")
SORTABLE = ("due", "reported", "updated")
# A kilobyte each: what the desks of an office show in a morning, for each way to see it on a day.
_ROWS_KEPT, _WAYS_KEPT = 2048, 4
_STORE = "casework_drawn_rows"
# The length of a village's code.
_VILLAGE = 12


@dataclass(frozen=True, slots=True)
class Row:
    """Shape CaseRow."""

    id: str
    url: str
    number_short: str
    title: str
    category: str
    town: str
    village: str
    org: str | None
    state: chips.State
    deadline: chips.Deadline | None
    moved: str
    selected: bool = False


def row_of(
    each: CaseRow, calendar: WorkCalendar, *, plainly: bool, language: str, ticked: frozenset[str] = frozenset()
) -> Row:
    """Return one row."""
    case_id = str(each.id)
    return Row(
        id=case_id,
        url=f"/cases/{each.number}",
        number_short=wording.short_number(each.number),
        title=each.title if plainly else personal.scrub(each.title),
        category=each.category_label[language] or each.category,
        town=each.town or reference_county(each.region_code),
        village=each.village or "",
        org=each.lead_org_name,
        state=chips.state_chip(each, icons=False),
        deadline=chips.of_row(each, calendar),
        moved=wording.lately(each.updated_at),
        selected=case_id in ticked,
    )


def drawn_rows(page: Page, calendar: WorkCalendar, *, ticked: frozenset[str], has_ticks: bool) -> Markup:
    """Return the rows of a page as they stand on it; one that would read as it did before is not drawn again."""
    now, seen, reads = unit.at(), _Seen(locale(), unit.today(), has_ticks=has_ticks), answers.title_reader()
    # Most clocks end when the office closes, so few instants are different.
    left: dict[datetime | None, _Left] = {
        due_at: (calendar.working_days_between(now, due_at), now > due_at)
        for due_at in {each.due_at for each in page.items}
        if due_at is not None
    }
    kept, made = _kept_as(seen), []
    for each in page.items:
        is_ticked = bool(ticked) and str(each.id) in ticked
        key = (each, left.get(each.due_at), is_ticked, reads(each))
        drawn = kept.get(key)
        if drawn is None:
            drawn = kept[key] = _drawn(each, calendar, seen, is_ticked=is_ticked, plainly=reads(each))
        made.append(drawn)
    return Markup("".join(made))  # noqa: S704 - of our own macro


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that a row depends on beside its case, how long its clock has left, and whether it is ticked."""

    language: str
    today: date
    has_ticks: bool


# Working days left, and whether it is past due.
_Left = tuple[int, bool] | None


# The rows that were drawn for who sees them so, by case, what is left, whether it is ticked and its title read plainly.
_Kept = dict[tuple[CaseRow, _Left, bool, bool], str]


def _kept_as(seen: _Seen) -> _Kept:
    """Return where this application keeps rows that were drawn for who sees them so."""
    store: dict[_Seen, _Kept] = current_app.extensions.setdefault(_STORE, {})
    kept = store.get(seen)
    if kept is None:
        if len(store) >= _WAYS_KEPT:
            store.clear()
        kept = store[seen] = {}
    if len(kept) > _ROWS_KEPT:
        kept.clear()
    return kept


def _drawn(each: CaseRow, calendar: WorkCalendar, seen: _Seen, *, is_ticked: bool, plainly: bool) -> str:
    ticked = frozenset({str(each.id)}) if is_ticked else frozenset()
    row = row_of(each, calendar, plainly=plainly, language=seen.language, ticked=ticked)
    return f"{drawing.row_of_case(row, has_ticks=seen.has_ticks)}\n"


def reference_county(region_code: str) -> str:
    """Return what stands for a case that belongs to the whole county."""
    return words("place.whole_county") if len(region_code) <= 6 else ""


def filter_chips(asked: Words) -> list[dict[str, str]]:
    """Return each condition in words, with the address of the list without it."""
    made = []
    for name, values in asked.items():
        if name in BESIDE:
            continue
        text = words("filter.is", name=words(f"filter.{name}"), value=_values(name, values))
        made.append({"text": text, "remove_url": _removed(asked, name)})
    return made


def _removed(asked: Words, name: str) -> str:
    left = addresses.without(asked, name, "f", "cursor", "ticked")
    # Without a single condition the list would begin with its own default again.
    bare = all(each in BESIDE for each in left)
    return addresses.query({**left, "all": ["1"]} if bare else left)


def _values(name: str, values: Sequence[str]) -> str:
    return wording.joined([_value(name, value) for value in values])


def _value(name: str, value: str) -> str:  # noqa: PLR0911 - one line a kind of value
    if name in ("overdue", "open", "contacted", "contact_known", "assigned", "funds_late", "excluded"):
        return words(f"filter.{name}.{value}") if value in ("true", "false") else value
    if name in EVER:
        return words(f"filter.excluded.{value}") if value in ("true", "false") else value
    if name == "unit_ever":
        what, _, code = value.partition("@")
        of = reference.org_names().get(code, code)
        return words("filter.unit_ever.value", what=words(f"filter.{what}"), unit=of)
    if name == "stood":
        return words("filter.stood.value", what=words(f"stood.{value.partition('@')[0]}"), day=value.partition("@")[2])
    if name == "state":
        return state_label(value)
    if name == "category":
        return reference.category_label(value, locale())
    if name in ("region", "township"):
        return " ".join(reference.place_names(value)) or words("place.whole_county")
    if name in ("org", "lead_org"):
        if value in (filters.NOBODY, filters.ME):
            return words("filter.nobody" if value == filters.NOBODY else "filter.my_unit")
        return reference.org_names().get(value, value)
    if name in ("assignee", "reported_by"):
        return words("filter.me") if value == filters.ME else words("filter.somebody")
    if name in _CHOSEN:
        return words(f"{_FAMILIES.get(name, name)}.{value}")
    if name == "slogan":
        return dict(_slogans()).get(value, words("money.this_one"))
    return words(f"result.{value}") if name == "result_class" else value


def _slogans() -> Sequence[tuple[str, str]]:
    """Return the slogans cases can be narrowed to, by label; none for who reads none."""
    if not may_anywhere(identity.actor(), "slogan.read"):
        return ()
    return reference.slogan_labels()


_CHOSEN = frozenset(
    ("kind", "urgency", "channel", "solved", "satisfaction", "own_rating", "handled", "followed_up", "level")
)
_FAMILIES = {"handled": "filter.handled", "followed_up": "filter.followed_up", "own_rating": "satisfaction"}


def state_label(name: str) -> str:
    """Return what a state is called, in whatever version it is known."""
    for compiled in reversed(registry().all()):
        state = compiled.workflow.states.get(name)
        if compiled.workflow.name == "case" and state is not None:
            return state.label[locale()]
    return name


def drawn_menus(asked: Words) -> Markup:
    """Return the menus as they stand on the page: most addresses of a list are theirs, and the same for a while."""
    base = addresses.without(asked, "f", "cursor", "ticked", "all")
    told = tuple((name, tuple(values)) for name, values in base.items())
    key = ("menus", locale(), unit.today(), _chooses_units(), tuple(_slogans()), told)
    drawn: Markup = reference.derived(key, lambda: get_template_attribute("cases/_menus.html", "menus")(menus(base)))
    return drawn


def menus(asked: Words) -> list[dict[str, Any]]:
    """Return what the list may be narrowed by beside what it is already."""
    today = unit.today().isoformat()
    made = [
        _menu(asked, "state", [(name, state_label(name)) for name in parameters.states()]),
        _menu(asked, "category", [(each.code, each.label[locale()]) for each in reference.top_categories()]),
        _menu(asked, "region", [(each.code, each.name) for each in reference.towns()]),
    ]
    if _chooses_units():
        in_force = sorted(
            (each.code, each.name)
            for each in reference.orgs().values()
            # Units of a village take part in a case but never lead one; a county has hundreds of them.
            if each.in_force and len(each.region_code) < _VILLAGE and _is_near(each.region_code)
        )
        made.append(_menu(asked, "org", in_force))
    due = {"label": words("filter.menu.due"), "options": _due_options(asked, today)}
    more = _menu(asked, "urgency", [(code, words(f"urgency.{code}")) for code in codes.URGENCIES])
    return [menu for menu in (*made, due, more, _menu(asked, "slogan", _slogans())) if menu["options"]]


def _chooses_units() -> bool:
    """Say whether the list may be narrowed by unit: all that a menu holds for one person and not for another."""
    return answers.reads_lists_plainly() or not identity.actor().org_ids()


def _is_near(region_code: str) -> bool:
    county = unit.office().settings.region
    return region_code.startswith(county) or county.startswith(region_code)


def _menu(asked: Words, name: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    base = addresses.without(asked, "f", "cursor", "ticked", "all")
    chosen = asked.get(name, ())
    return {
        "label": words(f"filter.{name}"),
        "options": [
            {"text": text, "url": addresses.changed(base, **{name: value}), "current": value in chosen}
            for value, text in options
        ],
    }


def _due_options(asked: Words, today: str) -> list[dict[str, Any]]:
    base = addresses.without(asked, "f", "cursor", "ticked", "all", "overdue", "due_from", "due_to")
    return [
        {"text": words("filter.overdue.true"), "url": addresses.changed(base, overdue="true"), "current": False},
        {
            "text": words("filter.due_today"),
            "url": addresses.changed(base, due_from=today, due_to=today),
            "current": False,
        },
    ]


def sorts(asked: Words, sort: str) -> dict[str, dict[str, Any]]:
    """Return the address that sorts by each column, turned round for the one sorted by now."""
    made = {}
    for name in SORTABLE:
        here = sort.removeprefix("-") == name
        turned = f"-{name}" if sort == name else name
        arrow = ("down" if sort.startswith("-") else "up") if here else None
        url = addresses.changed(addresses.without(asked, "cursor", "ticked"), sort=turned)
        made[name] = {"url": url, "arrow": arrow}
    return made


def beginning(*, may_report: bool, may_import: bool) -> dict[str, Any]:
    """Say what to do where there is no case at all: the first one, or those of the tables at hand."""
    links = [{"text": words("list.report_first"), "url": "/cases/new"}] if may_report else []
    links += [{"text": words("list.import_first"), "url": "/ledgers"}] if may_import else []
    text = words("list.nothing_at_all.text" if links else "list.nothing_at_all.yours")
    return {"title": words("list.nothing_at_all"), "text": text, "links": links}


def emptiness(asked: Words) -> dict[str, Any]:
    """Say what to do when nothing fits: name the condition to loosen, or clear all of them."""
    conditions = [(name, values) for name, values in asked.items() if name not in BESIDE]
    links = [{"text": words("list.clear"), "url": "?all=1"}]
    if not conditions:
        # A page beyond the last one.
        return {"title": words("list.nothing_fits"), "text": "", "links": links}
    # What was said last is the likeliest to be too much; the words searched for before anything else.
    name, values = next((each for each in conditions if each[0] == "q"), conditions[-1])
    told = _values(name, values)
    loosen = {"text": words("list.loosen", value=told), "url": _removed(asked, name)}
    return {
        "title": words("list.nothing_fits"),
        "text": words("list.try_loosening", value=told),
        "links": [loosen, *links],
    }


def pager(asked: Words, page: Page, *, shown_from_start: bool) -> dict[str, Any] | None:
    """Return the way to the next page, and back to the beginning; None when all stands on one."""
    if page.next is None and shown_from_start:
        return None
    base = addresses.without(asked, "cursor", "ticked")
    return {
        "text": words("list.page", n=len(page.items)),
        "prev_url": None if shown_from_start else addresses.query(base),
        "next_url": None if page.next is None else addresses.changed(base, cursor=page.next),
    }


def heads(counts: Mapping[str, int], filters_of: Mapping[str, Words]) -> list[dict[str, Any]]:
    """Return the numbers beside the title, each a door."""
    return [
        {
            "label": words(f"list.head.{name}"),
            "n": counting.shown(counts[f"head:{name}"]),
            "url": addresses.query(asked),
            "title": words(f"list.head.{name}.title"),
            "late": name == "overdue" and counts[f"head:{name}"] > 0,
        }
        for name, asked in filters_of.items()
        if f"head:{name}" in counts
    ]


def batch_of(ids_url: str, *, found: int = 0, on_page: int = 0) -> dict[str, Any] | None:
    """Return the dark bar for who works on cases; None for who only looks.

    All that the filter found is offered where the page shows but a part of it, and one stack of paper holds it.
    """
    actor = identity.actor()
    if not may_anywhere(actor, "case.batch"):
        return None
    triage = may_anywhere(actor, "case.assign")
    buttons = [("assign", "A", False), ("print", None, False), ("urge", "U", True)] if triage else []
    if not triage:
        buttons = [("acknowledge", "S", False), ("print", None, False), ("extend", None, True)]
    buttons.insert(2, ("papers", None, False))
    return {
        "url": ids_url,
        "preview_url": f"{ids_url}/say",
        "found": found,
        "all_text": words("batch.all", n=found) if on_page < found <= papers.MOST else None,
        "too_many": words("batch.too_many", n=found, most=papers.MOST) if found > papers.MOST else None,
        "buttons": [
            {"action": action, "label": words(f"batch.{action}"), "key": key, "main": main}
            for action, key, main in buttons
        ],
        "say": None,
    }


def as_ids(values: Sequence[str]) -> list[UUID]:
    """Return the ids among what was ticked; what is none is left out."""
    return [each for each in (answers.path_id(value) for value in values) if each.int]
