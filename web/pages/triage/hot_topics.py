"""What many report this week, as a page: each topic with a small chart, its cases, and the way to a consultation."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template

from casework.cases.figures.scopes import PERMISSION
from casework.cases.topics import hot_topics, kept_topics
from casework.cases.topics.hot_topics import HotTopic
from casework.permissions import may_anywhere
from web import identity, lateness, unit
from web.access import needs
from web.api.cases.hot_topics import NAME, seen
from web.locales import words
from web.views import case_list, counting, link_words, reference, wording

blueprint = Blueprint("hot_topics", __name__)

# A topic of hundreds shows the latest; the link to a consultation takes as many along.
MOST_SHOWN = 20
# So many townships are named; how many there are is told.
_TOWNS = 3
_HIGH = 28


@blueprint.get("/hot-topics")
@needs(PERMISSION, anywhere=True)
@lateness.may_be_late
def show() -> Response:
    """Show the topics that grow this week among the cases the caller may know of."""
    made = kept_topics.of(unit.session(), identity.actor(), NAME, hot_topics.find, at=unit.at())
    page = render_template(
        "triage/topics.html",
        frame=counting.framed("triage" if may_anywhere(identity.actor(), "case.assign") else "overview"),
        title=words("topics.title"),
        note=words("topics.note", when=wording.moment(made.reckoned_at)),
        topics=[_shape(topic) for topic in made.topics],
        nothing={
            "title": words("topics.nothing"),
            "text": words("topics.nothing_text"),
            "buttons": link_words.ways("cases"),
        },
    )
    return make_response(page)


def _shape(topic: HotTopic) -> dict[str, Any]:
    *before, now = topic.weeks
    shown = topic.cases[:MOST_SHOWN]
    return {
        "title": seen(topic.title),
        "words": wording.joined(list(topic.words)),
        "now": words("topics.now", n=now),
        "before": words("topics.before", n=f"{sum(before) / len(before):.1f}"),
        "people": words("topics.people", cases=len(topic.cases), n=topic.people),
        "towns": towns_told(topic),
        "chart": {"told": words("topics.chart", told=", ".join(map(str, topic.weeks))), "bars": _bars(topic.weeks)},
        "cases": [
            {
                "url": f"/cases/{each.number}",
                "number": each.number,
                "title": seen(each.title),
                "sub": " ".join((*reference.place_names(each.region_code), wording.lately(each.reported_at))),
                "state": case_list.state_label(each.state),
            }
            for each in shown
        ],
        "more": words("topics.more", n=len(topic.cases) - len(shown)) if len(topic.cases) > len(shown) else "",
        "propose_url": propose_url([each.number for each in shown]),
    }


def towns_told(topic: HotTopic) -> str:
    """Return in which townships most of a topic's cases are."""
    found = Counter(reference.place_names(each.region_code)[0] for each in topic.cases if _has_town(each.region_code))
    told = wording.joined([words("topics.town", town=town, n=n) for town, n in found.most_common(_TOWNS)])
    return words("topics.towns_more", told=told, n=len(found)) if len(found) > _TOWNS else told


def _has_town(region_code: str) -> bool:
    return len(region_code) > 6 and bool(reference.place_names(region_code))


def propose_url(numbers: list[str]) -> str:
    """Return the form of a new topic with these cases; "" for whoever brings none."""
    if not may_anywhere(identity.actor(), "consultation.bring"):
        return ""
    return f"/consultations/new?{urlencode([('case', number) for number in numbers])}"


def _bars(weeks: tuple[int, ...]) -> list[dict[str, int | bool]]:
    most = max(weeks)
    heights = [max(1, round(_HIGH * n / most)) for n in weeks]
    last = len(weeks) - 1
    return [{"x": 12 * n, "y": _HIGH - high, "h": high, "now": n == last} for n, high in enumerate(heights)]
