"""A goal moves on: who verifies it is somebody else than who claimed it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casework.campaign import forms, goals
from casework.campaign.tables import Goal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import Refusal
from workflows.engine import NotAllowed


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
