"""A list's first page is a statement made once: nothing in it may depend on when it was made."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casework.cases.filters import EVERYTHING, Span
from casework.core.ids import new_id

EARLY = datetime(2026, 10, 14, 1, 0, tzinfo=UTC)
LATE = EARLY + timedelta(days=400)
SAMPLES: dict[str, Any] = {
    "open": True,
    "overdue": True,
    "funds_late": False,
    "has_lead": True,
    "contacted": False,
    "contact_known": False,
    "assigned": True,
    "returns": 2,
    "level": (1,),
    "org": new_id(),
    "lead_org": (new_id(),),
    "assignee": new_id(),
    "reported_by": new_id(),
    "reported": Span(EARLY, LATE),
    "due": Span(EARLY, LATE),
    "township": "510822105",
    "handled": ("late",),
    "slogan": new_id(),
    "stood": ("on_time", EARLY),
    "unit_ever": (new_id(), "sent_back"),
    "q": "饮水",
}


@pytest.mark.parametrize("name", [each.name for each in fields(EVERYTHING)])
def test_a_filter_that_stands_still_asks_the_same_whenever_it_is_asked(name: str) -> None:
    filter = replace(EVERYTHING, **{name: SAMPLES.get(name, ("closed",))})
    early, late = (_told(filter.conditions(at=at)) for at in (EARLY, LATE))
    if filter.stands_still:
        assert early == late
    else:
        assert name == "q" or early != late


def _told(conditions: list[Any]) -> list[tuple[str, list[Any]]]:
    compiled = [each.compile() for each in conditions]
    return [(str(each), sorted(map(str, each.params.values()))) for each in compiled]
