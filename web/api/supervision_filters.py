"""What the list of supervised matters is narrowed by, and where its pages begin; the API's and the pages' alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request

from casework.core import texts
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.supervisions import actions
from casework.supervisions.queries import Filter
from casework.supervisions.tables import Supervision
from web import unit
from web.api import paging, parameters
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
    Parameter("result_late", {"type": "boolean", "enum": [True]}, "whose result is late"),
)


def behind() -> tuple[datetime, UUID] | None:
    """Return behind which matter this page of the list begins; None at its beginning.

    Raises:
        Invalid: the cursor is none of this list.
    """
    found = paging.values_behind(_LIST, count=2)
    if found is None:
        return None
    last = parse_id(str(found[1]))
    if last is None:
        raise invalid("cursor", "cursor_unreadable")
    return texts.parse_instant(found[0], field="cursor"), last


def cut(rows: Sequence[Supervision], limit: int) -> tuple[Sequence[Supervision], str | None]:
    """Return the rows of a page out of one row more, and the cursor of the next page if there is one."""
    return paging.cut(_LIST, rows, limit, lambda row: [row.created_at.isoformat(), str(row.id)])


def asked_filter() -> Filter:
    """Return what the address narrows the list to.

    Raises:
        Invalid: every filter that is none.
    """
    state, org, level, source, source_id, region, leader, q, *flags = parameters.all_of(
        lambda: _choice("state", STATES),
        lambda: _org(_text("org")),
        lambda: _choice("level", _LEVELS),
        lambda: _choice("source", actions.SOURCES),
        lambda: _id(_text("source_id")),
        _region,
        lambda: _text("leader"),
        lambda: _text("q"),
        lambda: _flag("overdue"),
        lambda: _flag("progress_late"),
        lambda: _flag("open"),
        lambda: _choice("shown_level", _LEVELS),
        lambda: _flag("has_leader"),
        _days,
        lambda: _choice("result_late", ("true",)),
    )
    overdue, late, is_open, shown, has_leader, days, is_late = flags
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


def _text(name: str) -> str | None:
    given = request.args.get(name)
    return None if given is None else texts.clean_text(given, field=name, max_length=100, multiline=False)


def _choice(name: str, choices: Sequence[str]) -> str | None:
    given = request.args.get(name)
    if given is not None and given not in choices:
        raise invalid(name, "not_a_choice", choices=", ".join(choices))
    return given


def _flag(name: str) -> bool | None:
    given = _choice(name, ("true", "false"))
    return None if given is None else given == "true"


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


def _id(given: str | None) -> UUID | None:
    found = None if given is None else parse_id(given)
    if given is not None and found is None:
        raise invalid("source_id", "not_an_id")
    return found
