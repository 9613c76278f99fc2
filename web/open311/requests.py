"""Requests: listed, one by its number, reported, and asked for by a token."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, request

from casework.core import texts
from casework.core.errors import FieldError, Invalid, invalid
from casework.matters import idempotency
from casework.matters.attachments import Staged
from casework.open311 import queries
from casework.open311.queries import MOST, SPAN, Asked, Request
from web import handing_in, unit
from web.locales import words
from web.open311 import formats
from web.open311.doors import ROOT, asked, client, county, door, reader, sent
from web.open311.services import instant
from workflows.outside import open311

_PUBLIC = "GeoReport v2 needs no key to be read"
_KEYED = "the key of the sender is asked for by the view itself"
_STATUSES = ("open", "closed")
_SECOND = timedelta(seconds=1)
_MOST_FILES = 5
_LONGEST_LIST = 100_000


@door("GET", f"{ROOT}/requests", _PUBLIC)
def list_requests() -> Response:
    """List what is public, and the client's own."""
    who, wanted = reader(), _asked()
    return _answered(queries.listed(unit.session(), who, wanted))


@door("GET", f"{ROOT}/requests/<request_number>", _PUBLIC)
def show_request(request_number: str) -> Response:
    """Show one request, as a list of one."""
    who = reader()
    return _answered([queries.take(unit.session(), who, _plain(request_number))])


@door("GET", f"{ROOT}/tokens/<token>", _PUBLIC)
def show_token(token: str) -> Response:
    """Tell the number for a token. Numbers are given at once here, so a request's own number is all there is."""
    who = reader()
    found = queries.take(unit.session(), who, _plain(token))
    return formats.answer("service_requests", [{"service_request_id": found.number, "token": found.number}])


@door("POST", f"{ROOT}/requests", _KEYED)
def report_request() -> Response:
    """Report; the number is given at once, the same one when it was reported before."""
    given, who = sent(), client()
    files = _staged(given)
    key = request.headers.get(idempotency.FIELD)
    told = None if key is None else idempotency.read_key(key)

    made = open311.submit(unit.session(), given, client=who, county=county(), files=files, key=told, at=unit.at())
    row = {
        "service_request_id": made.number,
        "service_notice": words("open311.notice", number=made.number),
        "account_id": made.account_id,
    }
    return formats.answer("service_requests", [row])


def _staged(given: Any) -> Sequence[Staged]:
    """Take the files of a request into the store, before anything is written.

    Raises:
        Invalid: too many, of no kind that is kept, or beside a web address.
    """
    files = [file for file in request.files.values() if file.filename]
    if not files:
        return ()
    if "media" in request.files and "media_url" in given:
        raise invalid("media", "media_once")
    if len(files) > _MOST_FILES:
        raise invalid("media", "photos_many", most=_MOST_FILES)
    try:
        return [handing_in.stage(file.stream, name=file.filename or "") for file in files]
    except Invalid as fault:
        raise Invalid([FieldError("media", each.code, each.params) for each in fault.errors]) from fault


def _answered(found: Sequence[Request]) -> Response:
    return formats.answer("service_requests", [_row(each) for each in found])


def _row(each: Request) -> dict[str, Any]:
    return {
        "service_request_id": each.number,
        "status": "closed" if queries.is_closed(each.state, each.result_class) else "open",
        "status_notes": status_note(each.state, each.result_class, each.review_on),
        "service_name": each.service_name,
        "service_code": each.service,
        "description": each.description,
        "agency_responsible": each.agency,
        "service_notice": None,
        "requested_datetime": instant(each.requested_at),
        "updated_datetime": instant(each.updated_at),
        "expected_datetime": None if each.expected_at is None else instant(each.expected_at),
        "address": each.address,
        "address_id": each.address_id,
        # Neither is kept of a case, and nobody's house is told.
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def status_note(state: str, result_class: str | None, review_on: date | None = None) -> str:
    """Return how a case stands, in a sentence of ours: no word of those who work on it."""
    code = f"{state}_{result_class}" if state == "closed" and result_class else state
    if code == "closed_B" and review_on is None:
        code = "coordinated"
    return words(f"open311.status.{code}", day=review_on)


def _asked() -> Asked:
    """Read the filters; ids override all others.

    Raises:
        Invalid: every mistake.
    """
    numbers = _list("service_request_id")
    if len(numbers) > MOST:
        raise invalid("service_request_id", "ids_many", most=MOST)
    if numbers:
        return Asked(numbers=numbers, page_size=MOST)
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    readers: dict[str, Callable[[], Any]] = {
        "services": lambda: _list("service_code"),
        "statuses": _statuses,
        "updated_after": lambda: asked_instant("updated_after"),
        "updated_before": lambda: asked_instant("updated_before", end=True),
        "page": lambda: _number("page", most=100_000),
        "page_size": lambda: _number("page_size", most=MOST, default=MOST),
        "span": lambda: asked_span(is_open=bool(asked("updated_after") or asked("updated_before"))),
    }
    for name, read in readers.items():
        try:
            values[name] = read()
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    since, until = values.pop("span")
    return Asked(since=since, until=until, **values)


def asked_span(*, is_open: bool = False) -> tuple[datetime | None, datetime | None]:
    """Read `start_date` and `end_date`: 90 days at most, the last 90 when neither is given (unless `is_open`).

    Raises:
        Invalid: a date is none, they are turned round, or too far apart.
    """
    since, until = asked_instant("start_date"), asked_instant("end_date", end=True)
    if since is None and until is None:
        return (None, None) if is_open else (unit.at() - SPAN, None)
    if since is None and until is not None:
        since = until - SPAN
    elif since is not None and until is None:
        until = min(unit.at(), since + SPAN)
    if since is not None and until is not None:
        if asked("end_date") and until < since:
            raise invalid("end_date", "span_turned")
        # The end counts to the end of its second.
        if until - since > SPAN + _SECOND:
            raise invalid("end_date", "span_too_long", days=SPAN.days)
    return since, until


def asked_instant(name: str, *, end: bool = False) -> datetime | None:
    """Read an instant of the query; `end`: the last moment of that second, since answers are in whole seconds.

    Raises:
        Invalid: it is none.
    """
    # A plus sign that nobody encoded comes as a blank.
    given = asked(name).replace(" ", "+") if "T" in asked(name).upper() else asked(name)
    if not given:
        return None
    zone = unit.office().settings.zone
    at = (
        texts.parse_local_instant(given, field=name, zone=zone)
        if "T" in given.upper()
        else datetime.combine(texts.parse_date(given, field=name), datetime.min.time(), zone)
    )
    try:
        return at + _SECOND - timedelta(microseconds=1) if end else at
    except OverflowError:
        raise invalid(name, "date_range") from None


def _statuses() -> Sequence[str]:
    found = [each.lower() for each in _list("status")]
    if any(each not in _STATUSES for each in found):
        raise invalid("status", "not_a_choice", choices=", ".join(_STATUSES))
    return found


def _list(name: str) -> Sequence[str]:
    values = request.args.get(name, "")[:_LONGEST_LIST].split(",")
    return [value for each in values if (value := each.strip()) and not texts.names_nothing(value)]


def _number(name: str, *, most: int, default: int = 1) -> int:
    return texts.parse_int(asked(name), field=name, minimum=1, maximum=most) if asked(name) else default


def _plain(number: str) -> str:
    # What no text of ours can hold is the number of nothing; PostgreSQL will not even be asked for it.
    return "" if texts.names_nothing(number) else number
