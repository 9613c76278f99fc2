"""Beside the call back: the reporter's own rating by a link, and what the rates of satisfaction leave out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import session as form_session

from casework.cases import queries
from casework.cases.ratings import exclusions, own_ratings
from casework.cases.ratings.rating_tables import CaseRating, RateExclusion
from casework.cases.tables import Case
from casework.cases.visibility import subject_of
from casework.permissions import Subject, permits
from casework.registry import queries as registry
from web import identity, link_roads, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import link_parts
from web.pages.link_parts import Form
from web.views import case_parts, link_fates, wording
from workflows import records
from workflows.cases import calling, excluding
from workflows.cases import own_ratings as steps

blueprint = Blueprint("followup_ratings", __name__)

_ROOM, _LINK = "followups", "own_rating_link"
_WAITS = (exclusions.ASKED, exclusions.LIFTING)


@blueprint.post("/followups/<uuid:case_id>/link")
@needs(calling.PERMISSION)
def give_link(case_id: UUID) -> Response:
    """Give the reporter a link; the page shows it this once."""
    case, subject = _taken(case_id, lock=True)
    _row, token = steps.ask(
        unit.session(), case, subject=subject, actor=identity.actor(), at=unit.at(), road=link_roads.road()
    )
    form_session[_LINK] = [str(case.id), token]
    tab = request.args.get("tab")
    return make_response(redirect(url_for("followups.show_one", case_id=case.id, tab=tab), 303))


def own(case: Case, *, tab: str) -> dict[str, Any]:
    """Return what the reporter said themselves, or the way to ask; a link just made is shown this once."""
    row = own_ratings.of_case(unit.session(), case)
    made = form_session.get(_LINK)
    link = None
    if made is not None and made[0] == str(case.id):
        del form_session[_LINK]
        link = url_for("consultation_opinion.ask", token=made[1], _external=True)
    return {
        "url": url_for("followup_ratings.give_link", case_id=case.id, tab=tab)
        if case.own_rating is None and case.state in steps.RATED_IN
        else None,
        "link": link,
        "said": said_of(case, row),
        "waits": _waits(row),
    }


def _waits(row: CaseRating | None) -> str | None:
    """Say that an answer is waited for, and what became of the link where it was sent by message."""
    if row is None or row.answered_at is not None:
        return None
    return wording.joined([words("followup.own.waits"), *link_fates.told([row.id]).values()])


def said_of(case: Case, row: Any) -> str | None:
    """Return in words what the reporter said themselves."""
    if case.own_rating is None:
        return None
    told = case_parts.own_rating_text(case)
    more = "" if row is None else own_ratings.words_of(unit.session(), row)
    return wording.joined([told, more]) if more else told


@blueprint.get("/followups/<uuid:case_id>/exclusion")
@needs(excluding.ASK)
def show_exclusion(case_id: UUID) -> Response:
    """Show what was asked and decided, with the form of what the caller can do now."""
    case, subject = _taken(case_id)
    records.require(identity.actor(), excluding.ASK, subject)
    return _form(case, subject)


@blueprint.post("/followups/<uuid:case_id>/exclusion")
@needs(excluding.ASK)
def exclude(case_id: UUID) -> Response:
    """Ask that the rates leave a case out, or count it again; or decide what was asked."""
    case, subject = _taken(case_id, lock=True)
    records.require(identity.actor(), excluding.ASK, subject)
    acting: dict[str, Any] = {"subject": subject, "actor": identity.actor(), "at": unit.at()}

    def write() -> Response:
        if case.exclusion in _WAITS:
            raw: dict[str, Any] = link_parts.sent("reason")
            if request.form.get("grant") in ("yes", "no"):
                raw["grant"] = request.form["grant"] == "yes"
            excluding.decide(unit.session(), case, raw, **acting)
            return link_parts.done("exclusion.decided", f"/cases/{case.number}")
        if case.exclusion:
            excluding.ask_lift(unit.session(), case, link_parts.sent("reason"), **acting)
        else:
            excluding.ask(unit.session(), case, link_parts.sent("code", "reason"), **acting)
        return link_parts.done("exclusion.asked", f"/cases/{case.number}")

    return link_parts.try_it(write, lambda **why: _form(case, subject, **why))


def _taken(case_id: UUID, *, lock: bool = False) -> tuple[Case, Subject]:
    session, actor, at = unit.session(), identity.actor(), unit.at()
    take = queries.get_for_update if lock else queries.get
    case = take(session, actor, case_id=case_id, at=at)
    return case, subject_of(session, case, actor=actor, at=at)


def _form(case: Case, subject: Subject, **why: Any) -> Response:
    found = exclusions.of_case(unit.session(), case.id)
    names = registry.people_by_id(unit.session(), [each for row in found for each in (row.asked_by, row.decided_by)])
    waits, is_out = case.exclusion in _WAITS, case.exclusion in exclusions.OUT
    may = permits(identity.actor(), excluding.DECIDE if waits else excluding.ASK, subject)
    open_now = may and (waits or is_out or case.state in excluding.EXCLUDED_IN)
    asks = "exclusion.lift" if is_out else "exclusion.ask"
    form = Form(
        words("exclusion.title", title=case.title),
        url_for("followup_ratings.exclude", case_id=case.id),
        (case.number, f"/cases/{case.number}"),
        (_decision(lifts=is_out) if waits else _asking(lifts=is_out)) if open_now else [],
        words("exclusion.decide" if waits else asks),
        note={"tone": "grey", "strong": words("exclusion.note")},
        beside=[
            {"title": words("outcome.exclusion"), "nothing": "", "rows": [_told(row, names) for row in found]},
        ] if found else (),
        room=_ROOM,
    )  # fmt: skip
    return link_parts.form_page(form, **why)


def _told(row: RateExclusion, names: Any) -> dict[str, Any]:
    people = [names.get(each, "") for each in (row.asked_by, row.decided_by) if each is not None]
    said = words(
        "exclusion.said", why=words(f"exclusion.code.{row.code}"), reason=row.reason, who=wording.joined(people)
    )
    what = "exclusion.lift_status" if row.code == exclusions.LIFT else "exclusion.status"
    return {"text": said, "url": None, "sub": words(f"{what}.{row.status}")}


def _asking(*, lifts: bool) -> list[dict[str, Any]]:
    options = [(code, words(f"exclusion.code.{code}")) for code in exclusions.CODES]
    sent = request.form
    code = field("code", "exclusion.code", kind="select", options=options, value=sent.get("code", ""))
    return [
        *([] if lifts else [code]),
        field("reason", "exclusion.reason", kind="textarea", rows=4, wide=True, value=sent.get("reason", ""),
              max=exclusions.REASON_LENGTH),
    ]  # fmt: skip


def _decision(*, lifts: bool) -> list[dict[str, Any]]:
    what = "exclusion.grant_lift" if lifts else "exclusion.grant"
    options = [(code, words(f"{what}.{code}")) for code in ("yes", "no")]
    sent = request.form
    return [
        field("grant", "exclusion.grant", kind="radio", options=options, value=sent.get("grant", "")),
        field("reason", "exclusion.decision", kind="textarea", rows=4, wide=True, value=sent.get("reason", ""),
              max=exclusions.REASON_LENGTH),
    ]  # fmt: skip
