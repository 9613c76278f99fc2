"""What is to be there only once is there once, however many send it in the same moment."""

import threading
from collections import Counter
from typing import Any

import pytest

from tests.campaign import CAMPAIGN, Tied, tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import INCOME, PROJECT
from tests.world import VILLAGE

AT_ONCE = 4
VISIT = "7d0a2b6e-6c3c-4a1b-9a51-3f5f5d0f3a11"


@pytest.fixture
def tied(api: Api) -> Tied:
    """Let 陈委员 be a member who is linked to a household."""
    return tie(api.world)


def sent_at_once(api: Api, path: str, told: dict[str, Any]) -> dict[int, int]:
    """Send the same several times at once; return how often each status came back."""
    answers: list[int] = []
    barrier = threading.Barrier(AT_ONCE)

    def shoot() -> None:
        barrier.wait()
        answers.append(api("he", "POST", path, told).status_code)

    threads = [threading.Thread(target=shoot) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(Counter(answers))


def told_of(tied: Tied) -> dict[str, tuple[str, dict[str, Any], int]]:
    """Return what is sent of each kind, and with what whoever comes later is turned away."""
    household, goal = {"object_id": str(tied.mine)}, {"campaign": CAMPAIGN, "year": 2026}
    ends = {"holder": str(tied.colleague), "object": str(tied.mine), "valid_from": "2026-01-01"}
    head = {"region_code": VILLAGE, "head_name": "赵六", "head_id_number": "510822195503070014"}
    link = {"campaign": CAMPAIGN, "kind": "member_household", "part": "demonstration", **ends}
    item = {**goal, **household, "checklist": "five_ones_household", "item": "job_post"}
    return {
        "link": ("/links", link, 409),
        "household": ("/households", head, 422),
        "project": ("/projects", PROJECT, 409),
        "goal": ("/goals", item, 409),
        "plan": ("/plans", {**goal, **household, "aims": "增收"}, 409),
        "income": ("/incomes", {**INCOME, "household_id": str(tied.mine)}, 409),
    }


@pytest.mark.parametrize("kind", ["link", "household", "project", "goal", "plan", "income"])
def test_one_is_kept_and_the_others_are_told_so(api: Api, tied: Tied, kind: str) -> None:
    path, told, status = told_of(tied)[kind]
    assert sent_at_once(api, path, told) == {201: 1, status: AT_ONCE - 1}


def test_a_visit_sent_again_while_it_is_under_way_is_answered_as_the_first(api: Api, tied: Tied) -> None:
    told = {"id": VISIT, "household_id": str(tied.mine), "member_id": str(tied.member), "on_date": "2026-10-13"}
    assert sent_at_once(api, "/visits", told) == {201: 1, 200: AT_ONCE - 1}
