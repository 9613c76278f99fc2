"""A goal moves on: who verifies it is somebody else than who claimed it, in the office or by a spot check."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.campaign import forms, goals, record_rights
from casework.campaign.record_visibility import subject_of
from casework.campaign.tables import Goal
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.editions import newest
from casework.core.errors import Refusal
from casework.core.i18n import say
from casework.permissions import permits
from workflows.denials import NotAllowed

# What a spot check says of the visit that shows a goal → where the goal goes.
BY_SPOT_CHECK: Mapping[str, str] = {"confirmed": goals.VERIFIED, "not_confirmed": goals.IN_PROGRESS}


def mend(
    session: Session,
    goal: Goal,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Goal:
    """Change what is named of a locked goal; see `forms.mend`.

    Raises:
        NotAllowed: they would verify what they claimed themselves.
    """
    was = goal.state
    row: Goal = forms.mend(session, goals.GOAL, goal, raw, actor=actor, at=at, expected_version=expected_version)
    if was != goals.VERIFIED == row.state and goals.claimed_by(session, row) == actor.person_id:
        raise NotAllowed("goal.write", [Refusal("claimer_cannot_verify")])
    return row


def moves_open(session: Session, goal: Goal, *, actor: Actor, at: datetime) -> Sequence[str]:
    """Return where the actor may move a goal from where it is, in the order of its life."""
    rights = record_rights.rights_of(Goal)
    subject = subject_of(session, goal, on=at.astimezone(session.info["zone"]).date())
    following = goals.MOVES[goal.state]
    if permits(actor, rights.write, subject):
        mine = goal.state == goals.CLAIMED and goals.claimed_by(session, goal) == actor.person_id
        return [each for each in following if not (mine and each == goals.VERIFIED)]
    if goal.state in record_rights.SETTLED or not permits(actor, rights.enter, subject):
        return []
    return [each for each in following if each not in record_rights.SETTLED]


def lapse(session: Session, *, at: datetime, limit: int) -> int:
    """Let up to `limit` goals of past years lapse that nobody claimed in time, with the reason; return how many."""
    done = 0
    for goal_id in goals.to_lapse(session, on=at.astimezone(session.info["zone"]).date(), limit=limit):
        goal = newest(session, Goal, goal_id, lock=True)
        if goal.state in (goals.PLANNED, goals.IN_PROGRESS):
            raw = {"state": goals.LAPSED, "reason": say("goal.year_over", year=goal.year)}
            forms.mend(session, goals.GOAL, goal, raw, actor=SYSTEM, at=at)
            done += 1
    return done


def settle_by_spot_check(
    session: Session, activity_id: UUID, outcome: str, *, reason: str, actor: Actor, at: datetime
) -> Sequence[Goal]:
    """Move the claimed goals that a visit shows by what a spot check heard of it (BY_SPOT_CHECK); return those moved.

    What is confirmed is verified by who asked, unless they claimed it themselves; what is not confirmed is open again.
    """
    following = BY_SPOT_CHECK[outcome]
    moved = []
    for goal_id in goals.claimed_with(session, activity_id):
        goal = newest(session, Goal, goal_id, lock=True)
        if goal.state != goals.CLAIMED or (
            following == goals.VERIFIED and goals.claimed_by(session, goal) == actor.person_id
        ):
            continue
        moved.append(forms.mend(session, goals.GOAL, goal, {"state": following, "reason": reason}, actor=actor, at=at))
    return moved
