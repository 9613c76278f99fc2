"""Money on a case: lines of the ledger, taken back by mirror lines, credited in shares."""

from casework.cases import lines
from casework.core import money
from casework.funds import actions as ledger
from casework.funds.tables import FundAttribution
from casework.registry import queries as registry
from web import bodies, unit
from web.api import answers, desks, requests, schemas
from web.api.operations import Reply, operation
from web.locales import local
from workflows.money import funding


@operation(
    "GET",
    "/cases/<id>/funds",
    permission="case.read",
    summary="List the fund lines of a case",
    answers={200: schemas.FundList},
    problems=(404,),
)
def list_funds(id: str) -> Reply:
    """List the lines, oldest first; a reversal carries a minus."""
    desk = desks.take(id)
    found = lines.of_case(unit.session(), desk.case)
    seen = answers.seen_by(desk.subject)
    totals = {stage: money.yuan(fen) for stage, fen in ledger.totals(found).items()}
    return Reply(
        schemas.FundList(items=[answers.fund_out(line, seen=seen) for line in found], next=None, totals=totals)
    )


@operation(
    "POST",
    "/cases/<id>/funds",
    permission="case.fund",
    summary="Write a fund line",
    request_model=requests.FundIn,
    answers={201: schemas.FundOut},
    problems=(404, 409),
    has_etag=True,
)
def add_fund(id: str) -> Reply:
    """Write a line; with `allocation` an earlier sum moves on to this stage, without it a new sum begins."""
    desk = desks.take(id, lock=True)
    line = funding.add_line(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    return Reply(answers.fund_out(line, seen=answers.seen_by(desk.subject)), 201)


@operation(
    "POST",
    "/cases/<id>/funds/<line_id>/reverse",
    permission="case.fund",
    summary="Take a fund line back",
    request_model=requests.ReversalIn,
    answers={201: schemas.FundOut},
    problems=(404, 409),
    has_etag=True,
)
def reverse_fund(id: str, line_id: str) -> Reply:
    """Take a line back by a mirror line; the wrong one stays readable."""
    desk = desks.take(id, lock=True)
    session = unit.session()
    line = lines.get(session, desk.case, line_id=answers.path_id(line_id))
    made = funding.reverse_line(session, desk.case, line, bodies.json_object(), **desk.acting())
    return Reply(answers.fund_out(made, seen=answers.seen_by(desk.subject)), 201)


@operation(
    "POST",
    "/cases/<id>/funds/<line_id>/shares",
    permission="case.fund",
    summary="Credit a share of a sum",
    request_model=requests.ShareIn,
    answers={201: schemas.ShareOut},
    problems=(404, 409),
    has_etag=True,
)
def credit_share(id: str, line_id: str) -> Reply:
    """Credit a share of a line's sum to a person or a unit; all shares make at most 100 %."""
    desk = desks.take(id, lock=True)
    session = unit.session()
    line = lines.get(session, desk.case, line_id=answers.path_id(line_id))
    made = funding.attribute(session, desk.case, line, bodies.json_object(), **desk.acting())
    return Reply(share_out(made), 201)


def share_out(row: FundAttribution) -> schemas.ShareOut:
    """Return a share of a sum."""
    org = None if row.org_id is None else registry.orgs_by_id(unit.session(), [row.org_id])[row.org_id]
    return schemas.ShareOut(
        id=row.id,
        version=1,
        created_at=local(row.created_at),
        updated_at=local(row.created_at),
        allocation=row.allocation_id,
        share=money.yuan(row.share_bp),
        person=row.person_id,
        member=row.member_id,
        org=None if org is None else schemas.UnitRef(code=org.code, name=org.name),
        role=row.role,
    )
