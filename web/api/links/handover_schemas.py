"""What the API takes and gives of handovers; the rules are workflows/campaign/handover_entries.py."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from casework.campaign import handover
from web.api.requests import Request, day, text, uuid
from workflows.campaign.handover_entries import MOST_LINKS


class HandoverLinkIn(Request):
    """One link to hand over; without a `successor` of its own it goes to that of the whole."""

    id: str = uuid()
    successor: Annotated[str, StringConstraints(max_length=64)] | None = None


class HandoverIn(Request):
    """Who leaves (`member`, `org`, `leader` or `person`) and who follows.

    Without `links` every link goes to the `successor`. With `dry_run` nothing is kept: the answer is what would be.
    """

    member: str = text(64, default=None)
    org: str = text(64, default=None)
    leader: str = text(64, default=None)
    person: str = text(64, default=None)
    successor: Annotated[str, StringConstraints(max_length=64)] | None = None
    links: list[HandoverLinkIn] | None = Field(None, max_length=MOST_LINKS)
    day: str = day()
    reason: str = text(handover.REASON_LENGTH)
    dry_run: bool = False


class HandoverUndo(Request):
    """Why a handover is taken back; a reason need not be given."""

    reason: str | None = text(handover.REASON_LENGTH, default=None)


class HandoverItemOut(BaseModel):
    """One thing that was in hand: it has `moved`, or stays for a reason (`stays` is its code, `why` the sentence)."""

    kind: str
    id: UUID
    label: str
    moved: bool
    stays: str | None
    why: str | None
    # The link that follows.
    made: UUID | None


class HandoverOut(BaseModel):
    """A handover with everything that was in hand; without an `id` it was a dry run."""

    id: UUID | None
    holder: UUID
    day: date
    reason: str
    done_at: datetime
    undo_until: datetime
    undone_at: datetime | None
    items: list[HandoverItemOut]
