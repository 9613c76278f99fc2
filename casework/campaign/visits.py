"""What holds of visits to households (入户走访): made by a linked member, and not noted twice without a word.

A visit before the link is kept when its remark says so; the words are data (casework/activities/visits.toml).
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

import casework.activities
from casework.activities.tables import Activity
from casework.campaign.forms import Change
from casework.campaign.readers import Desk, flag
from casework.campaign.record_visibility import own_member
from casework.campaign.tables import Link
from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.editions import known, withdrawn
from casework.core.errors import Refusal
from casework.households.tables import Household

VISIT = "household_visit"
# Two visits to one household so few days apart are both kept, and told of.
CLOSE_DAYS = 7
_BEFORE = "before_link"
_WORDS = Path(casework.activities.__file__).with_name("visits.toml")


def with_words(raw: Mapping[str, Any], desk: Desk, *, kept: str = "") -> dict[str, Any]:
    """Return what was sent with `before_link` turned into the words that say so in the remark (`kept`: as it is).

    Raises:
        Invalid: it is neither true nor false.
    """
    sent = dict(raw)
    remark = sent.get("remark", kept)
    is_before = _BEFORE in sent and flag(desk, sent.pop(_BEFORE), _BEFORE)
    if not is_before or not isinstance(remark, str | None):
        return sent
    if not _is_before(remark or ""):
        sent["remark"] = f"{remark}\n{_words()[0]}" if remark else _words()[0]
    return sent


def fill(desk: Desk, change: Change) -> Mapping[str, Any]:
    """Return what follows of an activity: the place from its household, and the member who enters it."""
    filled = dict(by_own_member(desk, change))
    household_id = change.values.get("household_id")
    # A place that was named stays, and so does that of an activity whose household is not changed.
    if household_id is not None and "household_id" in change.named and "region_code" not in change.named:
        asked = select(Household.region_code).where(Household.id == household_id, known(Household))
        filled["region_code"] = desk.session.scalar(asked)
    return filled


def fill_visit(desk: Desk, change: Change) -> Mapping[str, Any]:
    """Return what follows of a visit: its kind too."""
    return {**fill(desk, change), "kind": VISIT}


def by_own_member(desk: Desk, change: Change) -> Mapping[str, Any]:
    """Return the member who enters a record of their own, where none is named; the office names one."""
    if change.row is not None or desk.is_office or "member_id" in change.named:
        return {}
    return {"member_id": own_member(desk.session, desk.actor)}


def against(desk: Desk, change: Change) -> Sequence[Refusal]:
    """Return what stands against a visit: nobody linked, or not on its day."""
    values = change.values
    if values["kind"] != VISIT:
        return ()
    day: date = values["on_date"]
    links = _links(desk.session, values["member_id"], values["household_id"])
    if any(each.valid_from <= day and (each.valid_to is None or day <= each.valid_to) for each in links):
        return ()
    if _is_before(values.get("remark") or "") and all(day < each.valid_from for each in links):
        return ()
    later = [each.valid_from for each in links if each.valid_from > day]
    if later:
        return [Refusal("visit_before_link", {"since": min(later).isoformat()})]
    ended = [each.valid_to for each in links if each.valid_to is not None]
    return [Refusal("visit_after_link", {"until": max(ended).isoformat()}) if ended else Refusal("visit_without_link")]


def close_to(session: Session, visit: Activity) -> Sequence[Activity]:
    """Return the other visits to the same household within seven days, by day."""
    if visit.kind != VISIT:
        return ()
    near = timedelta(days=CLOSE_DAYS)
    asked = select(Activity).where(
        known(Activity),
        withdrawn(Activity, value=False),
        Activity.kind == VISIT,
        Activity.household_id == visit.household_id,
        Activity.id != visit.id,
        Activity.on_date.between(visit.on_date - near, visit.on_date + near),
    )
    return session.scalars(asked.order_by(Activity.on_date, Activity.id)).all()


def cases_of(session: Session, activity_id: UUID) -> Sequence[Case]:
    """Return the cases that came out of an activity, by number."""
    return session.scalars(select(Case).where(Case.activity_id == activity_id).order_by(Case.number)).all()


def _links(session: Session, member_id: UUID, household_id: UUID) -> Sequence[Link]:
    asked = select(Link).where(known(Link), Link.holder_id == member_id, Link.object_id == household_id)
    return session.scalars(asked.order_by(Link.valid_from)).all()


def _is_before(remark: str) -> bool:
    return any(words in remark for words in _words())


@cache
def _words() -> Sequence[str]:
    found: Sequence[str] = tomllib.loads(_WORDS.read_text("utf-8"))[_BEFORE]
    return found
