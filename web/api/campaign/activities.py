"""Activities and visits are entered with what they brought to light, and told what they stand close to."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from casework.campaign import record_rights
from casework.campaign.visits import CLOSE_DAYS
from web import bodies, identity, unit
from web.api import schemas
from web.api.campaign import activity_schemas, county_wide, record_answers
from web.api.campaign.campaign_records import RESOURCES, Resource, where
from web.api.operations import Reply, operation
from web.locales import words
from workflows.campaign import group_visits, visiting
from workflows.campaign.visiting import Recorded


def _declare(kind: Resource, made: type[BaseModel], found_in: str) -> None:
    form = kind.listing.form

    @operation(
        "POST",
        kind.path,
        permission=record_rights.rights_of(form.table).enter,
        anywhere=True,
        summary=f"Enter {kind.one}",
        request_model=kind.taken,
        answers={201: made, 200: made},
        problems=(409,),
        has_etag=True,
    )
    def enter_record() -> Reply:
        """Enter an activity with its cases; with a client-made `id` sent before and the same content, show it."""
        raw = county_wide.placed(form, bodies.json_object())
        session, actor, at = unit.session(), identity.actor(), unit.at()
        if found_in == visiting.NEED:
            recorded = group_visits.record(session, form, raw, actor=actor, at=at)
            lead = None if recorded.lead is None else recorded.lead.id
            more: dict[str, Any] = {"also": [each.id for each in recorded.also], "lead": lead}
        else:
            recorded = visiting.record(session, form, raw, found_in=found_in, actor=actor, at=at)
            more = {"tasks": tasks_of(recorded)}
        row = recorded.activity
        told: dict[str, Any] = record_answers.shown(form, [row])[0]
        return Reply(
            made(**told, **told_of(recorded), **more),
            201 if recorded.is_new else 200,
            where(kind, row),
        )


def told_of(recorded: Recorded) -> dict[str, Any]:
    """Return what stands beside an activity just entered: what is worth a look, and its cases."""
    return {"warnings": _warnings(recorded), "cases": _cases(recorded)}


def tasks_of(recorded: Recorded) -> list[schemas.CaseRef]:
    """Return the supervised matters that came out of an activity."""
    return [schemas.CaseRef(id=each.id, number=each.number) for each in recorded.tasks]


def _warnings(recorded: Recorded) -> list[activity_schemas.WarningOut]:
    return [
        activity_schemas.WarningOut(
            code="visit_close",
            message=words("warning.visit_close", day=each.on_date.isoformat(), days=CLOSE_DAYS),
            id=each.id,
        )
        for each in recorded.close
    ]


def _cases(recorded: Recorded) -> list[schemas.CaseRef]:
    return [schemas.CaseRef(id=each.id, number=each.number) for each in recorded.cases]


_MADE: Mapping[str, tuple[type[BaseModel], str]] = {
    "visits": (activity_schemas.VisitMade, visiting.NEED),
    "activities": (activity_schemas.ActivityMade, visiting.CASES),
}
for _each in RESOURCES:
    if _each.name in _MADE:
        _declare(_each, *_MADE[_each.name])
