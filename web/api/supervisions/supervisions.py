"""Supervised matters (督办): initiated, listed, moved; with history, files and notes in the manners of cases."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for

from casework.cases.folders import latest_clocks
from casework.matters import deadlines
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from casework.permissions import Subject
from casework.registry import queries as registry
from casework.registry.tables import Org
from casework.supervisions import queries
from casework.supervisions.tables import Supervision
from web import bodies, identity, unit
from web.api import answers, parameters, requests, schemas
from web.api.cases.history import page_of
from web.api.cases.transitions import move
from web.api.files import Files, declare_putting, declare_reading
from web.api.operations import Reply, expected_version, operation
from web.api.supervisions import supervision_filters as filters
from web.api.supervisions import supervision_schemas as shapes
from web.errors import reasons
from web.locales import local
from workflows import engine, records, supervising
from workflows.cases import attaching, comments

READ = "supervision.read"
INITIATE = "supervision.initiate"
_COMMENT, _ATTACH = "supervision.comment", "supervision.attach"


@operation(
    "GET",
    "/supervisions",
    permission=READ,
    anywhere=True,
    summary="List supervised matters",
    answers={200: shapes.SupervisionList},
    parameters=(*filters.FILTERS, *parameters.PAGING),
)
def list_supervisions() -> Reply:
    """List the supervised matters that the caller may know of, the newest first."""
    limit, count, wanted = parameters.all_of(parameters.asked_limit, parameters.asked_count, filters.asked_filter)
    session, actor, at = unit.session(), identity.actor(), unit.at()
    rows = queries.page(session, actor, wanted, at=at, after=filters.behind(), limit=limit + 1)
    shown, more = filters.cut(rows, limit)
    orgs = registry.orgs_by_id(session, [row.lead_org_id for row in shown if row.lead_org_id])
    total = queries.count(session, actor, wanted, at=at) if count else None
    return Reply(shapes.SupervisionList(items=[_line(row, orgs) for row in shown], next=more, total=total))


@operation(
    "POST",
    "/supervisions",
    permission=INITIATE,
    anywhere=True,
    summary="Initiate a supervised matter",
    request_model=shapes.SupervisionIn,
    answers={201: shapes.SupervisionOut},
    has_etag=True,
)
def initiate_supervision() -> Reply:
    """Initiate a matter; its slip is numbered when a head signs it (`issue`)."""
    row = supervising.initiate(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(shown(row), 201, {"Location": url_for("api.supervisions_show_supervision", supervision_id=row.id)})


@operation(
    "GET",
    "/supervisions/<supervision_id>",
    permission=READ,
    summary="Show a supervised matter",
    answers={200: shapes.SupervisionOut},
    problems=(404,),
    has_etag=True,
)
def show_supervision(supervision_id: str) -> Reply:
    """Show a matter with its clocks, the notices that urged it and what the caller can do."""
    return Reply(shown(_take(supervision_id)))


@operation(
    "PATCH",
    "/supervisions/<supervision_id>",
    permission="supervision.mend",
    summary="Put a supervised matter right",
    request_model=shapes.SupervisionPatch,
    answers={200: shapes.SupervisionOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_supervision(supervision_id: str) -> Reply:
    """Put right what the slip will say, as long as it is not signed; afterwards its names alone."""
    row = _take(supervision_id, lock=True)
    raw, version = bodies.json_object(), expected_version()
    supervising.mend(unit.session(), row, raw, **_acting(row), expected_version=version)
    return Reply(shown(row))


@operation(
    "POST",
    "/supervisions/<supervision_id>/transitions",
    permission=READ,
    summary="Move a supervised matter",
    request_model=shapes.SupervisionMove,
    answers={200: shapes.SupervisionOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def move_supervision(supervision_id: str) -> Reply:
    """Move a matter; judged in the order in which a case is moved."""
    row = _take(supervision_id, lock=True)
    move(row, subject=_subject(row), actor=identity.actor())
    return Reply(shown(row))


@operation(
    "GET",
    "/supervisions/<supervision_id>/history",
    permission=READ,
    summary="List what has happened to a supervised matter",
    answers={200: schemas.HistoryList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_supervision_history(supervision_id: str) -> Reply:
    """List the history, oldest first."""
    row = _take(supervision_id)
    return page_of(row, subject=_subject(row))


@operation(
    "POST",
    "/supervisions/<supervision_id>/comments",
    permission=_COMMENT,
    summary="Put a note to a supervised matter",
    request_model=requests.CommentIn,
    answers={201: schemas.HistoryOut},
    problems=(404,),
)
def comment_on_supervision(supervision_id: str) -> Reply:
    """Put a note to a matter."""
    row = _take(supervision_id, lock=True)
    entry = comments.comment(unit.session(), row, bodies.json_object(), permission=_COMMENT, **_acting(row))
    return Reply(answers.entry_out(entry, answers.names_for([entry])), 201)


def _take(supervision_id: str, *, lock: bool = False) -> Supervision:
    return queries.get(unit.session(), identity.actor(), answers.path_id(supervision_id), lock=lock)


def _subject(row: Supervision) -> Subject:
    return queries.subject_of(unit.session(), row, actor=identity.actor())


def _acting(row: Supervision) -> dict[str, Any]:
    return {"subject": _subject(row), "actor": identity.actor(), "at": unit.at()}


_PLAIN = (
    *("id", "version", "number", "slip_number", "state", "level", "leader", "leader_id", "source", "source_id"),
    *("region_code", "due_on", "due_kind", "due_level", "urges", "extensions", "struck_off_on"),
)
_MORE = (
    *("first_due_on", "initiated_on", "issued_on", "progress_review", "asked_until", "recurrences", "result_class"),
    *("review_on", "attachments_total", "comments_total"),
)
_WORDS = ("requirement", "source_words", "progress", "result", "evidence")
_PEOPLE = ("initiated_by", "issued_by", "verified_by", "proposed_by", "struck_off_by")
_TIMES = ("state_since", "acknowledged_at", "progress_at", "reported_at")


def _line_values(row: Supervision, orgs: Mapping[UUID, Org], seen: answers.Seen) -> dict[str, Any]:
    org = orgs[row.lead_org_id] if row.lead_org_id is not None else None
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "title": seen(row.title),
        "org": "" if org is None else org.code,
        "org_name": "" if org is None else org.name,
        "due_at": answers.maybe_local(row.due_at),
        "overdue": answers.is_overdue(row.due_at, is_open=row.is_open),
    }


def _line(row: Supervision, orgs: Mapping[UUID, Org]) -> shapes.SupervisionLine:
    seen = answers.seen_by(Subject(row.region_code, lead_org_id=row.lead_org_id))
    return shapes.SupervisionLine(**_line_values(row, orgs, seen))


def shown(row: Supervision) -> shapes.SupervisionOut:
    """Return a matter with its clocks, the notices that urged it and what the caller can do."""
    session, actor, subject = unit.session(), identity.actor(), _subject(row)
    seen = answers.seen_by(subject)
    orgs = registry.orgs_by_id(session, [row.lead_org_id] if row.lead_org_id else [])
    urgings = queries.urgings_of(session, row.id) if row.urges else ()
    people = [*(getattr(row, name) for name in _PEOPLE), *(each.sent_by for each in urgings)]
    names = registry.people_by_id(session, answers.names_of(people))
    moves = engine.available(session, row, subject=subject, actor=actor, at=unit.at())
    values: dict[str, Any] = _line_values(row, orgs, seen)
    values |= {name: getattr(row, name) for name in _MORE}
    values |= {name: seen(getattr(row, name)) for name in _WORDS}
    values |= {name: answers.maybe_local(getattr(row, name)) for name in _TIMES}
    values |= {name: answers.named(getattr(row, name), names.get(getattr(row, name))) for name in _PEOPLE}
    return shapes.SupervisionOut(
        **values,
        co_orgs=[
            schemas.UnitRef(code=each.code, name=each.name) for each in queries.co_orgs_of(session, [row.id])[row.id]
        ],
        urgings=[
            shapes.UrgingOut(
                number=each.number,
                nth=each.nth,
                on=each.on_date,
                words=seen(each.words) or "",
                sent_by=answers.named(each.sent_by, names.get(each.sent_by) if each.sent_by else None),
            )
            for each in urgings
        ],
        deadlines=[answers.deadline_out(each) for each in latest_clocks(deadlines.of_matter(session, row.id))],
        available_triggers=list(moves.available),
        unavailable_triggers=[
            schemas.UnavailableOut(trigger=each.trigger, reasons=[schemas.Reason(**r) for r in reasons(each.reasons)])
            for each in moves.unavailable
        ],
    )


def _look_first(supervision_id: str) -> None:
    """Let only those go on who may put a file here."""
    with unit.looking() as session:
        row = queries.get(session, identity.actor(), answers.path_id(supervision_id))
        subject = queries.subject_of(session, row, actor=identity.actor())
        records.require(identity.actor(), _ATTACH, subject)


def _put(supervision_id: str, staged: Staged) -> Attachment:
    row = _take(supervision_id, lock=True)
    return attaching.attach(unit.session(), row, staged, permission=_ATTACH, **_acting(row))


FILES = Files(
    "/supervisions/<supervision_id>",
    of="a supervised matter",
    permission=READ,
    find=lambda supervision_id: _take(supervision_id).id,
    listing="list_supervision_attachments",
    putting="attach_to_supervision",
    fetching="fetch_supervision_attachment",
)
declare_reading(FILES)
declare_putting(FILES, permission=_ATTACH, look=_look_first, put=_put)
