"""Forms that move a target on: begin, claim with what shows it, verify, let lapse, take up again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from casework.campaign import evidence, goals, record_rights
from casework.campaign.record_visibility import find
from casework.campaign.tables import Goal
from web import identity, unit
from web.access import needs
from web.forms import field
from web.locales import words
from web.pages import desks, link_parts, once
from web.pages.campaign import targets as pages
from web.pages.link_parts import Form
from web.views import target_views
from workflows.campaign import goals as workflow_goals

blueprint = Blueprint("target_moves", __name__)

# What each move asks for; what stands in none of them asks for nothing.
_ASKS: Mapping[str, tuple[str, ...]] = {
    goals.IN_PROGRESS: ("remark",),
    goals.CLAIMED: ("count", "reached_on", "evidence", "evidence_id"),
    goals.LAPSED: ("reason",),
}


@blueprint.get("/targets/goals/<uuid:record_id>/move")
@needs(pages.CLAIM)
def ask(record_id: UUID) -> Response:
    """Show the form of one move (`to`) of a target."""
    goal = find(unit.session(), identity.actor(), Goal, record_id, on=unit.today())
    state = request.args.get("to", "")
    if not _is_open(goal, state):
        return link_parts.done("targets.moved_on", url_for("targets.show", record_id=record_id))
    return _move_form(goal, state)


@blueprint.post("/targets/goals/<uuid:record_id>/move")
@needs(pages.CLAIM)
@once.sent_once
def move(record_id: UUID) -> Response:
    """Move a target on; evidence, count and reason stand at their questions when they are wrong."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    goal = find(session, actor, Goal, record_id, on=unit.today(), lock=True)
    state = request.form.get("to", "")
    if not _is_open(goal, state):
        # Somebody else was quicker, or it was never this person's to do.
        return link_parts.done("targets.moved_on", url_for("targets.show", record_id=record_id))
    sent = link_parts.sent_or_left(*_ASKS.get(state, ()))

    def write() -> Response:
        record_rights.require_mending(session, goal, actor=actor, at=at)
        row = workflow_goals.mend(
            session, goal, {"state": state, **sent}, actor=actor, at=at, expected_version=desks.given_version()
        )
        record_rights.require_outcome(session, row, actor=actor, at=at)
        wanted, target = pages.object_of(row)
        return link_parts.done(f"targets.done.{state}", target_views.page_of(target, wanted))

    return link_parts.try_it(write, lambda **why: _move_form(goal, state, **why))


def _is_open(goal: Goal, state: str) -> bool:
    return state in workflow_goals.moves_open(unit.session(), goal, actor=identity.actor(), at=unit.at())


def _move_form(goal: Goal, state: str, **why: Any) -> Response:
    button = target_views.move_act(goal, state)
    shown = evidence.of_ids(target_views.desk(), [goal.evidence_id])
    known = [target_views.evidence_link(each) for each in shown.values()]
    rows = [{"text": goal.evidence, "url": None, "sub": None}] if goal.evidence else []
    beside = {
        "title": words("targets.what_shows_it"),
        "rows": [*rows, *({**each, "sub": None} for each in known)],
        "nothing": words("targets.nothing_shows_it"),
    }
    fields = [
        field("to", "targets.state", kind="hidden", value=state),
        field("version", "targets.state", kind="hidden", value=goal.version),
        *_fields(goal, state),
    ]
    form = Form(
        words("targets.move_of", move=button["text"], item=target_views.item_name(goal)),
        url_for("target_moves.move", record_id=goal.id),
        (target_views.item_name(goal), url_for("targets.show", record_id=goal.id)),
        fields,
        button["text"],
        danger=state == goals.LAPSED,
        beside=[beside],
    )
    return link_parts.form_page(form, **why)


def _fields(goal: Goal, state: str) -> list[dict[str, Any]]:
    def typed(name: str, known: object = "") -> Any:
        return request.form.get(name, known)

    _checklist, item = target_views.item_of(goal)
    if state == goals.LAPSED:
        return [field("reason", "targets.reason", value=typed("reason"), wide=True)]
    if state == goals.IN_PROGRESS:
        return [
            field("remark", "targets.field.remark", kind="textarea", required=False, rows=3, wide=True,
                  value=typed("remark", goal.remark)),
        ]  # fmt: skip
    if state != goals.CLAIMED:
        return []
    target = 1 if item is None else item.target
    offered = [
        (str(each.id), target_views.evidence_title(each)) for each in evidence.offered(target_views.desk(), goal)
    ]
    made = [
        field("reached_on", "targets.reached_on", kind="date", value=typed("reached_on", unit.today().isoformat())),
        field("evidence", "targets.field.evidence", kind="textarea", required=False, rows=3, wide=True,
              value=typed("evidence", goal.evidence), hint="targets.hint.evidence"),
        field("evidence_id", "targets.record", kind="select", required=False, wide=True,
              options=offered, value=typed("evidence_id", goal.evidence_id or "")),
    ]  # fmt: skip
    if target > 1:
        made.insert(0, field("count", "targets.progress", kind="number", min=0, value=typed("count", target)))
    return made
