"""How long each kind of record keeps its personal data: the file's years, or those an administrator set."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.registry import office_settings

KEY = "retention_years"
# Never below a year: a case may be reopened for half of one, and audits ask for the last twelve months.
LEAST, MOST = 1, 100


@cache
def usual() -> Mapping[str, int]:
    """Return the years of the file, by kind."""
    return tomllib.loads(Path(__file__).with_name("periods.toml").read_text("utf-8"))


def years(session: Session) -> Mapping[str, int]:
    """Return the years in force, by kind."""
    return {**usual(), **(office_settings.kept(session, KEY) or {})}


def change(session: Session, kind: str, typed: object, *, actor: Actor, at: datetime) -> None:
    """Keep other years for a kind; who changed what is in the audit.

    Raises:
        Invalid: no number of years, or one that is not allowed.
    """
    wanted = texts.parse_int(typed, field="years", minimum=LEAST, maximum=MOST)
    before = years(session)
    if before[kind] != wanted:
        office_settings.keep(session, KEY, {**before, kind: wanted}, actor=actor, at=at)


def cutoff(at: datetime, count: int) -> datetime:
    """Return the instant so many years back; the last of February of a leap year becomes the 28th."""
    try:
        return at.replace(year=at.year - count)
    except ValueError:
        return at.replace(year=at.year - count, day=28)
