"""The ledger of all money the caller may know of: one list over the cases, one line. Writing is done on a case."""

from collections.abc import Callable
from typing import Any

from flask import request

from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked, Entry
from casework.core import money, texts
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.funds.actions import STAGES
from web import identity, unit
from web.api import answers, parameters, schemas
from web.api.operations import Parameter, Reply, operation
from web.api.requests import DAY

_WORDS: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
_FILTERS = (
    Parameter("stage", {"type": "string", "enum": list(STAGES)}, "at one of these stages", many=True),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter("source", _WORDS, "from this source"),
    Parameter("document_no", _WORDS, "by the document of this number"),
    Parameter("project", _WORDS, "for this project"),
    Parameter("from", {"type": "string", "pattern": DAY}, "of this day or later"),
    Parameter("to", {"type": "string", "pattern": DAY}, "of this day or earlier"),
)


@operation(
    "GET",
    "/funds",
    permission="case.read",
    summary="List all fund lines",
    answers={200: schemas.FundLedger},
    parameters=(*_FILTERS, *parameters.PAGING),
)
def list_all_funds() -> Reply:
    """List the lines of every case the caller may know of, newest first; sums by stage of all that fits with them."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    stages, regions, first, last, limit, count, source, document_no, project = parameters.all_of(
        _stages,
        parameters.asked_regions,
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        parameters.asked_limit,
        parameters.asked_count,
        *(_text(name) for name in ("source", "document_no", "project")),
    )
    asked = Asked(stages, regions, source, document_no, project, first, last)
    words = sorted((n, v) for n, v in request.args.lists() if n not in ("limit", "cursor", "count"))
    before = None
    if (given := request.args.get("cursor")) is not None:
        (found,) = read_cursor(given, bound_to=["funds", words], count=1)
        before = parse_id(str(found))
        if before is None:
            raise invalid("cursor", "cursor_unreadable")
    rows = fund_ledger.page(session, actor, asked, at=at, before=before, limit=limit + 1)
    more = write_cursor([str(rows[limit - 1].line.id)], bound_to=["funds", words]) if len(rows) > limit else None
    total, sums = fund_ledger.totals(session, actor, asked, at=at)
    return Reply(
        schemas.FundLedger(
            items=[_out(entry) for entry in rows[:limit]],
            next=more,
            total=total if count else None,
            totals={stage: money.yuan(fen) for stage, fen in sums.items()},
        )
    )


@operation(
    "GET",
    "/funds/<line_id>",
    permission="case.read",
    summary="Show a fund line",
    answers={200: schemas.FundEntry},
    problems=(404,),
    has_etag=True,
)
def show_fund(line_id: str) -> Reply:
    """Show one line with the case it belongs to."""
    entry = fund_ledger.get(unit.session(), identity.actor(), line_id=answers.path_id(line_id), at=unit.at())
    return Reply(_out(entry))


def _out(entry: Entry) -> schemas.FundEntry:
    case = None
    if entry.case_id is not None and entry.case_number is not None:
        case = schemas.CaseRef(id=entry.case_id, number=entry.case_number)
    return schemas.FundEntry(**answers.fund_out(entry.line).model_dump(), case=case)


def _stages() -> tuple[str, ...]:
    given = tuple(dict.fromkeys(request.args.getlist("stage")))
    if any(each not in STAGES for each in given):
        raise invalid("stage", "not_a_choice", choices=", ".join(STAGES))
    return given


def _text(name: str) -> Callable[[], str | None]:
    def read() -> str | None:
        given = request.args.get(name)
        return None if given is None else texts.clean_text(given, field=name, max_length=200, multiline=False)

    return read
