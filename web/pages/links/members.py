"""Members (委员): the list with who lacks a link, the page of one, and forms that enter, mend, end and begin a term."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import changes, visibility
from casework.campaign.links import link_list, member_entries, member_list
from casework.campaign.links.link_list import LinkFile
from casework.campaign.links.member_list import MemberFile
from casework.core.errors import FieldError, Invalid
from casework.members.actions import LINE_LENGTH, NAME_LENGTH
from casework.members.tables import Member
from casework.permissions import may_anywhere, permits, require
from web import identity, unit
from web.access import needs
from web.api import paging
from web.api.links import members as api
from web.forms import field
from web.locales import words
from web.pages import desks, link_options, link_parts, once
from web.pages.link_parts import PAGE_SIZE, Form, Listed
from web.views import link_words
from web.views.link_words import act
from web.views.people import credit_views, member_views

blueprint = Blueprint("members", __name__)

READ, WRITE = "member.read", "member.write"
_TERM = ("term", "sector", "valid_from")


@blueprint.get("/members")
@needs(READ, anywhere=True)
def show_list() -> Response:
    """List members: those in office, unless something else is asked for."""
    asked = link_parts.asked_words(api.FILTERS)
    session, actor, today = unit.session(), identity.actor(), unit.today()
    try:
        wanted = api.asked_members()
        after = paging.after_text_and_id(api.NAME)
    except Invalid as mistake:
        return link_parts.without_wrong(mistake, asked)
    rows = member_list.page(session, actor, wanted, on=today, after=after, limit=PAGE_SIZE + 1)
    files, more = paging.cut(api.NAME, rows, PAGE_SIZE, lambda file: [file.member.pinyin, str(file.member.id)])
    held = _held(files)
    listed = Listed(
        code="members",
        head=("name", "post", "sector", "households"),
        rows=[member_views.row_of(file, held.get(file.member.id, ()), wanted.lacks) for file in files],
        more=more,
        total=member_list.count(session, actor, wanted, on=today),
        menus=_menus(),
        told=_told,
        find="q",
        buttons=_buttons(),
        note=_note(wanted.lacks),
    )
    return link_parts.list_page(asked, listed)


@blueprint.get("/members/new")
@needs(WRITE, anywhere=True)
def ask_new() -> Response:
    """Show the form of a new member."""
    return _new_form()


@blueprint.post("/members/new")
@needs(WRITE, anywhere=True)
@once.sent_once
def enter() -> Response:
    """Enter a member."""

    def write() -> Response:
        raw = {**_sent(), **link_parts.sent("name", "phone", "remark", "valid_to", "post")}
        county = unit.office().settings.region
        made = member_entries.enter(unit.session(), raw, county=county, actor=identity.actor(), at=unit.at())
        return link_parts.done("links.kept", url_for("members.show", member_id=made.member.id))

    return link_parts.try_it(write, _new_form)


@blueprint.get("/members/<uuid:member_id>")
@needs(READ)
def show(member_id: UUID) -> Response:
    """Show a member: post, terms, linked households, what was changed."""
    row = _take(member_id)
    session, today = unit.session(), unit.today()
    file = member_list.files(session, [row])[0]
    may = permits(identity.actor(), WRITE, visibility.subject_of_member(row))
    held = link_list.of_ends(session, identity.actor(), holders=[row.id], on=today)
    url = url_for("members.show", member_id=row.id)
    buttons = [
        act("links.do.tie", url_for("links.ask_new", member=row.id)),
        act("links.do.mend", f"{url}/edit"),
        act("links.do.hand_over", url_for("handovers.ask_new", member=row.id)),
        act("links.do.end_term", f"{url}/end")
        if member_views.is_in_office(file)
        else act("links.do.begin_term", f"{url}/term"),
    ]
    return link_parts.record_page(
        row.name,
        (words("links.tab.members"), url_for("members.show_list")),
        chips=member_views.chips_of(file),
        buttons=buttons if may else [],
        facts=member_views.facts_of(file),
        sections=[
            member_views.links_section(held, may=may),
            credit_views.section(row.id),
            {
                "code": "terms",
                "title": words("linked.terms"),
                "nothing": "",
                "rows": [
                    {
                        "text": " ".join(filter(None, (each.term, each.sector))) or row.name,
                        "sub": member_views.term_told(each),
                    }
                    for each in reversed(file.terms)
                ],
            },
        ],
        history=link_words.history_of(changes.of_record(session, row), plainly=may, names={}),
    )


@blueprint.get("/members/<uuid:member_id>/edit")
@needs(WRITE)
def ask_mend(member_id: UUID) -> Response:
    """Show the form that mends a member and the last term."""
    return _mend_form(_to_change(member_id))


@blueprint.post("/members/<uuid:member_id>/edit")
@needs(WRITE)
def mend(member_id: UUID) -> Response:
    """Mend a member and the last term; a phone left empty stays as it is."""
    row = _to_change(member_id, lock=True)
    raw = {**_sent(), **link_parts.sent("name", "post", "remark", "reason"), **link_parts.sent_or_left("phone")}
    return _change(row, raw, _mend_form)


@blueprint.get("/members/<uuid:member_id>/end")
@needs(WRITE)
def ask_end(member_id: UUID) -> Response:
    """Show the form that ends the term."""
    return _end_form(_to_change(member_id))


@blueprint.post("/members/<uuid:member_id>/end")
@needs(WRITE)
def end(member_id: UUID) -> Response:
    """End the term by its last day and a reason."""
    row = _to_change(member_id, lock=True)
    raw = link_parts.sent("valid_to", "reason")
    if not raw["valid_to"]:
        return _end_form(row, mistakes=[FieldError("valid_to", "required")], status=422)
    return _change(row, raw, _end_form)


@blueprint.get("/members/<uuid:member_id>/term")
@needs(WRITE)
def ask_term(member_id: UUID) -> Response:
    """Show the form of a further term."""
    return _term_form(_to_change(member_id))


@blueprint.post("/members/<uuid:member_id>/term")
@needs(WRITE)
def begin_term(member_id: UUID) -> Response:
    """Begin a further term."""
    row = _to_change(member_id, lock=True)

    def write() -> Response:
        member_entries.begin_term(
            unit.session(), row, _sent(), actor=identity.actor(), at=unit.at(), expected_version=desks.given_version()
        )
        return link_parts.done("links.kept", url_for("members.show", member_id=row.id))

    return link_parts.try_it(write, lambda **why: _term_form(row, **why))


def _change(row: Member, raw: Mapping[str, Any], form: Any) -> Response:
    def write() -> Response:
        member_entries.change(
            unit.session(), row, raw, actor=identity.actor(), at=unit.at(), expected_version=desks.given_version()
        )
        return link_parts.done("links.kept", url_for("members.show", member_id=row.id))

    return link_parts.try_it(write, lambda **why: form(row, **why))


def _sent() -> dict[str, Any]:
    return {**link_parts.sent(*_TERM), "is_standing": request.form.get("is_standing") == "1"}


def _take(member_id: UUID, *, lock: bool = False) -> Member:
    return visibility.take_member(unit.session(), identity.actor(), member_id, lock=lock)


def _to_change(member_id: UUID, *, lock: bool = False) -> Member:
    row = _take(member_id, lock=lock)
    require(identity.actor(), WRITE, visibility.subject_of_member(row))
    return row


def _held(files: Sequence[MemberFile]) -> dict[UUID, list[LinkFile]]:
    found: dict[UUID, list[LinkFile]] = {}
    holders = [file.member.id for file in files]
    for link in link_list.of_ends(unit.session(), identity.actor(), holders=holders, on=unit.today()):
        if link_words.holds_today(link.link):
            found.setdefault(link.link.holder_id, []).append(link)
    return found


def _menus() -> list[tuple[str, list[tuple[str, str]]]]:
    parts = [(part, words("links.lacks", part=link_words.code_told(part))) for part in member_list.lacking_parts()]
    flags = [("true", words("case.yes")), ("false", words("case.no"))]
    return [
        ("lacks", parts),
        ("campaign", link_options.campaigns_told()),
        ("in_office", [(unit.today().isoformat(), words("links.today"))]),
        ("is_standing", flags),
    ]


def _told(name: str, value: str) -> str:
    if name == "lacks":
        return link_words.code_told(value)
    if name == "campaign":
        return link_words.campaign_told(value)
    return words("case.yes" if value == "true" else "case.no") if name == "is_standing" else value


def _buttons() -> list[dict[str, str]]:
    if not may_anywhere(identity.actor(), WRITE):
        return []
    return [
        act("links.do.new_member", url_for("members.ask_new")),
        act("links.do.hand_over", url_for("handovers.ask_new")),
    ]


def _note(lacks: str | None) -> dict[str, Any] | None:
    if lacks is None:
        return None
    strong = words("links.lacking", part=link_words.code_told(lacks))
    return {"tone": "amber", "strong": strong, "text": words("links.lacking_text"), "link": None}


def _fields_of_term(term: Any = None) -> list[dict[str, Any]]:
    def typed(name: str, known: object) -> Any:
        return request.form.get(name, known)

    standing = request.form.get("is_standing") == "1" if request.form else term is not None and term.is_standing
    first = "" if term is None else term.valid_from.isoformat()
    return [
        field("term", "linked.term", required=False, value=typed("term", getattr(term, "term", "")), max=LINE_LENGTH),
        field(
            "sector",
            "linked.sector",
            required=False,
            value=typed("sector", getattr(term, "sector", "")),
            max=LINE_LENGTH,
        ),
        field("valid_from", "linked.term_from", kind="date", value=typed("valid_from", first)),
        field("is_standing", "linked.is_standing", kind="bool", required=False, value=standing),
    ]


def _fields_of_member(row: Member | None) -> list[dict[str, Any]]:
    def typed(name: str) -> Any:
        return request.form.get(name, "" if row is None else getattr(row, name))

    phone = request.form.get("phone", "")
    hint = "links.hint.phone" if row is not None and row.phone is not None else None
    return [
        field("name", "linked.name", value=typed("name"), max=NAME_LENGTH),
        field("post", "linked.post", required=False, value=typed("post"), max=LINE_LENGTH),
        field("phone", "linked.phone", kind="tel", required=False, value=phone, hint=hint),
    ]


def _remark(row: Member | None) -> dict[str, Any]:
    value = request.form.get("remark", "" if row is None else row.remark)
    return field("remark", "linked.remark", kind="textarea", required=False, value=value, rows=3, wide=True)


def _new_form(**why: Any) -> Response:
    fields = [*_fields_of_member(None), *_fields_of_term(), _remark(None)]
    back = (words("links.tab.members"), url_for("members.show_list"))
    form = Form(words("links.do.new_member"), url_for("members.enter"), back, fields, words("links.do.keep"))
    return link_parts.form_page(form, **why)


def _form(row: Member, title: str, endpoint: str, fields: Sequence[Mapping[str, Any]], *, danger: bool = False) -> Form:
    back = (row.name, url_for("members.show", member_id=row.id))
    version = member_list.files(unit.session(), [row])[0].version
    fields = [*fields, field("version", "linked.name", kind="hidden", value=version)]
    url = url_for(endpoint, member_id=row.id)
    return Form(words(title), url, back, fields, words("links.do.keep" if not danger else title), danger=danger)


def _mend_form(row: Member, **why: Any) -> Response:
    term = member_list.files(unit.session(), [row])[0].term
    reason = field("reason", "linked.reason", required=False, value=request.form.get("reason"), wide=True)
    fields = [*_fields_of_member(row), *_fields_of_term(term), _remark(row), reason]
    return link_parts.form_page(_form(row, "links.do.mend", "members.mend", fields), **why)


def _end_form(row: Member, **why: Any) -> Response:
    day = request.form.get("valid_to", unit.today().isoformat())
    fields = [
        field("valid_to", "linked.valid_to", kind="date", value=day),
        field("reason", "linked.reason", value=request.form.get("reason"), wide=True),
    ]
    return link_parts.form_page(_form(row, "links.do.end_term", "members.end", fields, danger=True), **why)


def _term_form(row: Member, **why: Any) -> Response:
    return link_parts.form_page(_form(row, "links.do.begin_term", "members.begin_term", _fields_of_term()), **why)
