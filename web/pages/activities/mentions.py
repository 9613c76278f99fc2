"""What an experience names, on its page: links to cases and projects, and the form in which the office chooses them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.activities.tables import Activity
from casework.campaign import mentions, record_rights
from casework.core import personal
from casework.core.errors import FieldError, Invalid, NotFound
from casework.core.ids import parse_id
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_parts, once, record_pages
from web.pages.link_parts import ANNOUNCED, Form
from web.views import wording
from web.views.case_list import state_label
from web.views.link_words import act

blueprint = Blueprint("mentions", __name__)

WRITE = "activity.write"
_NAME = "activities"
_MOST_PROJECTS = 200


@blueprint.get("/experiences/<uuid:experience_id>/mentions")
@needs(WRITE)
def ask(experience_id: UUID) -> Response:
    """Show what an experience names, to be ticked off, and how to add a case or a project."""
    return _form(_to_write(experience_id))


@blueprint.post("/experiences/<uuid:experience_id>/mentions")
@needs(WRITE)
@once.sent_once
def keep(experience_id: UUID) -> Response:
    """Let an experience name what stayed ticked and what was added; what its editor may not see stays as it is."""
    row = _to_write(experience_id, lock=True)

    def write() -> Response:
        session, actor, at = unit.session(), identity.actor(), unit.at()
        ticked = {parse_id(each) for each in request.form.getlist("kept")}
        named = mentions.seen_of(session, row.id, actor=actor, at=at)
        shown: list[Any] = [*named.cases, *named.projects]
        for gone in {each.id for each in shown} - ticked:
            mentions.take_off(session, row, gone, actor=actor, at=at)
        for kind in mentions.KINDS:
            if typed := request.form.get(kind, "").strip():
                mentions.put(session, row, kind, _taken(kind, typed), actor=actor, at=at)
        return link_parts.done("links.kept", _url(row))

    return link_parts.try_it(write, lambda **why: _form(row, **why))


def section(row: Activity, *, may: bool) -> list[dict[str, Any]]:
    """Return the section that tells what an experience names; none where nothing is to be seen or done."""
    named = mentions.seen_of(unit.session(), row.id, actor=identity.actor(), at=unit.at())
    rows = [
        *({"text": _case_told(each), "url": f"/cases/{each.number}", "sub": state_label(each.state)}
          for each in named.cases),
        *({"text": each.name, "url": url_for("projects.show", project_id=each.id),
           "sub": words(f"record.project.{each.kind}")} for each in named.projects),
    ]  # fmt: skip
    if not rows and not may:
        return []
    choose = act("mention.do.choose", f"{_url(row)}/mentions") if may else None
    told = record_pages.section("outcome", rows, act=choose)
    return [{**told, "code": "mentions", "title": words("mention.title")}]


# ------------------------------------------------------------------ parts
def _to_write(experience_id: UUID, *, lock: bool = False) -> Activity:
    row: Activity = record_pages.taken(_NAME, experience_id, lock=lock)
    if row.kind != mentions.EXPERIENCE:
        raise NotFound(mentions.EXPERIENCE)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _taken(kind: str, typed: str) -> UUID:
    code = f"no_such_{kind}"
    if kind == mentions.PROJECT and parse_id(typed) is None:
        raise Invalid([FieldError(kind, code)])
    try:
        return mentions.take(unit.session(), kind, typed, actor=identity.actor(), at=unit.at())
    except NotFound:
        raise Invalid([FieldError(kind, code)]) from None


def _url(row: Activity) -> str:
    return url_for("experiences.show", experience_id=row.id)


def _case_told(case: Any) -> str:
    return words("links.case", number=wording.short_number(case.number), title=personal.scrub(case.title))


def _form(row: Activity, **why: Any) -> Response:
    named = mentions.seen_of(unit.session(), row.id, actor=identity.actor(), at=unit.at())
    told = [*((str(each.id), _case_told(each)) for each in named.cases)]
    told += [(str(each.id), each.name) for each in named.projects]
    kept = request.form.getlist("kept") if request.method == "POST" else [value for value, _label in told]
    fields = []
    if told:
        fields.append(field("kept", "mention.field.kept", kind="checks", required=False, wide=True, options=told,
                            picked=kept))  # fmt: skip
    projects = record_pages.of("projects", limit=_MOST_PROJECTS).rows
    case = request.form.get(mentions.CASE, "")
    fields += [
        field(mentions.CASE, "mention.field.case", kind="case", required=False, value=case, label_value=case,
              data_url=url_for("options.offer_cases"), hint="mention.hint"),
        field(mentions.PROJECT, "mention.field.project", kind="select", required=False,
              value=request.form.get(mentions.PROJECT),
              options=[(str(each["id"]), each["name"]) for each in projects]),
    ]  # fmt: skip
    form = Form(words("mention.do.choose"), f"{_url(row)}/mentions", (row.title, _url(row)), fields,
                words("links.do.keep"), room=ANNOUNCED)  # fmt: skip
    return link_parts.form_page(form, **why)
