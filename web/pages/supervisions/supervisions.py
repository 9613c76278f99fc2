"""Supervised matters as pages: the board by unit or leader, the list, one matter with its clock and its steps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import dossiers
from casework.core import texts
from casework.core.errors import Invalid
from casework.matters import attachments as files
from casework.matters import deadlines as kept_deadlines
from casework.matters.attachments import LARGEST, MIB
from casework.permissions import Subject, acting, may_anywhere
from casework.registry import queries as registry
from casework.registry.calendar import load_calendar
from casework.supervisions import actions, queries
from casework.supervisions.tables import Supervision
from web import identity, lateness, paper_parts, unit
from web.access import needs
from web.api.answers import names_of, seen_by
from web.api.supervisions import supervision_filters as filters
from web.api.supervisions import supervisions as api
from web.locales import local, words
from web.pages.supervisions import supervision_list
from web.views import addresses, counting, deadlines, histories, palettes, wording
from web.views import supervision_board as board
from web.views import supervision_views as views
from workflows import engine
from workflows.cases import comments

blueprint = Blueprint("supervisions", __name__)

ROOM = "supervision"
LATEST_NOTES = 8


@blueprint.get("/supervision")
@needs(api.READ, anywhere=True)
@lateness.may_be_late
def show_board() -> Response:
    """Show what is supervised, by unit, by leader in charge, or as a list that every filter narrows."""
    way = request.args.get("by", board.WAYS[0])
    if way not in board.WAYS:
        return make_response(redirect(url_for("supervisions.show_board")))
    try:
        wanted, after = filters.asked_filter(), filters.behind() if way == board.LIST else None
        nth = texts.parse_int(request.args.get("page", "1"), field="page", minimum=1, maximum=board.MOST_PAGES)
    except Invalid as mistake:
        return _without_wrong(mistake, way)
    calendar = load_calendar(unit.session())
    if way == board.LIST:
        shown = supervision_list.shown(wanted, after, calendar)
    else:
        shown = board.rows(wanted, calendar, way, nth)
    may_begin, sums = may_anywhere(identity.actor(), api.INITIATE), board.counted()
    page = render_template(
        "supervision/board.html",
        frame=counting.framed(ROOM),
        tabs=board.tabs(way),
        sums=board.sums(sums),
        levels=[{"chip": views.level_chip(n), "note": words(f"supervision.level_note.{n}")} for n in actions.LEVELS],
        way=way,
        **{"groups": [], "lines": [], "filters": [], "chips": [], "find": None, "nothing": None, **shown},
        moved=None if way == board.LIST else board.moved(sums["still"]),
        mine=[] if way == board.LIST else board.mine(),
        proposed=board.proposed() if may_begin and way != board.LIST else [],
        new_url=url_for("supervision_forms.show_new") if may_begin else None,
        papers_url=url_for("paper_prints.show", of="supervision", **_narrowed()),
        monday_url=url_for("supervision_papers.show_monday"),
        listed_url=url_for("supervision_papers.show_listed"),
        months=board.months() if may_begin else [],
        palette_url=palettes.sheet_url(),
    )
    return make_response(page)


def _without_wrong(mistake: Invalid, way: str) -> Response:
    """Lead to the same page without what means nothing (any more), and without fields left empty, the rest kept."""
    wrong = {each.field for each in mistake.errors}
    left = {name: values for name, values in supervision_list.asked().items() if name not in wrong}
    same = left.keys() == request.args.keys()
    kept = {"by": [way]} if same or way != board.LIST else {**left, "by": [way]}
    return make_response(redirect(url_for("supervisions.show_board") + addresses.query(kept)))


def _narrowed() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if name not in ("by", "page", "cursor")}


@blueprint.get("/supervision/<uuid:supervision_id>")
@needs(api.READ)
def show(supervision_id: UUID) -> Response:
    """Show a matter: where it stands, until when and why then, what may be done and what not and why."""
    return page_of(take(supervision_id))


def take(supervision_id: UUID, *, lock: bool = False) -> Supervision:
    """Return a matter the caller may know of.

    Raises:
        NotFound: there is none.
    """
    return queries.get(unit.session(), identity.actor(), supervision_id, lock=lock)


def subject_of(row: Supervision) -> Subject:
    """Return what permissions about a matter are asked of."""
    return queries.subject_of(unit.session(), row, actor=identity.actor())


def page_of(row: Supervision) -> Response:
    """Return the page of a matter."""
    session, actor, subject = unit.session(), identity.actor(), subject_of(row)
    moves = engine.available(session, row, subject=subject, actor=actor, at=unit.at())
    clocks = kept_deadlines.of_matter(session, row.id)
    workflow, calendar = wording.workflow_of(row), load_calendar(session)
    seen = seen_by(subject)
    told = dossiers.history(session, row.id)
    people = registry.people_by_id(
        session, names_of((row.issued_by, row.verified_by, row.proposed_by, row.struck_off_by))
    )
    url = views.url_of(row)
    page = render_template(
        "supervision/show.html",
        frame=counting.framed(ROOM),
        title=seen(row.title),
        number=row.slip_number or row.number,
        state=views.state_of(row),
        palette_url=palettes.sheet_url(),
        level=views.level_chip(views.shown_level(row)),
        risen=words("supervision.risen") if views.shown_level(row) > row.level else None,
        back=url_for("supervisions.show_board"),
        slip_url=f"{url}/slip",
        papers=paper_parts.links_of("supervision", row.number, without=() if row.urges else ("urging",)),
        case={"steps": views.steps_of(row)},
        actions={"identity": _who(subject), "rows": views.actions_of(row, moves, subject)},
        requirement=seen(row.requirement),
        source=_source(row),
        facts=views.facts_of(row, co_orgs=[each.name for each in _helping(row)], people=people),
        said=_said(row, seen),
        deadline=deadlines.card_of(row, workflow, clocks, calendar, begun=words("history.initiate")),
        urgings=[
            {"number": each.number, "on": wording.long_day(each.on_date), "text": seen(each.words)}
            for each in reversed(queries.urgings_of(session, row.id) if row.urges else ())
        ],
        history=histories.teller(row, subject=subject).entries(told),
        comments=_comments(row, subject, told),
        attachments=_attachments(row, subject),
    )
    return make_response(page)


def _helping(row: Supervision) -> Sequence[Any]:
    return queries.co_orgs_of(unit.session(), [row.id])[row.id]


def _who(subject: Subject) -> str:
    roles = {
        words(f"role.{grant.role}")
        for grant in identity.actor().grants
        if (grant.region is not None and subject.region_code.startswith(grant.region))
        or (grant.org_id is not None and grant.org_id in {subject.lead_org_id, *subject.co_org_ids})
    }
    return words("calendar.and").join(sorted(roles)) or words("role.none")


def _source(row: Supervision) -> dict[str, str | None]:
    kind = words(f"supervision.source.{row.source}")
    url = f"/cases/{row.source_id}" if row.source == "case" and row.source_id is not None else None
    return {"kind": kind, "text": row.source_words or "", "url": url}


def _said(row: Supervision, seen: Any) -> list[dict[str, Any]]:
    """Return what the unit and the office have said of it: progress, result, evidence."""
    said = []
    if row.progress is not None and row.progress_at is not None:
        review = words(f"supervision.review.{row.progress_review}") if row.progress_review else ""
        said.append({"label": words("supervision.said.progress"), "text": seen(row.progress), "note": review})
        said[-1]["when"] = wording.moment(row.progress_at)
    if row.result is not None and row.reported_at is not None:
        note = words(f"result.{row.result_class}")
        said.append({"label": words("supervision.said.result"), "text": seen(row.result), "note": note})
        said[-1]["when"] = wording.moment(row.reported_at)
    if row.evidence is not None:
        said.append({"label": words("supervision.said.evidence"), "text": seen(row.evidence), "note": "", "when": ""})
    return said


def _comments(row: Supervision, subject: Subject, told: Sequence[Any]) -> dict[str, Any] | None:
    may_write = acting(identity.actor(), "supervision.comment", subject) is not None
    notes = [each for each in told if each.entry.trigger == comments.TRIGGER]
    readable = [each for each in notes if histories.may_read_note(each.entry, subject)][:LATEST_NOTES]
    if not may_write and not readable:
        return None
    seen = seen_by(subject)
    return {
        "rows": [
            {"who": each.actor, "when": wording.moment(each.entry.at), "text": seen(each.entry.comment)}
            for each in reversed(readable)
        ],
        "post_url": f"{views.url_of(row)}/comments" if may_write else None,
    }


def _attachments(row: Supervision, subject: Subject) -> dict[str, Any]:
    session = unit.session()
    found = files.of_matter(session, row.id) if row.attachments_total else ()
    names = registry.people_by_id(session, names_of(each.added_by for each in found))
    rows = [
        {
            "name": each.name,
            "url": f"{views.url_of(row)}/files/{each.id}",
            "thumb_url": None,
            "about": words(
                "files.about",
                size=wording.file_size(each.size),
                who=names.get(each.added_by, "") if each.added_by else "",
                when=wording.short_day(local(each.created_at).date()),
            ),
        }
        for each in found
    ]
    may_add = acting(identity.actor(), "supervision.attach", subject) is not None
    return {
        "rows": rows,
        "upload_url": f"{views.url_of(row)}/files" if may_add else None,
        "limit_text": words("files.limit", size=LARGEST // MIB),
        "note": None,
    }
