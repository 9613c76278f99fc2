"""Cases: report, list, show, mend, split, link, urge."""

from flask import request

from casework.cases import filters, folders
from casework.cases import links as case_links
from casework.cases.listing import lists
from casework.core.errors import FieldError, Invalid, NotFound
from casework.permissions import Subject
from web import bodies, identity, unit
from web.api import answers, asked, desks, parameters, requests, schemas
from web.api.operations import Reply, expected_version, operation
from web.api.parameters import COUNT, CURSOR, FILTERS, LIMIT, SORT
from workflows import records
from workflows.cases import comments, intake, mending, splitting, urging


@operation(
    "POST",
    "/cases",
    permission="case.report",
    anywhere=True,
    summary="Report a difficulty",
    request_model=requests.CaseIn,
    answers={201: schemas.CaseOut},
    problems=(409,),
    has_etag=True,
)
def report_case() -> Reply:
    """Report a difficulty; the answer is the case as it begins."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    made = intake.report_with_clocks(session, bodies.json_object(), actor=actor, at=at)
    subject = Subject(made.case.region_code, reported_by=made.case.reported_by)
    desk = desks.Desk(folders.Taken(made.case, has_absorbed=False), subject, (), actor)
    return desks.answer(desk, parts=(), clocks=made.clocks, status=201)


@operation(
    "GET",
    "/cases",
    permission="case.read",
    summary="List the cases the caller may know of",
    answers={200: schemas.CaseList},
    parameters=(*FILTERS, SORT, LIMIT, CURSOR, COUNT),
)
def list_cases() -> Reply:
    """List cases; every state unless one is asked for."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    given = parameters.asked_filters()
    filter, limit, count, sort = parameters.all_of(
        lambda: filters.read_filter(given, session=session, actor=actor, states=parameters.states()),
        parameters.asked_limit,
        parameters.asked_count,
        asked.choice("sort", tuple(lists.SORTS), lists.DEFAULT_SORT),
    )
    page = lists.page(
        session,
        actor,
        at=at,
        filter=filter,
        sort=sort,
        limit=limit,
        cursor=request.args.get("cursor"),
        bound_to=sorted(given.items()),
        count=count,
    )
    items = answers.lines_out(page.items)
    return Reply(schemas.CaseList(items=items, next=page.next, total=page.total))


@operation(
    "GET",
    "/cases/<id>",
    permission="case.read",
    summary="Show a case, by id or number",
    answers={200: schemas.CaseOut},
    problems=(404,),
    has_etag=True,
)
def show_case(id: str) -> Reply:
    """Show a case; a merged one says where it went."""
    desk = desks.take(id)
    return desks.answer(desk, parts=desk.parts)


@operation(
    "PATCH",
    "/cases/<id>",
    permission="case.mend",
    summary="Put a case right",
    request_model=requests.CasePatch,
    answers={200: schemas.CaseOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_case(id: str) -> Reply:
    """Put a case right; running clocks get the limit that now fits."""
    desk = desks.take(id, lock=True)
    raw, expected = bodies.json_object(), expected_version()
    mending.mend(unit.session(), desk.case, raw, expected_version=expected, **desk.acting())
    return desks.answer(desk, parts=desk.parts)


@operation(
    "POST",
    "/cases/<id>/split",
    permission="case.split",
    summary="Make a case of each trouble in a report",
    request_model=requests.SplitIn,
    answers={201: schemas.PartList},
    problems=(404, 409),
)
def split_case(id: str) -> Reply:
    """Make a case of each part; the first report stays and says so."""
    desk = desks.take(id, lock=True)
    made = splitting.split(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    items = [schemas.PartOut(id=case.id, number=case.number, title=case.title) for case in made]
    return Reply(schemas.PartList(items=items, next=None), 201)


@operation(
    "GET",
    "/cases/<id>/links",
    permission="case.read",
    summary="List the cases that belong together with this one",
    answers={200: schemas.PartList},
    problems=(404,),
)
def list_links(id: str) -> Reply:
    """List linked cases, as far as the caller may know of them."""
    desk = desks.take(id)
    found = case_links.of_case(unit.session(), desk.case, actor=desk.actor, at=unit.at())
    items = [schemas.PartOut(id=case.id, number=case.number, title=case.title) for case in found]
    return Reply(schemas.PartList(items=items, next=None))


@operation(
    "POST",
    "/cases/<id>/links",
    permission="case.link",
    summary="Note that two cases belong together",
    request_model=requests.LinkIn,
    answers={200: schemas.CaseOut},
    problems=(404, 409),
    has_etag=True,
)
def link_case(id: str) -> Reply:
    """Link two cases; doing it twice changes nothing."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    records.require(desk.actor, "case.link", desk.subject)
    errors = desks.refuse_unknown(raw, ("to",))
    wanted = raw.get("to")
    session = unit.session()
    other = None
    if wanted is None or wanted == "":
        errors.append(FieldError("to", "required"))
    else:
        try:
            other = folders.take(session, desk.actor, reference=str(wanted)[:64], at=unit.at(), lock=True).case
        except NotFound:
            errors.append(FieldError("to", "no_such_case"))
    if errors or other is None:
        raise Invalid(errors)
    splitting.link(session, desk.case, other, **desk.acting())
    return desks.answer(desk, parts=desk.parts)


@operation(
    "POST",
    "/cases/<id>/comments",
    permission="case.comment",
    summary="Put a note to a case",
    request_model=requests.CommentIn,
    answers={201: schemas.HistoryOut},
    problems=(404, 409),
)
def comment_on_case(id: str) -> Reply:
    """Put a note to a case; who is named with @ is told."""
    desk = desks.take(id, lock=True)
    entry = comments.comment(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    return Reply(answers.entry_out(entry, answers.names_for([entry])), 201)


@operation(
    "POST",
    "/cases/<id>/urge",
    permission="case.urge",
    summary="Urge the handling unit",
    request_model=requests.UrgeIn,
    answers={201: schemas.HistoryOut},
    problems=(404, 409),
)
def urge_unit(id: str) -> Reply:
    """Urge the unit that has the case."""
    desk = desks.take(id, lock=True)
    entry = urging.urge(unit.session(), desk.case, bodies.json_object(), **desk.acting())
    return Reply(answers.entry_out(entry, answers.names_for([entry])), 201)
