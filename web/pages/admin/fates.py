"""What became of each message: where it went and when, or why it did not; never what stood in it. And what it cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for

from casework.core.fates import FATES, Told
from casework.core.i18n import catalogue
from casework.matters import notices
from casework.registry import queries as registry
from casework.robots import actions as robots
from web import unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages.admin.admin_parts import cell, moment, page, tabs

blueprint = Blueprint("fates", __name__)

PERMISSION = "settings.change"
LOOKED_BACK = timedelta(days=30)
MOST = 100
_TONES = {"waiting": "grey", "sent": "green", "dropped": "outline", "failed": "red"}
_OF_A_CASE = "case_"


@blueprint.get("/admin/fates")
@needs(PERMISSION, anywhere=True)
def show_fates() -> Response:
    """Show what became of the messages of thirty days: how many met which fate, and the latest one by one."""
    session, since = unit.session(), unit.at() - LOOKED_BACK
    channels = (*notices.CHANNELS, *robots.KINDS)
    channel, fate = _asked("channel", channels), _asked("fate", FATES)
    counted = [*notices.fates(session, since=since), *robots.fates(session, since=since)]
    told = [words("fates.count", channel=_channel(each), fate=words(f"fates.{met}"), n=n) for each, met, n in counted]
    text = words("fates.counts", told="; ".join(told))
    shown = page(
        "calendar",
        title=words("admin.tab.fates"),
        tabs=tabs("fates"),
        note={"tone": "", "strong": words("fates.note"), "text": " ".join(filter(None, (text, _costs())))},
        find={
            "url": url_for("fates.show_fates"),
            "fields": [
                _choice("channel", [(each, _channel(each)) for each in channels], channel),
                _choice("fate", [(each, words(f"fates.{each}")) for each in FATES], fate),
            ],
            "submit": words("fates.find"),
        },
        table={
            "caption": words("admin.tab.fates"),
            "head": [words(f"fates.head.{each}") for each in ("at", "to", "channel", "fate")],
            "rows": [row for _, row in _latest(since=since, channel=channel, fate=fate)],
            "nothing": words("fates.nothing"),
        },
    )
    return make_response(shown)


def _latest(*, since: datetime, channel: str | None, fate: str | None) -> Sequence[tuple[datetime, dict[str, Any]]]:
    """Return the latest messages to people and to groups, newest first."""
    session, found = unit.session(), []
    if channel not in robots.KINDS:
        rows = notices.latest(session, since=since, channel=channel, fate=fate, limit=MOST)
        names = registry.people_by_id(session, {row.person_id for row in rows})
        found += [(row.created_at, _row(row, names.get(row.person_id, ""), row.channel)) for row in rows]
    if channel not in notices.CHANNELS:
        said = robots.latest(session, since=since, kind=channel, fate=fate, limit=MOST)
        found += [(row.created_at, _row(row, robot.label, robot.kind)) for row, robot in said]
    return sorted(found, key=lambda each: each[0], reverse=True)[:MOST]


def _costs() -> str:
    """Say what the text messages of the latest months came to; nothing where none was sent."""
    told = [
        words("fates.cost", month=row.month, messages=row.messages, parts=row.parts, yuan=f"{row.mills / 1000:.2f}")
        for row in notices.text_costs(unit.session(), limit=3)
    ]
    return words("fates.costs", told="; ".join(told)) if told else ""


def _asked(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name, "")
    return value if value in known else None


def _choice(name: str, options: list[tuple[str, str]], value: str | None) -> dict[str, Any]:
    return field(name, f"fates.head.{name}", kind="select", required=False, value=value or "", options=options)


def _channel(name: str) -> str:
    return words(f"robot.kind.{name}" if name in robots.KINDS else f"fates.channel.{name}")


def _row(row: Told, name: str, channel: str) -> dict[str, Any]:
    tries = words("fates.tries", n=row.attempts) if row.attempts > 1 else None
    when = moment(row.sent_at or row.created_at)
    chip = (_TONES[row.fate], words(f"fates.{row.fate}"))
    cells = [cell(when), cell(name), cell(_channel(channel), sub=tries), cell("", sub=_why(row) or None, chip=chip)]
    return {"cells": cells, "acts": []}


def _why(row: Told) -> str:
    """Say why it did not go out (or not yet): what is known by a word in words, a fault on the way as it was noted."""
    reason = row.fate_reason or ""
    if reason.startswith(_OF_A_CASE):
        return words("fates.why.case_moved_on")
    return words(f"fates.why.{reason}") if f"fates.why.{reason}" in catalogue() else reason
