"""The pictures of a bulletin: those of visits and other activities of its quarter that somebody wrote a caption for.

Whoever puts a picture to a visit says by its caption that it may be shown; one without a caption stays with the visit.
What a bulletin names is frozen with it, and its bytes lie in the store under their SHA-256.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select

from casework.activities.tables import Activity
from casework.bulletins.annexes import words
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, within
from casework.core import personal
from casework.core.database import Session
from casework.core.editions import standing
from casework.documents.model import Picture
from casework.matters.attachments import path_of
from casework.matters.tables import Attachment
from casework.registry.tables import Region

MOST = 6
_TYPES: Mapping[str, Literal["image/png", "image/jpeg"]] = {"image/png": "image/png", "image/jpeg": "image/jpeg"}
Load = Callable[[Mapping[str, Any]], bytes | None]


def draw(session: Session, instants: Instants, quarter: Quarter) -> list[dict[str, Any]]:
    """Return the first pictures of a quarter by day, as a bulletin freezes them."""
    asked = (
        select(Attachment, Activity.on_date, Region.name)
        .join(Activity, Activity.id == Attachment.matter_id)
        .outerjoin(Region, Region.code == Activity.region_code)
        .where(
            standing(Activity, instants.known_at),
            Activity.on_date >= quarter.first,
            Activity.on_date <= min(quarter.last, instants.until),
            within(Activity.region_code, instants.campaign.region_code),
            Attachment.caption != "",
            Attachment.media_type.in_(_TYPES),
        )
    )
    if instants.known_at is not None:
        asked = asked.where(Attachment.created_at <= instants.known_at)
    rows = session.execute(asked.order_by(Activity.on_date, Attachment.id).limit(MOST))
    return [
        {
            "id": str(row.id),
            "sha256": row.sha256,
            "media_type": row.media_type,
            "caption": _caption(on, place or "", personal.scrub(row.caption)),
        }
        for row, on, place in rows
    ]


def _caption(on: date, place: str, told: str) -> str:
    return str(words()["list"]["picture"]).format(month=on.month, day=on.day, place=place, caption=told)


def from_folder(folder: Path) -> Load:
    """Return what reads the bytes of a picture in the store; a file that is gone is left out of the paper."""

    def load(told: Mapping[str, Any]) -> bytes | None:
        path = path_of(folder, told["sha256"])
        return path.read_bytes() if path.is_file() else None

    return load


def block(told: Mapping[str, Any], load: Load) -> Picture | None:
    """Return a picture as a block of a document."""
    content = load(told)
    return None if content is None else Picture(content, _TYPES[told["media_type"]], told["caption"])
