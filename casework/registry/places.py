"""Places by name, pinyin, initials or code, and what numbers are called after."""

import threading
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.sql import func

from casework.core import texts
from casework.core.database import Session
from casework.core.ranges import lies_in_any
from casework.registry.tables import Region

COUNTY_DIGITS = 6
_lock = threading.Lock()
_prefixes: dict[tuple[str, str], str] = {}


def number_prefix(session: Session, county: str) -> str:
    """Return the letters that begin the numbers of a county: 青川县 → QC.

    Of those that share them the first to join keeps them and each later one gets a digit, so that a county that joins
    a prefecture changes no other's numbers.
    """
    key = (str(session.get_bind().engine.url), county)
    with _lock:
        if key in _prefixes:
            return _prefixes[key]
    rows = session.execute(
        select(Region.code, Region.initials)
        .where(func.length(Region.code) == COUNTY_DIGITS)
        .order_by(Region.created_at, Region.code)
    ).all()
    initials = {code: (text or code).upper()[:-1] or code for code, text in rows}
    mine = initials.get(county, county)
    same = [code for code, text in initials.items() if text == mine]
    prefix = mine if len(same) < 2 or same[0] == county else f"{mine}{same.index(county) + 1}"
    if county in initials:
        with _lock:
            _prefixes[key] = prefix
    return prefix


def search_places(session: Session, *, within: Sequence[str], words: str, limit: int = 20) -> Sequence[Region]:
    """Find places by part of the name, beginning of pinyin or initials, or code; the nearest match first.

    `within`: the region prefixes the caller may use.
    """
    key = texts.search_key(words).strip()
    if not key or not within:
        return ()
    reach = lies_in_any(Region.code, within)
    hit = or_(
        Region.name.contains(key, autoescape=True),
        Region.initials.startswith(key, autoescape=True),
        Region.pinyin.startswith(key, autoescape=True),
        Region.code.startswith(key, autoescape=True),
    )
    rows = session.scalars(
        select(Region).where(reach, hit, Region.valid_to.is_(None)).order_by(func.length(Region.code), Region.code)
    ).all()
    return sorted(rows, key=lambda row: (not row.name.startswith(key), row.initials != key))[:limit]
