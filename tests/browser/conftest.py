"""The one service of the session, a browser for each worker, and people who sit down at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests import server_keeper, servers
from tests.browser.visitor import Visitor, sit_down

Seat = Callable[..., Visitor]
# May be logged in once only, so that the next log-in ends the one before: one test at a time has each of them.
_OFFICERS = frozenset({"admin", "security", "shen"})
# A machine that tests in parallel takes its time, and an outbox tries again after five seconds and after ten more; what
# does not come at all still fails.
expect.set_options(timeout=40_000)


@pytest.fixture(scope="session")
def service() -> str:
    """Return the address of the running service; whoever asks first in the session starts it for all."""
    try:
        return server_keeper.server_url("casework")
    except servers.ServerUnavailable as why:
        pytest.fail(str(why), pytrace=False)


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Keep who has logged in already in this worker, with the cookies."""
    return {}


@pytest.fixture
def seat(service: str, browser: Browser, sessions: dict[str, Any]) -> Iterator[Seat]:
    """Let somebody sit down: `seat("he", width=390)`, nobody in particular: `seat()`. Complaints fail the test."""
    opened: list[Visitor] = []
    held = ExitStack()

    def take(user: str | None = None, *, width: int = 1280, bypass_csp: bool = False) -> Visitor:
        if user in _OFFICERS:
            held.enter_context(server_keeper.locked(f"seat-{user}"))
            sessions.pop(user, None)
        if user is not None and user not in sessions:
            first = sit_down(browser, service)
            first.log_in(user)
            sessions[user] = first.page.context.storage_state()
            first.page.context.close()
        made = sit_down(browser, service, width=width, state=sessions.get(user or ""), bypass_csp=bypass_csp)
        opened.append(made)
        return made

    with held:
        yield take
    complaints = [line for visitor in opened for line in visitor.complaints]
    for visitor in opened:
        visitor.page.context.close()
    assert not complaints, "\n".join(complaints)
