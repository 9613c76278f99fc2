"""Trainings and meetings as pages: the list of trainings, the sheet to sign in, how everybody came, the materials."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.activities.tables import Activity
from casework.campaign import attending, record_rights, records
from casework.campaign.attending import Guest
from casework.core.errors import Denied, FieldError, Invalid, Refused
from casework.matters import attachments
from casework.members.tables import Member
from casework.permissions import may_anywhere
from casework.registry import queries as registry
from web import bodies, frames, identity, unit
from web.access import needs
from web.handing_out import MEBIBYTES, hand_out
from web.locales import words
from web.pages import link_parts, once, record_pages
from web.pages.cases import files
from web.pages.link_parts import ANNOUNCED, MONEY, Listed
from web.pages.record_pages import Found
from web.views import case_parts, counting, reference, wording
from web.views.counting import framed
from web.views.link_words import act
from workflows.campaign import picturing

blueprint = Blueprint("trainings", __name__)

READ, ENTER, WRITE = "activity.read", "activity.enter", "activity.write"
TRAINING = "training"
_NAME = "activities"
_CHOSEN, _LEFT = "s-", "l-"
_EMPTY_ROWS = 6


@blueprint.get("/trainings")
@needs(READ, anywhere=True)
@record_pages.listing(_NAME, kind=TRAINING)
def show_list(found: Found) -> Listed:
    """List trainings, the latest first, with how many were invited and came."""
    came = attending.came(unit.session(), [each["id"] for each in found.rows])
    return Listed(
        code="trainings",
        head=("title", "held", "place", "came"),
        rows=[_row(each, came.get(each["id"], {})) for each in found.rows],
        more=found.more,
        total=found.total,
        menus=[],
        told=lambda _name, value: value,
        find="q",
        buttons=[act("told.do.plan_training", url_for("activities.ask_new", kind=TRAINING))]
        if may_anywhere(identity.actor(), WRITE)
        else [],
        room=ANNOUNCED,
    )


@blueprint.get("/activities/<uuid:activity_id>/sheet")
@needs(WRITE)
def show_sheet(activity_id: UUID) -> Response:
    """Show the sheet to sign in on A4: who is invited, or (`who=members`) every member in office."""
    row = _to_write(activity_id)
    session = unit.session()
    guests = attending.guests(session, row)
    is_everybody = not guests or request.args.get("who") == "members"
    people = attending.everybody(session, row, on=row.on_date) if is_everybody else [each.member for each in guests]
    lines = [{"name": each.name, "post": each.post} for each in people]
    lines += [{"name": "", "post": reference.org_name(each)} for each in attending.units(session, row)]
    url = url_for("trainings.show_sheet", activity_id=row.id)
    page = render_template(
        "trainings/sheet.html",
        frame=framed(None),
        back_url=url_for("activities.show", activity_id=row.id),
        sheet={
            "title": words("told.sheet.title", title=row.title),
            "facts": [
                words("told.sheet.day", day=wording.long_day(row.on_date)),
                words("told.sheet.place", place=reference.place_told(row.region_code)),
                words("told.sheet.n", n=len(lines)),
            ],
            "rows": [*lines, *({"name": "", "post": ""} for _ in range(_EMPTY_ROWS))],
            "printed": words("told.sheet.printed", office=frames.office_name(), day=unit.today().isoformat()),
        },
        other=None if is_everybody else {"text": words("told.sheet.everybody"), "url": f"{url}?who=members"},
    )
    return make_response(page)


@blueprint.get("/activities/<uuid:activity_id>/attendance")
@needs(WRITE)
def ask_attendance(activity_id: UUID) -> Response:
    """Show the list in which is ticked how everybody came."""
    return _attendance(_to_write(activity_id))


@blueprint.post("/activities/<uuid:activity_id>/attendance")
@needs(WRITE)
@once.sent_once
def keep_attendance(activity_id: UUID) -> Response:
    """Keep what was ticked; with `rest`, whoever has nothing ticked was present."""
    row = _to_write(activity_id, lock=True)
    given = {name.removeprefix(_CHOSEN): each for name, each in request.form.items() if name.startswith(_CHOSEN)}
    if "rest" in request.form:
        given |= {str(each.member.id): "present" for each in _guests(row) if str(each.member.id) not in given}
    leaves = {
        name.removeprefix(_LEFT): each
        for name, each in request.form.items()
        # A leave chosen for somebody who was there after all says nothing.
        if name.startswith(_LEFT) and given.get(name.removeprefix(_LEFT)) == attending.LEAVE
    }
    try:
        n = attending.keep(unit.session(), row, given, leaves, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _attendance(row, mistakes=mistake.errors)
    frames.say(words("told.attendance_kept", n=n))
    return link_parts.led_to(url_for("activities.show", activity_id=row.id))


@blueprint.post("/activities/<uuid:activity_id>/files")
@needs(ENTER)
@bodies.takes_up_to(MEBIBYTES)
def put_file(activity_id: UUID) -> Response:
    """Put materials to an activity; a member puts pictures to their own."""
    _to_fill(activity_id)
    # Nothing stays open while the file is taken in: a slow disk must keep nobody else from writing.
    unit.session().rollback()
    try:
        caption = picturing.read_caption(request.form.get(picturing.CAPTION, ""))
        staged = files.stage_sent()
        row = _to_fill(activity_id, lock=True)
        kept = picturing.put(unit.session(), row, staged, caption=caption, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _back_to_files(activity_id, words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params))
    return _back_to_files(activity_id, words("files.added", name=kept.name))


@blueprint.get("/activities/<uuid:activity_id>/files/<uuid:file_id>")
@needs(READ)
def fetch_file(activity_id: UUID, file_id: UUID) -> Response:
    """Hand materials out, to be saved."""
    row = record_pages.taken(_NAME, activity_id)
    return hand_out(attachments.get(unit.session(), matter_id=row.id, attachment_id=file_id))


def buttons_of(row: Activity) -> list[dict[str, str]]:
    """Return what the office can do with an activity; of one to which people are invited, call them and tick them."""
    url = url_for("activities.show", activity_id=row.id)
    mending = [act("money.do.mend", f"{url}/edit")]
    if row.kind not in records.planned_kinds():
        return mending
    call = act("told.do.call", url_for("announcements.ask_new", activity_id=row.id))
    tick = act("told.do.tick", f"{url}/attendance")
    is_over = row.on_date <= unit.today()
    return [*((tick, call) if is_over else (call, tick)), act("told.do.sheet", f"{url}/sheet"), *mending]


def may_fill(row: Activity) -> bool:
    """Say whether the caller may put a file to this activity."""
    if row.withdrawn:
        return False
    try:
        picturing.require(unit.session(), row, actor=identity.actor(), at=unit.at())
    except (Denied, Refused):
        return False
    return True


def files_of(row: Activity) -> dict[str, Any] | None:
    """Return the materials and pictures of an activity; None where there are none and none may be added."""
    may_add = may_fill(row)
    kept = attachments.of_matter(unit.session(), row.id)
    if not kept and not may_add:
        return None
    names = registry.people_by_id(unit.session(), [each.added_by for each in kept])
    told = [(each, names.get(each.added_by, "") if each.added_by else "") for each in kept]
    shown = case_parts.files_told(told, f"{url_for('activities.show', activity_id=row.id)}/files", may_add=may_add)
    return {**shown, "caption": picturing.CAPTION_LENGTH}


def _to_fill(activity_id: UUID, *, lock: bool = False) -> Activity:
    row: Activity = record_pages.taken(_NAME, activity_id, lock=lock)
    picturing.require(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _to_write(activity_id: UUID, *, lock: bool = False) -> Activity:
    row: Activity = record_pages.taken(_NAME, activity_id, lock=lock)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _guests(row: Activity) -> Sequence[Guest]:
    """Return who is invited, or every member in office where nobody is."""
    found = attending.guests(unit.session(), row)
    everybody: Sequence[Member] = () if found else attending.everybody(unit.session(), row, on=row.on_date)
    return found or [Guest(each) for each in everybody]


def _attendance(row: Activity, *, mistakes: Sequence[FieldError] = ()) -> Response:
    statuses = ("leave",) if row.on_date > unit.today() else records.STATUSES
    wrong = {each.field.rpartition(".")[2]: words(f"field.{each.code}", **each.params) for each in mistakes}
    page = render_template(
        "trainings/attendance.html",
        frame=counting.framed(ANNOUNCED if row.kind == TRAINING else MONEY),
        title=words("told.attendance_of", title=row.title),
        crumb={"text": row.title, "url": url_for("activities.show", activity_id=row.id)},
        note=words("told.leave_only", day=wording.long_day(row.on_date)) if len(statuses) == 1 else None,
        url=url_for("trainings.keep_attendance", activity_id=row.id),
        number=once.given_number(),
        said=next(iter(wrong.values()), None),
        statuses=[{"value": each, "label": words(f"attendance.{each}")} for each in statuses],
        rows=[_guest(each) for each in _guests(row)],
        with_rest=len(statuses) > 1,
    )
    return make_response(page, 422 if mistakes else 200)


def _guest(guest: Guest) -> dict[str, Any]:
    name, left = f"{_CHOSEN}{guest.member.id}", f"{_LEFT}{guest.member.id}"
    answer = f"{words(f'told.answer.{guest.answer}')} {guest.words}".strip() if guest.answer else ""
    return {
        "name": name,
        "text": guest.member.name,
        "post": guest.member.post,
        "answer": answer,
        "value": request.form.get(name, guest.expected),
        "leave": {
            "name": left,
            "value": request.form.get(left, "" if guest.row is None else guest.row.leave),
            "options": [{"value": each, "label": words(f"attendance.leave.{each}")} for each in records.LEAVES],
        },
    }


def _row(told: Any, came: Any) -> dict[str, Any]:
    there = came.get("present", 0) + came.get("late", 0)
    counted = words("told.came", n=there, whole=sum(came.values())) if came else ""
    return {
        "url": url_for("activities.show", activity_id=told["id"]),
        "title": told["title"],
        "sub": None,
        "cells": [
            {
                "text": wording.long_day(told["on_date"])
                if told["on_date"] >= unit.today()
                else told["on_date"].isoformat()
            },
            {"text": reference.place_told(told["region_code"])},
            {"text": counted or (words("told.to_come") if told["on_date"] > unit.today() else "")},
        ],
        "act": None,
    }


def _back_to_files(activity_id: UUID, said: str) -> Response:
    frames.say(said)
    return make_response(redirect(f"{url_for('activities.show', activity_id=activity_id)}#case-files", 303))
