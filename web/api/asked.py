"""What the lists and acts of records ask alike: filters of a request, and a masked value shown in plain."""

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import request

from casework.campaign.asking import read_campaign
from casework.core import texts
from casework.core.errors import invalid
from casework.core.ids import parse_id
from casework.permissions import Subject
from web import bodies, identity, proofs, unit
from web.api import desk_schemas
from web.api.operations import Reply
from workflows import revealing
from workflows.revealing import Sealed


def text(name: str, longest: int) -> Callable[[], str | None]:
    """Return a reader of a filter that is one line of text."""

    def read() -> str | None:
        given = request.args.get(name)
        return None if given is None else texts.clean_text(given, field=name, max_length=longest, multiline=False)

    return read


def choice(name: str, choices: Sequence[str], usual: str | None = None) -> Callable[[], str | None]:
    """Return a reader of a filter that is one of a list of codes; without it the answer is `usual`."""

    def read() -> str | None:
        given = request.args.get(name, usual)
        if given is not None and given not in choices:
            raise invalid(name, "not_a_choice", choices=", ".join(choices))
        return given

    return read


# Which campaigns there are is data of the office: its own may stand beside those that are shipped.
CODE_OF_CAMPAIGN = {"type": "string", "minLength": 1, "maxLength": 40}


def campaign() -> str | None:
    """Return the code of the campaign that a list is narrowed to.

    Raises:
        Invalid: there is none of this code.
    """
    given = request.args.get("campaign")
    return None if given is None else read_campaign(given).code


def flag(name: str) -> Callable[[], bool | None]:
    """Return a reader of a filter that is `true` or `false`."""
    read = choice(name, ("true", "false"))

    def as_flag() -> bool | None:
        given = read()
        return None if given is None else given == "true"

    return as_flag


def record_id(name: str) -> Callable[[], UUID | None]:
    """Return a reader of a filter that is the id of a record; whether there is such a one is not asked."""

    def read() -> UUID | None:
        given = request.args.get(name)
        found = None if given is None else parse_id(given)
        if given is not None and found is None:
            raise invalid(name, "not_an_id")
        return found

    return read


def revealed(sealed: Sealed, subject: Subject) -> Reply:
    """Answer with one masked value in plain, as the body asks for it; logged and capped a day."""
    raw = bodies.json_object()
    session, actor, at = unit.session(), identity.actor(), unit.at()
    proven = proofs.is_fresh()
    value = revealing.reveal(session, sealed, raw, subject=subject, actor=actor, at=at, proven=proven)
    left = revealing.left_today(session, actor=actor, at=at)
    return Reply(desk_schemas.RevealOut(field=raw["field"], value=value, left_today=left))
