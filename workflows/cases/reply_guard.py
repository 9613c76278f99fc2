"""The guard before a reply: does it sound like another case's, name another place, or another person?

It warns and never refuses; what it looks for is data (reply_guard.toml). Offices elsewhere have sent a construction
debt's answer to a poetry contest's complainant (features.md §2): nobody noticed in time.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from casework.cases import replies
from casework.cases.tables import Case
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session

MOST_ASKS = 6
_SENTENCE = re.compile(r"[^\u3002\uff01\uff1f!?\uff1b;\n]+[\u3002\uff01\uff1f!?\uff1b;]?")
_QUESTION = ("\uff1f", "?")
_LEAST_PLACE = 2
_STOPS = ",\uff0c!\uff01:\uff1a\u3001"


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to look at: a code of the catalogue (`guard.<code>`) and what fills its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def look(
    session: Session,
    case: Case,
    reply: str,
    *,
    places: Sequence[str],
    own_places: Sequence[str],
    actor: Actor,
    at: datetime,
) -> list[Caution]:
    """Return what should be looked at before a reply is sent.

    `places`: names of all places of the county; `own_places`: those the case itself lies in.
    """
    found: list[Caution] = []
    request = f"{case.title}\n{case.description}"
    twin = replies.twin_of(session, actor, reply=reply, case_id=case.id, lead_org_id=case.lead_org_id, at=at)
    if twin is not None:
        found.append(Caution("same_as_another", {"number": twin.number, "percent": twin.percent}))
    strange = strange_places(reply, request, places=places, own_places=own_places)
    if strange:
        found.append(Caution("another_place", {"places": strange}))
    names = strange_names(reply, request, masked=case.reporter_name)
    if names:
        found.append(Caution("another_person", {"names": names}))
    if personal.scrub(reply) != reply:
        found.append(Caution("number_in_reply"))
    return found


def strange_places(reply: str, request: str, *, places: Sequence[str], own_places: Sequence[str]) -> list[str]:
    """Return the places that a reply names and neither the request nor the case's own address does."""
    known = request + "".join(own_places)
    named = [name for name in places if len(name) > _LEAST_PLACE and name in reply and name not in known]
    # The longest name says it: 方石村 stands within 大方石村.
    return sorted(name for name in set(named) if not any(name != other and name in other for other in named))


def strange_names(reply: str, request: str, *, masked: str) -> list[str]:
    """Return how a reply addresses people who are neither the reporter nor named in the request.

    A surname with a title, wherever it stands; a whole name where a letter calls its reader.
    """
    words = _words()
    titles = "|".join(re.escape(each) for each in words["titles"])
    found = re.findall(rf"(?:^|[^\u4e00-\u9fff])([\u4e00-\u9fff]{{1,3}}?(?:{titles}))", reply)
    strange = {name for name in found if name[:1] != masked[:1]}
    greetings = "|".join(re.escape(each) for each in words["greetings"])
    # Behind the name stands a colon, or the greeting itself.
    before = rf"(?:^|\n|(?:{greetings}))[\s{_STOPS}]*"
    called = rf"{before}([{words['surnames']}][\u4e00-\u9fff]{{1,2}})[\s,\uff0c]*(?:[:\uff1a]|(?:{greetings}))"
    strange |= {name for name in re.findall(called, reply) if not _may_be(name, masked)}
    return sorted(name for name in strange if name not in request)


def _may_be(name: str, masked: str) -> bool:
    """Say whether a whole name may be what a mask hides: its first character, and of a longer one its last, stay."""
    first, last = name[:1] == masked[:1], masked[-1:] in (personal.MASK, name[-1:])
    return first and last and len(name) == len(masked)


def asks_of(text: str) -> list[str]:
    """Return the sentences of a request that ask for something, to be ticked off beside the reply."""
    asked = []
    for sentence in _SENTENCE.findall(text):
        plain = sentence.strip()
        if plain.endswith(_QUESTION) or any(word in plain for word in _words()["asks"]):
            asked.append(plain)
    return asked[:MOST_ASKS]


@cache
def _words() -> Mapping[str, Any]:
    words: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("reply_guard.toml").read_text("utf-8"))
    return words
