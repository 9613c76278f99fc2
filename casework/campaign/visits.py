"""What holds of visits to households (入户走访): made by a linked member, and not noted twice without a word.

A visit before the link is kept when its remark says so, and a second visit of a week is asked about until its remark
says that it is one of its own; the words are data (casework/activities/visits.toml).
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
from casework.campaign.links.in_office import left_on
from casework.campaign.readers import Desk, flag
from casework.campaign.record_visibility import own_member
from casework.campaign.tables import Link
from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import FieldError, Invalid, Refusal
from casework.households.tables import Household

VISIT = "household_visit"
# Two visits to one household so few days apart are both kept, and asked about.
CLOSE_DAYS = 7
_BEFORE, APART = "before_link", "apart"
# What is sent as true or false and kept as words of the remark.
SAID = (_BEFORE, APART)
_WORDS = Path(casework.activities.__file__).with_name("visits.toml")


def with_words(raw: Mapping[str, Any], desk: Desk, *, kept: str = "") -> dict[str, Any]:
    """Return what was sent with `before_link` and `apart` turned into words of the remark (`kept`: as it is).

    Raises:
        Invalid: one of them is neither true nor false.
    """
    sent, errors = dict(raw), list[FieldError]()
    for name in SAID:
        try:
            is_so = name in sent and flag(desk, sent.pop(name), name)
        except Invalid as mistake:
            errors += mistake.errors
            continue
        remark = sent.get("remark", kept)
        if is_so and isinstance(remark, str | None) and not _says(name, remark or ""):
            sent["remark"] = f"{remark}\n{_words()[name][0]}" if remark else _words()[name][0]
    if errors:
        raise Invalid(errors)
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
    """Return what stands against an activity: its member is none any more by then; and against a visit: nobody linked,
    or not on its day."""
    values = change.values
    day: date = values["on_date"]
    if values["kind"] != VISIT:
        return _after_term(desk, change, day, code="activity_after_term")
    links = _links(desk.session, values["member_id"], values["household_id"])
    if any(each.valid_from <= day and (each.valid_to is None or day <= each.valid_to) for each in links):
        return _after_term(desk, change, day, code="visit_after_term")
    if _says(_BEFORE, values.get("remark") or "") and all(day < each.valid_from for each in links):
        return ()
    later = [each.valid_from for each in links if each.valid_from > day]
    if later:
        return [Refusal("visit_before_link", {"since": min(later).isoformat()})]
    ended = [each.valid_to for each in links if each.valid_to is not None]
    return [Refusal("visit_after_link", {"until": max(ended).isoformat()}) if ended else Refusal("visit_without_link")]


def _after_term(desk: Desk, change: Change, day: date, *, code: str) -> Sequence[Refusal]:
    member_id = change.values.get("member_id")
    # One that was kept while the term was thought to go on may still be worded anew.
    is_worded = change.row is not None and change.named.isdisjoint(("on_date", "member_id", "household_id", "kind"))
    last = None if member_id is None or is_worded else left_on(desk.session, member_id)
    return () if last is None or day <= last else [Refusal(code, {"until": last.isoformat()})]


def close_to(session: Session, visit: Activity) -> Sequence[Activity]:
    """Return the visits to a household within seven days of one that does not say it is apart from them, by day."""
    if visit.kind != VISIT or _says(APART, visit.remark or ""):
        return ()
    return near(session, visit.household_id, visit.on_date, besides=visit.id)


def near(session: Session, household_id: UUID | None, day: date, *, besides: UUID | None) -> Sequence[Activity]:
    """Return the visits to a household within seven days of a day but for one, by day."""
    week = timedelta(days=CLOSE_DAYS)
    asked = select(Activity).where(
        standing(Activity),
        Activity.kind == VISIT,
        Activity.household_id == household_id,
        Activity.on_date.between(day - week, day + week),
    )
    if besides is not None:
        asked = asked.where(Activity.id != besides)
    return session.scalars(asked.order_by(Activity.on_date, Activity.id)).all()


def asked_about(session: Session, visit: Activity) -> Sequence[Activity]:
    """Return the visits of a week that were there when one came, while nobody has said that it is one of its own."""
    if visit.withdrawn:
        return ()
    came = (visit.created_at, visit.id)
    return [each for each in close_to(session, visit) if (each.created_at, each.id) < came]


def asked_of(session: Session, household_id: UUID) -> Sequence[Activity]:
    """Return the visits to a household that somebody has still to say something about, by day."""
    asked = select(Activity).where(standing(Activity), Activity.kind == VISIT, Activity.household_id == household_id)
    rows = session.scalars(asked.order_by(Activity.on_date, Activity.id)).all()
    week = timedelta(days=CLOSE_DAYS)
    return [
        row
        for row in rows
        if not _says(APART, row.remark or "")
        and any(
            abs(row.on_date - each.on_date) <= week and (each.created_at, each.id) < (row.created_at, row.id)
            for each in rows
        )
    ]


def outside(session: Session, link: Link) -> Sequence[Activity]:
    """Return the visits of a member to a household that no link between them holds any more, by day: its days were put
    right, or it was ended by a day that is past, after they had been entered."""
    if link.object_id is None:
        return ()
    asked = select(Activity).where(
        standing(Activity),
        Activity.kind == VISIT,
        Activity.member_id == link.holder_id,
        Activity.household_id == link.object_id,
    )
    rows = session.scalars(asked.order_by(Activity.on_date, Activity.id)).all()
    links = _links(session, link.holder_id, link.object_id) if rows else ()
    return [
        row
        for row in rows
        if not any(each.valid_from <= row.on_date and (each.valid_to or row.on_date) >= row.on_date for each in links)
        and not (_says(_BEFORE, row.remark or "") and all(row.on_date < each.valid_from for each in links))
    ]


def cases_of(session: Session, activity_id: UUID) -> Sequence[Case]:
    """Return the cases that came out of an activity, by number."""
    return session.scalars(select(Case).where(Case.activity_id == activity_id).order_by(Case.number)).all()


def _links(session: Session, member_id: UUID, household_id: UUID) -> Sequence[Link]:
    asked = select(Link).where(known(Link), Link.holder_id == member_id, Link.object_id == household_id)
    return session.scalars(asked.order_by(Link.valid_from)).all()


def says_apart(remark: str | None) -> bool:
    """Say whether a remark says that this is a visit of its own."""
    return _says(APART, remark or "")


def apart_words() -> str:
    """Return the words by which a remark says so."""
    return _words()[APART][0]


def _says(name: str, remark: str) -> bool:
    return any(words in remark for words in _words()[name])


@cache
def _words() -> Mapping[str, Sequence[str]]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
