"""The quarterly bulletins as pages: a list, the sheet with its frozen figures beside it, the form of its prose."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.bulletins import actions, document, printing, prose, queries
from casework.bulletins.document import LED
from casework.bulletins.drafting import Content
from casework.bulletins.tables import Bulletin
from casework.campaign.loader import campaigns, newest
from casework.campaign.quarters import quarter_of
from casework.core.errors import Invalid, NotFound, Refused
from casework.matters import drafts
from casework.matters.tables import Attachment
from casework.permissions import Subject, may_anywhere, permits
from web import errors, frames, identity, unit
from web.access import needs
from web.api.campaign import bulletins as api
from web.api.campaign.figures import READ as OPEN_FIGURES
from web.handing_out import hand_out
from web.locales import locale, words
from web.pages import beside, once
from web.pages.bulletins import bulletin_cells, bulletin_forms
from web.views import bulletin_sheet, counting, spot_check_views, text_views, wording
from workflows import engine
from workflows.campaign import bulletins

blueprint = Blueprint("bulletins", __name__)

PAGE_SIZE = 50
_FORMATS = ("docx", "pdf", "xlsx")


@blueprint.get("/bulletins")
@needs(api.READ)
def show_list() -> Response:
    """List the bulletins, the newest first, and what may be begun."""
    return _list()


def _list(*, said: str | None = None, status: int = 200) -> Response:
    session, actor = unit.session(), identity.actor()
    rows = queries.page(session, actor, limit=PAGE_SIZE)
    may = may_anywhere(actor, bulletins.DRAFT)
    page = render_template(
        "bulletins/list.html",
        frame=counting.framed(bulletin_forms.ROOM),
        rows=[
            {
                "url": url_for("bulletins.show", bulletin_id=row.id),
                "title": bulletin_forms.title_of(row),
                "quarter": row.quarter,
                "chip": _chip(row),
                "document_no": row.document_no or "",
                "signed_on": "" if row.signed_on is None else wording.long_day(row.signed_on),
            }
            for row in rows
        ],
        said=said,
        begin={
            "url": url_for("bulletins.begin"),
            "campaigns": [
                {"value": code, "label": each.label[locale()], "chosen": code == newest(unit.today()).code}
                for code, each in campaigns().items()
                if each.outline is not None
            ],
            "quarter": str(quarter_of(unit.today())),
            "number": once.given_number(),
        }
        if may
        else None,
    )
    return make_response(page, status)


@blueprint.post("/bulletins")
@needs(bulletins.DRAFT, anywhere=True)
@once.sent_once
def begin() -> Response:
    """Begin the bulletin of a quarter, or a correction of a signed one."""
    raw = {name: value for name in bulletins.FIELDS if (value := request.form.get(name, "").strip())}
    try:
        row = bulletins.begin(unit.session(), raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _list(said=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422)
    except Refused as refused:
        return _list(said=errors.sentences(refused.refusals), status=409)
    frames.say(words("bulletins.begun"))
    return make_response(redirect(url_for("bulletins.show", bulletin_id=row.id), 303))


@blueprint.get("/bulletins/<uuid:bulletin_id>")
@needs(api.READ)
def show(bulletin_id: UUID) -> Response:
    """Show the sheet as it will print, its figures, what may be done now, and what came in since."""
    return _page(_take(bulletin_id))


def _page(row: Bulletin, *, said: str | None = None, status: int = 200) -> Response:
    session = unit.session()
    content = printing.content_of(session, row, at=unit.at())
    outline = actions.outline_of(actions.campaign_of(row))
    url = url_for("bulletins.show", bulletin_id=row.id)
    # On the screen a picture is fetched by its address, in the order of the sheet.
    made = document.official(outline, printing.standing_of(session, row), content, lambda _told: b"")
    shown = [f"{url}/pictures/{each['id']}" for each in content.data.get("pictures", ())]
    may_draft = permits(identity.actor(), bulletins.DRAFT, Subject(row.region_code))
    opens = may_anywhere(identity.actor(), OPEN_FIGURES)
    page = render_template(
        "bulletins/show.html",
        frame=counting.framed(bulletin_forms.ROOM),
        title=made.title,
        chip=_chip(row),
        said=said,
        typed=_typed(row),
        corrected=_corrected(row),
        moves=_moves(row, url),
        edit_url=f"{url}/edit" if may_draft and row.state not in queries.ISSUED else None,
        correct=_correction(row) if may_draft else None,
        files=[{"text": words(f"bulletins.file.{each}"), "url": f"{url}/file?format={each}"} for each in _FORMATS]
        + [{"text": words("bulletins.file.press"), "url": f"{url}/file?format=docx&press=true"}],
        notes=_notes(row, content, f"{url}/answers" if may_draft and row.state not in queries.ISSUED else None),
        sheet=bulletin_sheet.sheet(made, row, shown, opens=bulletin_cells.opened_by(identity.actor(), row.region_code)),
        figures=bulletin_sheet.figures(content, opens=opens),
        checks=spot_check_views.told_in(content),
        frozen=_frozen_words(row),
        since=_since(row, content),
        number=once.given_number(),
    )
    return make_response(page, status)


def _typed(row: Bulletin) -> str | None:
    """Return what to look at before it is signed: numbers that no figure stands behind."""
    found = prose.typed_numbers(row) if row.state not in queries.ISSUED else []
    return words("bulletins.typed", numbers=wording.joined(found)) if found else None


@blueprint.post("/bulletins/<uuid:bulletin_id>/moves/<trigger>")
@needs(api.READ)
@once.sent_once
def move(bulletin_id: UUID, trigger: str) -> Response:
    """Freeze, take back, review, sign or recall."""
    row = _take(bulletin_id, lock=True)
    given = {name: value for name in ("reason",) if (value := request.form.get(name, "").strip())}
    try:
        engine.move(
            unit.session(),
            row,
            trigger,
            subject=Subject(row.region_code),
            actor=identity.actor(),
            at=unit.at(),
            given=given,
        )
    except Invalid as mistake:
        return _page(row, said=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words(f"bulletins.done.{row.state}", number=row.document_no or row.number))
    return make_response(redirect(url_for("bulletins.show", bulletin_id=row.id), 303))


@blueprint.post("/bulletins/<uuid:bulletin_id>/answers")
@needs(api.READ)
@once.sent_once
def answer(bulletin_id: UUID) -> Response:
    """Keep what the office says to figures that do not agree."""
    row = _take(bulletin_id, lock=True)
    notes = [note["text"] for note in actions.content(unit.session(), row, at=unit.at()).data["notes"]]
    told = {note: request.form.get(f"answer-{index}", "") for index, note in enumerate(notes)}
    return _mended(row, {"answers": {note: text for note, text in told.items() if text.strip()}})


@blueprint.get("/bulletins/<uuid:bulletin_id>/edit")
@needs(api.READ)
def edit(bulletin_id: UUID) -> Response:
    """Show the form of the prose."""
    row = _take(bulletin_id)
    typed = bulletin_forms.typed_of(row)
    kept, saved = beside.draft_of(unit.session(), bulletin_forms.DRAFT, row.id)
    begun = {name: value for name, value in kept.items() if name in typed and isinstance(value, str)}
    based_on = str(kept.get("based_on", "")) if begun else ""
    now = prose.standing(unit.session(), row)
    # A draft left lying while somebody else saved is told of at once, not only when it is sent.
    is_old = based_on.isdecimal() and int(based_on) != now.place
    return bulletin_forms.form(row, {**typed, **begun}, saved=saved, newer=now if is_old else None)


@blueprint.post("/bulletins/<uuid:bulletin_id>/edit")
@needs(api.READ)
@once.sent_once
def mend(bulletin_id: UUID) -> Response:
    """Keep the prose as it was typed; paragraphs are lines."""
    row = _take(bulletin_id, lock=True)
    typed = {name: request.form.get(name, "") for name in bulletin_forms.typed_of(row)}
    sections = [
        {
            "key": section["key"],
            "heading": typed[f"heading-{index}"],
            "paragraphs": [line.strip() for line in typed[f"text-{index}"].splitlines() if line.strip()],
            "leads": {part: typed[f"lead-{index}-{part}"].strip() for part in section["parts"] if part in LED},
        }
        for index, section in enumerate(row.sections)
    ]
    raw = {"title": typed["title"], "sections": sections}
    now = prose.standing(unit.session(), row)
    if text_views.count("based_on") != now.place and typed != bulletin_forms.typed_of(row):
        return bulletin_forms.form(row, typed, newer=now, status=409)
    if row.frozen is None:
        raw["as_of"] = typed["as_of"]
    try:
        bulletins.mend(unit.session(), row, raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return bulletin_forms.form(
            row, typed, mistakes=[bulletin_forms.at_its_field(each) for each in mistake.errors], status=422
        )
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    if (person_id := identity.actor().person_id) is not None:
        drafts.drop(unit.session(), person_id, form=bulletin_forms.DRAFT, matter_id=row.id)
    frames.say(words("bulletins.kept"))
    return make_response(redirect(url_for("bulletins.show", bulletin_id=row.id), 303))


@blueprint.get("/bulletins/<uuid:bulletin_id>/pictures/<uuid:file_id>")
@needs(api.READ)
def fetch_picture(bulletin_id: UUID, file_id: UUID) -> Response:
    """Hand out a picture that stands in a bulletin."""
    told = actions.content(unit.session(), _take(bulletin_id), at=unit.at()).data.get("pictures", ())
    if str(file_id) not in {each["id"] for each in told}:
        raise NotFound("attachment")
    row = unit.session().get(Attachment, file_id)
    if row is None:
        raise NotFound("attachment")
    return hand_out(row)


@blueprint.get("/bulletins/<uuid:bulletin_id>/file")
@needs(api.READ)
def fetch(bulletin_id: UUID) -> Response:
    """Hand the bulletin out as an office file."""
    asked = request.args.get("format", _FORMATS[0])
    format = asked if asked in printing.FORMATS else _FORMATS[0]
    return api.document(_take(bulletin_id), format, is_press=request.args.get("press") == "true")


def _take(bulletin_id: UUID, *, lock: bool = False) -> Bulletin:
    return queries.get(unit.session(), identity.actor(), bulletin_id, lock=lock)


def _mended(row: Bulletin, raw: Mapping[str, Any]) -> Response:
    try:
        bulletins.mend(unit.session(), row, raw, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(row, said=words(f"field.{mistake.errors[0].code}", **mistake.errors[0].params), status=422)
    except Refused as refused:
        return _page(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words("bulletins.kept"))
    return make_response(redirect(url_for("bulletins.show", bulletin_id=row.id), 303))


def _chip(row: Bulletin) -> dict[str, str]:
    state = wording.state_of(wording.workflow_of(row), row.state)
    return {"tone": state.tone, "text": wording.told(state.label)}


def _moves(row: Bulletin, url: str) -> list[dict[str, Any]]:
    """Return what may be done, the main thing first; what is not possible now with its reason."""
    moves = engine.available(
        unit.session(), row, subject=Subject(row.region_code), actor=identity.actor(), at=unit.at()
    )
    workflow = wording.workflow_of(row)
    made = []
    for trigger in moves.available:
        transition = workflow.by_trigger[trigger]
        made.append(
            {
                "trigger": trigger,
                "text": wording.told(transition.label),
                "url": f"{url}/moves/{trigger}",
                "main": transition.main,
                "danger": transition.danger,
                "reason": any(each.name == "reason" for each in transition.fields),
                "why_not": None,
            }
        )
    for each in moves.unavailable:
        transition = workflow.by_trigger[each.trigger]
        if row.state in transition.sources:
            text, why = wording.told(transition.label), errors.sentences(each.reasons)
            made.append({"trigger": each.trigger, "text": text, "url": None, "why_not": why, "main": False})
    # What takes work back stands behind what goes on with it.
    return sorted(made, key=lambda each: bool(each.get("danger")))


def _correction(row: Bulletin) -> dict[str, str] | None:
    if row.state not in queries.ISSUED:
        return None
    return {
        "campaign": row.campaign,
        "quarter": row.quarter,
        "corrects": str(row.id),
        "url": url_for("bulletins.begin"),
    }


def _corrected(row: Bulletin) -> dict[str, Any] | None:
    """Say that an issue was corrected, and by which: whoever opens it would not know."""
    found = queries.correction_of(unit.session(), row)
    if found is None:
        return None
    link = {"url": url_for("bulletins.show", bulletin_id=found.id), "text": words("bulletins.open_correction")}
    return {"text": words("bulletins.corrected", number=found.document_no or found.number), "link": link}


def _notes(row: Bulletin, content: Content, url: str | None) -> dict[str, Any]:
    rows = [{"text": note["text"], "answer": row.answers.get(note["text"], "")} for note in content.data["notes"]]
    return {"rows": rows, "url": url, "open": sum(not each["answer"] for each in rows)}


def _frozen_words(row: Bulletin) -> str:
    if row.known_at is None:
        return words("bulletins.not_frozen", as_of=row.as_of.isoformat())
    return words("bulletins.frozen", moment=wording.plain_moment(row.known_at))


def _since(row: Bulletin, content: Content) -> list[dict[str, str]]:
    labels = {key: each["label"] for key, each in content.figures.items()}
    return [
        {"text": words("bulletins.since", label=labels[key], before=str(before), after=str(after))}
        for key, before, after in actions.since(unit.session(), row, at=unit.at())
    ]
