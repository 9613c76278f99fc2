"""What the API takes and gives of supervised matters."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.supervisions.actions import LEVELS, SOURCES
from web.api.requests import Request, coded, day, one_of, text, uuid
from web.api.schemas import DeadlineOut, Model, Named, Record, UnavailableOut, UnitRef
from workflows import supervising
from workflows.registry import registry

_LOWEST, _HIGHEST = min(LEVELS), max(LEVELS)


def _level(*, default: object = ...) -> Any:
    return Field(default, ge=_LOWEST, le=_HIGHEST)


class SupervisionIn(Request):
    """A matter to supervise; `source_id` names the case or consultation it comes from, `source_words` any other."""

    title: str = text(supervising.TITLE_LENGTH)
    requirement: str = text(supervising.REQUIREMENT_LENGTH)
    source: str = one_of(SOURCES)
    source_id: str | None = uuid(default=None)
    source_words: Annotated[str, StringConstraints(max_length=supervising.WORDS_LENGTH)] | None = None
    org: str = coded()
    co_orgs: Annotated[list[str], Field(max_length=supervising.MOST_CO_ORGS)] | None = None
    due_on: str = day()
    level: int = _level()
    leader: Annotated[str, StringConstraints(max_length=supervising.LEADER_LENGTH)] | None = None
    region_code: str | None = coded(default=None)


class SupervisionPatch(Request):
    """What may be put right; once the slip is signed, only title, `source_words`, leader and the leader's account."""

    title: str = text(supervising.TITLE_LENGTH, default=None)
    requirement: str = text(supervising.REQUIREMENT_LENGTH, default=None)
    source_words: Annotated[str, StringConstraints(max_length=supervising.WORDS_LENGTH)] | None = None
    due_on: str = day(default=None)
    level: int = _level(default=None)
    leader: Annotated[str, StringConstraints(max_length=supervising.LEADER_LENGTH)] | None = None
    leader_id: str | None = uuid(default=None)


class SupervisionMove(Request):
    """A move; which `fields` it takes stands in the workflow. `urge` and `look_back` need a comment."""

    trigger: str = one_of(tuple(registry().latest("supervision").workflow.by_trigger))
    comment: Annotated[str, StringConstraints(max_length=4000)] | None = None
    fields: dict[str, Any] | None = None


class SupervisionLine(Record):
    """A supervised matter in a list. `due_level`: the highest rung that fired of what is due now."""

    number: str
    slip_number: str | None
    title: str
    state: str
    level: int
    leader: str | None
    leader_id: UUID | None
    source: str
    source_id: UUID | None
    region_code: str
    org: str
    org_name: str
    due_on: date
    due_at: datetime | None
    due_kind: str | None
    due_level: int | None
    overdue: bool
    urges: int
    extensions: int
    struck_off_on: date | None


class UrgingOut(Model):
    """A numbered notice that urged the unit."""

    number: str
    nth: int
    on: date
    words: str
    sent_by: Named | None


class SupervisionOut(SupervisionLine):
    """A supervised matter with all that belongs to it."""

    state_since: datetime
    requirement: str
    source_words: str | None
    co_orgs: list[UnitRef]
    first_due_on: date
    initiated_on: date
    initiated_by: Named | None
    issued_on: date | None
    issued_by: Named | None
    acknowledged_at: datetime | None
    progress: str | None
    progress_at: datetime | None
    progress_review: str | None
    asked_until: date | None
    recurrences: int
    result_class: str | None
    result: str | None
    reported_at: datetime | None
    evidence: str | None
    verified_by: Named | None
    proposed_by: Named | None
    struck_off_by: Named | None
    review_on: date | None
    attachments_total: int
    comments_total: int
    urgings: list[UrgingOut]
    deadlines: list[DeadlineOut]
    available_triggers: list[str]
    unavailable_triggers: list[UnavailableOut]


class SupervisionList(Model):
    """A page of supervised matters, the newest first."""

    items: list[SupervisionLine]
    next: str | None
    total: int | None = None
