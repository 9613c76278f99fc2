"""Templates of papers: their tags explained, the built-in form to begin with, versions, sending one, trying one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.matters.attachments import safe_name
from casework.permissions import Subject, acting
from casework.templates import kinds, package, queries
from casework.templates.kinds import Kind
from casework.templates.queries import Version
from web import bodies, frames, handing_in, identity, unit
from web import paper_parts as parts
from web.access import needs
from web.api.answers import path_id
from web.errors import sentences
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages.admin.admin_parts import act, cell, moment, page, tabs
from web.views import wording
from web.views.counting import framed
from workflows.papers import papers

blueprint = Blueprint("paper_templates", __name__)


@blueprint.get("/admin/papers")
@needs(papers.READ, anywhere=True)
def show_kinds() -> str:
    """Show every kind of paper and which version of its template is in use."""
    session = unit.session()
    used = queries.all_in_force(session)
    rows = []
    for kind in kinds.kinds().values():
        known = queries.versions(session, kind.code) if kind.code in used else ()
        newest = next((each for each in known if each.in_force), None)
        about = words(f"papers.about.{kind.of}")
        rows.append(
            {
                "cells": [
                    cell(kind.label[locale()], sub=words("papers.outside") if kind.outside else about),
                    cell(words("papers.built_in") if newest is None else words("papers.version", n=newest.row.number)),
                    cell("" if newest is None else f"{newest.sent_by} {moment(newest.row.uploaded_at)}"),
                ],
                "acts": [act("papers.open", url_for("paper_templates.show", code=kind.code))],
            }
        )
    head = [words("papers.kind"), words("papers.in_force"), words("papers.changed")]
    table = {"caption": words("papers.title"), "head": head, "rows": rows, "nothing": ""}
    return page(None, title=words("papers.title"), tabs=tabs("papers"), table=table)


@blueprint.get("/admin/papers/<code>")
@needs(papers.READ, anywhere=True)
def show(code: str) -> Response:
    """Show one kind: how its template is made, its versions, its tags."""
    return _page(kinds.kind_of(code))


@blueprint.get("/admin/papers/<code>/form.docx")
@needs(papers.READ, anywhere=True)
def fetch(code: str) -> Response:
    """Hand out the template in use, or with `version` another one, to be edited in Word."""
    kind = kinds.kind_of(code)
    template_id = _version(kind)
    content = papers.content_of(unit.session(), kind, template_id)
    return parts.file_of(content, f"{kind.label['zh']}.docx")


@blueprint.post("/admin/papers/<code>")
@needs(papers.WRITE, anywhere=True)
@bodies.takes_up_to(package.FILE_BYTES // bodies.MIB + 1)
def send(code: str) -> Response:
    """Take a template in, judge it, and use it from now on."""
    kind = kinds.kind_of(code)
    sent = request.files.get("file")
    content = b"" if sent is None else sent.stream.read(package.FILE_BYTES + 1)
    try:
        handing_in.judge(content)
        row = papers.upload(
            unit.session,
            code,
            content,
            file_name=safe_name("" if sent is None else sent.filename or "", ending=".docx"),
            note=request.form.get("note", ""),
            actor=identity.actor(),
            county=parts.county(),
            at=unit.at(),
        )
    except Invalid as mistake:
        return _page(kind, mistakes=mistake.errors, status=422)
    except Refused as refused:
        return _page(kind, told=sentences(refused.refusals), status=409)
    frames.say(words("papers.taken", n=row.number))
    return make_response(redirect(url_for("paper_templates.show", code=code), 303))


@blueprint.post("/admin/papers/<code>/use")
@needs(papers.WRITE, anywhere=True)
def use(code: str) -> Response:
    """Go back to an earlier version, or (without one) to the built-in form."""
    kind = kinds.kind_of(code)
    given = request.args.get("version", "")
    template_id = path_id(given) if given else None
    try:
        papers.take_into_use(
            unit.session(), code, template_id, actor=identity.actor(), county=parts.county(), at=unit.at()
        )
    except Refused as refused:
        return _page(kind, told=sentences(refused.refusals), status=409)
    frames.say(words("papers.switched"))
    return make_response(redirect(url_for("paper_templates.show", code=code), 303))


@blueprint.get("/admin/papers/<code>/preview.docx")
@needs(papers.READ, anywhere=True)
def preview(code: str) -> Response:
    """Hand out the paper of a real matter by any version; without a matter, with examples."""
    kind = kinds.kind_of(code)
    version, matter = _version(kind), request.args.get("matter", "")[:64]
    try:
        content = papers.preview(parts.desk(), code, version, matter)
    except NotFound:
        if not matter.strip():
            raise
        return _page(kind, tried=[FieldError("matter", "no_such_matter_of_kind")], status=404)
    return parts.file_of(content, f"{kind.label['zh']}.docx")


def _version(kind: Kind) -> UUID | None:
    """Return the version asked for: in use unless another one is named, `built-in` for none."""
    given = request.args.get("version")
    if given is None:
        return queries.in_force(unit.session(), kind.code)
    return None if given in ("", parts.BUILT_IN) else path_id(given)


def _page(
    kind: Kind,
    *,
    mistakes: Sequence[FieldError] = (),
    tried: Sequence[FieldError] = (),
    told: str | None = None,
    status: int = 200,
) -> Response:
    with unit.looking() as session:
        versions = queries.versions(session, kind.code)
    may_write = acting(identity.actor(), papers.WRITE, Subject(parts.county())) is not None
    fields, summary = with_mistakes(
        [
            field("file", "papers.file", kind="file", accept=".docx"),
            field("note", "papers.note", required=False, hint="papers.note_hint", value=request.form.get("note", "")),
        ],
        mistakes,
    )
    in_use = next((each for each in versions if each.in_force), None)
    options = [(parts.BUILT_IN, words("papers.built_in"))]
    options += [(str(each.row.id), words("papers.version", n=each.row.number)) for each in versions]
    chosen = parts.BUILT_IN if in_use is None else str(in_use.row.id)
    url = url_for("paper_templates.show", code=kind.code)
    shown = render_template(
        "papers/kind.html",
        frame=framed(None),
        back_url=url_for("paper_templates.show_kinds"),
        title=kind.label[locale()],
        about=words(f"papers.about.{kind.of}"),
        outside=kind.outside,
        told=told,
        form={"url": url, "fields": fields, "errors": summary} if may_write else None,
        fetch_url=f"{url}/form.docx",
        built_in_url=f"{url}/form.docx?version={parts.BUILT_IN}",
        preview={
            "url": f"{url}/preview.docx",
            "fields": [
                field("version", "papers.which", kind="select", value=chosen, options=options),
                *with_mistakes([_matter_field()], tried)[0],
            ],
        },
        versions=[_line(each, url, may_write=may_write) for each in versions],
        built_in={"in_force": in_use is None, "use_url": f"{url}/use" if may_write and in_use is not None else None},
        condition=f"{{% if {kind.tags['title'].name} %}} \u2026 {{% endif %}}",
        tags=[_tag(each) for each in kind.tags.values()],
    )
    return make_response(shown, status)


def _matter_field() -> dict[str, Any]:
    typed = request.args.get("matter", "")
    return field("matter", "papers.reference", required=False, hint="papers.reference_hint", value=typed)


def _line(each: Version, url: str, *, may_write: bool) -> dict[str, Any]:
    row = each.row
    size = wording.file_size(row.size)
    return {
        "name": words("papers.version", n=row.number),
        "file": row.file_name,
        "note": row.note,
        "text": words("papers.sent", who=each.sent_by, when=moment(row.uploaded_at), size=size),
        "in_force": each.in_force,
        "url": f"{url}/form.docx?version={row.id}",
        "use_url": f"{url}/use?version={row.id}" if may_write and not each.in_force else None,
    }


def _tag(tag: kinds.Tag) -> dict[str, Any]:
    row = kinds.words()["item"]
    if not tag.items:
        return {"text": f"{{{{ {tag.name} }}}}", "meaning": tag.meaning[locale()], "example": tag.example, "rows": None}
    cells = [f"{{{{ {row}.{name} }}}}" for name in tag.items.values()]
    loop = [f"{{%tr for {row} in {tag.name} %}}", *cells, "{%tr endfor %}"]
    return {"text": tag.name, "meaning": tag.meaning[locale()], "example": "", "rows": loop}
