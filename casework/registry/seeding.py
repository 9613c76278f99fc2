"""What every office starts with: categories and the working-day calendar. Safe to repeat; what staff changed stays."""

import tomllib
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from casework.core.database import Session
from casework.registry.calendar import seed_calendar
from casework.registry.tables import Category, Region

_SEEDS = Path(__file__).parent / "seeds.toml"


def seed(session: Session, *, county: str, at: datetime) -> None:
    """Write what is missing of categories, calendar and the office's own county."""
    known = set(session.scalars(select(Category.code)))
    for sort, row in enumerate(tomllib.loads(_SEEDS.read_text("utf-8"))["category"]):
        if row["code"] not in known:
            session.add(
                Category(
                    code=row["code"],
                    label_zh=row["zh"],
                    label_en=row["en"],
                    sort=sort,
                    active=True,
                    keywords=row["keywords"],
                    version=1,
                    created_at=at,
                    updated_at=at,
                )
            )
    if session.get(Region, county) is None:
        # The county itself must exist for what has no place of its own; an import of places names any other one.
        known_as = tomllib.loads(_SEEDS.read_text("utf-8"))["county"].get(county, {})
        session.add(
            Region(
                code=county,
                name=known_as.get("name", county),
                parent_code=county[:4],
                level="county",
                pinyin=known_as.get("pinyin", county),
                initials=known_as.get("initials", county),
                created_at=at,
                updated_at=at,
            )
        )
    seed_calendar(session, at=at)
    session.flush()
