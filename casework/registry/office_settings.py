"""The switches an office turns itself, and how it names the columns of its own files.

A switch nobody has touched has the value of `DEFAULTS`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.registry import audit
from casework.registry.tables import OfficeSetting

PUBLIC_PAGE, PUBLIC_PHONE, PUBLIC_TOPICS = "public_page", "public_phone", "public_topics"
DEFAULTS: Mapping[str, Any] = {PUBLIC_PAGE: False, PUBLIC_PHONE: "", PUBLIC_TOPICS: False}
_PHONE_LENGTH = 60
_COLUMNS, _MOST_COLUMNS = "columns.", 500


def value_of(session: Session, key: str) -> Any:
    """Return the value of a switch.

    Raises:
        KeyError: there is no such switch.
    """
    default = DEFAULTS[key]
    row = session.get(OfficeSetting, key)
    return default if row is None else row.value


def change(session: Session, given: Mapping[str, Any], *, actor: Actor, at: datetime) -> list[str]:
    """Turn switches (`public_page`, `public_topics` true or false, `public_phone` a line); return what changed.

    Raises:
        Invalid: an unknown switch, or a value that is none of its kind.
    """
    wanted = {key: _read(key, value) for key, value in given.items()}
    changed = [key for key, value in wanted.items() if value_of(session, key) != value]
    for key in changed:
        keep(session, key, wanted[key], actor=actor, at=at)
    return changed


def kept(session: Session, key: str) -> Any:
    """Return what a room keeps under a key of its own; None if nothing yet."""
    row = session.get(OfficeSetting, key)
    return None if row is None else row.value


def keep(session: Session, key: str, value: Any, *, actor: Actor, at: datetime) -> None:
    """Keep a value that its room has judged, and who changed it."""
    row = session.get(OfficeSetting, key)
    if row is None:
        row = OfficeSetting(key=key, value=None, updated_at=at)
        session.add(row)
    before, row.value, row.updated_at, row.updated_by = row.value, value, at, actor.person_id
    audit.record(session, event="setting.changed", actor=actor, at=at, facts={"key": key, "from": before, "to": value})
    session.flush()


def _read(key: str, value: object) -> Any:
    if key not in DEFAULTS:
        raise Invalid([FieldError(key, "unknown_field")])
    if isinstance(DEFAULTS[key], bool):
        if not isinstance(value, bool):
            raise Invalid([FieldError(key, "not_a_flag")])
        return value
    return texts.clean_text(value, field=key, max_length=_PHONE_LENGTH, required=False, multiline=False)


def columns_said(session: Session, kind: str) -> Mapping[str, str]:
    """Return how this office's files of a kind name our columns: heading → key, "" for one that is left out."""
    row = session.get(OfficeSetting, _COLUMNS + kind)
    return {} if row is None else row.value


def keep_columns(session: Session, kind: str, said: Mapping[str, str], *, actor: Actor, at: datetime) -> None:
    """Remember how this office's files name our columns, beside what was said before."""
    row = session.get(OfficeSetting, _COLUMNS + kind)
    if row is None:
        row = OfficeSetting(key=_COLUMNS + kind, value={}, updated_at=at)
        session.add(row)
    kept = {**row.value, **said}
    row.value = dict(list(kept.items())[-_MOST_COLUMNS:])
    row.updated_at, row.updated_by = at, actor.person_id
    session.flush()
