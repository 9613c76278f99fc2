"""The ledger of all money the caller may know of: one list over the cases, one line, and the money no case is about.

A case's money is written on the case (funds.py).
"""

from collections.abc import Callable
from typing import Any

from flask import request, url_for

from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked, Entry
from casework.core import money, texts
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.funds.actions import STAGES
from casework.funds.kinds import KINDS
from web import bodies, identity, unit
from web.api import answers, parameters, requests, schemas
from web.api.funds import share_out
from web.api.operations import Parameter, Reply, operation
from web.api.requests import DAY
from workflows import campaign_funds

_WORDS: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
FILTERS = (
    Parameter("stage", {"type": "string", "enum": list(STAGES)}, "at one of these stages", many=True),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter("source", _WORDS, "from this source"),
    Parameter("document_no", _WORDS, "by the document of this number"),
    Parameter("project", _WORDS, "for this project"),
    Parameter("kind", {"type": "string", "enum": list(KINDS)}, "money of one of these kinds", many=True),
    Parameter("place", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in just this place, not in those within it"),
    Parameter("standing", {"type": "boolean"}, "only lines that stand: neither taken back nor taking back"),
    Parameter("from", {"type": "string", "pattern": DAY}, "of this day or later"),
    Parameter("to", {"type": "string", "pattern": DAY}, "of this day or earlier"),
)


@operation(
    "GET",
    "/funds",
    permission="case.read",
    summary="List all fund lines",
    answers={200: schemas.FundLedger},
    parameters=(*FILTERS, *parameters.PAGING),
)
def list_all_funds() -> Reply:
    """List the lines of every case the caller may know of, newest first; sums by stage of all that fits with them."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    asked, limit, count = parameters.all_of(asked_lines, parameters.asked_limit, parameters.asked_count)
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


@operation(
    "POST",
    "/funds",
    permission=campaign_funds.WRITE,
    anywhere=True,
    summary="Write a fund line that no case is about",
    request_model=requests.OwnFundIn,
    answers={201: schemas.FundEntry},
    problems=(409,),
    has_etag=True,
)
def add_own_fund() -> Reply:
    """Write a line of a project's money; one that looks like a kept sum is refused until `unlike` says why it is not."""
    row = campaign_funds.record(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    headers = {"Location": url_for("api.funds_show_fund", line_id=str(row.id))}
    return Reply(_out(Entry(row, None, None)), 201, headers)


@operation(
    "POST",
    "/funds/<line_id>/reverse",
    permission=campaign_funds.WRITE,
    summary="Take a fund line back that no case is about",
    request_model=requests.ReversalIn,
    answers={201: schemas.FundEntry},
    problems=(404, 409),
    has_etag=True,
)
def reverse_own_fund(line_id: str) -> Reply:
    """Take a line back by a mirror line; the wrong one stays readable."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    entry = fund_ledger.get(session, actor, line_id=answers.path_id(line_id), at=at)
    made = campaign_funds.reverse(session, entry, bodies.json_object(), actor=actor, at=at)
    return Reply(_out(Entry(made, None, None)), 201)


@operation(
    "POST",
    "/funds/<line_id>/shares",
    permission=campaign_funds.WRITE,
    summary="Credit a share of a sum that no case is about",
    request_model=requests.ShareIn,
    answers={201: schemas.ShareOut},
    problems=(404, 409),
    has_etag=True,
)
def credit_own_share(line_id: str) -> Reply:
    """Credit a share of a line's sum to a person, a member or a unit; all shares make at most 100 %."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    entry = fund_ledger.get(session, actor, line_id=answers.path_id(line_id), at=at)
    made = campaign_funds.attribute(session, entry, bodies.json_object(), actor=actor, at=at)
    return Reply(share_out(made), 201)


def asked_lines() -> Asked:
    """Read what the address narrows the ledger to.

    Raises:
        Invalid: every wrong filter.
    """
    stages, kinds, regions, first, last, place, is_standing, source, document_no, project = parameters.all_of(
        _codes("stage", STAGES),
        _codes("kind", KINDS),
        parameters.asked_regions,
        parameters.asked_day("from"),
        parameters.asked_day("to"),
        _place,
        parameters.asked_flag("standing"),
        *(_text(name) for name in ("source", "document_no", "project")),
    )
    return Asked(
        stages, regions, source, document_no, project, first, last,
        kinds=kinds, place=place, is_standing=is_standing,
    )  # fmt: skip


def _out(entry: Entry) -> schemas.FundEntry:
    case = None
    if entry.case_id is not None and entry.case_number is not None:
        case = schemas.CaseRef(id=entry.case_id, number=entry.case_number)
    line = entry.line
    told = answers.fund_out(line).model_dump()
    return schemas.FundEntry(**told, region_code=line.region_code, unlike=line.unlike, case=case)


def _codes(name: str, choices: tuple[str, ...]) -> Callable[[], tuple[str, ...]]:
    def read() -> tuple[str, ...]:
        given = tuple(dict.fromkeys(request.args.getlist(name)))
        if any(each not in choices for each in given):
            raise invalid(name, "not_a_choice", choices=", ".join(choices))
        return given

    return read


def _place() -> str | None:
    given = request.args.get("place")
    return None if given is None else texts.parse_code(given, field="place")


def _text(name: str) -> Callable[[], str | None]:
    def read() -> str | None:
        given = request.args.get(name)
        return None if given is None else texts.clean_text(given, field=name, max_length=200, multiline=False)

    return read
