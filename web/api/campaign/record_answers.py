"""From the plain records of a campaign to what the API gives: names beside ids, households masked, words scrubbed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.announcements.tables import Announcement
from casework.campaign import receipts, record_names
from casework.campaign.forms import Form
from casework.campaign.record_names import Change
from casework.campaign.record_rights import rights_of
from casework.core import personal
from casework.permissions import may_anywhere
from web import identity, unit
from web.api import schemas
from web.api.campaign import campaign_schemas
from web.locales import local


def shown(form: Form, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the members of the models of rows; for who only looks, numbers of people in free texts are masked."""
    named = record_names.names_of(unit.session(), form, rows)
    is_scrubbed = not may_anywhere(identity.actor(), rights_of(form.table).enter)
    told = [_shown(form, row, named, is_scrubbed=is_scrubbed) for row in rows]
    if form.table is Announcement:
        shares = receipts.shares(unit.session(), [row.id for row in rows])
        for each in told:
            share = shares.get(each["id"])
            each |= {"addressed": share.whole if share else 0, "answered": share.done if share else 0}
    return told


def _shown(form: Form, row: Any, named: record_names.Named, *, is_scrubbed: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.recorded_at),
    }
    for each in form.fields:
        value = getattr(row, each.kept_in)
        told[each.name] = personal.scrub(value) if is_scrubbed and each.is_words and value else value
        if each.points_at:
            told[each.name.removesuffix("_id")] = _named(value, named.names)
        elif each.kept_in == "org_id":
            org = named.orgs.get(value)
            told[each.name] = None if org is None else schemas.UnitRef(code=org.code, name=org.name)
    if form.is_withdrawable:
        told["withdrawn"] = row.withdrawn
    return told | dict(form.tells(row))


def _named(record_id: UUID | None, names: Mapping[UUID, str]) -> schemas.Named | None:
    return None if record_id is None else schemas.Named(id=record_id, name=names.get(record_id, ""))


def history(form: Form, changes: Sequence[Change]) -> campaign_schemas.RecordChanges:
    """Return how a record came to be what it is; its words are scrubbed like those of the record."""
    is_scrubbed = not may_anywhere(identity.actor(), rights_of(form.table).enter)
    items = [
        campaign_schemas.RecordChange(
            seq=each.seq,
            at=local(each.at),
            actor=schemas.Named(id=each.person_id, name=each.person_name or "system"),
            trigger=each.trigger,
            fields=_scrubbed(each.fields) if is_scrubbed else dict(each.fields),
            reason=personal.scrub(each.reason) if is_scrubbed else each.reason,
        )
        for each in changes
    ]
    return campaign_schemas.RecordChanges(items=items, next=None)


def _scrubbed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _one_scrubbed(name, value) for name, value in told.items()}


def _one_scrubbed(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {end: _one_scrubbed(name, each) for end, each in value.items()}
    # Ids are no words of anybody.
    return personal.scrub(value) if isinstance(value, str) and not name.endswith("_id") else value
