"""Days and times as people type them into pages: 2026.12.5, 2026/12/5, 2026年12月5日 14：30, full-width digits.

A browser's own picker sends ISO; an older one, a pasted text or an address typed by hand does not. What such a field
says is understood here, once, as a cell of a sheet is, and reaches whoever reads the form as ISO. What cannot be
understood stays as it was typed, and the reader of the field refuses it. Programs are held to ISO (contract.md).
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time

from flask import Flask, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from casework.core.errors import Invalid
from casework.exchange import values
from web import locales

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
# What asks for no day although it could be read as one: the number by which Excel keeps days.
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
# By the last part of a field's name: every field of a page that asks for a day is named so, as
# tests/web/pages/test_typed_days.py holds.
_DAYS = re.compile(
    r"(?:.*_on|.*since|.*until|valid_(?:from|to)|reported_(?:from|to)|as_of|answer_by|day|first|last|from|to|on|on_date)"
)
_MOMENTS = re.compile(r"starts_at|ends_at|option\.[0-9]+")
_CLOCKS = re.compile(r"opens|closes|at")


def day(text: str) -> str:
    """Return a day as ISO has it; what is none, lacks its year or has a time besides stays as it is."""
    found = _read(text)
    return text if found is None or found[1] is not None else found[0].isoformat()


def moment(text: str) -> str:
    """Return a day with its time as a form's own field sends it; what is none, or lacks either, stays as it is."""
    found = _read(text)
    if found is None or found[1] is None:
        return text
    return datetime.combine(found[0], found[1]).isoformat("T", "seconds" if found[1].second else "minutes")


def clock(text: str) -> str:
    """Return a time of day as 14:30; what is none stays as it is."""
    try:
        return f"{values.time_from_cell(text, column=''):%H:%M}" if text else text
    except Invalid:
        return text


def _read(text: str) -> tuple[date, time | None] | None:
    if not text or _ISO.fullmatch(text) or _SERIAL.fullmatch(text.strip()):
        return None
    try:
        return values.day_and_time_from_cell(text, column="")
    except Invalid:
        return None


def _same(text: str) -> str:
    return text


def reader_of(name: str) -> Callable[[str], str]:
    """Return what reads the field of a name: of a day, a moment or a time; of any other, what leaves it alone."""
    if _MOMENTS.fullmatch(name):
        return moment
    last = name.rpartition(".")[2]
    return day if _DAYS.fullmatch(last) else clock if _CLOCKS.fullmatch(last) else _same


def understood(sent: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    """Return what was sent with its days and times in ISO."""
    return ImmutableMultiDict([(name, reader_of(name)(value)) for name, value in sent.items(multi=True)])


def init(app: Flask) -> None:
    """Let every page read days and times however they were typed."""

    @app.before_request
    def _understand() -> None:
        if request.endpoint is None or request.path.startswith(locales.FOR_PROGRAMS):
            return
        if request.args:
            request.args = understood(request.args)
        if request.method == "POST" and request.form:
            request.form = understood(request.form)
