"""What is due to go, on the page of the installation: proposed by one administrator, approved by another."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.registry import queries as registry
from casework.retention import due, periods, rounds
from casework.retention.tables import RetentionRound
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.admin.admin_parts import act, moment
from workflows import retaining
from workflows.retaining import MANAGE

blueprint = Blueprint("retention", __name__)


@blueprint.post("/admin/retention/years")
@needs(MANAGE, anywhere=True)
def change_years() -> Response:
    """Keep other years for a kind."""
    kind = request.form.get("kind", "")
    if kind not in periods.usual():
        raise Invalid([FieldError("kind", "not_a_choice", {"choices": ", ".join(periods.usual())})])
    periods.change(unit.session(), kind, request.form.get("years"), actor=identity.actor(), at=unit.at())
    return _back("retention.kept")


@blueprint.post("/admin/retention/<any(cases,consultations,public_reports,dispatches,accounts):kind>/propose")
@needs(MANAGE, anywhere=True)
def propose(kind: str) -> Response:
    """Propose to let go of what is due of a kind."""
    retaining.propose(unit.session(), kind, actor=identity.actor(), at=unit.at())
    return _back("retention.proposed")


@blueprint.post("/admin/retention/rounds/<uuid:round_id>/approve")
@needs(MANAGE, anywhere=True)
def approve(round_id: UUID) -> Response:
    """Approve what another administrator proposed."""
    retaining.approve(unit.session(), round_id, actor=identity.actor(), at=unit.at())
    return _back("retention.approved")


@blueprint.post("/admin/retention/rounds/<uuid:round_id>/withdraw")
@needs(MANAGE, anywhere=True)
def withdraw(round_id: UUID) -> Response:
    """Take a proposal back."""
    retaining.withdraw(unit.session(), round_id, actor=identity.actor(), at=unit.at())
    return _back("retention.withdrawn")


@blueprint.post("/admin/retention/rounds/<uuid:round_id>/halt")
@needs(MANAGE, anywhere=True)
def halt(round_id: UUID) -> Response:
    """Stop what is being done; what is gone is gone."""
    retaining.halt(unit.session(), round_id, actor=identity.actor(), at=unit.at())
    return _back("retention.halted")


def shown() -> dict[str, Any]:
    """Return what the page of the installation shows of it."""
    session = unit.session()
    open_now = {row.kind: row for row in rounds.under_way(session)}
    done = rounds.latest(session)
    people = {each for row in (*open_now.values(), *done) for each in (row.proposed_by, row.decided_by) if each}
    names = registry.people_by_id(session, people)
    years = periods.years(session)
    return {
        "rows": [_row(kind, years[kind], open_now.get(kind), names) for kind in periods.usual()],
        "done": [_done(row, names) for row in done],
        "form": _form(years),
        "url": url_for("admin_system.show_system") if any(x.status == "approved" for x in open_now.values()) else None,
    }


def _row(kind: str, years: int, row: RetentionRound | None, names: Any) -> dict[str, Any]:
    counted = due.count(unit.session(), kind, cutoff=periods.cutoff(unit.at(), years))
    state, acts = words("retention.nothing" if counted == 0 else "retention.waits"), []
    if row is not None:
        told = {"name": names.get(row.proposed_by, ""), "when": moment(row.proposed_at), "n": row.due}
        told["erased"] = row.erased
        state = words(f"retention.state.{row.status}", **told)
        if row.status == "proposed":
            if row.proposed_by != identity.person_id():
                acts.append(_act("retention.approve", "retention.approve", round_id=row.id))
            acts.append(_act("retention.withdraw", "retention.withdraw", round_id=row.id))
        else:
            acts.append(_act("retention.halt", "retention.halt", round_id=row.id))
    elif counted:
        acts.append(_act("retention.propose", "retention.propose", kind=kind))
    return {
        "kind": words(f"retention.kind.{kind}"),
        "text": words(f"retention.what.{kind}"),
        "years": words("retention.years", n=years),
        "due": words("retention.due", n=counted),
        "state": state,
        "acts": acts,
    }


def _act(label: str, endpoint: str, **parts: Any) -> dict[str, Any]:
    return act(label, url_for(endpoint, **parts), method="post")


def _done(row: RetentionRound, names: Any) -> str:
    return words(
        "retention.done",
        kind=words(f"retention.kind.{row.kind}"),
        n=row.erased,
        when=moment(row.done_at) if row.done_at else "",
        one=names.get(row.proposed_by, ""),
        two=names.get(row.decided_by, "") if row.decided_by else "",
    )


def _form(years: Any, mistakes: Sequence[FieldError] = ()) -> dict[str, Any]:
    options = [(kind, words(f"retention.kind.{kind}")) for kind in periods.usual()]
    fields, summary = with_mistakes(
        [
            field("kind", "retention.head.kind", kind="select", value=options[0][0], options=options),
            field("years", "retention.head.years", value=years[options[0][0]], hint="retention.years_hint"),
        ],
        mistakes,
    )
    return {"url": url_for("retention.change_years"), "fields": fields, "errors": summary}


def _back(said: str) -> Response:
    frames.say(words(said))
    return make_response(redirect(url_for("admin_system.show_system") + "#keep-h", 303))
