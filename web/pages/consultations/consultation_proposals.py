"""What the office's own cases propose to talk over, as the list of consultations shows it."""

from typing import Any

from casework.cases.figures.scopes import PERMISSION
from casework.cases.topics.hot_topics import HotTopic
from casework.consultations import proposed
from casework.permissions import may_anywhere
from web import identity, unit
from web.api.cases.hot_topics import seen
from web.locales import words
from web.pages.triage import hot_topics


def shown() -> list[dict[str, Any]]:
    """Return the topics that several open cases propose; nothing for whoever brings none or sees no cases."""
    actor = identity.actor()
    if not may_anywhere(actor, "consultation.run") or not may_anywhere(actor, PERMISSION):
        return []
    made = proposed.shown(unit.session(), actor, at=unit.at())
    return [_shape(topic) for topic in made.topics]


def _shape(topic: HotTopic) -> dict[str, Any]:
    numbers = [each.number for each in topic.cases[: hot_topics.MOST_SHOWN]]
    people = words("topics.people", cases=len(topic.cases), n=topic.people)
    return {
        "title": seen(topic.title),
        "n": words("topics.open", n=len(topic.cases)),
        "about": " ".join(each for each in (people, hot_topics.towns_told(topic)) if each),
        "cases": [{"url": f"/cases/{number}", "text": number} for number in numbers],
        "url": hot_topics.propose_url(numbers),
    }
