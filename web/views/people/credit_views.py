"""Money credited to a member as pages show it: sums by stage, each with its records, and the member's share beside."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked, Entry
from casework.core import money
from casework.funds import credited
from casework.funds.actions import FULL_SHARE, STAGES
from casework.permissions import may_anywhere
from web import identity, unit
from web.api.answers import money_seen_by
from web.locales import words
from web.views import addresses, wording

_READ = "fund.read"
Shares = Mapping[UUID, Sequence[tuple[int, str]]]


def section(member_id: UUID) -> dict[str, Any]:
    """Return the section of a member's page: by stage, each leading to its lines, and the projects they are of."""
    by_stage, shares = _credited(member_id)
    may = may_anywhere(identity.actor(), _READ)
    rows = [
        {
            **_sum_of(stage, entries, shares),
            "url": _lines(member_id, stage=stage) if may else None,
            "links": [{"text": name, "url": _lines(member_id, project=name)} for name in _projects(entries)]
            if may
            else None,
            "chips": [],
            "act": None,
        }
        for stage, entries in by_stage.items()
    ]
    return {
        "code": "credits",
        "title": words("money.section.credits"),
        "nothing": words("money.section_empty"),
        "note": words("money.credit_note") if rows else None,
        "rows": rows,
    }


def opened(member_id: UUID | None) -> dict[str, Any] | None:
    """Return the same for the member's own page, where each sum is opened in its place; None: nothing is credited."""
    if member_id is None:
        return None
    by_stage, shares = _credited(member_id)
    stages = [
        {**_sum_of(stage, entries, shares), "records": [_record(each, shares) for each in entries]}
        for stage, entries in by_stage.items()
    ]
    return {"stages": stages, "note": words("money.credit_note")} if stages else None


def _credited(member_id: UUID) -> tuple[Mapping[str, Sequence[Entry]], Shares]:
    """Return the lines of a member's sums that stand and that the caller may know of, by stage, and the shares."""
    session, actor, asked = unit.session(), identity.actor(), Asked(member_id=member_id, is_standing=True)
    entries = fund_ledger.page(session, actor, asked, at=unit.at(), before=None, limit=None)
    by_stage = {stage: [each for each in entries if each.line.stage == stage] for stage in STAGES}
    shares = credited.shares(session, member_id, {each.line.allocation_id for each in entries})
    return {stage: found for stage, found in by_stage.items() if found}, shares


def _sum_of(stage: str, entries: Sequence[Entry], shares: Shares) -> dict[str, str]:
    whole = sum(each.line.amount_fen for each in entries)
    own = sum(
        each.line.amount_fen * part for each in entries for part, _role in shares.get(each.line.allocation_id, ())
    )
    return {
        "text": words("money.line_of", stage=words(f"fund_stage.{stage}"), amount=money.wan(whole)),
        "sub": words("money.credit", amount=money.wan(own // FULL_SHARE), n=len(entries)),
    }


def _record(entry: Entry, shares: Shares) -> dict[str, str]:
    line, seen = entry.line, money_seen_by(entry.line.region_code)
    source = words("funds.sum", source=seen(line.source) or "", document=line.document_no)
    told = [
        words("money.share", share=money.yuan(part), role=words(f"fund_role.{role}"))
        for part, role in shares.get(line.allocation_id, ())
    ]
    return {
        "text": seen(line.project) or words("money.no_project"),
        "about": wording.joined(
            [words("money.yuan", yuan=money.yuan(line.amount_fen)), source, line.on_date.isoformat()]
        ),
        "end": wording.joined(told),
    }


def _projects(entries: Sequence[Entry]) -> Sequence[str]:
    return sorted({each.line.project for each in entries if each.line.project})


def _lines(member_id: UUID, **more: str) -> str:
    told = {"member": [str(member_id)], "standing": ["true"], **{name: [value] for name, value in more.items()}}
    return url_for("funds.show_list") + addresses.query(told)
