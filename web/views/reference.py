"""Names that change seldom, kept by each process for a minute: units, categories, places of the county.

They are the same for everybody who may enter at all (registry.read); what somebody may do with a place or unit is
asked elsewhere.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app

from casework.campaign import slogans
from casework.cases.figures import statistics
from casework.core.database import Session
from casework.registry import choices
from casework.registry import queries as registry
from web import unit
from web.locales import words

_SECONDS = 60.0
_STORE = "casework_reference"
_MOST_KEPT = 2_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Named:
    """A unit or place: its code, its name, and whether it is in force."""

    code: str
    name: str
    in_force: bool = True
    region_code: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A category by code, with its labels, its place in the tree and the words that speak for it."""

    code: str
    label: Mapping[str, str]
    parent: str | None
    active: bool


def orgs() -> Mapping[UUID, Named]:
    """Return every unit by id."""
    return _kept("orgs", _orgs)


def org_names() -> Mapping[str, str]:
    """Return the names of all units by code."""
    return _kept("org_names", lambda session: {each.code: each.name for each in _orgs(session).values()})


def org_name(org_id: UUID | None) -> str:
    """Return the name of a unit; empty for none."""
    found = None if org_id is None else orgs().get(org_id)
    return "" if found is None else found.name


def categories() -> Mapping[str, Category]:
    """Return every category by code, in the order of the office."""
    return _kept("categories", _categories)


def category_label(code: str, locale: str) -> str:
    """Return what a category is called; an unknown code stands for itself."""
    found = categories().get(code)
    return code if found is None else found.label[locale]


def top_categories() -> Sequence[Category]:
    """Return the categories in use that have none above them."""
    return [each for each in categories().values() if each.active and each.parent is None]


def of_figures() -> statistics.Names:
    """Return what figures call units and categories."""
    return _kept("of_figures", _of_figures)


def towns() -> Sequence[Named]:
    """Return the townships of the county."""
    return _kept("towns", _towns)


def places() -> Mapping[str, Named]:
    """Return every place of the county below the county itself, by code."""
    return _kept("places", _places)


def place_names(region_code: str) -> tuple[str, ...]:
    """Return the names from township to village, such as (竹园镇, 方石村); the county's own name for the county."""
    known = places()
    path = [region_code[:length] for length in (9, 12) if len(region_code) >= length]
    return tuple(known[code].name for code in path if code in known)


def place_told(region_code: str) -> str:
    """Say a place in one breath: its names, the whole county, or (what nobody knows) the code itself."""
    return " ".join(place_names(region_code)) or (words("place.whole_county") if len(region_code) <= 6 else region_code)


def slogan_labels() -> Sequence[tuple[str, str]]:
    """Return the slogans cases bear, by id with their labels, ended ones too."""
    return _kept("slogans", lambda session: [(str(each.id), each.label) for each in slogans.every(session)])


def forget() -> None:
    """Read everything anew when next asked, after a change in this process."""
    current_app.extensions.pop(_STORE, None)


def derived(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """Return what is made of these names and of `key` alone; kept as long as the names are."""
    store: dict[Any, tuple[float, Any]] = current_app.extensions.setdefault(_STORE, {})
    until, value = store.get(key, (0.0, None))
    if time.monotonic() >= until:
        value = make()
        if len(store) > _MOST_KEPT:
            store.clear()
        store[key] = (time.monotonic() + _SECONDS, value)
    found: T = value
    return found


def _kept(key: str, read: Callable[[Session], T]) -> T:
    def look() -> T:
        with unit.looking() as session:
            return read(session)

    return derived((key,), look)


def _orgs(session: Session) -> Mapping[UUID, Named]:
    return {
        org.id: Named(org.code, org.name, org.valid_to is None, org.region_code)
        for org in choices.names_of_orgs(session)
    }


def _of_figures(session: Session) -> statistics.Names:
    parents = {each.code: each.parent for each in _categories(session).values()}
    return statistics.Names(registry.roots_of(parents), {key: each.code for key, each in _orgs(session).items()})


def _categories(session: Session) -> Mapping[str, Category]:
    return {
        row.code: Category(row.code, {"zh": row.label_zh, "en": row.label_en}, row.parent_code, row.active)
        for row in choices.categories(session)
    }


def _towns(session: Session) -> Sequence[Named]:
    county = unit.office().settings.region
    return [Named(row.code, row.name) for row in choices.towns(session, within=county)]


def _places(session: Session) -> Mapping[str, Named]:
    county = unit.office().settings.region
    return {row.code: Named(row.code, row.name) for row in choices.place_names(session, within=county)}
