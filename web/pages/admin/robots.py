"""Robots of group chats for the administrator: made, tried, ended. Their addresses are shown to nobody again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.registry import queries as registry
from casework.robots import actions
from casework.robots.tables import Robot
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.admin.admin_parts import act, cell, moment, page, tabs
from workflows.outside import robots
from workflows.outside.robots import MANAGE

blueprint = Blueprint("robots", __name__)

_TYPED = ("kind", "label", "url", "org", "secret")
_SAYS = ("digests", "alarms")


@blueprint.get("/admin/robots")
@needs(MANAGE, anywhere=True)
def show_robots() -> Response:
    """Show the robots, and the form for a further one."""
    return _list()


@blueprint.post("/admin/robots")
@needs(MANAGE, anywhere=True)
def make_robot() -> Response:
    """Keep a robot."""
    raw: dict[str, Any] = {name: request.form.get(name, "") for name in _TYPED}
    raw |= {name: request.form.get(name) == "1" for name in _SAYS}
    allowed = unit.office().settings.webhook_allow
    try:
        robots.make(unit.session(), raw, actor=identity.actor(), at=unit.at(), allowed=allowed)
    except Invalid as mistake:
        return _list(mistake.errors, status=422)
    return _back("robot.kept")


@blueprint.post("/admin/robots/<uuid:robot_id>/try")
@needs(MANAGE, anywhere=True)
def try_robot(robot_id: UUID) -> Response:
    """Say something of no matter."""
    robots.try_out(unit.session(), robot_id, actor=identity.actor(), at=unit.at())
    return _back("robot.tried")


@blueprint.post("/admin/robots/<uuid:robot_id>/end")
@needs(MANAGE, anywhere=True)
def end_robot(robot_id: UUID) -> Response:
    """Say nothing more in a group."""
    robots.end(unit.session(), robot_id, actor=identity.actor(), at=unit.at())
    return _back("robot.ended")


def _list(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    rows = actions.living(unit.session())
    orgs = registry.orgs_by_id(unit.session(), [row.org_id for row in rows if row.org_id is not None])
    shown = page(
        "calendar",
        title=words("admin.tab.robots"),
        tabs=tabs("robots"),
        note={"tone": "", "strong": words("robot.note"), "text": None},
        form=_form(mistakes),
        table={
            "caption": words("admin.tab.robots"),
            "head": [words(f"robot.head.{each}") for each in ("label", "unit", "says", "state")],
            "rows": [_row(row, orgs[row.org_id].name if row.org_id else words("robot.office")) for row in rows],
            "nothing": words("robot.nothing"),
        },
    )
    return make_response(shown, status)


def _row(row: Robot, place: str) -> dict[str, Any]:
    rests = row.rests_until is not None and row.rests_until > unit.at()
    state = words("robot.rests", when=moment(row.rests_until)) if rests and row.rests_until else words("robot.works")
    says = [words(f"robot.{each}") for each in _SAYS if getattr(row, each)]
    return {
        "cells": [
            cell(row.label, sub=words(f"robot.kind.{row.kind}")),
            cell(place),
            cell(says[0], sub=says[1] if len(says) > 1 else None),
            cell("", chip=("amber" if rests else "green", state)),
        ],
        "acts": [
            act("robot.try", url_for("robots.try_robot", robot_id=row.id), method="post"),
            act("robot.end", url_for("robots.end_robot", robot_id=row.id), method="post"),
        ],
    }


def _form(mistakes: Sequence[FieldError]) -> Mapping[str, Any]:
    sent = request.form if mistakes else {}
    kinds = [(each, words(f"robot.kind.{each}")) for each in actions.KINDS]
    fields = [
        field("kind", "robot.kind", kind="select", value=sent.get("kind", actions.KINDS[0]), options=kinds),
        field("label", "robot.label", value=sent.get("label"), hint="robot.label_hint"),
        # Not filled in again: whoever looks over a shoulder could write into the group.
        field("url", "robot.url", hint="robot.url_hint", wide=True),
        field("org", "robot.org", required=False, value=sent.get("org"), hint="robot.org_hint"),
        field("secret", "robot.secret", required=False, hint="robot.secret_hint"),
        *(field(each, f"robot.{each}", kind="bool", value=sent.get(each, "1") == "1") for each in _SAYS),
    ]
    shown, summary = with_mistakes(fields, mistakes)
    return {
        "url": url_for("robots.make_robot"),
        "title": words("robot.new"),
        "fields": shown,
        "errors": summary,
        "submit": words("admin.save"),
    }


def _back(said: str) -> Response:
    frames.say(words(said))
    return make_response(redirect(url_for("robots.show_robots"), 303))
