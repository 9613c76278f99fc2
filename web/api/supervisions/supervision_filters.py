"""What the list of supervised matters is narrowed by, and where its pages begin; the API's and the pages' alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import request

from casework.core import texts
from casework.core.errors import invalid
from casework.registry import queries as registry
from casework.supervisions import actions
from casework.supervisions.queries import Filter
from casework.supervisions.tables import Supervision
from web import unit
from web.api import asked, paging, parameters
from web.api.operations import Parameter
from workflows.registry import registry as workflows

STATES = tuple(workflows().latest("supervision").workflow.states)
_LIST = "supervisions"
_WORD: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 100}
_LEVELS = tuple(str(each) for each in actions.LEVELS)
MOST_DAYS = 90
FILTERS = (
    Parameter("state", {"type": "string", "enum": list(STATES)}, "in this state"),
    Parameter("org", _WORD, "of the responsible unit of this code"),
    Parameter("level", {"type": "integer", "minimum": 1, "maximum": 3}, "at this level"),
    Parameter("source", {"type": "string", "enum": list(actions.SOURCES)}, "come from there"),
    Parameter("source_id", _WORD, "come from the case or consultation of this id"),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so"),
    Parameter("leader", _WORD, "with this leader in charge"),
    Parameter("q", _WORD, "with these words in title, requirement or number"),
    Parameter("overdue", {"type": "boolean"}, "open past the due instant, or not"),
    Parameter("progress_late", {"type": "boolean"}, "with a progress report that is missing, or not"),
    Parameter("open", {"type": "boolean"}, "still open, or struck off"),
    Parameter(
        "shown_level", {"type": "integer", "minimum": 1, "maximum": 3}, "at this level, set or reached by lateness"
    ),
    Parameter("has_leader", {"type": "boolean"}, "with a leader in charge, or without"),
    Parameter(
        "due_within", {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}, "whose result is due in so many days"
    ),
    Parameter("still_since", {"type": "string", "format": "date"}, "to which nothing happened since that day began"),
    Parameter("result_late", {"type": "boolean", "enum": [True]}, "whose result is late"),
)


def behind() -> tuple[datetime, UUID] | None:
    """Return behind which matter this page of the list begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    return paging.after_instant_and_id(_LIST)


def cut(rows: Sequence[Supervision], limit: int) -> tuple[Sequence[Supervision], str | None]:
    """Return the rows of a page out of one row more, and the cursor of the next page if there is one."""
    return paging.cut(_LIST, rows, limit, lambda row: [row.created_at.isoformat(), str(row.id)])


def asked_filter() -> Filter:
    """Return what the address narrows the list to.

    Raises:
        Invalid: every filter that is none.
    """
    state, org, level, source, source_id, region, leader, q, *flags = parameters.all_of(
        asked.choice("state", STATES),
        lambda: _org(asked.text("org", 100)()),
        asked.choice("level", _LEVELS),
        asked.choice("source", actions.SOURCES),
        asked.record_id("source_id"),
        _region,
        asked.text("leader", 100),
        asked.text("q", 100),
        asked.flag("overdue"),
        asked.flag("progress_late"),
        asked.flag("open"),
        asked.choice("shown_level", _LEVELS),
        asked.flag("has_leader"),
        _days,
        _still_since,
        asked.choice("result_late", ("true",)),
    )
    overdue, late, is_open, shown, has_leader, days, still_since, is_late = flags
    return Filter(
        state=state,
        org=org,
        level=None if level is None else int(level),
        source=source,
        source_id=source_id,
        region=region,
        leader=leader,
        q=q,
        overdue=overdue,
        progress_late=late,
        is_open=is_open,
        shown_level=None if shown is None else int(shown),
        has_leader=has_leader,
        still_since=still_since,
        due=_due(days, is_late=is_late is not None),
    )


def _due(days: int | None, *, is_late: bool) -> tuple[datetime | None, datetime] | None:
    at = unit.at()
    if days is None:
        return (None, at) if is_late else None
    return None if is_late else at, at + timedelta(days=days)


def _days() -> int | None:
    given = request.args.get("due_within")
    return None if given is None else texts.parse_int(given, field="due_within", minimum=1, maximum=MOST_DAYS)


def _still_since() -> datetime | None:
    given = request.args.get("still_since")
    if given is None:
        return None
    day = texts.parse_date(given, field="still_since")
    return datetime.combine(day, time(), tzinfo=unit.office().settings.zone)


def _region() -> str | None:
    given = request.args.get("region")
    if given is not None and not (given.isascii() and given.isdigit() and 2 <= len(given) <= 12):
        raise invalid("region", "no_such_region", value=given[:20])
    return given


def _org(code: str | None) -> UUID | None:
    if code is None:
        return None
    org = registry.orgs_by_code(unit.session(), [code]).get(code)
    if org is None:
        raise invalid("org", "no_such_org", value=code)
    return org.id
