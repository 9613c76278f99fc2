"""Papers printed by the office's templates: of one matter, of some at once, or a stack made in the background; and the
address a code on paper leads to."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.supervisions import queries as supervisions
from casework.templates import kinds, queries
from casework.templates.tables import PaperPrint
from web import frames, identity, unit
from web import paper_parts as parts
from web.access import needs
from web.api.answers import path_id
from web.api.supervisions import supervision_filters
from web.errors import sentences
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages import desks
from web.views.counting import framed
from workflows.papers import paper_values, papers
from workflows.papers.paper_desk import Desk

blueprint = Blueprint("paper_prints", __name__)

_LATELY = 10
_SECONDS = 2


@blueprint.get("/q/<reference>")
@needs(papers.PRINT)
def follow(reference: str) -> Response:
    """Lead from the code on a paper to its matter; whoever may not know of it learns nothing."""
    return make_response(redirect(paper_values.address_of(parts.desk(), reference)))


@blueprint.get("/papers/of/<code>/<reference>")
@needs(papers.PRINT)
def fetch(code: str, reference: str) -> Response:
    """Hand out the paper of one matter, as Word or (built-in forms) as PDF."""
    format = request.args.get("format", "docx")
    home = unit.office().settings.home
    content = papers.print_one(parts.desk(), code, reference, format, home=home)
    kind = kinds.kind_of(code)
    return parts.file_of(content, f"{kind.label['zh']}-{reference}.{format}", format)


@blueprint.get("/papers")
@needs(papers.PRINT, anywhere=True)
def show() -> Response:
    """Show what to print and of which matters; with `of=supervision` those the list is narrowed to."""
    numbers: Sequence[str] = ()
    code = request.args.get("kind", "")
    if request.args.get("of") == "supervision":
        try:
            wanted = supervision_filters.asked_filter()
        except Invalid:
            return make_response(redirect(url_for("paper_prints.show")))
        found = supervisions.page(unit.session(), identity.actor(), wanted, at=unit.at(), limit=papers.MOST)
        numbers, code = [row.number for row in found], code or "supervision_slip"
    return page_of(code, numbers)


@blueprint.post("/papers")
@needs(papers.PRINT, anywhere=True)
def print_stack() -> Response:
    """Hand out a small stack at once; ask for a large one and lead to its progress."""
    sent = {name: request.form.get(name, "") for name in ("kind", "format")}
    typed = request.form.get("numbers", "")
    numbers = list(dict.fromkeys(typed.split()))
    mistakes = [FieldError("kind", "required")] if sent["kind"] not in kinds.kinds() else []
    if not 0 < len(numbers) <= papers.MOST:
        mistakes.append(FieldError("numbers", "not_a_list", {"most": papers.MOST}))
    if mistakes:
        return page_of(sent["kind"], numbers, format=sent["format"], mistakes=mistakes, status=422)
    try:
        if len(numbers) > papers.AT_ONCE:
            return _ask(sent["kind"], sent["format"], numbers)
        return _print(sent["kind"], sent["format"], numbers)
    except Refused as refused:
        return page_of(sent["kind"], numbers, format=sent["format"], told=sentences(refused.refusals), status=409)


@blueprint.get("/papers/prints/<print_id>")
@needs(papers.PRINT, anywhere=True)
def show_print(print_id: str) -> Response:
    """Show how far a stack is; the region asks again by itself."""
    row = queries.print_of(unit.session(), identity.actor(), path_id(print_id))
    return make_response(render_template("papers/_print.html", print=_shown(row)))


@blueprint.post("/papers/prints/<print_id>/stop")
@needs(papers.PRINT, anywhere=True)
def stop_print(print_id: str) -> Response:
    """Stop a stack that is still being made."""
    row = papers.stop(unit.session(), path_id(print_id), actor=identity.actor(), at=unit.at())
    if desks.is_in_place():
        return make_response(render_template("papers/_print.html", print=_shown(row)))
    return make_response(redirect(url_for("paper_prints.show"), 303))


@blueprint.get("/papers/prints/<print_id>/file")
@needs(papers.PRINT, anywhere=True)
def fetch_print(print_id: str) -> Response:
    """Hand out a stack that is made."""
    session = unit.session()
    row = queries.print_of(session, identity.actor(), path_id(print_id))
    content = queries.content_of(session, row)
    return parts.file_of(content, f"{kinds.kind_of(row.kind).label['zh']}.{row.format}", row.format)


def _print(code: str, format: str, numbers: Sequence[str]) -> Response:
    # Nothing is open for writing while a child process fills the papers: others write meanwhile.
    office = unit.office()
    with office.db.reading() as session:
        desk = Desk(session, identity.actor(), unit.at(), parts.county(), parts.base_url())
        template_id = queries.in_force(session, code)
        stack = papers.print_some(desk, code, numbers, format, template_id=template_id, home=office.settings.home)
    papers.left_trace(unit.session(), code, format, stack.made, actor=identity.actor(), at=unit.at())
    if stack.left_out:
        left = words("papers.print.left_out", n=len(stack.left_out), numbers=", ".join(stack.left_out)[:200])
        frames.say(left)
    return parts.file_of(stack.content, f"{kinds.kind_of(code).label['zh']}.{format}", format)


def _ask(code: str, format: str, numbers: Sequence[str]) -> Response:
    session, actor, at = unit.session(), identity.actor(), unit.at()
    desk = parts.desk()
    ids = []
    for number in numbers:
        try:
            ids.append(paper_values.find(desk, kinds.kind_of(code).of, number).row.id)
        except NotFound:
            continue
    if not ids:
        raise NotFound("matter")
    papers.ask(session, code, format, ids, actor=actor, at=at, base_url=parts.base_url())
    return make_response(redirect(url_for("paper_prints.show", kind=code), 303))


def page_of(
    code: str,
    numbers: Sequence[str],
    *,
    mistakes: Sequence[FieldError] = (),
    told: str | None = None,
    format: str = papers.FORMATS[0],
    lead: str | None = None,
    status: int = 200,
) -> Response:
    """Return the page that asks what to print, with these matters in it and the caller's stacks below.

    `lead` says how the reader came here, where they asked for something else.
    """
    kind_options = [(each.code, each.label[locale()]) for each in kinds.kinds().values()]
    format_options = [(each, words(f"papers.format.{each}")) for each in papers.FORMATS]
    hint = words("papers.print.numbers_hint", most=papers.MOST, at_once=papers.AT_ONCE)
    known = code if code in kinds.kinds() else None
    fields, summary = with_mistakes(
        [
            field("kind", "papers.print.kind", kind="select", value=known, options=kind_options),
            field("format", "papers.print.format", kind="select", value=format, options=format_options),
            {**field("numbers", "papers.print.numbers", kind="textarea", value="\n".join(numbers), rows=8),
             "hint": hint, "wide": True},
        ],
        mistakes,
    )  # fmt: skip
    with unit.looking() as session:
        prints = [_shown(row) for row in queries.prints_of(session, identity.actor(), limit=_LATELY)]
    shown = render_template(
        "papers/prints.html",
        frame=framed(None),
        told=told,
        lead=lead,
        form={"url": url_for("paper_prints.print_stack"), "fields": fields, "errors": summary},
        prints=prints,
    )
    return make_response(shown, status)


def _shown(row: PaperPrint) -> Mapping[str, Any]:
    kind = kinds.kind_of(row.kind)
    made = row.status == queries.DONE and not row.refusal
    done = _done_of(row.job_id) if row.status == queries.ASKED else {}
    whole = done.get("whole") or len(row.matters)
    said = words(f"refusal.{row.refusal}", paper=kind.label[locale()]) if row.refusal else None
    return {
        "id": str(row.id),
        "title": words(
            "papers.print.line",
            paper=kind.label[locale()],
            n=len(row.matters),
            format=row.format.upper(),
        ),
        "when": frames.told_instant(row.asked_at),
        "state": words(f"papers.print.state.{row.status}"),
        "refusal": said,
        "waits": row.status == queries.ASKED,
        "progress": words("papers.print.progress", done=done.get("done", 0), whole=whole),
        "share": round(100 * done.get("done", 0) / whole) if whole else 0,
        "url": url_for("paper_prints.show_print", print_id=row.id),
        "stop_url": url_for("paper_prints.stop_print", print_id=row.id),
        "file_url": url_for("paper_prints.fetch_print", print_id=row.id) if made else None,
        "seconds": _SECONDS,
    }


def _done_of(job_id: UUID | None) -> Mapping[str, int]:
    with unit.looking() as session:
        return queries.progress_of(session, job_id) if job_id is not None else {}
