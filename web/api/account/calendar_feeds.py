"""Addresses of the caller's own calendar: made, listed, ended."""

from datetime import datetime
from uuid import UUID

from flask import Response, url_for

from casework.registry import accounts, tokens
from casework.registry.tables import Person, Token
from web import identity, unit
from web.api import answers
from web.api.operations import Reply, operation
from web.api.schemas import ListOut, Model
from web.locales import local

_MINE = "profile.change"


class CalendarFeedOut(Model):
    """An address of a calendar; `url` stands only in the answer that made it."""

    id: UUID
    label: str
    created_at: datetime
    used_at: datetime | None
    url: str | None


class CalendarFeedList(ListOut):
    """Addresses that work, the newest first."""

    items: list[CalendarFeedOut]


@operation(
    "GET",
    "/calendar-feeds",
    permission=_MINE,
    summary="List the addresses of the caller's calendar",
    answers={200: CalendarFeedList},
)
def list_feeds() -> Reply:
    """List them; the secrets are not kept and cannot be told again."""
    rows = tokens.list_living(unit.session(), identity.person_id(), at=unit.at(), kinds=[tokens.CALENDAR])
    return Reply(CalendarFeedList(items=[_shown(row) for row in rows], next=None))


@operation(
    "POST",
    "/calendar-feeds",
    permission=_MINE,
    summary="Make an address of the caller's calendar",
    answers={201: CalendarFeedOut},
)
def make_feed() -> Reply:
    """Make an address to subscribe to; whoever has it sees the calendar, until it is ended."""
    row, url = make(accounts.get_account(unit.session(), identity.person_id()), "")
    return Reply(_shown(row, url), 201)


@operation(
    "DELETE",
    "/calendar-feeds",
    permission=_MINE,
    summary="End all addresses of the caller's calendar",
    answers={204: None},
)
def drop_feeds() -> Response:
    """End them all; from now on they are not found."""
    for row in tokens.list_living(unit.session(), identity.person_id(), at=unit.at(), kinds=[tokens.CALENDAR]):
        _revoke(row.id)
    return Response(status=204)


@operation(
    "DELETE",
    "/calendar-feeds/<feed_id>",
    permission=_MINE,
    summary="End one address of the caller's calendar",
    answers={204: None},
    problems=(404,),
)
def drop_feed(feed_id: str) -> Response:
    """End one; from now on it is not found."""
    _revoke(answers.path_id(feed_id))
    return Response(status=204)


def make(person: Person, label: object) -> tuple[Token, str]:
    """Make an address of somebody's calendar; returns what is kept and the address, which cannot be told again.

    Raises:
        Invalid: the label cannot be kept.
    """
    row, plain = tokens.create(
        unit.session(), person, actor=identity.actor(), at=unit.at(), kind=tokens.CALENDAR, label=label
    )
    return row, url_for("calendar_feeds.show", secret=plain, _external=True)


def _revoke(token_id: UUID) -> None:
    tokens.revoke(unit.session(), identity.person_id(), token_id=token_id, actor=identity.actor(), at=unit.at())


def _shown(row: Token, url: str | None = None) -> CalendarFeedOut:
    return CalendarFeedOut(
        id=row.id,
        label=row.label,
        created_at=local(row.created_at),
        used_at=None if row.used_at is None else local(row.used_at),
        url=url,
    )
