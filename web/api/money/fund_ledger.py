"""The ledger of all money the caller may know of: one list over the cases, one line, and the money no case is about.

A case's money is written on the case (funds.py).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from casework.campaign import fund_totals
from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked, Entry
from casework.core import money
from casework.core.errors import invalid
from casework.funds.actions import STAGES
from casework.funds.kinds import KINDS
from web import bodies, identity, unit
from web.api import answers, asked, paging, parameters, requests, schemas
from web.api.money.funds import share_out
from web.api.operations import Parameter, Reply, operation
from web.api.requests import DAY, UUID
from workflows.money import campaign_funds

_EXACT = ("place", "source", "document_no", "project")
_WORDS: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
FILTERS = (
    Parameter("stage", {"type": "string", "enum": list(STAGES)}, "at one of these stages", many=True),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter("source", _WORDS, "from this source"),
    Parameter("document_no", _WORDS, "by the document of this number"),
    Parameter("project", _WORDS, "for this project"),
    Parameter("kind", {"type": "string", "enum": list(KINDS)}, "money of one of these kinds", many=True),
    Parameter("place", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in just this place, not in those within it"),
    Parameter("allocation", {"type": "string", "pattern": UUID}, "of the sum of this id"),
    Parameter("member", {"type": "string", "pattern": UUID}, "of sums credited to this member"),
    Parameter("without_project", {"type": "boolean"}, "only money of which no project is told"),
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
    wanted, limit, count = parameters.all_of(asked_lines, parameters.asked_limit, parameters.asked_count)
    rows = fund_ledger.page(session, actor, wanted, at=at, before=paging.after_id("funds"), limit=limit + 1)
    kept, more = paging.cut("funds", rows, limit, lambda entry: [str(entry.line.id)])
    total, sums = fund_ledger.totals(session, actor, wanted, at=at)
    return Reply(
        schemas.FundLedger(
            items=[entry_out(entry) for entry in kept],
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
    return Reply(entry_out(entry))


@operation(
    "GET",
    "/funds/totals",
    permission=campaign_funds.READ,
    anywhere=True,
    summary="Sum up the fund lines by stage",
    answers={200: schemas.FundTotals},
    parameters=(
        Parameter("by", {"type": "string", "enum": list(fund_totals.DIMENSIONS)}, "what a row has in common"),
        *FILTERS,
    ),
)
def sum_up_funds() -> Reply:
    """Sum up the lines that stand, by stage and by one thing they have in common; stages are never added up.

    `records` of a number is the list of exactly the lines it sums.
    """
    asked, by = parameters.all_of(asked_lines, asked_dimension)
    rows = fund_totals.totals(unit.session(), identity.actor(), asked, by=by, at=unit.at())
    return Reply(
        schemas.FundTotals(
            by=by,
            rows=[
                schemas.FundTotalsRow(
                    key=row.key,
                    stages=[
                        schemas.StageSum(
                            stage=stage, amount=money.yuan(fen), records=_records(asked, by, row.key, stage)
                        )
                        for stage, fen in row.by_stage.items()
                    ],
                )
                for row in rows
            ],
            totals={stage: money.yuan(fen) for stage, fen in fund_totals.whole(rows).items()},
        )
    )


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
    """Write a line of a project's money; one that looks like a kept sum is refused until `unlike` says why not."""
    row = campaign_funds.record(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    headers = {"Location": url_for("api.funds_show_fund", line_id=str(row.id))}
    return Reply(entry_out(Entry(row, None, None)), 201, headers)


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
    return Reply(entry_out(Entry(made, None, None)), 201)


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
    readers: dict[str, Callable[[], Any]] = {
        "stages": _codes("stage", STAGES),
        "kinds": _codes("kind", KINDS),
        "regions": parameters.asked_regions,
        "first": parameters.asked_day("from"),
        "last": parameters.asked_day("to"),
        "place": _place,
        "allocation_id": asked.record_id("allocation"),
        "member_id": asked.record_id("member"),
        "has_no_project": parameters.asked_flag("without_project"),
        "is_standing": parameters.asked_flag("standing"),
        **{name: asked.text(name, 200) for name in ("source", "document_no", "project")},
    }
    return Asked(**dict(zip(readers, parameters.all_of(*readers.values()), strict=True)))


def asked_dimension() -> str:
    """Return what the rows of totals have in common: the source where nothing is asked.

    Raises:
        Invalid: no such dimension.
    """
    given = request.args.get("by", fund_totals.DIMENSIONS[0])
    if given not in fund_totals.DIMENSIONS:
        raise invalid("by", "not_a_choice", choices=", ".join(fund_totals.DIMENSIONS))
    return given


def words_of(asked: Asked) -> dict[str, list[str]]:
    """Return the address words that ask this again."""
    told: dict[str, list[str]] = {
        "stage": list(asked.stages),
        "kind": list(asked.kinds),
        "region": list(asked.regions),
        **{name: [value] for name in _EXACT if (value := getattr(asked, name)) is not None},
        "from": [asked.first.isoformat()] if asked.first else [],
        "to": [asked.last.isoformat()] if asked.last else [],
        "allocation": [str(asked.allocation_id)] if asked.allocation_id else [],
        "member": [str(asked.member_id)] if asked.member_id else [],
        "without_project": ["true"] if asked.has_no_project else [],
        "standing": ["true"] if asked.is_standing else [],
    }
    return {name: values for name, values in told.items() if values}


def _records(asked: Asked, by: str, key: str, stage: str) -> str:
    found = replace(fund_totals.narrowed(asked, by=by, key=key), stages=(stage,), is_standing=True)
    return "/api/v1/funds?" + urlencode(words_of(found), doseq=True)


def entry_out(entry: Entry) -> schemas.FundEntry:
    """Return a line with the case it belongs to."""
    case = None
    if entry.case_id is not None and entry.case_number is not None:
        case = schemas.CaseRef(id=entry.case_id, number=entry.case_number)
    line = entry.line
    seen = answers.money_seen_by(line.region_code)
    told = answers.fund_out(line, seen=seen).model_dump()
    return schemas.FundEntry(**told, region_code=line.region_code, unlike=seen(line.unlike), case=case)


def _codes(name: str, choices: tuple[str, ...]) -> Callable[[], tuple[str, ...]]:
    def read() -> tuple[str, ...]:
        given = tuple(dict.fromkeys(request.args.getlist(name)))
        if any(each not in choices for each in given):
            raise invalid(name, "not_a_choice", choices=", ".join(choices))
        return given

    return read


def _place() -> str | None:
    return next(iter(parameters.asked_regions("place")), None)
