"""Filters kept under a name: one's own, or (by triage) for the whole office."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases.filters import names
from casework.cases.listing import saved_filters
from casework.core.actors import TRIAGE_ROLES
from casework.core.errors import FieldError, Invalid, Refused
from web import errors, frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.views import addresses, case_list, counting, kept_filters

blueprint = Blueprint("filters", __name__)

_KNOWN = (*names(), "sort")


@blueprint.get("/filters/new")
@needs("case.read", anywhere=True)
def show_new() -> Response:
    """Show the form that keeps the filter of the address."""
    return _page(_asked(request.args))


@blueprint.post("/filters/new")
@needs("case.read", anywhere=True)
def keep() -> Response:
    """Keep a filter."""
    asked = _asked(request.args)
    shared = request.form.get("shared") == "1"
    try:
        made = saved_filters.keep(
            unit.session(),
            identity.actor(),
            name=request.form.get("name"),
            query=asked,
            shared=shared,
            region=unit.office().settings.region,
            at=unit.at(),
        )
    except Invalid as mistake:
        return _page(asked, mistakes=mistake.errors, status=422)
    except Refused as refused:
        return _page(
            asked, mistakes=[FieldError("name", "not_text")], said=errors.sentences(refused.refusals), status=409
        )
    kept_filters.forget()
    frames.say(words("filters.kept", name=made.name))
    return make_response(redirect(addresses.cases({"f": [str(made.id)], **asked}), 303))


@blueprint.post("/filters/<uuid:filter_id>/drop")
@needs("case.read", anywhere=True)
def drop(filter_id: UUID) -> Response:
    """Forget a filter."""
    saved_filters.drop(unit.session(), identity.actor(), filter_id=filter_id)
    kept_filters.forget()
    frames.say(words("filters.dropped"))
    return make_response(redirect(url_for("filters.show_new"), 303))


def _asked(given: Mapping[str, str]) -> dict[str, list[str]]:
    lists = request.args.lists()
    return {name: values[:20] for name, values in lists if name in _KNOWN and given.get(name)}


def _page(
    asked: Mapping[str, Sequence[str]],
    *,
    mistakes: Sequence[FieldError] = (),
    said: str | None = None,
    status: int = 200,
) -> Response:
    session, actor = unit.session(), identity.actor()
    may_share = actor.holds_over(TRIAGE_ROLES, unit.office().settings.region)
    typed = request.form.get("name", "")
    made = [field("name", "filters.name", value=typed, max=saved_filters.NAME_LENGTH)]
    if may_share:
        made.append(field("shared", "filters.shared", kind="bool", value=request.form.get("shared") == "1"))
    shown, summary = with_mistakes(made, mistakes)
    if said is not None:
        shown[0]["error"] = said
        summary = [{"field": "name", "label": shown[0]["label"], "text": said}]
    conditions = [chip["text"] for chip in case_list.filter_chips(asked)]
    form = {"url": url_for("filters.keep") + addresses.query(asked), "fields": shown, "errors": summary}
    kept = [
        {
            "name": each.name,
            "about": words("filters.of_office" if each.is_shared else "filters.own"),
            "url": addresses.cases({"f": [str(each.id)], **each.query}),
            "drop_url": url_for("filters.drop", filter_id=each.id) if may_share or not each.is_shared else None,
        }
        for each in saved_filters.of_actor(session, actor)
    ]
    page = render_template(
        "cases/filters.html",
        frame=counting.framed("cases"),
        back_url=addresses.cases(asked) if asked else "/cases",
        form=form | {"conditions": conditions} if conditions else None,
        kept=kept,
    )
    return make_response(page, status)
