"""Query parameters as the document describes them; what a filter means is casework/cases/filters.py."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import request

from casework.cases import codes, filters, stood
from casework.cases.listing.lists import MOST, SORTS
from casework.cases.outcomes import EVER
from casework.core import texts
from casework.core.errors import FieldError, Invalid
from web.api.operations import Parameter
from web.api.requests import DAY, UUID
from workflows.registry import registry

_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
_WORD: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 100}
_FLAG: Mapping[str, Any] = {"type": "boolean"}
_STOOD = f"^({'|'.join(stood.NAMES)})@[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$"
_UNDER = f"^({'|'.join(EVER)})@.{{1,64}}$"
_MOMENT: Mapping[str, Any] = {"type": "string", "pattern": _INSTANT}
PAGE_SIZE = 50


def states() -> tuple[str, ...]:
    """Return every state of every version of the case workflow."""
    found = (name for each in registry().all() if each.workflow.name == "case" for name in each.workflow.states)
    return tuple(dict.fromkeys(found))


def _choice(*values: str) -> Mapping[str, Any]:
    return {"type": "string", "enum": list(values)}


LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE_SIZE}, "rows of a page")
CURSOR = Parameter(
    "cursor", {"type": "string", "minLength": 1, "maxLength": 512}, "where to go on: `next` of the page before"
)
COUNT = Parameter("count", _FLAG, "whether to count all that fits into `total`")
PAGING = (LIMIT, CURSOR, COUNT)

FILTERS: Sequence[Parameter] = (
    Parameter("state", _choice(*states()), "in one of these states", many=True),
    Parameter("category", _WORD, "of this category or one under it", many=True),
    Parameter("kind", _choice(*codes.KINDS), "of this kind", many=True),
    Parameter("urgency", _choice(*codes.URGENCIES), "of this urgency", many=True),
    Parameter("channel", _choice(*codes.CHANNELS), "come in by this channel", many=True),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter(
        "township", {"type": "string", "pattern": "^[0-9]{2,9}$"}, "in exactly this township (or county, without one)"
    ),
    Parameter("org", _WORD, "handled or helped with by the unit of this code"),
    Parameter("lead_org", _WORD, "handled by the unit of this code, by `me` (my units), or by `none`"),
    Parameter("assignee", _WORD, "handled by `me`, or the person of this id"),
    Parameter("reported_by", _WORD, "entered by `me`, or the person of this id"),
    Parameter("open", _FLAG, "still open, or ended"),
    Parameter("overdue", _FLAG, "open past the due instant, or not"),
    Parameter(
        "level", {"type": "integer", "minimum": 0, "maximum": 4}, "with this rung as the highest fired", many=True
    ),
    Parameter("returns", {"type": "integer", "minimum": 0, "maximum": 99}, "returned so often or more"),
    Parameter("funds_late", _FLAG, "with a promised sum that has not arrived by its day, or without"),
    Parameter("reported_from", _MOMENT, "reported on this day or later; an instant is understood too"),
    Parameter("reported_to", _MOMENT, "reported on this day or earlier"),
    Parameter("due_from", _MOMENT, "due on this day or later"),
    Parameter("due_to", _MOMENT, "due on this day or earlier"),
    Parameter("handled", _choice(*filters.OUTCOMES), "handled in time, or late", many=True),
    Parameter("contacted", _FLAG, "the reporter contacted in time, or known not to be"),
    Parameter("contact_known", _FLAG, "whether a first contact was made in time can be said, or not"),
    Parameter("assigned", _FLAG, "given to a unit since it was last opened"),
    Parameter("result_class", _choice(*codes.RESULT_CLASSES), "with this class of result", many=True),
    Parameter("slogan", {"type": "string", "pattern": UUID}, "bearing the slogan of this id"),
    Parameter("followed_up", _choice("reached", "unreachable"), "called back, with this outcome"),
    Parameter("solved", _choice(*codes.SOLVED, codes.NOT_ASKED), "said so when called back, or not asked", many=True),
    Parameter("satisfaction", _choice(*codes.SATISFACTIONS), "as content as this", many=True),
    Parameter("own_rating", _choice(*codes.SATISFACTIONS), "rated so by the reporter, by a link", many=True),
    Parameter("excluded", _FLAG, "left out of the rates of satisfaction, or not"),
    Parameter("given", _FLAG, "ever given to a unit"),
    Parameter("answered", _FLAG, "ever given a result"),
    Parameter("ended", _FLAG, "ever closed"),
    Parameter("sent_back", _FLAG, "ever sent back by a unit"),
    Parameter("extended", _FLAG, "ever given more time"),
    Parameter("reworked", _FLAG, "ever sent back to be done anew"),
    Parameter("recurred", _FLAG, "opened again after it was closed"),
    Parameter(
        "unit_ever",
        {"type": "string", "pattern": _UNDER},
        "the same under a unit that leads or led it: `sent_back@SLJ`",
    ),
    Parameter(
        "stood", {"type": "string", "pattern": _STOOD}, "what it was at the end of an earlier day, `reached@DAY`"
    ),
    Parameter("q", _WORD, "with these words in title or description"),
)
SORT = Parameter(
    "sort", _choice(*SORTS), "`due` soonest first, `reported` and `updated` newest first; `-` turns it round"
)
PERIOD = (
    Parameter("from", {"type": "string", "pattern": DAY}, "reported on this day or later"),
    Parameter("to", {"type": "string", "pattern": DAY}, "reported on this day or earlier"),
)
_NO_FILTERS = frozenset(each.name for each in (*PAGING, SORT))


def asked_filters() -> dict[str, list[str]]:
    """Return the filters of the request, each with all its values."""
    return {name: values for name, values in request.args.lists() if name not in _NO_FILTERS}


def asked_limit() -> int:
    """Return how many rows are asked for.

    Raises:
        Invalid: not between 1 and 200.
    """
    given = request.args.get("limit")
    return PAGE_SIZE if given is None else texts.parse_int(given, field="limit", minimum=1, maximum=MOST)


def asked_count() -> bool:
    """Say whether a total is asked for.

    Raises:
        Invalid: neither `true` nor `false`.
    """
    return asked_flag("count")()


def asked_flag(name: str) -> Callable[[], bool]:
    """Return a reader of a parameter that is `true` or `false`, and false without it; it raises Invalid otherwise."""

    def read() -> bool:
        given = request.args.get(name, "false")
        if given not in ("true", "false"):
            raise Invalid([FieldError(name, "not_a_choice", {"choices": "true, false"})])
        return given == "true"

    return read


def asked_day(name: str) -> Callable[[], date | None]:
    """Return a reader of a day, such as 2026-10-14; it raises Invalid for anything else."""

    def read() -> date | None:
        given = request.args.get(name)
        return None if given is None else texts.parse_date(given, field=name)

    return read


def asked_regions(name: str = "region") -> tuple[str, ...]:
    """Return the codes, or beginnings of codes, of the places asked for.

    Raises:
        Invalid: no code of a place can begin so.
    """
    given = tuple(dict.fromkeys(request.args.getlist(name)))
    for each in given:
        if not (each.isascii() and each.isdigit() and 2 <= len(each) <= 12):
            raise Invalid([FieldError(name, "no_such_region", {"value": each[:64]})])
    return given


def asked_region() -> str | None:
    """Return the one place asked for, of an operation that takes one; see `asked_regions`."""
    found = asked_regions()
    return found[0] if found else None


def all_of(*readers: Any) -> list[Any]:
    """Call every reader and return their values; mistakes of all of them are raised together.

    Raises:
        Invalid: every mistake.
    """
    errors: list[FieldError] = []
    values = []
    for read in readers:
        try:
            values.append(read())
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return values
