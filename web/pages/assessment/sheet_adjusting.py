"""The form by which the office sets points beside those computed, item by item, each with its reason."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.assessment import sheets
from casework.assessment.tables import Assessment
from casework.core.errors import FieldError
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import locale, words
from web.pages import desks, link_parts, once
from web.pages.assessment.assessments import ROOM, take
from web.pages.link_parts import Form
from workflows.campaign import assessments

blueprint = Blueprint("sheet_adjusting", __name__)


@blueprint.get("/assessments/<uuid:sheet_id>/adjust")
@needs(assessments.REVIEW)
def ask_adjust(sheet_id: UUID) -> Response:
    """Show the form that sets points beside those computed, each with its reason."""
    row = take(sheet_id)
    assessments.require_judge(unit.session(), row, actor=identity.actor())
    return _adjust_form(row)


@blueprint.post("/assessments/<uuid:sheet_id>/adjust")
@needs(assessments.REVIEW)
@once.sent_once
def adjust(sheet_id: UUID) -> Response:
    """Set points beside those computed; what is left empty stays as it was computed."""
    row = take(sheet_id, lock=True)
    given = [
        {"item": item["item"], "points": points, "reason": request.form.get(f"reason-{item['item']}", "")}
        for item in row.content["items"]
        if (points := request.form.get(f"points-{item['item']}", "").strip())
    ]

    def write() -> Response:
        assessments.adjust(
            unit.session(),
            row,
            {"adjustments": given},
            actor=identity.actor(),
            at=unit.at(),
            expected_version=desks.given_version(),
        )
        return link_parts.done("assessments.adjusted", url_for("assessments.show", sheet_id=row.id))

    def again(*, mistakes: Sequence[FieldError] = (), **why: Any) -> Response:
        return _adjust_form(row, mistakes=[_at_its_field(each, given) for each in mistakes], **why)

    return link_parts.try_it(write, again)


def _adjust_form(row: Assessment, **why: Any) -> Response:
    sent, adjusted = request.form, {each["item"]: each for each in row.adjustments}
    fields = [field("version", "linked.kind", kind="hidden", value=row.version)]
    for item in row.content["items"]:
        code, kept = item["item"], adjusted.get(item["item"])
        computed, most = sheets.points_text(item["points"]), sheets.points_text(item["most"])
        points = "" if kept is None else sheets.points_text(kept["points"])
        fields += [
            {
                **field(
                    f"points-{code}", "assessments.points", required=False, value=sent.get(f"points-{code}", points)
                ),
                "label": words("assessments.points_of", item=item["label"][locale()]),
                "hint": words("assessments.computed_of", computed=computed, most=most),
                "inputmode": "decimal",
            },
            field(
                f"reason-{code}",
                "assessments.reason",
                required=False,
                value=sent.get(f"reason-{code}", "" if kept is None else kept["reason"]),
            ),
        ]
    back = (
        words("assessments.of_member", name=row.member_name, year=row.year),
        url_for("assessments.show", sheet_id=row.id),
    )
    form = Form(
        words("assessments.adjust"),
        url_for("sheet_adjusting.adjust", sheet_id=row.id),
        back,
        fields,
        words("links.do.keep"),
        note={"tone": "grey", "strong": words("assessments.adjust_note"), "text": None, "link": None},
        room=ROOM,
    )
    return link_parts.form_page(form, **why)


def _at_its_field(mistake: FieldError, given: Sequence[Mapping[str, Any]]) -> FieldError:
    """Return a mistake at the field of the form: `adjustments[0].points` is the points of the first item filled in."""
    place, _, name = mistake.field.removeprefix("adjustments[").partition("].")
    if not place.isdigit() or int(place) >= len(given):
        return mistake
    return FieldError(f"{name}-{given[int(place)]['item']}", mistake.code, mistake.params)
