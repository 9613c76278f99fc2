"""What the API takes and gives of leads: risks that visits found, told to the town."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from casework.campaign import leads
from casework.campaign.readers import TEXT
from web.api.campaign.campaign_schemas import Coded, Entered, NoDay, Prose, RecordOut, maybe
from web.api.requests import Request, one_of, text, uuid
from web.api.schemas import Named, UnitRef
from workflows.revealing import FIELDS_OF_LEAD, REASON_LENGTH


def risks() -> Any:
    """Describe the risks of a household, one or several."""
    items: dict[str, Any] = {"type": "string", "enum": list(leads.RISKS)}
    return Field(min_length=1, max_length=len(leads.RISKS), json_schema_extra={"items": items})


class LeadIn(Entered):
    """A lead to enter: the visit says which household, member and town; the office may name another unit."""

    activity_id: str = uuid()
    risks: list[str] = risks()
    findings: str = text(TEXT)
    org: Coded = None
    answer: str | None = maybe(leads.ANSWERS)
    reply: Prose = None
    answered_on: NoDay = None


class LeadOut(RecordOut):
    """A lead; `state` follows from what the town has answered. It changes nothing of what the household counts as."""

    activity_id: UUID
    activity: Named | None
    household_id: UUID
    household: Named | None
    member_id: UUID | None
    member: Named | None
    region_code: str
    on_date: date
    org: UnitRef | None
    risks: list[str]
    findings: str
    state: str
    answer: str
    reply: str
    answered_on: date | None


class LeadAnswerIn(Request):
    """What the town found out; without a day it answers today."""

    answer: str = one_of(leads.ANSWERS)
    reply: Prose = None
    answered_on: NoDay = None


class LeadRevealIn(Request):
    """Which masked value of the household's head to show, and why."""

    field: str = one_of(FIELDS_OF_LEAD)
    reason: str = text(REASON_LENGTH)
