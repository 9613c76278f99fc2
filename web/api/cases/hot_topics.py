"""What many report this week: topics among the cases the caller may know of, each with its cases."""

from datetime import datetime
from uuid import UUID

from casework.cases.figures.scopes import PERMISSION
from casework.cases.topics import hot_topics, kept_topics
from casework.cases.topics.hot_topics import HotTopic
from casework.cases.topics.kept_topics import Kept
from casework.consultations import proposed, topics
from casework.core import personal
from casework.permissions import may_anywhere
from web import identity, unit
from web.api.operations import Reply, operation
from web.api.schemas import Model
from web.locales import local

NAME = "hot"


class TopicCaseOut(Model):
    """One case of a topic."""

    id: UUID
    number: str
    title: str
    state: str
    region_code: str
    reported_at: datetime


class HotTopicOut(Model):
    """Cases alike; `weeks` counts them by week, this one last, `people` how many different people told of them."""

    title: str
    words: list[str]
    weeks: list[int]
    people: int
    cases: list[TopicCaseOut]


class HotTopicsOut(Model):
    """What grows this week, what grows most first; reckoned anew after ten minutes."""

    items: list[HotTopicOut]
    reckoned_at: datetime


@operation(
    "GET",
    "/hot-topics",
    permission=PERMISSION,
    anywhere=True,
    summary="What many report this week",
    answers={200: HotTopicsOut},
)
def list_hot_topics() -> Reply:
    """Return the topics that grow this week against the four weeks before, with their cases."""
    return Reply(_all(kept_topics.of(unit.session(), identity.actor(), NAME, hot_topics.find, at=unit.at())))


@operation(
    "GET",
    "/consultation-topics",
    permission=topics.BRING,
    anywhere=True,
    summary="What could be talked over",
    answers={200: HotTopicsOut},
)
def list_proposed_topics() -> Reply:
    """Return what several open cases of yours have in common that no consultation is about yet."""
    return Reply(_all(proposed.shown(unit.session(), identity.actor(), at=unit.at())))


def _all(made: Kept) -> HotTopicsOut:
    return HotTopicsOut(items=[_out(topic) for topic in made.topics], reckoned_at=local(made.reckoned_at))


def seen(text: str) -> str:
    """Return a title as the caller may read it: whoever sorts cases reads it plainly."""
    return text if may_anywhere(identity.actor(), "case.assign") else personal.scrub(text)


def _out(topic: HotTopic) -> HotTopicOut:
    return HotTopicOut(
        title=seen(topic.title),
        words=list(topic.words),
        weeks=list(topic.weeks),
        people=topic.people,
        cases=[
            TopicCaseOut(
                id=each.id,
                number=each.number,
                title=seen(each.title),
                state=each.state,
                region_code=each.region_code,
                reported_at=local(each.reported_at),
            )
            for each in topic.cases
        ],
    )
