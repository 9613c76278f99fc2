"""The quarterly bulletins: begun, worded, frozen, reviewed, signed; and written out as office files."""

from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from casework.bulletins import actions, printing, queries
from casework.bulletins.tables import Bulletin
from casework.campaign.quarters import read_quarter
from casework.permissions import Subject
from web import bodies, identity, unit
from web.api import answers, asked, paging, parameters, requests, schemas
from web.api.campaign import figure_schemas
from web.api.cases.history import page_of
from web.api.cases.transitions import move
from web.api.operations import Parameter, Reply, expected_version, operation
from web.locales import local
from workflows import engine
from workflows.campaign import bulletins
from workflows.registry import registry

READ = "bulletin.read"
_STATES = tuple(registry().latest("bulletin").workflow.states)
_CAMPAIGN = Parameter("campaign", {"type": "string", "minLength": 1, "maxLength": 40}, "of this campaign")
_QUARTER = Parameter("quarter", {"type": "string", "pattern": "^2[0-9]{3}Q[1-4]$"}, "of this quarter")
_STATE = Parameter("state", {"type": "string", "enum": list(_STATES)}, "in this state")
_FORMAT = Parameter("format", {"type": "string", "enum": list(printing.FORMATS)}, "what to write; docx if left out")
_PRESS = Parameter("press", {"type": "boolean"}, "the one-page press draft instead")
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


@operation(
    "GET",
    "/bulletins",
    permission=READ,
    summary="List bulletins",
    answers={200: figure_schemas.BulletinList},
    parameters=(_CAMPAIGN, _QUARTER, _STATE, *parameters.PAGING),
)
def list_bulletins() -> Reply:
    """List the bulletins, the newest first; drafts are the office's own."""
    limit, count, quarter, state, campaign = parameters.all_of(
        parameters.asked_limit,
        parameters.asked_count,
        lambda: str(read_quarter(request.args["quarter"])) if "quarter" in request.args else None,
        asked.choice("state", _STATES),
        asked.text("campaign", 40),
    )
    after = paging.after_instant_and_id("bulletins")
    wanted = {"campaign": campaign, "quarter": quarter, "state": state}
    rows = queries.page(unit.session(), identity.actor(), **wanted, after=after, limit=limit + 1)
    kept, more = paging.cut("bulletins", rows, limit, lambda row: [row.created_at.isoformat(), str(row.id)])
    total = queries.count(unit.session(), identity.actor(), **wanted) if count else None
    return Reply(figure_schemas.BulletinList(items=[_line(row) for row in kept], next=more, total=total))


@operation(
    "POST",
    "/bulletins",
    permission=bulletins.DRAFT,
    anywhere=True,
    summary="Begin the bulletin of a quarter",
    request_model=requests.BulletinIn,
    answers={201: figure_schemas.BulletinOut},
    problems=(409,),
    has_etag=True,
)
def begin_bulletin() -> Reply:
    """Begin a bulletin with the prose of the campaign's outline; its numbers are drawn from the records."""
    row = bulletins.begin(unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at())
    return Reply(_out(row), 201, {"Location": url_for("api.bulletins_show_bulletin", bulletin_id=row.id)})


@operation(
    "GET",
    "/bulletins/<bulletin_id>",
    permission=READ,
    summary="Show a bulletin",
    answers={200: figure_schemas.BulletinOut},
    problems=(404,),
    has_etag=True,
)
def show_bulletin(bulletin_id: str) -> Reply:
    """Show a bulletin with its numbers, and what records entered since would change."""
    return Reply(_out(_take(bulletin_id)))


@operation(
    "PATCH",
    "/bulletins/<bulletin_id>",
    permission=READ,
    summary="Change the prose of a bulletin",
    request_model=requests.BulletinPatch,
    answers={200: figure_schemas.BulletinOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_bulletin(bulletin_id: str) -> Reply:
    """Change title, prose, answers to notes or the day; the numbers nobody types."""
    row = _take(bulletin_id, lock=True)
    raw = bodies.json_object()
    bulletins.mend(unit.session(), row, raw, actor=identity.actor(), at=unit.at(), expected_version=expected_version())
    return Reply(_out(row))


@operation(
    "POST",
    "/bulletins/<bulletin_id>/transitions",
    permission=READ,
    summary="Move a bulletin",
    request_model=requests.BulletinMove,
    answers={200: figure_schemas.BulletinOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def move_bulletin(bulletin_id: str) -> Reply:
    """Freeze, thaw, review, sign or recall; judged in the order in which a case is moved."""
    row = _take(bulletin_id, lock=True)
    move(row, subject=Subject(row.region_code), actor=identity.actor())
    return Reply(_out(row))


@operation(
    "GET",
    "/bulletins/<bulletin_id>/history",
    permission=READ,
    summary="List what has happened to a bulletin",
    answers={200: schemas.HistoryList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_bulletin_history(bulletin_id: str) -> Reply:
    """List the history, oldest first."""
    return page_of(_take(bulletin_id))


@operation(
    "GET",
    "/bulletins/<bulletin_id>/document",
    permission=READ,
    summary="Fetch a bulletin as an office file",
    answers={200: None},
    problems=(404,),
    parameters=(_FORMAT, _PRESS),
)
def fetch_document(bulletin_id: str) -> Response:
    """Write a bulletin as Word, PDF, workbook, page or JSON; a draft is marked as one."""
    row = _take(bulletin_id)
    format, is_press = parameters.all_of(
        asked.choice("format", printing.FORMATS, printing.FORMATS[0]), parameters.asked_flag("press")
    )
    return document(row, format, is_press=is_press)


def document(row: Bulletin, format: str, *, is_press: bool = False) -> Response:
    """Return a bulletin written in a format, to be saved under its number."""
    session, settings = unit.session(), unit.office().settings
    if is_press:
        made = printing.press(session, row, at=unit.at())
    else:
        made = printing.of_bulletin(session, row, attachments=settings.attachments, at=unit.at())
    content = printing.write(made, format, home=settings.home, base_url=request.url_root.rstrip("/"))
    # Two papers of one bulletin in one folder: the name tells them apart.
    name = f"{row.number}{'-press' if is_press else ''}.{format}"
    response = Response(content, content_type=MEDIA[format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _take(bulletin_id: str, *, lock: bool = False) -> Bulletin:
    return queries.get(unit.session(), identity.actor(), answers.path_id(bulletin_id), lock=lock)


def _line_values(row: Bulletin) -> dict[str, Any]:
    known_at: datetime | None = row.known_at
    return {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "number": row.number,
        "campaign": row.campaign,
        "quarter": row.quarter,
        "title": row.title,
        "state": row.state,
        "as_of": row.as_of,
        "known_at": None if known_at is None else local(known_at),
        "document_no": row.document_no,
        "signed_on": row.signed_on,
        "corrects": row.corrects_id,
    }


def _line(row: Bulletin) -> figure_schemas.BulletinLine:
    return figure_schemas.BulletinLine(**_line_values(row))


def _out(row: Bulletin) -> figure_schemas.BulletinOut:
    session = unit.session()
    content = actions.content(session, row, at=unit.at())
    moves = engine.available(session, row, subject=Subject(row.region_code), actor=identity.actor(), at=unit.at())
    return figure_schemas.BulletinOut(
        **_line_values(row),
        sections=[figure_schemas.BulletinSection(**each) for each in row.sections],
        answers=row.answers,
        content=dict(content.data),
        sha256=row.frozen_sha256,
        since=[
            figure_schemas.FigureSince(key=key, frozen=before, now=after)
            for key, before, after in actions.since(session, row, at=unit.at())
        ],
        available_triggers=list(moves.available),
    )
