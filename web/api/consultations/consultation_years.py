"""The plan of consultations for a year: topics by month, put in, taken out, approved."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import Field

from casework.consultations import quality, years
from casework.consultations.quality import Share
from casework.core import personal
from casework.core.errors import NotFound
from web import bodies, identity, unit
from web.api.consultations.consultation_answers import reads_plainly
from web.api.consultations.consultations import READ
from web.api.operations import Reply, operation
from web.api.requests import Request, day, one_of, text
from web.api.schemas import Model
from workflows.consultations import consultation_years
from workflows.consultations.consulting import RUN


class YearTopicIn(Request):
    """A topic by id or number, and the month it is planned for; without a month it is taken out."""

    topic: str = text(64)
    month: int | None = Field(None, ge=1, le=12)


class YearApprovalIn(Request):
    """Who approved the plan, on which day, and the number of the paper."""

    authority: str = one_of(years.AUTHORITIES)
    on: str = day()
    plan_no: str = text(years.NUMBER_LENGTH, default="")


class YearTopicOut(Model):
    """One topic of a plan; `added_on`: put in after it was approved."""

    consultation: UUID
    number: str
    title: str
    state: str
    month: int
    added_on: date | None


class CountedOut(Model):
    """One record of a share; `n`: the number of the thing agreed, where one is meant."""

    consultation: UUID
    number: str
    n: int | None
    counts: bool


class YearShareOut(Model):
    """How good the consultations were in one respect: `n` of `of`, with every record of both."""

    code: str
    n: int
    of: int
    records: list[CountedOut]


class YearOut(Model):
    """The plan of a county's year, its topics by month, and how good its consultations were."""

    year: int
    region_code: str
    authority: str | None
    approved_on: date | None
    plan_no: str
    topics: list[YearTopicOut]
    quality: list[YearShareOut]


@operation(
    "GET",
    "/consultation-years/<year>",
    permission=READ,
    anywhere=True,
    summary="Show the plan of consultations for a year",
    answers={200: YearOut},
    problems=(404,),
)
def show_consultation_year(year: str) -> Reply:
    """Show the plan of a year with the topics you may know of; one nobody has begun is empty."""
    return Reply(_out(read_year(year)))


@operation(
    "POST",
    "/consultation-years/<year>/topics",
    permission=RUN,
    anywhere=True,
    summary="Plan a topic",
    request_model=YearTopicIn,
    answers={200: YearOut},
    problems=(404, 409),
)
def plan_topic(year: str) -> Reply:
    """Put a topic into a month of the year, move it, or take it out."""
    number, raw = read_year(year), bodies.json_object()
    consultation_years.put(unit.session(), region(), number, raw, actor=identity.actor(), at=unit.at())
    return Reply(_out(number))


@operation(
    "POST",
    "/consultation-years/<year>/approval",
    permission=consultation_years.DECIDE,
    anywhere=True,
    summary="Write down who approved the plan of a year",
    request_model=YearApprovalIn,
    answers={200: YearOut},
    problems=(404, 409),
)
def approve_consultation_year(year: str) -> Reply:
    """Approve the plan; from then on topics are added to it and told as such."""
    number, raw = read_year(year), bodies.json_object()
    consultation_years.approve(unit.session(), region(), number, raw, actor=identity.actor(), at=unit.at())
    return Reply(_out(number))


def region() -> str:
    """Return the county whose year is planned."""
    return unit.office().settings.region


def read_year(given: str) -> int:
    """Return the year of an address.

    Raises:
        NotFound: it is none.
    """
    if not (given.isascii() and given.isdecimal() and len(given) == 4):
        raise NotFound("year")
    number = int(given)
    if not years.FIRST_YEAR <= number <= years.LAST_YEAR:
        raise NotFound("year")
    return number


def shares(year: int) -> Sequence[Share]:
    """Return how good the consultations of a year were, of those the caller may know of."""
    return quality.of_year(unit.session(), identity.actor(), region(), year, today=unit.today())


def _share(share: Share) -> YearShareOut:
    records = [
        CountedOut(
            consultation=each.topic.id,
            number=each.topic.number,
            n=None if each.item is None else each.item.place,
            counts=each.counts,
        )
        for each in share.records
    ]
    return YearShareOut(code=share.code, n=share.n, of=len(records), records=records)


def _out(year: int) -> YearOut:
    session, plan = unit.session(), years.find(unit.session(), region(), year)
    found = [] if plan is None else years.topics_of(session, identity.actor(), plan)
    return YearOut(
        year=year,
        region_code=region(),
        authority=None if plan is None else plan.authority,
        approved_on=None if plan is None else plan.approved_on,
        plan_no="" if plan is None else plan.plan_no,
        topics=[
            YearTopicOut(
                consultation=each.topic.id,
                number=each.topic.number,
                title=each.topic.title if reads_plainly(each.topic) else personal.scrub(each.topic.title),
                state=each.topic.state,
                month=each.month,
                added_on=each.added_on,
            )
            for each in found
        ],
        quality=[_share(each) for each in shares(year)],
    )
