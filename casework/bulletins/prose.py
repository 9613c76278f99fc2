"""The prose of a bulletin in versions: title and sections as they were saved, and as one text to compare."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.bulletins.annexes import words
from casework.bulletins.tables import Bulletin
from casework.campaign.outline import TOKEN
from casework.core.columns import canonical
from casework.core.database import Session
from casework.matters import text_versions
from casework.matters.text_versions import Version

NAME = "prose"


def of(bulletin: Bulletin) -> str:
    """Return the prose of a bulletin as it is kept."""
    return canonical({"title": bulletin.title, "sections": bulletin.sections})


def standing(session: Session, bulletin: Bulletin) -> Version:
    """Return the newest version; what the outline or an earlier issue gave is version 0."""
    since = bulletin.updated_at
    found = text_versions.standing(session, bulletin.id, NAME, before=of(bulletin), written_at=since)
    assert found is not None
    return found


def keep(
    session: Session, bulletin: Bulletin, *, before: str, by: UUID | None, at: datetime, restores: int | None = None
) -> Version:
    """Keep the prose that a bulletin now has as a version; `before` is what it had."""
    since = bulletin.updated_at
    return text_versions.follow(
        session, bulletin.id, NAME, of(bulletin), before=before, written_at=since, by=by, at=at, restores=restores
    )


def read(version: Version) -> Mapping[str, Any]:
    """Return title and sections of a version."""
    told: Mapping[str, Any] = json.loads(version.text)
    return told


def typed_numbers(bulletin: Bulletin) -> list[str]:
    """Return the numbers that somebody typed into the prose: no figure stands behind them, and nothing freezes them."""
    text = plain({"title": bulletin.title, "sections": bulletin.sections})
    return list(dict.fromkeys(re.findall(words()["typed_number"], TOKEN.sub("", text))))


def plain(told: Mapping[str, Any]) -> str:
    """Return title and sections as one text, to be compared and read."""
    lines = [told["title"]]
    for section in told["sections"]:
        lines += ["", section["heading"], *section["paragraphs"], *section.get("leads", {}).values()]
    return "\n".join(lines)
