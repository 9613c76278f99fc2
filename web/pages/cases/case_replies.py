"""The reply to a reporter as a page: several of the unit write it, in versions, before the case is resolved."""

from flask import Blueprint, Response, url_for

from web import unit
from web.access import needs
from web.locales import words
from web.pages import desks, text_desks
from web.pages.desks import Hand
from web.pages.text_desks import Desk
from workflows import records
from workflows.cases import replying

blueprint = Blueprint("case_replies", __name__)

_ROOM = "cases"


@blueprint.get("/cases/<number>/reply")
@needs(replying.PERMISSION)
def write(number: str) -> Response:
    """Show the reply to be written with its versions."""
    return text_desks.page(_desk(_mine(number)))


@blueprint.post("/cases/<number>/reply")
@needs(replying.PERMISSION)
def save(number: str) -> Response:
    """Save the reply as a version, or show both texts where somebody else saved meanwhile."""
    hand = _mine(number, lock=True)
    return text_desks.save(
        _desk(hand),
        lambda raw: replying.save(unit.session(), hand.case, raw, subject=hand.subject, actor=hand.actor, at=unit.at()),
    )


def _mine(number: str, *, lock: bool = False) -> Hand:
    hand = desks.take(number, lock=lock)
    records.require(hand.actor, replying.PERMISSION, hand.subject)
    return hand


def _desk(hand: Hand) -> Desk:
    case = hand.case
    return Desk(
        row=case,
        text=replying.TEXT,
        url=url_for("case_replies.save", number=case.number),
        title=words("replies.of", title=case.title),
        crumb={"text": case.number, "url": f"/cases/{case.number}"},
        label="replies.label",
        said="replies.saved",
        room=_ROOM,
    )
