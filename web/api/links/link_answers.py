"""Members, households and links as the API shows them, and what was changed in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from casework.activities.tables import Activity
from casework.campaign import changes
from casework.campaign.links.household_list import HouseholdFile
from casework.campaign.links.link_list import LinkFile
from casework.campaign.links.member_list import MemberFile
from casework.campaign.tables import Link
from casework.core import personal
from casework.households import handbook
from casework.households.actions import CATEGORY, WATCH
from casework.households.tables import Household
from casework.members.tables import Member
from casework.permissions import Subject, permits
from web import identity, unit
from web.api import paging, parameters
from web.api.links import link_schemas
from web.api.operations import Reply
from web.api.registry.registry_schemas import Named
from web.locales import local, words

_TERM = ("term", "sector", "is_standing", "valid_from", "valid_to", "end_reason")


def member_out(file: MemberFile) -> link_schemas.MemberOut:
    """Return a member with the last term and all terms."""
    row, term = file.member, file.term
    last: dict[str, Any] = {"valid_from": None, "valid_to": None, "is_standing": False}
    last |= dict.fromkeys(("term", "sector", "end_reason"), "")
    if term is not None:
        last |= {name: getattr(term, name) for name in _TERM}
    return link_schemas.MemberOut(
        **_record(row, file.version, file.updated_at),
        name=row.name,
        region_code=row.region_code,
        post=row.post,
        phone=row.phone,
        person_id=row.person_id,
        remark=_seen(row.remark, "member.write", row.region_code),
        **last,
        terms=[
            link_schemas.TermOut(id=each.id, **{name: getattr(each, name) for name in _TERM}) for each in file.terms
        ],
    )


def household_out(file: HouseholdFile) -> link_schemas.HouseholdOut:
    """Return a household, masked, with what it counts as."""
    row, today = file.household, unit.today()
    plain = ("region_code", "head_name", "head_id_number", "phone", "group_no", "people")
    return link_schemas.HouseholdOut(
        **_record(row, file.version, file.updated_at),
        **{name: getattr(row, name) for name in plain},
        **_handbook(row),
        category=file.codes(CATEGORY, on=today),
        watch=file.codes(WATCH, on=today),
        statuses=[
            link_schemas.StatusOut(
                **{name: getattr(each, name) for name in ("part", "code", "source", "valid_from", "valid_to")}
            )
            for each in file.statuses
        ],
    )


def _handbook(row: Household) -> dict[str, Any]:
    areas = {name: getattr(row, name) for name in handbook.AREAS}
    return {
        **{name: None if area is None else str(area) for name, area in areas.items()},
        "housing_grade": row.housing_grade,
        **{name: _seen(getattr(row, name), "household.write", row.region_code) for name in (*handbook.LINES, "remark")},
    }


def link_out(file: LinkFile) -> link_schemas.CampaignLinkOut:
    """Return a link with the names at both ends."""
    row = file.link
    plain = ("campaign", "kind", "region_code", "part", "valid_from", "valid_to", "end_reason")
    return link_schemas.CampaignLinkOut(
        **_record(row, row.version, row.recorded_at),
        **{name: getattr(row, name) for name in plain},
        holder=row.holder_id,
        holder_name=file.holder_name,
        object=row.region_code if row.object_id is None else str(row.object_id),
        object_name=file.object_name,
        remark=_seen(row.remark, "link.write", row.region_code),
    )


def link_shown(file: LinkFile, outside: Sequence[Activity]) -> link_schemas.CampaignLinkShown:
    """Return a link by itself, with the visits outside its days."""
    warnings = [
        link_schemas.LinkWarning(
            code="visit_outside", message=words("warning.visit_outside", day=each.on_date.isoformat()), id=each.id
        )
        for each in outside
    ]
    return link_schemas.CampaignLinkShown(**link_out(file).model_dump(), warnings=warnings)


def history_out(row: Member | Household | Link, *, plainly: bool) -> Reply:
    """Return a page of what was changed in a record, oldest first; `plainly`: free text as it was typed."""
    limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
    name = f"history of {row.id}"
    after = paging.after_number(name)
    found = changes.of_record(unit.session(), row)
    rows, more = paging.cut(name, found[after : after + limit + 1], limit, lambda each: [each.seq])
    items = [
        link_schemas.EditionOut(
            seq=each.seq,
            at=local(each.at),
            actor=Named(id=each.person_id, name=each.person_name or "system"),
            trigger=each.trigger,
            record=each.record,
            comment=each.reason or None,
            fields=_fields(each.fields, plainly=plainly),
        )
        for each in rows
    ]
    return Reply(link_schemas.EditionList(items=items, next=more, total=len(found) if count else None))


def _fields(told: Mapping[str, Any], *, plainly: bool) -> dict[str, Any]:
    if plainly:
        return dict(told)
    return {
        name: {side: _scrubbed(each) for side, each in value.items()}
        if isinstance(value, Mapping)
        else _scrubbed(value)
        for name, value in told.items()
    }


def _scrubbed(value: Any) -> Any:
    return personal.scrub(value) if isinstance(value, str) else value


def _record(row: Any, version: int, updated_at: Any) -> dict[str, Any]:
    return {"id": row.id, "version": version, "created_at": local(row.created_at), "updated_at": local(updated_at)}


def _seen(text: str, permission: str, region_code: str) -> str:
    """Return a free text as whoever works with the record may see it; for all others numbers in it are masked."""
    return text if permits(identity.actor(), permission, Subject(region_code)) else personal.scrub(text)
