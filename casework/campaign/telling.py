"""Figures as programs read them: `casework figures --json` and `/api/v1/figures` give the same (contract.md)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from casework.campaign.figures import Note, Reckoned
from casework.campaign.sources import Instants


def answer(
    instants: Instants,
    reckoned: Sequence[Reckoned],
    notes: Sequence[Note],
    *,
    base: str,
    zone: ZoneInfo,
    locale: str = "zh",
) -> dict[str, Any]:
    """Return the whole answer; `base` is the path under which the records of each figure are listed.

    What explains a figure is in the reader's language; `text` and `unit` are its wording in the bulletin.
    """
    known_at = None if instants.known_at is None else instants.known_at.astimezone(zone)
    return {
        "campaign": instants.campaign.code,
        "as_of": instants.as_of,
        "known_at": known_at,
        "figures": [_figure(instants, each, base=base, known_at=known_at, locale=locale) for each in reckoned],
        "notes": [
            {"text": note.text(locale), "figures": [*note.check.left, *note.check.right]}
            for note in notes
            if not note.holds
        ],
    }


def _figure(instants: Instants, each: Reckoned, *, base: str, known_at: datetime | None, locale: str) -> dict[str, Any]:
    figure = each.figure
    asked = {"campaign": instants.campaign.code, "as_of": instants.as_of.isoformat()}
    if known_at is not None:
        asked["known_at"] = known_at.isoformat()
    return {
        "key": figure.key,
        "label": figure.label[locale],
        "exact": each.told,
        "text": each.text("zh"),
        "wording": figure.wording,
        "unit": each.unit("zh"),
        "scope": figure.scope,
        "stage": figure.stage,
        "period_from": instants.campaign.begins,
        "as_of": instants.as_of,
        "counts": figure.counts[locale],
        "leaves_out": figure.leaves_out[locale],
        "parts": [{"code": part.code, "label": part.label[locale].strip(), "exact": part.exact} for part in each.parts],
        "records": f"{base}/{figure.key}/records?{urlencode(asked)}",
    }
