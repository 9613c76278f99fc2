"""The ledger of money as pages: the list over cases and projects, one line with its sum, and forms of own money.

Own money is what no case is about; a case's is written at the case (money.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import visibility
from casework.cases import fund_ledger
from casework.cases.fund_ledger import Asked, Entry
from casework.core.cursors import read_cursor, write_cursor
from casework.core.errors import FieldError, Invalid, NotFound, Refused, invalid
from casework.core.ids import parse_id
from casework.core.texts import ascii_code
from casework.funds import sums
from casework.funds.actions import STAGES
from casework.funds.kinds import KINDS
from casework.permissions import Subject, may_anywhere, permits, require
from casework.registry import queries as registry
from web import errors, frames, identity, unit
from web.access import needs
from web.api.money import fund_ledger as api
from web.api.operations import Parameter
from web.forms import field
from web.locales import words
from web.pages import link_options, link_parts, once, options
from web.pages.link_parts import MONEY, PAGE_SIZE, Form, Listed
from web.views import fund_views, reference
from web.views.link_words import act
from workflows.money import campaign_funds, fund_fields
from workflows.money.campaign_funds import READ, WRITE

blueprint = Blueprint("funds", __name__)

_CURSOR = "funds-page"
_TEXTS = ("stage", "kind", "source", "document_no", "on", "project", "expected_on", "note", "allocation", "unlike")
_ALIKE = "fund_alike"


@blueprint.get("/funds")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List the lines the caller may know of, newest first, with sums by stage of all that fits."""
    asked = link_parts.asked_words((*api.FILTERS, Parameter("cursor", {}, "")))
    session, actor, at = unit.session(), identity.actor(), unit.at()
    try:
        wanted, before = api.asked_lines(), _before(asked)
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked)
    rows = fund_ledger.page(session, actor, wanted, at=at, before=before, limit=PAGE_SIZE + 1)
    kept = rows[:PAGE_SIZE]
    total, by_stage = fund_ledger.totals(session, actor, wanted, at=at)
    taken_back = fund_ledger.taken_back(session, [each.line.id for each in kept])
    told = fund_views.told_sums(by_stage)
    listed = Listed(
        code="funds",
        head=("project", "stage", "amount", "source", "place", "on"),
        rows=[fund_views.row_of(each, taken_back) for each in kept],
        more=write_cursor([str(kept[-1].line.id)], bound_to=_bound(asked)) if len(rows) > PAGE_SIZE else None,
        total=total,
        menus=_menus(),
        told=told_filter,
        buttons=[act("money.do.new", url_for("funds.ask_new"))] if may_anywhere(actor, WRITE) else [],
        note={"tone": "blue", "strong": words("money.sums", told=told), "text": words("money.never_added")}
        if told
        else None,
        room=MONEY,
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/funds/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a line; `project` or `allocation` in the address fill it in."""
    return _new_form()


@blueprint.post("/funds/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def record() -> Response:
    """Enter a line; one that looks like a kept sum comes back with it, and asks why it is other money."""
    raw: dict[str, Any] = {name: value for name in _TEXTS if (value := request.form.get(name, "").strip())}
    raw["amount"] = "".join(each for each in ascii_code(request.form.get("amount", "")) if each not in " ,\u00a0\u3000")
    raw["region_code"] = options.place_typed("region_code") or None
    try:
        row = campaign_funds.record(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _new_form(mistakes=mistake.errors, status=422)
    except Refused as refused:
        kept = next((str(each.params["line"]) for each in refused.refusals if each.code == _ALIKE), None)
        return _new_form(alike=kept, said=errors.sentences(refused.refusals), status=409)
    frames.say(words("act.fund.done", stage=words(f"fund_stage.{row.stage}"), amount=fund_views.told_amount(row)))
    return link_parts.led_to(url_for("funds.show", line_id=row.id))


@blueprint.get("/funds/<uuid:line_id>")
@needs(READ)
def show(line_id: UUID) -> Response:
    """Show a line, what its sum went through, and who is credited with it."""
    entry = _take(line_id)
    session, actor, line = unit.session(), identity.actor(), entry.line
    require(actor, READ, Subject(line.region_code, has_funds=True))
    steps = fund_ledger.page(
        session, actor, Asked(allocation_id=line.allocation_id), at=unit.at(), before=None, limit=PAGE_SIZE
    )
    taken_back = {each.line.reverses_id for each in steps}
    may = entry.case_id is None and permits(actor, WRITE, Subject(line.region_code))
    stands = line.reverses_id is None and line.id not in taken_back
    url = url_for("funds.show", line_id=line.id)
    buttons = [
        act("money.do.move_on", url_for("funds.ask_new", allocation=line.allocation_id)),
        act("money.do.share", f"{url}/share"),
        act("money.do.reverse", f"{url}/reverse"),
    ]
    shares = sums.shares(session, [line.allocation_id]).get(line.allocation_id, ())
    people = registry.people_by_id(session, [line.recorded_by] if line.recorded_by else [])
    return link_parts.record_page(
        fund_views.title_of(line),
        (words("money.tab.funds"), url_for("funds.show_list")),
        room=MONEY,
        buttons=buttons if may and stands else [],
        facts=fund_views.facts_of(entry, people),
        sections=[
            fund_views.steps_section(steps, line),
            fund_views.shares_section(shares, f"{url}/share" if may and stands else None),
        ],
    )


@blueprint.get("/funds/<uuid:line_id>/reverse")
@needs(WRITE)
def ask_reversal(line_id: UUID) -> Response:
    """Show the form that takes a line back."""
    return _reversal_form(_to_write(line_id))


@blueprint.post("/funds/<uuid:line_id>/reverse")
@needs(WRITE)
@once.sent_once
def reverse(line_id: UUID) -> Response:
    """Take a line back by a mirror line; the wrong one stays readable."""
    entry = _to_write(line_id)

    def write() -> Response:
        raw = {"note": request.form.get("note", "").replace("\r\n", "\n")}
        made = campaign_funds.reverse(unit.session(), entry, raw, actor=identity.actor(), at=unit.at())
        frames.say(words("act.reverse_fund.done", amount=fund_views.told_amount(entry.line)))
        return link_parts.led_to(url_for("funds.show", line_id=made.id))

    return link_parts.try_it(write, lambda **why: _reversal_form(entry, **why))


@blueprint.get("/funds/<uuid:line_id>/share")
@needs(WRITE)
def ask_share(line_id: UUID) -> Response:
    """Show the form that credits somebody with a share of a sum."""
    return _share_form(_to_write(line_id))


@blueprint.post("/funds/<uuid:line_id>/share")
@needs(WRITE)
@once.sent_once
def share(line_id: UUID) -> Response:
    """Credit a member or an office with a share; the money itself is counted once."""
    entry = _to_write(line_id)

    def write() -> Response:
        typed = request.form
        raw: dict[str, Any] = {"share": ascii_code(typed.get("share", "")).strip(" %"), "role": typed.get("role", "")}
        if member := link_options.member_typed("member"):
            raw["member"] = member
        if org := typed.get("org", "").strip():
            raw["org"] = org
        campaign_funds.attribute(unit.session(), entry, raw, actor=identity.actor(), at=unit.at())
        return link_parts.done("links.kept", url_for("funds.show", line_id=line_id))

    return link_parts.try_it(write, lambda **why: _share_form(entry, **why))


def _before(asked: Mapping[str, Sequence[str]]) -> UUID | None:
    given = request.args.get("cursor")
    if not given:
        return None
    (found,) = read_cursor(given, bound_to=_bound(asked), count=1)
    before = parse_id(str(found))
    if before is None:
        raise invalid("cursor", "cursor_unreadable")
    return before


def _bound(asked: Mapping[str, Sequence[str]]) -> list[Any]:
    return [_CURSOR, sorted((name, list(values)) for name, values in asked.items() if name != "cursor")]


def _take(line_id: UUID) -> Entry:
    return fund_ledger.get(unit.session(), identity.actor(), line_id=line_id, at=unit.at())


def _to_write(line_id: UUID) -> Entry:
    entry = _take(line_id)
    require(identity.actor(), WRITE, Subject(entry.line.region_code))
    return entry


def _menus() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        ("stage", [(code, words(f"fund_stage.{code}")) for code in STAGES]),
        ("kind", [(code, words(f"fund_kind.{code}")) for code in KINDS]),
        ("region", [(each.code, each.name) for each in reference.towns()]),
        ("standing", [("true", words("money.filter.standing.true"))]),
    ]


def told_filter(name: str, value: str) -> str:
    """Say what the value of a filter stands for."""
    if name in ("stage", "kind"):
        return words(f"fund_{name}.{value}")
    if name in ("region", "place"):
        return reference.place_told(value)
    if name in ("standing", "without_project"):
        return words(f"money.filter.{name}.{value}") if value == "true" else value
    if name == "member":
        return _member_told(value)
    return words("money.this_sum") if name == "allocation" else value


def _member_told(value: str) -> str:
    try:
        return visibility.take_member(unit.session(), identity.actor(), UUID(value)).name
    except NotFound:
        return words("money.this_one")


def _new_form(
    *, mistakes: Sequence[FieldError] = (), said: str | None = None, alike: str | None = None, status: int = 200
) -> Response:
    given = request.form or request.args
    allocation = given.get("allocation", "")
    first = None
    if (wanted := parse_id(allocation)) is not None:
        first = fund_ledger.own_sum(unit.session(), identity.actor(), line_or_sum_id=wanted, at=unit.at())
    place = given.get("region_code") or ""
    fields: list[dict[str, Any]] = [
        field(
            "stage", "act.fund.stage", kind="select", value=given.get("stage"),
            options=[(code, words(f"fund_stage.{code}")) for code in STAGES],
        ),
        field("amount", "act.fund.amount", kind="money", value=given.get("amount")),
        field("source", "act.fund.source", value=given.get("source") or (first.source if first else None),
              max=fund_fields.SOURCE_LENGTH),
        field("document_no", "act.fund.document_no", value=given.get("document_no"), max=fund_fields.NUMBER_LENGTH),
        field("on", "act.fund.on", kind="date", value=given.get("on") or unit.today().isoformat()),
        field("expected_on", "act.fund.expected_on", kind="date", required=False, value=given.get("expected_on"),
              hint="act.fund.expected_hint"),
        field("note", "act.fund.note", kind="textarea", required=False, rows=2, wide=True, value=given.get("note")),
    ]  # fmt: skip
    if first is None:
        fields[6:6] = [
            field("project", "act.fund.project", required=False, value=given.get("project"),
                  hint="money.form.project_hint", max=fund_fields.PROJECT_LENGTH),
            field("region_code", "money.form.place", kind="place", required=False, value=place,
                  label_value=given.get("region_code_text") or (reference.place_told(place) if place else ""),
                  data_url=url_for("options.offer_places"), hint="money.form.place_hint"),
            field("kind", "money.form.kind", kind="select", required=False, value=given.get("kind"),
                  options=[(code, words(f"fund_kind.{code}")) for code in KINDS], hint="money.form.kind_hint"),
        ]  # fmt: skip
    else:
        fields.append(field("allocation", "act.fund.allocation", kind="hidden", value=str(first.allocation_id)))
    beside: list[dict[str, Any]] = []
    if alike is not None or given.get("unlike"):
        fields.append(field("unlike", "money.form.unlike", value=given.get("unlike"), hint="money.form.unlike_hint",
                            max=campaign_funds.UNLIKE_LENGTH, wide=True))  # fmt: skip
    if alike is not None:
        kept = _take(UUID(alike))
        beside.append({"title": words("money.kept_like_it"), "rows": [_kept_row(kept)], "nothing": ""})
    back = (words("money.tab.funds"), url_for("funds.show_list"))
    title = words("money.do.new" if first is None else "money.do.move_on")
    form = Form(title, url_for("funds.record"), back, fields, words("act.fund.submit"), beside=beside, room=MONEY)
    return link_parts.form_page(form, mistakes=mistakes, said=said, status=status)


def _kept_row(kept: Entry) -> dict[str, Any]:
    line = kept.line
    told = words("funds.sum", source=line.source, document=line.document_no)
    return {"text": fund_views.title_of(line), "url": url_for("funds.show", line_id=line.id), "sub": told}


def _back_to(entry: Entry) -> tuple[str, str]:
    return fund_views.title_of(entry.line), url_for("funds.show", line_id=entry.line.id)


def _reversal_form(entry: Entry, **why: Any) -> Response:
    note = field("note", "act.reverse_fund.note", kind="textarea", rows=3, wide=True, value=request.form.get("note"))
    url = url_for("funds.reverse", line_id=entry.line.id)
    submit = words("act.reverse_fund.submit")
    form = Form(words("act.reverse_fund"), url, _back_to(entry), [note], submit, danger=True, room=MONEY)
    return link_parts.form_page(form, **why)


def _share_form(entry: Entry, **why: Any) -> Response:
    typed = request.form
    org = typed.get("org", "")
    fields = [
        field("member", "act.share_fund.member", kind="member", required=False, value=typed.get("member"),
              label_value=typed.get("member_text"), data_url=url_for("link_options.offer_members")),
        field("org", "act.share_fund.org", kind="org", required=False, value=org,
              label_value=reference.org_names().get(org, org), data_url=url_for("options.offer_orgs")),
        field("share", "act.share_fund.share", value=typed.get("share"), hint="act.share_fund.share_hint"),
        field("role", "act.share_fund.role", kind="radio", value=typed.get("role") or fund_fields.ROLES[0],
              options=[(role, words(f"fund_role.{role}")) for role in fund_fields.ROLES]),
    ]  # fmt: skip
    url = url_for("funds.share", line_id=entry.line.id)
    form = Form(words("act.share_fund"), url, _back_to(entry), fields, words("act.share_fund.submit"), room=MONEY)
    return link_parts.form_page(form, **why)
