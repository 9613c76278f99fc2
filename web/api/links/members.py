"""Members (委员) and their terms: listed, shown, entered, changed; a phone shown in plain with a reason."""

from flask import url_for

from casework.campaign import visibility
from casework.campaign.links import member_entries, member_list
from casework.campaign.links.link_entries import PART_LENGTH
from casework.campaign.links.member_list import Asked, MemberFile
from casework.members.actions import LINE_LENGTH, NAME_LENGTH
from casework.members.tables import Member
from casework.permissions import permits
from web import bodies, identity, unit
from web.api import asked, desk_schemas, paging, parameters
from web.api.answers import path_id
from web.api.asked import CODE_OF_CAMPAIGN
from web.api.links import link_answers, link_schemas
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.requests import DAY
from workflows import revealing

READ, WRITE = "member.read", "member.write"
NAME = "members"
FILTERS = (
    Parameter("name", {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}, "of exactly this name"),
    Parameter("q", {"type": "string", "minLength": 1, "maxLength": 100}, "with this in the name or its pinyin"),
    Parameter("sector", {"type": "string", "minLength": 1, "maxLength": LINE_LENGTH}, "with a term of this sector"),
    Parameter("term", {"type": "string", "minLength": 1, "maxLength": LINE_LENGTH}, "with this term"),
    Parameter("is_standing", {"type": "boolean"}, "with a term as standing committee member, or as none"),
    Parameter("in_office", {"type": "string", "pattern": DAY}, "in office on this day"),
    Parameter(
        "lacks",
        {"type": "string", "minLength": 1, "maxLength": PART_LENGTH},
        "in office (today, if no day is asked for) with too few links of this part",
    ),
    Parameter("campaign", CODE_OF_CAMPAIGN, "with `lacks`: too few links in this campaign; in any, if left out"),
)


@operation(
    "GET",
    "/members",
    permission=READ,
    anywhere=True,
    summary="List members",
    answers={200: link_schemas.MemberList},
    parameters=(*FILTERS, *parameters.PAGING),
)
def list_members() -> Reply:
    """List members by name, as it is read aloud."""
    session, actor, on = unit.session(), identity.actor(), unit.today()
    wanted, limit, count, after = parameters.all_of(
        asked_members, parameters.asked_limit, parameters.asked_count, lambda: paging.after_text_and_id(NAME)
    )
    rows = member_list.page(session, actor, wanted, on=on, after=after, limit=limit + 1)
    files, more = paging.cut(NAME, rows, limit, lambda file: [file.member.pinyin, str(file.member.id)])
    total = member_list.count(session, actor, wanted, on=on) if count else None
    return Reply(
        link_schemas.MemberList(items=[link_answers.member_out(each) for each in files], next=more, total=total)
    )


@operation(
    "POST",
    "/members",
    permission=WRITE,
    anywhere=True,
    summary="Enter a member",
    request_model=link_schemas.MemberIn,
    answers={201: link_schemas.MemberOut},
    problems=(409,),
    has_etag=True,
)
def enter_member() -> Reply:
    """Enter a member with a term; without a place, one of the office's own county."""
    county = unit.office().settings.region
    made = member_entries.enter(
        unit.session(), bodies.json_object(), county=county, actor=identity.actor(), at=unit.at()
    )
    return _answer(made, status=201)


@operation(
    "GET",
    "/members/<member_id>",
    permission=READ,
    summary="Show a member",
    answers={200: link_schemas.MemberOut},
    problems=(404,),
    has_etag=True,
)
def show_member(member_id: str) -> Reply:
    """Show a member with all terms."""
    return _answer(member_list.files(unit.session(), [_take(member_id)])[0])


@operation(
    "PATCH",
    "/members/<member_id>",
    permission=WRITE,
    summary="Change a member, or end the term",
    request_model=link_schemas.MemberPatch,
    answers={200: link_schemas.MemberOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def change_member(member_id: str) -> Reply:
    """Change what is named; nothing is deleted, a term ends by its last day and a reason."""
    row = _take(member_id, lock=True)
    raw = bodies.json_object()
    changed = member_entries.change(
        unit.session(), row, raw, actor=identity.actor(), at=unit.at(), expected_version=expected_version()
    )
    return _answer(changed)


@operation(
    "POST",
    "/members/<member_id>/terms",
    permission=WRITE,
    summary="Begin a further term of a member",
    request_model=link_schemas.TermIn,
    answers={201: link_schemas.MemberOut},
    problems=(404, 409),
    has_etag=True,
)
def begin_term(member_id: str) -> Reply:
    """Begin a further term; it may not overlap another."""
    row = _take(member_id, lock=True)
    raw = bodies.json_object()
    begun = member_entries.begin_term(unit.session(), row, raw, actor=identity.actor(), at=unit.at())
    return _answer(begun, status=201)


@operation(
    "GET",
    "/members/<member_id>/history",
    permission=READ,
    summary="List what was changed in a member",
    answers={200: link_schemas.EditionList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_member_changes(member_id: str) -> Reply:
    """List what was changed in a member and the terms, oldest first."""
    row = _take(member_id)
    plainly = permits(identity.actor(), WRITE, visibility.subject_of_member(row))
    return link_answers.history_out(row, plainly=plainly)


@operation(
    "POST",
    "/members/<member_id>/reveal",
    permission="member.reveal",
    summary="Show a member's phone",
    request_model=link_schemas.MemberRevealIn,
    answers={200: desk_schemas.RevealOut},
    problems=(404, 429),
)
def reveal_of_member(member_id: str) -> Reply:
    """Show the phone in plain; null when there is none."""
    row = _take(member_id)
    sealed = revealing.of_member(unit.session(), row)
    return asked.revealed(sealed, visibility.subject_of_member(row))


def asked_members() -> Asked:
    """Return what the list of this request is narrowed to.

    Raises:
        Invalid: every wrong filter.
    """
    return Asked(
        *parameters.all_of(
            asked.text("name", NAME_LENGTH),
            asked.text("q", 100),
            asked.text("sector", LINE_LENGTH),
            asked.text("term", LINE_LENGTH),
            asked.flag("is_standing"),
            parameters.asked_day("in_office"),
            asked.choice("lacks", member_list.lacking_parts()),
            asked.campaign,
        )
    )


def _take(member_id: str, *, lock: bool = False) -> Member:
    return visibility.take_member(unit.session(), identity.actor(), path_id(member_id), lock=lock)


def _answer(file: MemberFile, *, status: int = 200) -> Reply:
    where = url_for("api.members_show_member", member_id=file.member.id)
    return Reply(link_answers.member_out(file), status, {"Location": where} if status == 201 else {})
