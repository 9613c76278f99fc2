"""Where a submission belongs: by the code of a place, or by the names that stand in an address; else the county.

What cannot be placed is never refused for it: triage settles it, and reads what was sent (open311.md §2.2).
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import select

from casework.core import texts
from casework.core.database import Session
from casework.registry import queries as registry
from casework.registry.tables import Region

_TOWN_DIGITS = 9
_LENGTHS = (12, 9)


def place_of(session: Session, *, county: str, address_id: str, address: str) -> str | None:
    """Return the code of the town or village that was named; None when none of this county was."""
    return _by_code(session, county, address_id) or _by_names(session, county, address)


def _by_code(session: Session, county: str, address_id: str) -> str | None:
    code = texts.ascii_code(address_id).strip()
    if not (code.isascii() and code.isdigit() and code.startswith(county)):
        return None
    return next((code[:n] for n in _LENGTHS if len(code) >= n and registry.region(session, code[:n])), None)


def _by_names(session: Session, county: str, address: str) -> str | None:
    if not address.strip():
        return None
    rows = session.execute(
        select(Region.code, Region.name).where(
            Region.code > county, Region.code < county + ":", Region.valid_to.is_(None)
        )
    )
    named = [(row[0], called) for row in rows if (called := _called_in(row[1], address))]
    # A name inside a longer one that stands there too is only a part of it.
    named = [(code, name) for code, name in named if not any(name != other and name in other for _, other in named)]
    towns = [code for code, _ in named if len(code) == _TOWN_DIGITS]
    villages = [code for code, _ in named if len(code) > _TOWN_DIGITS]
    if len(towns) == 1:
        inside = [code for code in villages if code.startswith(towns[0])]
        return inside[0] if len(inside) == 1 else towns[0]
    return villages[0] if not towns and len(villages) == 1 else None


def _called_in(name: str, address: str) -> str | None:
    if len(name) < 2:
        return None
    short = next((name.removesuffix(end) + instead for end, instead in _endings() if name.endswith(end)), name)
    return next((each for each in (name, short) if len(each) > 1 and each in address), None)


@cache
def _endings() -> Sequence[tuple[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
    return [(end, instead) for end, instead in data["endings"]]
