"""The year of a household, village, industry or unit is planned in one step: words, and every item not planned yet.

Of a household and a village the words are kept too (逐户规划, 年度工作计划); industries and units have items alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from casework.campaign import forms, goals, plans, record_rights, targets
from casework.campaign.plans import PLAN
from casework.campaign.tables import Goal, Plan
from casework.campaign.targets import HOUSEHOLD, VILLAGE, Asked, Target
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import newest
from casework.core.errors import FieldError, Invalid

# Words of a plan are of these alone.
WITH_WORDS = (HOUSEHOLD, VILLAGE)
ITEM_FIELDS = ("due_on", "responsible")


def write(
    session: Session, asked: Asked, target: Target, raw: Mapping[str, Any], *, actor: Actor, at: datetime
) -> Sequence[Goal]:
    """Keep the plan of an object for a year, and enter every item of its checklists that has none; return those.

    `raw`: `due_on` and `responsible` of the new items, and the words of the plan.

    Raises:
        Invalid: every mistake in what was sent.
        Denied: not the office over the place.
    """
    known = {*ITEM_FIELDS, *(plans.WORDS if target.of in WITH_WORDS else ())}
    mistakes = [FieldError(name, "unknown_field") for name in raw if name not in known]
    of = {"region_code": target.region_code} if target.of == VILLAGE else {"object_id": str(target.object_id)}
    same = {"campaign": asked.campaign.code, "year": asked.year, **of}
    if mistakes:
        raise Invalid(mistakes)
    if target.of in WITH_WORDS:
        words = {name: raw[name] for name in raw if name != "due_on"}
        _keep_words(session, asked, target, {**same, **words}, words, actor=actor, at=at)
    given = {name: raw[name] for name in ITEM_FIELDS if name in raw}
    today = at.astimezone(session.info["zone"]).date()
    found = targets.goals_of(session, actor, asked, target, on=today)
    made = []
    for checklist in asked.campaign.checklists.values():
        for item in checklist.items if checklist.of == target.of else ():
            if (checklist.code, item.code) in found:
                continue
            told = {**same, **given, "checklist": checklist.code, "item": item.code}
            row: Goal = forms.enter(session, goals.GOAL, told, actor=actor, at=at)
            record_rights.require_entering(session, row, actor=actor, at=at)
            made.append(row)
    return made


def _keep_words(
    session: Session,
    asked: Asked,
    target: Target,
    whole: Mapping[str, Any],
    words: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    today = at.astimezone(session.info["zone"]).date()
    found = plans.of_target(session, actor, asked, target, on=today)
    if found is None:
        row = forms.enter(session, PLAN, whole, actor=actor, at=at)
        record_rights.require_entering(session, row, actor=actor, at=at)
        return
    locked = newest(session, Plan, found.id, lock=True)
    record_rights.require_mending(session, locked, actor=actor, at=at)
    forms.mend(session, PLAN, locked, words, actor=actor, at=at)
