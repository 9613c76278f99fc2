"""A fund line as a record like others: what became of it, and that it is not changed.

A line stands as it was written; a wrong one is taken back by a mirror line (fund_ledger.py, funds.py). Its history is
therefore short: who wrote it, and who took it back.
"""

from collections.abc import Mapping
from uuid import UUID

from casework.cases import fund_ledger
from casework.cases.fund_ledger import Entry
from casework.core.errors import NotFound
from casework.permissions import Subject
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import answers, desks, paging, parameters, requests, schemas
from web.api.links.link_schemas import EditionList, EditionOut
from web.api.money.fund_ledger import entry_out
from web.api.operations import Reply, operation
from web.locales import local
from workflows.money import campaign_funds, funding


@operation(
    "PATCH",
    "/funds/<line_id>",
    permission=campaign_funds.WRITE,
    summary="Say that a fund line is not changed but taken back",
    request_model=requests.FundPatch,
    answers={200: schemas.FundEntry},
    problems=(404, 409),
    has_etag=True,
)
def amend_fund(line_id: str) -> Reply:
    """Refuse to change a line, and say what to do instead; without a field the line is answered as it is."""
    entry = _take(line_id)
    raw = bodies.json_object()
    desks.require_none(desks.refuse_unknown(raw, list(requests.FundPatch.model_fields)))
    subject, permission = _subject(entry)
    campaign_funds.amend(raw, subject=subject, permission=permission, actor=identity.actor())
    return Reply(entry_out(entry))


@operation(
    "GET",
    "/funds/<line_id>/history",
    permission="case.read",
    summary="List what became of a fund line",
    answers={200: EditionList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_fund_changes(line_id: str) -> Reply:
    """List who wrote a line and, where it was taken back, who did that and why."""
    entry = _take(line_id)
    session = unit.session()
    limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
    name = f"history of {entry.line.id}"
    after = paging.after_number(name)
    mirror = fund_ledger.mirror_of(session, entry.line)
    found = [entry.line] if mirror is None else [entry.line, mirror]
    people = registry.people_by_id(session, [line.recorded_by for line in found])
    seen = answers.money_seen_by(entry.line.region_code)
    items = [
        EditionOut(
            seq=seq,
            at=local(line.created_at),
            actor=schemas.Named(id=line.recorded_by, name=_name(people, line.recorded_by)),
            trigger="enter" if line is entry.line else "reverse",
            record="fund_line",
            comment=seen(line.note),
            fields=answers.fund_out(line, seen=seen).model_dump(mode="json"),
        )
        for seq, line in enumerate(found, start=1)
    ]
    kept, more = paging.cut(name, items[after:], limit, lambda each: [each.seq])
    return Reply(EditionList(items=list(kept), next=more, total=len(items) if count else None))


def _name(people: Mapping[UUID, str], person_id: UUID | None) -> str:
    return "system" if person_id is None else people.get(person_id, "")


def _take(line_id: str) -> Entry:
    return fund_ledger.get(unit.session(), identity.actor(), line_id=answers.path_id(line_id), at=unit.at())


def _subject(entry: Entry) -> tuple[Subject, str]:
    """Return what a line is to the caller, and the permission to write there; a case's goes by its case."""
    if entry.case_id is None:
        return Subject(entry.line.region_code), campaign_funds.WRITE
    try:
        return desks.take(str(entry.case_id)).subject, funding.PERMISSION
    except NotFound:
        # Who sees the money of a case need not know of the case.
        return Subject(entry.line.region_code), funding.PERMISSION
