"""Sheets upwards: sent in the columns their receiver wants, listed beside the ledgers, given again as they were."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for

from casework.core import texts
from casework.dispatches import queries
from casework.dispatches.tables import Dispatch
from casework.exchange.receivers import receivers
from web import frames, identity, proofs, unit
from web.access import needs
from web.api import answers
from web.forms import field
from web.handing_out import save_as
from web.locales import locale, words
from workflows.ledgers import dispatching, exporting

blueprint = Blueprint("dispatches", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LATELY = 20


@blueprint.post("/ledgers/sent")
@needs(exporting.PERMISSION, anywhere=True)
def send() -> Response:
    """Hand out the sheet of a receiver; what went out is kept."""
    proofs.require()
    until = request.form.get("as_of", "").strip()
    row, content = dispatching.send(
        unit.session(),
        unit.office(),
        request.form.get("receiver", ""),
        actor=identity.actor(),
        at=unit.at(),
        as_of=texts.parse_date(until, field="as_of") if until else None,
        locale=locale(),
    )
    return file_of(row, content)


@blueprint.post("/ledgers/sent/<dispatch_id>")
@needs(exporting.PERMISSION, anywhere=True)
def give_again(dispatch_id: str) -> Response:
    """Hand out a sheet that was sent, as it was; that it was asked for is written down."""
    proofs.require()
    row, content = dispatching.again(
        unit.session(), unit.office(), answers.path_id(dispatch_id), actor=identity.actor(), at=unit.at()
    )
    return file_of(row, content)


def card() -> Mapping[str, Any]:
    """Return what the page of ledgers shows of them."""
    with unit.looking() as session:
        sent = queries.under(session, identity.actor(), limit=_LATELY)
    labels = receivers()
    return {
        "url": url_for("dispatches.send"),
        "day": field("as_of", "exchange.as_of", kind="date", required=False, value=unit.today().isoformat()),
        "receivers": [{"value": code, "label": each.label[locale()]} for code, each in labels.items()],
        "sent": [
            {
                "title": row.title,
                "text": words(
                    "exchange.sent",
                    to=labels[row.receiver].label[locale()] if row.receiver in labels else row.receiver,
                    day=row.as_of.isoformat(),
                    rows=f"{row.rows:,}",
                    who=name or words("exchange.console"),
                    digest=row.sha256[:8],
                ),
                "when": frames.told_instant(row.sent_at),
                "url": url_for("dispatches.give_again", dispatch_id=row.id),
            }
            for row, name in sent
        ],
    }


def file_of(row: Dispatch, content: bytes) -> Response:
    """Return a sheet as a file to be saved."""
    response = make_response(content)
    response.headers["Content-Type"] = XLSX
    save_as(response, row.file_name)
    return response
