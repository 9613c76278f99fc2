"""What open pages tell by themselves: that they are open, and what stands in their forms."""

import re
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request

from casework.cases import dossiers
from casework.core.database import Session
from casework.matters import drafts, presences
from web import identity, unit
from web.access import needs
from web.locales import words
from web.pages import desks
from web.views import case_page, wording

blueprint = Blueprint("beside", __name__)

# What was handed in to be signed is no form that a page keeps by itself.
_FORM = re.compile(r"(?!handed\.)[a-z][a-z_.-]{1,39}")
_MOST_FIELDS = 80
# What belongs to the browser and not to the form.
_LEFT_OUT = frozenset({"csrf_token", "version", "form_id", "warnings_seen"})


@blueprint.post("/cases/<number>/presence")
@needs("case.read")
def keep_presence(number: str) -> Response:
    """Note that the caller has a case open (or `leave`s it), and say who else has."""
    hand = desks.take(number)
    session, case, person_id = hand.session, hand.case, hand.actor.person_id
    if person_id is not None:
        if "leave" in request.form:
            presences.leave(session, matter_id=case.id, person_id=person_id)
        else:
            presences.note(session, matter_id=case.id, person_id=person_id, at=hand.at)
    here = dossiers.others_here(session, case.id, actor=hand.actor, at=hand.at)
    return make_response(render_template("cases/_presence.html", others=case_page.presence(here)))


@blueprint.post("/drafts/<form>/<uuid:matter_id>")
@needs("profile.change")
def keep_draft(form: str, matter_id: UUID) -> Response:
    """Keep what stands in a form, sealed, until it is sent."""
    person_id = identity.actor().person_id
    if person_id is None or not _FORM.fullmatch(form):
        abort(404)
    drafts.keep(unit.session(), person_id, form=form, matter_id=matter_id, fields=form_fields(), at=unit.at())
    return jsonify(saved_at=wording.clock_time(unit.at()))


@blueprint.post("/drafts/<form>/<uuid:matter_id>/drop")
@needs("profile.change")
def drop_draft(form: str, matter_id: UUID) -> Response:
    """Throw a draft away."""
    person_id = identity.actor().person_id
    if person_id is None or not _FORM.fullmatch(form):
        abort(404)
    drafts.drop(unit.session(), person_id, form=form, matter_id=matter_id)
    return make_response("", 204)


def form_fields() -> dict[str, str | list[str]]:
    """Return what stands in the form that was sent, without what belongs to the browser."""
    fields: dict[str, str | list[str]] = {}
    for name, values in list(request.form.lists())[:_MOST_FIELDS]:
        if name not in _LEFT_OUT:
            fields[name] = values[0] if len(values) == 1 else values
    return fields


def draft_of(session: Session, form: str, matter_id: UUID) -> tuple[drafts.Fields, str]:
    """Return the caller's draft of a form and when it was kept, in words; nothing and nothing if there is none."""
    person_id = identity.actor().person_id
    kept = None if person_id is None else drafts.get(session, person_id, form=form, matter_id=matter_id)
    return ({}, "") if kept is None else (kept.fields, _kept_words(kept))


def _kept_words(kept: drafts.Kept) -> str:
    recent = unit.at() - kept.updated_at < timedelta(hours=12)
    when = wording.clock_time(kept.updated_at) if recent else wording.moment(kept.updated_at)
    return words("draft.kept_at", when=when)
