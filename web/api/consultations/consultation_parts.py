"""What belongs to a consultation: files, notes, answers to invitations, and what was agreed turned into records."""

from flask import url_for

from casework.campaign.records import SUGGESTION
from casework.consultations import queries
from casework.core.errors import NotFound
from casework.matters.attachments import Staged
from casework.matters.tables import Attachment
from web import bodies, identity, unit
from web.api import answers, desks, requests, schemas
from web.api.campaign import campaign_schemas, record_answers
from web.api.consultations import consultation_answers
from web.api.consultations import consultation_schemas as shapes
from web.api.consultations.consultations import READ, take
from web.api.files import Files, declare_putting, declare_reading
from web.api.operations import Reply, operation
from web.api.supervisions import supervisions
from workflows import records
from workflows.cases import attaching, comments
from workflows.consultations import consulting, invitations

_ATTACH, _COMMENT = "consultation.attach", "consultation.comment"


def _look_first(consultation_id: str) -> None:
    """Let only those go on who may put a file here."""
    actor = identity.actor()
    with unit.looking() as session:
        seen = queries.take(session, actor, consultation_id)
        records.require(actor, _ATTACH, queries.subject_of(session, seen))


def _put(consultation_id: str, staged: Staged) -> Attachment:
    session, actor, row = unit.session(), identity.actor(), take(consultation_id, lock=True)
    subject = queries.subject_of(session, row)
    return attaching.attach(session, row, staged, subject=subject, actor=actor, at=unit.at(), permission=_ATTACH)


FILES = Files(
    "/consultations/<consultation_id>",
    of="a consultation",
    permission=READ,
    find=lambda consultation_id: take(consultation_id).id,
    listing="list_consultation_files",
    putting="attach_consultation_file",
    fetching="fetch_consultation_file",
)
declare_reading(FILES)
declare_putting(FILES, permission=READ, look=_look_first, put=_put)


@operation(
    "POST",
    "/consultations/<consultation_id>/comments",
    permission=READ,
    summary="Put a note to a consultation",
    request_model=requests.CommentIn,
    answers={201: schemas.HistoryOut},
    problems=(404, 409),
)
def comment_on_consultation(consultation_id: str) -> Reply:
    """Put a note to a consultation; who is named with @ is told."""
    row = take(consultation_id, lock=True)
    session = unit.session()
    entry = comments.comment(
        session,
        row,
        bodies.json_object(),
        subject=queries.subject_of(session, row),
        actor=identity.actor(),
        at=unit.at(),
        permission=_COMMENT,
    )
    return Reply(answers.entry_out(entry, answers.names_for([entry])), 201)


@operation(
    "POST",
    "/consultations/<consultation_id>/attendance-reply",
    permission=READ,
    summary="Say whether one will come",
    request_model=shapes.AttendanceReplyIn,
    answers={200: shapes.ParticipantOut},
    problems=(404, 409),
)
def reply_to_invitation(consultation_id: str) -> Reply:
    """Answer an invitation; the answer may be changed until the meeting."""
    row = take(consultation_id, lock=True)
    session = unit.session()
    mine = consulting.reply(
        session,
        row,
        bodies.json_object(),
        subject=queries.subject_of(session, row),
        actor=identity.actor(),
        at=unit.at(),
    )
    return Reply(consultation_answers.participant(mine, plainly=True))


@operation(
    "POST",
    "/consultations/<consultation_id>/reply-files",
    permission=READ,
    summary="Note an answer that came by mail",
    request_model=shapes.ReplyFileIn,
    answers={200: shapes.ParticipantOut},
    problems=(404, 409),
)
def read_reply_file(consultation_id: str) -> Reply:
    """Read the reply of a calendar program; only the answer of the one who sent it is noted."""
    row = take(consultation_id, lock=True)
    session = unit.session()
    mine = invitations.read_reply(
        session,
        row,
        bodies.json_object(),
        subject=queries.subject_of(session, row),
        actor=identity.actor(),
        at=unit.at(),
    )
    return Reply(consultation_answers.participant(mine, plainly=True))


@operation(
    "POST",
    "/consultations/<consultation_id>/consensus/<n>/convert",
    permission=READ,
    summary="Turn something agreed into a record",
    request_model=shapes.ConvertIn,
    answers={201: shapes.ConvertedOut, 200: shapes.ConvertedOut},
    problems=(404, 409),
    has_etag=True,
)
def convert_item(consultation_id: str, n: str) -> Reply:
    """Turn the n-th thing agreed (from 1) into a record; again, show the record made before."""
    row = take(consultation_id, lock=True)
    session = unit.session()
    if not (n.isascii() and n.isdigit() and len(n) < 4):
        raise NotFound("consensus")
    made = consulting.convert(
        session,
        row,
        int(n),
        bodies.json_object(),
        subject=queries.subject_of(session, row),
        actor=identity.actor(),
        at=unit.at(),
    )
    shown, where = _SHOWN[made.into](made)
    return Reply(shown, 201 if made.is_new else 200, {"Location": where})


def _case(made: consulting.Converted) -> tuple[shapes.ConvertedOut, str]:
    desk = desks.take(str(made.record.id))
    shown = desks.answer(desk, parts=desk.parts).body
    if not isinstance(shown, schemas.CaseOut):
        raise TypeError("a desk answers with its case")
    return shapes.ConvertedOut(root=shown), url_for("api.cases_show_case", id=made.record.id)


def _suggestion(made: consulting.Converted) -> tuple[shapes.ConvertedOut, str]:
    shown = campaign_schemas.SuggestionOut(**record_answers.shown(SUGGESTION, [made.record])[0])
    return shapes.ConvertedOut(root=shown), url_for("api.suggestions_show_record", record_id=made.record.id)


def _supervision(made: consulting.Converted) -> tuple[shapes.ConvertedOut, str]:
    where = url_for("api.supervisions_show_supervision", supervision_id=made.record.id)
    return shapes.ConvertedOut(root=supervisions.shown(made.record)), where


# How each kind of record is shown. A further kind adds its line here and in workflows/consultations/consulting.py.
_SHOWN = {"case": _case, "suggestion": _suggestion, "supervision": _supervision}
