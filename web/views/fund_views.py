"""Lines of the fund ledger as their pages show them: a row of the list, the facts, the steps of a sum, its shares."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from casework.cases.fund_ledger import Entry
from casework.core import money
from casework.funds.actions import STAGES
from casework.funds.kinds import GOVERNMENT
from casework.funds.sums import Share
from casework.funds.tables import FundLine
from web.api.answers import money_seen_by
from web.locales import local, words
from web.views import addresses, reference, wording


def row_of(entry: Entry, taken_back: Collection[UUID]) -> dict[str, Any]:
    """Return a row of the list; a reversal carries a minus."""
    line, seen = entry.line, money_seen_by(entry.line.region_code)
    return {
        "url": url_for("funds.show", line_id=line.id),
        "title": seen(line.project) or words("money.no_project"),
        "sub": entry.case_number,
        "cells": [
            {"text": "", "chips": [_stage_chip(line), *_more_chips(line, taken_back)]},
            {"text": told_amount(line)},
            {"text": words("funds.sum", source=seen(line.source) or "", document=line.document_no)},
            {"text": reference.place_told(line.region_code)},
            {"text": wording.short_day(line.on_date)},
        ],
        "act": None,
    }


def told_amount(line: FundLine) -> str:
    """Say an amount in 万元, that of a reversal with a minus."""
    return ("−" if line.reverses_id is not None else "") + money.wan(line.amount_fen)


def title_of(line: FundLine) -> str:
    """Say what a line is."""
    return words("money.line_of", stage=words(f"fund_stage.{line.stage}"), amount=told_amount(line))


def told_sums(sums: Mapping[str, int]) -> str:
    """Say sums by stage one after the other; they are never added up."""
    told = [
        words("money.sum_of_stage", stage=words(f"fund_stage.{stage}"), amount=money.wan(sums[stage]))
        for stage in STAGES
        if sums.get(stage)
    ]
    return wording.joined(told)


def facts_of(entry: Entry, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Return what is known of a line; what is empty is left out."""
    line, seen = entry.line, money_seen_by(entry.line.region_code)
    same = url_for("funds.show_list") + addresses.query({"project": [line.project or ""]})
    told: Mapping[str, str | None] = {
        "amount": words("money.yuan", yuan=money.yuan(line.amount_fen)),
        "kind": words(f"fund_kind.{line.kind}"),
        "source": seen(line.source),
        "document_no": line.document_no,
        "place": reference.place_told(line.region_code),
        "on": line.on_date.isoformat(),
        "expected_on": None if line.expected_on is None else line.expected_on.isoformat(),
        "note": seen(line.note),
        "unlike": seen(line.unlike),
        "recorded": words(
            "money.recorded",
            name=names.get(line.recorded_by, "") if line.recorded_by else "",
            when=f"{local(line.created_at):%Y-%m-%d %H:%M}",
        ),
    }
    facts: list[dict[str, Any]] = [_fact(name, text) for name, text in told.items() if text]
    if entry.case_number is not None:
        url = url_for("cases.show", number=entry.case_number)
        facts.insert(0, {"label": words("money.fact.case"), "links": [{"text": entry.case_number, "url": url}]})
    if line.project:
        # A number that is masked must not stand in the address either.
        is_plain = seen(line.project) == line.project
        project = {"links": [{"text": line.project, "url": same}]} if is_plain else {"text": seen(line.project)}
        facts.insert(0, {"label": words("money.fact.project"), **project})
    return facts


def steps_section(entries: Sequence[Entry], current: FundLine) -> dict[str, Any]:
    """Return what a sum went through, oldest first."""
    seen = money_seen_by(current.region_code)
    taken_back = {each.line.reverses_id for each in entries if each.line.reverses_id is not None}
    return {
        "code": "sum",
        "title": words("money.section.sum"),
        "nothing": "",
        "act": None,
        "rows": [
            {
                "text": title_of(each.line),
                "url": None if each.line.id == current.id else url_for("funds.show", line_id=each.line.id),
                "sub": wording.joined(
                    [each.line.on_date.isoformat(), each.line.document_no, seen(each.line.note) or ""]
                ),
                "chips": _more_chips(each.line, taken_back),
                "act": None,
            }
            for each in reversed(entries)
        ],
    }


def shares_section(shares: Sequence[Share], add_url: str | None) -> dict[str, Any]:
    """Return who is credited with the sum; the money itself is counted once."""
    return {
        "code": "shares",
        "title": words("money.section.shares"),
        "nothing": words("money.no_shares"),
        "act": None if add_url is None else {"text": words("money.do.share"), "url": add_url},
        "rows": [
            {
                "text": each.holder,
                "url": None,
                "sub": told_share(each),
                "chips": [],
                "act": None,
            }
            for each in shares
        ],
    }


def told_share(share: Share) -> str:
    """Say how much somebody is credited with, and for what part."""
    return words("money.share", share=money.yuan(share.share_bp), role=words(f"fund_role.{share.role}"))


def _fact(name: str, text: str) -> dict[str, Any]:
    return {"label": words(f"money.fact.{name}"), "text": text}


def _stage_chip(line: FundLine) -> dict[str, str]:
    return {"tone": "teal" if line.stage == "arrived" else "outline", "text": words(f"fund_stage.{line.stage}")}


def _more_chips(line: FundLine, taken_back: Collection[UUID]) -> list[dict[str, str]]:
    chips = []
    if line.kind != GOVERNMENT:
        chips.append({"tone": "blue", "text": words(f"fund_kind.{line.kind}")})
    if line.reverses_id is not None:
        chips.append({"tone": "amber", "text": words("money.reversal")})
    elif line.id in taken_back:
        chips.append({"tone": "amber", "text": words("money.taken_back")})
    return chips
