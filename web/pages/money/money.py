"""Money on a case: a line entered, a line taken back. Nothing is ever changed or deleted."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from casework.cases import lines as fund_lines
from casework.core import money
from casework.core.errors import Invalid, Refusal, Refused
from casework.core.texts import ascii_code
from casework.funds.actions import STAGES
from casework.funds.tables import FundLine
from casework.registry import queries as registry
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, once
from web.pages.cases import case_forms
from web.pages.cases.case_forms import Form, Typed, act_form, first
from web.pages.desks import Hand
from web.views import fields, reference, wording
from workflows import records
from workflows.money import fund_fields, funding

blueprint = Blueprint("money", __name__)

_TEXTS = ("source", "document_no", "project", "note")
NEW = "new"
_SHARE_FIELDS = {"person": "member"}


@blueprint.get("/cases/<number>/funds/new")
@needs(funding.PERMISSION)
def show_line(number: str) -> Response:
    """Show the form that enters a line."""
    hand = desks.take(number)
    records.require(hand.actor, funding.PERMISSION, hand.subject)
    if hand.case.plan is None:
        raise Refused([Refusal("funds_not_open")])
    return case_forms.open_form(number, _line)


@blueprint.post("/cases/<number>/funds/new")
@needs(funding.PERMISSION)
@once.sent_once
def add_line(number: str) -> Response:
    """Enter a line."""

    def do(hand: Hand) -> str:
        raw: dict[str, Any] = {name: value for name in _TEXTS if (value := request.form.get(name, "").strip())}
        raw["stage"] = request.form.get("stage", "")
        raw["amount"] = _yuan(request.form.get("amount", ""))
        raw["on"] = request.form.get("on", "")
        for name in ("expected_on", "allocation"):
            if request.form.get(name) not in (None, "", NEW):
                raw[name] = request.form[name]
        row = funding.add_line(hand.session, hand.case, raw, **hand.acting())
        stage = words(f"fund_stage.{row.stage}")
        return words("act.fund.done", stage=stage, amount=money.wan(row.amount_fen))

    return case_forms.send_form(number, _line, do)


def _yuan(typed: str) -> str:
    """Return an amount as the ledger reads it; blanks and commas that people type are no part of it."""
    return "".join(each for each in ascii_code(typed) if each not in " ,\u00a0\u3000")


def _line(hand: Hand, typed: Typed) -> Form:
    stages = [(code, words(f"fund_stage.{code}")) for code in STAGES]
    on = first(typed, "on") or hand.at.astimezone(hand.session.info["zone"]).date().isoformat()
    made = [
        field("stage", "act.fund.stage", kind="select", value=first(typed, "stage"), options=stages),
        field("amount", "act.fund.amount", kind="money", value=first(typed, "amount")),
        field("source", "act.fund.source", value=first(typed, "source"), max=fund_fields.SOURCE_LENGTH),
        field("document_no", "act.fund.document_no", value=first(typed, "document_no"), max=fund_fields.NUMBER_LENGTH),
        field("on", "act.fund.on", kind="date", value=on),
        field(
            "expected_on",
            "act.fund.expected_on",
            kind="date",
            required=False,
            value=first(typed, "expected_on"),
            hint="act.fund.expected_hint",
        ),
        field("project", "act.fund.project", required=False, value=first(typed, "project")),
        field("note", "act.fund.note", kind="textarea", required=False, rows=2, value=first(typed, "note")),
    ]
    sums = _sums(hand)
    if sums:
        # What moves on is said first: a sum entered twice counts twice.
        options = [*sums, (NEW, words("act.fund.fresh"))]
        value = first(typed, "allocation") or sums[-1][0]
        made.insert(0, field("allocation", "act.fund.allocation", kind="select", value=value, options=options))
    effect = [{"strong": "", "text": words("act.fund.effect")}]
    return act_form(hand, "fund", made, path="funds/new", effect=effect)


def _sums(hand: Hand) -> list[tuple[str, str]]:
    """Return the sums that stand on the case, each with how far it has come."""
    lines = fund_lines.of_case(hand.session, hand.case)
    taken_back = {line.reverses_id for line in lines if line.reverses_id is not None}
    standing = [line for line in lines if line.reverses_id is None and line.id not in taken_back]
    last: dict[UUID, FundLine] = {}
    for line in standing:
        known = last.get(line.allocation_id)
        if known is None or STAGES.index(known.stage) < STAGES.index(line.stage):
            last[line.allocation_id] = line
    return [(str(sum_id), _told(line)) for sum_id, line in last.items()]


def _told(line: FundLine) -> str:
    stage, amount = words(f"fund_stage.{line.stage}"), money.wan(line.amount_fen)
    return words("act.fund.sum", source=line.source, amount=amount, stage=stage)


@blueprint.get("/cases/<number>/funds/<uuid:line_id>/reverse")
@needs(funding.PERMISSION)
def show_reversal(number: str, line_id: UUID) -> Response:
    """Show the form that takes a line back."""
    return case_forms.open_form(number, _reversal(line_id), permission=funding.PERMISSION)


@blueprint.post("/cases/<number>/funds/<uuid:line_id>/reverse")
@needs(funding.PERMISSION)
@once.sent_once
def reverse(number: str, line_id: UUID) -> Response:
    """Take a line back by a mirror line; the wrong one stays readable."""

    def do(hand: Hand) -> str:
        line = fund_lines.get(hand.session, hand.case, line_id=line_id)
        funding.reverse_line(hand.session, hand.case, line, case_forms.texts("note"), **hand.acting())
        return words("act.reverse_fund.done", amount=money.wan(line.amount_fen))

    return case_forms.send_form(number, _reversal(line_id), do)


def _reversal(line_id: UUID) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        line = fund_lines.get(hand.session, hand.case, line_id=line_id)
        made = [field("note", "act.reverse_fund.note", kind="textarea", rows=3, value=first(typed, "note"))]
        told = words("funds.line", day=wording.short_day(line.on_date), stage=words(f"fund_stage.{line.stage}"))
        effect = [{"strong": f"{told} ", "text": f"{line.document_no} {money.wan(line.amount_fen)}"}]
        path = f"funds/{line_id}/reverse"
        return act_form(hand, "reverse_fund", made, path=path, danger=True, effect=effect)

    return make


@blueprint.get("/cases/<number>/funds/<uuid:line_id>/share")
@needs(funding.PERMISSION)
def show_share(number: str, line_id: UUID) -> Response:
    """Show the form that credits somebody with a share of a sum."""
    return case_forms.open_form(number, _share(line_id), permission=funding.PERMISSION)


@blueprint.post("/cases/<number>/funds/<uuid:line_id>/share")
@needs(funding.PERMISSION)
@once.sent_once
def share(number: str, line_id: UUID) -> Response:
    """Credit a member or a unit with a share; the money itself is counted once, whoever it is credited to."""

    def do(hand: Hand) -> str:
        line = fund_lines.get(hand.session, hand.case, line_id=line_id)
        typed = case_forms.sent()
        member, org = first(typed, "member").strip(), first(typed, "org").strip()
        raw: dict[str, Any] = {"share": ascii_code(first(typed, "share")).strip(" %")}
        raw["role"] = first(typed, "role")
        if member:
            # Of several who bear the name nobody is credited by chance.
            found = registry.people_named(hand.session, [member])
            raw["person"] = str(found[0]) if len(found) == 1 else member
        if org:
            raw["org"] = org
        try:
            funding.attribute(hand.session, hand.case, line, raw, **hand.acting())
        except Invalid as mistake:
            raise Invalid(
                [replace(each, field=_SHARE_FIELDS.get(each.field, each.field)) for each in mistake.errors]
            ) from mistake
        name = member or reference.org_names().get(org, org)
        return words("act.share_fund.done", name=name, share=raw["share"])

    return case_forms.send_form(number, _share(line_id), do)


def _share(line_id: UUID) -> case_forms.Maker:
    def make(hand: Hand, typed: Typed) -> Form:
        line = fund_lines.get(hand.session, hand.case, line_id=line_id)
        org = first(typed, "org")
        roles = [(role, words(f"fund_role.{role}")) for role in fund_fields.ROLES]
        named = reference.org_names().get(org, org)
        made = [
            field("member", "act.share_fund.member", required=False, value=first(typed, "member")),
            field(
                "org", "act.share_fund.org", kind="org", required=False, value=org, data_url=fields.ORGS,
                label_value=named, hint="hint.org",
            ),
            field("share", "act.share_fund.share", value=first(typed, "share"), hint="act.share_fund.share_hint"),
            field("role", "act.share_fund.role", kind="radio", value=first(typed, "role") or "lead", options=roles),
        ]  # fmt: skip
        effect = [{"strong": f"{line.source} ", "text": f"{line.document_no} {money.wan(line.amount_fen)}"}]
        return act_form(hand, "share_fund", made, path=f"funds/{line_id}/share", effect=effect)

    return make
