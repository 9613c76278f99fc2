"""The numbers beside rooms and filters: asked in one statement, capped, and kept for a few seconds.

They say how much waits, not what: whoever opens the list sees it as it is. A change made through this process is
counted at once; one made elsewhere after the seconds have run out.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import Request, Response, current_app

from casework.campaign import receipts
from casework.cases import counters
from casework.cases.filters import ME, Filter, read_filter
from casework.core.actors import TRIAGE_ROLES, UNIT_ROLES, Actor
from casework.core.database import Session
from casework.core.errors import Invalid
from casework.matters import notices
from casework.permissions import may_anywhere
from web import frames, identity, unit
from web.api import parameters
from web.routing import Application

_SECONDS = 15.0
_STORE = "casework_counts"
_FILTER_SECONDS = 60.0
_FILTERS = "casework_counted_filters"
_MOST_KEPT = 2_000
_MADE = "casework_made"
_MOST_MADE = 100
Made = TypeVar("Made")
Words = Mapping[str, Sequence[str]]


def shown(n: int) -> str:
    """Return a count as it is printed: 999+ beyond what was counted."""
    return f"{counters.MOST - 1}+" if n >= counters.MOST else str(n)


def counted(asked: Mapping[str, Words]) -> Mapping[str, int]:
    """Count what each filter lists for the caller; one that can no longer be read counts nothing."""
    actor = identity.actor()
    store: dict[Any, tuple[float, int]] = current_app.extensions.setdefault(_STORE, {})
    now = time.monotonic()
    keys = {name: (actor.person_id, actor.grants, _frozen(words)) for name, words in asked.items()}
    known = {name: store[key][1] for name, key in keys.items() if key in store and store[key][0] > now}
    missing = {name: words for name, words in asked.items() if name not in known}
    if missing:
        read = {name: _read(words, keys[name], now=now) for name, words in missing.items()}
        filters = {name: filter for name, filter in read.items() if filter is not None}
        with unit.up_to_date() as session:
            found = counters.count(session, actor, filters, at=unit.at())
        if len(store) > _MOST_KEPT:
            store.clear()
        for name, n in found.items():
            store[keys[name]] = (now + _SECONDS, n)
        known |= found
    return known


def filter_of(words: Words) -> Filter:
    """Read the filter of a figure on a page, or take it as it was read lately.

    Raises:
        Invalid: it means nothing any more.
    """
    actor = identity.actor()
    known = _read(words, (actor.person_id, actor.grants, _frozen(words)), now=time.monotonic())
    if known is None:
        return read_filter(words, session=unit.session(), actor=actor, states=parameters.states())
    return known


def _read(words: Words, key: Any, *, now: float) -> Filter | None:
    """Read a filter; one that was read lately is taken as it was, for places and categories change yearly."""
    store: dict[Any, tuple[float, Filter]] = current_app.extensions.setdefault(_FILTERS, {})
    kept = store.get(key)
    if kept is not None and kept[0] > now:
        return kept[1]
    try:
        made = read_filter(words, session=unit.session(), actor=identity.actor(), states=parameters.states())
    except Invalid:
        return None
    if len(store) > _MOST_KEPT:
        store.clear()
    store[key] = (now + _FILTER_SECONDS, made)
    return made


def kept(key: Hashable, make: Callable[[], Made]) -> Made:
    """Return what `make` gives, kept for a few seconds like the numbers beside the rooms."""
    store: dict[Hashable, tuple[float, Any, datetime | None]] = current_app.extensions.setdefault(_MADE, {})
    now = time.monotonic()
    # What was read from the copy is kept apart, with its instant.
    key = (key, unit.as_of() is None)
    until, made, as_of = store.get(key, (0.0, None, None))
    if now >= until:
        if len(store) > _MOST_MADE:
            store.clear()
        made, as_of = make(), unit.as_of()
        store[key] = (now + _SECONDS, made, as_of)
    unit.is_as_of(as_of)
    told: Made = made
    return told


def forget() -> None:
    """Count everything anew when next asked: something was changed."""
    current_app.extensions.pop(_STORE, None)
    current_app.extensions.pop(_MADE, None)


def framed(room: str | None, **more: Any) -> dict[str, Any]:
    """Return the frame of a page with the numbers beside its rooms and the bell."""
    found = counted(room_filters(identity.actor()))
    counts = {**room_counts(found), "announcements": owed()}
    return frames.frame(room, counts=counts, unread=unread(), **more)


def room_filters(actor: Actor) -> dict[str, Words]:
    """Return what the number beside each room counts."""
    asked: dict[str, Words] = {}
    if actor.roles & TRIAGE_ROLES:
        asked["room:triage"] = {"state": ["reported"]}
    if may_anywhere(actor, "case.call"):
        asked["room:followups"] = {"state": ["resolved"]}
    if actor.roles & UNIT_ROLES:
        asked["room:work"] = {"state": ["assigned", "coordinated"], "lead_org": [ME], "open": ["true"]}
    return asked


def room_counts(found: Mapping[str, int]) -> dict[str, int]:
    """Return the numbers beside the rooms out of everything that was counted."""
    return {name.removeprefix("room:"): n for name, n in found.items() if name.startswith("room:") and n}


def unread() -> int:
    """Return how many messages the caller has not looked at."""
    actor = identity.actor()
    if actor.person_id is None:
        return 0
    person_id = actor.person_id
    return _of_caller("unread", lambda session: notices.count_unread(session, person_id))


def owed() -> int:
    """Return how many announcements the caller has still to answer; nobody but members and units gets any."""
    actor = identity.actor()
    if actor.roles.isdisjoint({"member", *UNIT_ROLES}):
        return 0
    return _of_caller("owed", lambda session: receipts.count_owed(session, actor))


def _of_caller(what: str, count: Callable[[Session], int]) -> int:
    store: dict[Any, tuple[float, int]] = current_app.extensions.setdefault(_STORE, {})
    actor, now = identity.actor(), time.monotonic()
    key = (what, actor.person_id, actor.grants)
    until, n = store.get(key, (0.0, 0))
    if now >= until:
        with unit.up_to_date() as session:
            n = count(session)
        store[key] = (now + _SECONDS, n)
    return n


def _frozen(words: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((name, tuple(values)) for name, values in words.items()))


def watch(app: Application) -> None:
    """Forget the numbers whenever this process has changed something."""

    @app.on_answer
    def _forget(asked: Request, response: Response) -> Response:
        if asked.method not in unit.SAFE_METHODS and response.status_code < 400:
            forget()
        return response
