"""What staff enter and change of links by hand: read, checked, allowed, written. Files come in by workflows/ledgers.

Here, and in link_list.py for their names, a further kind of object is plugged in (`_OBJECTS`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign.definition import PLACES, Campaign, LinkKind
from casework.campaign.links import links
from casework.campaign.links.in_office import refuse_who_left
from casework.campaign.links.links import NewLink
from casework.campaign.links.places import place
from casework.campaign.loader import campaigns
from casework.campaign.record_visibility import find
from casework.campaign.tables import Link
from casework.campaign.visibility import take_household, take_member
from casework.core import reading, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, NotFound, invalid
from casework.core.ids import parse_id
from casework.industries.tables import Industry
from casework.leaders.tables import Leader
from casework.permissions import Subject, require
from casework.registry import queries as registry

WRITE = "link.write"
REMARK_LENGTH, REASON_LENGTH, PART_LENGTH = 1000, 200, 64
_REQUIRED = ("campaign", "kind", "holder", "object", "valid_from")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose words are read, and when."""

    session: Session
    actor: Actor
    today: date


@dataclass(frozen=True, slots=True)
class _Object:
    """What is linked: a record or, without one, a place; and the place where the link holds."""

    id: UUID | None
    region_code: str


def enter(session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, today: date) -> Link:
    """Tie two together (`campaign, kind, holder, object, valid_from`, and `part, remark, region_code`).

    `holder`: the id of a member, or code or id of a unit; `object`: the id of a household, or the code of a place.

    Raises:
        Invalid: every mistake; whatever the caller may not know of looks like what is not there.
        Refused: they are linked already on one of the days.
    """
    reader = _Reader(session, actor, today)
    campaign = campaigns().get(raw.get("campaign", "") if isinstance(raw.get("campaign"), str) else "")
    kind = None if campaign is None or not isinstance(raw.get("kind"), str) else campaign.links.get(raw["kind"])
    values = reading.fields(raw, _readers(reader, campaign, kind), required=_REQUIRED)
    if campaign is None or kind is None:
        raise Invalid([FieldError("kind", "required")])
    linked: _Object = values["object"]
    if values.get("region_code", linked.region_code) != linked.region_code:
        raise invalid("region_code", "place_differs")
    require(actor, WRITE, Subject(linked.region_code))
    told = NewLink(
        kind.code,
        values["holder"],
        linked.region_code,
        values["valid_from"],
        linked.id,
        values.get("part", ""),
        values.get("remark", ""),
    )
    refuse_who_left(session, told.holder_id, on=told.valid_from)
    return links.begin(session, campaign, told, actor=actor, at=at)


def change(
    session: Session,
    link: Link,
    raw: Mapping[str, Any],
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Link:
    """Change a locked link: `valid_to` with a `reason` ends it, null takes that back; `part`, `valid_from`, `remark`
    are put right with a `reason`.

    Raises:
        Stale: somebody else changed it since.
        Invalid: every mistake.
        Refused: the two are linked otherwise on one of the days.
    """
    require(actor, WRITE, subject)
    readers = {
        "part": _part,
        "valid_from": reading.day("valid_from"),
        "valid_to": reading.day("valid_to", required=False),
        "remark": reading.text("remark", REMARK_LENGTH),
        "reason": reading.text("reason", REASON_LENGTH),
    }
    values = reading.fields(raw, readers)
    reason: str = values.pop("reason", "")
    return (
        links.change(session, link, values, reason=reason, actor=actor, at=at, expected_version=expected_version)
        if values
        else link
    )


def _readers(reader: _Reader, campaign: Campaign | None, kind: LinkKind | None) -> reading.Readers:
    kinds = () if campaign is None else tuple(campaign.links)
    return {
        "campaign": reading.choice("campaign", tuple(campaigns())),
        "kind": _anything("kind") if campaign is None else reading.choice("kind", kinds),
        "holder": _anything("holder") if kind is None else lambda value: _holder(reader, kind, value, field="holder"),
        "object": _anything("object") if kind is None else lambda value: _object(reader, kind, value),
        "region_code": place(reader.session, reader.actor, WRITE),
        "part": _part,
        "valid_from": reading.day("valid_from"),
        "remark": reading.text("remark", REMARK_LENGTH),
    }


def _part(value: Any) -> str:
    return texts.clean_text(value, field="part", max_length=PART_LENGTH, required=False, multiline=False)


def _anything(field: str) -> reading.Reader:
    """Return a reader of what can be read only when another field is right, so that no more is asked of it."""
    return reading.line(field, 64, required=True)


def read_successor(session: Session, link: Link, value: Any, *, field: str, actor: Actor, today: date) -> UUID:
    """Read who is to hold a link next: the id of a member, or code or id of a unit, as its kind asks.

    Raises:
        Invalid: there is no such one for the caller, or a unit of another kind.
    """
    campaign = campaigns().get(link.campaign)
    kind = None if campaign is None else campaign.links.get(link.kind)
    if kind is None:
        raise invalid(field, "no_such_member")
    return _holder(_Reader(session, actor, today), kind, value, field=field)


def _holder(reader: _Reader, kind: LinkKind, value: Any, *, field: str) -> UUID:
    if kind.holder == "member":
        found = reading.record_id(field)(value)
        try:
            return take_member(reader.session, reader.actor, found).id
        except NotFound:
            raise invalid(field, "no_such_member") from None
    code = texts.parse_code(value, field=field)
    org_id = parse_id(code)
    session = reader.session
    if kind.holder != "org" and org_id is not None:
        try:
            leader: Leader = find(session, reader.actor, Leader, org_id, on=reader.today)
            return leader.id
        except NotFound:
            if kind.holder == "leader":
                raise invalid(field, "no_such_leader") from None
    if kind.holder == "leader":
        raise invalid(field, "no_such_leader")
    known = registry.orgs_by_id(session, [org_id]) if org_id is not None else registry.orgs_by_code(session, [code])
    org = next(iter(known.values()), None)
    if org is None or org.valid_to is not None:
        raise invalid(field, "no_such_org", value=code)
    if kind.holder_kinds and org.kind not in kind.holder_kinds:
        raise invalid(field, "holder_of_other_kind")
    return org.id


def _household(reader: _Reader, value: Any) -> _Object:
    found = reading.record_id("object")(value)
    try:
        household = take_household(reader.session, reader.actor, found, on=reader.today)
    except NotFound:
        raise invalid("object", "no_such_household") from None
    return _Object(household.id, household.region_code)


def _region(reader: _Reader, value: Any) -> _Object:
    return _Object(None, place(reader.session, reader.actor, WRITE, field="object")(value))


def _object(reader: _Reader, kind: LinkKind, value: Any) -> _Object:
    found = _OBJECTS[kind.object](reader, value)
    if kind.place and len(found.region_code) != PLACES[kind.place]:
        raise invalid("object", f"no_{kind.place}")
    return found


def _industry(reader: _Reader, value: Any) -> _Object:
    found = reading.record_id("object")(value)
    try:
        industry = find(reader.session, reader.actor, Industry, found, on=reader.today)
    except NotFound:
        raise invalid("object", "no_such_industry") from None
    return _Object(industry.id, industry.region_code)


# What a campaign's file calls the object of a kind of link, and how one is found.
_OBJECTS: Mapping[str, Callable[[_Reader, Any], _Object]] = {
    "household": _household,
    "industry": _industry,
    "region": _region,
}
