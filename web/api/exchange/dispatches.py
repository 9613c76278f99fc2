"""Sheets upwards: what was sent when, by whom, to whom; sent anew, or given again as they were."""

from flask import Response, url_for

from casework.core import reading
from casework.dispatches import queries
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import receivers
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import answers, paging, parameters, requests
from web.api.exchange import dispatch_schemas
from web.api.operations import Reply, operation
from web.locales import local, locale
from workflows.ledgers import dispatching, exporting

_KIND = "dispatches"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@operation(
    "GET",
    "/dispatches",
    kind=_KIND,
    permission=exporting.PERMISSION,
    anywhere=True,
    summary="List the sheets sent upwards",
    answers={200: dispatch_schemas.DispatchList},
    parameters=parameters.PAGING,
)
def list_dispatches() -> Reply:
    """List what was sent, the latest first, and the receivers there are."""
    limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
    session, actor = unit.session(), identity.actor()
    sent = queries.under(session, actor, after=paging.after_instant_and_id(_KIND), limit=limit + 1)
    kept, more = paging.cut(_KIND, sent, limit, lambda each: [each[0].sent_at.isoformat(), str(each[0].id)])
    known = [
        dispatch_schemas.ReceiverOut(code=code, label=each.label[locale()], title=each.title, kind=each.kind)
        for code, each in receivers().items()
    ]
    items = [_out(row, name) for row, name in kept]
    total = queries.count(session, actor) if count else None
    return Reply(dispatch_schemas.DispatchList(items=items, next=more, total=total, receivers=known))


@operation(
    "POST",
    "/dispatches",
    kind=_KIND,
    permission=exporting.PERMISSION,
    anywhere=True,
    summary="Send a sheet upwards",
    request_model=requests.DispatchIn,
    answers={201: dispatch_schemas.DispatchOut},
    problems=(409,),
)
def send_dispatch() -> Reply:
    """Write the sheet of a receiver and keep it; `/file` of it hands it out."""
    readers = {
        "receiver": reading.choice("receiver", tuple(receivers())),
        "as_of": reading.day("as_of", required=False),
    }
    told = reading.fields(bodies.json_object(), readers, required=("receiver",))
    row, _ = dispatching.send(
        unit.session(),
        unit.office(),
        told["receiver"],
        actor=identity.actor(),
        at=unit.at(),
        as_of=told.get("as_of"),
        locale=locale(),
    )
    place = url_for("api.dispatches_fetch_dispatch", dispatch_id=row.id)
    return Reply(_out(row, _name(row)), 201, {"Location": place})


@operation(
    "POST",
    "/dispatches/<dispatch_id>/file",
    kind=_KIND,
    permission=exporting.PERMISSION,
    anywhere=True,
    summary="Fetch a sheet that was sent",
    answers={200: None},
    problems=(404, 409),
)
def fetch_dispatch(dispatch_id: str) -> Response:
    """Hand a sheet out byte for byte as it was sent; it names people, so that it was asked for is written down."""
    row, content = dispatching.again(
        unit.session(), unit.office(), answers.path_id(dispatch_id), actor=identity.actor(), at=unit.at()
    )
    response = Response(content, mimetype=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{row.receiver}-{row.as_of.isoformat()}.xlsx"'
    return response


def _name(row: Dispatch) -> str | None:
    if row.sent_by is None:
        return None
    return registry.people_by_id(unit.session(), [row.sent_by]).get(row.sent_by)


def _out(row: Dispatch, name: str | None) -> dispatch_schemas.DispatchOut:
    return dispatch_schemas.DispatchOut(
        id=str(row.id),
        receiver=row.receiver,
        title=row.title,
        as_of=row.as_of.isoformat(),
        known_at=local(row.known_at).isoformat(),
        rows=row.rows,
        file_name=row.file_name,
        sha256=row.sha256,
        sent_by=name,
        sent_at=local(row.sent_at).isoformat(),
    )
