"""Every main page of every role with real records: axe finds no fault, nothing scrolls sideways at either size."""

import pytest

from tests.browser.conftest import Seat
from tests.browser.pages import PAGES
from tests.browser.test_public_door import switch_on
from tests.web.test_previews import AXE, OVER, RUN


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("user", PAGES)
def test_pages_are_accessible_and_fit(seat: Seat, user: str, width: int) -> None:
    visitor = seat(user, width=width, bypass_csp=True)
    page = visitor.page
    page.add_init_script(AXE)
    faults: list[str] = []
    paths = PAGES[user](visitor)
    # Axe takes longer than the page: of whom sees less than the office it judges every page at one of the two widths.
    judged = set(paths if user == "an" else paths[width == 390 :: 2])
    for path in paths:
        visitor.open(path)
        faults += [f"{path}: {fault}" for fault in (page.evaluate(RUN) if path in judged else ())]
        faults += [f"{path}: scrolls {over} px sideways" for over in [page.evaluate(OVER)] if over > 0]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_doors_are_accessible_and_fit(seat: Seat, width: int) -> None:
    switch_on(seat("admin"))
    visitor = seat(width=width, bypass_csp=True)
    visitor.page.add_init_script(AXE)
    faults: list[str] = []
    for path in ("/login", "/report", "/report/new", "/report/state"):
        visitor.open(path)
        faults += [f"{path}: {fault}" for fault in visitor.page.evaluate(RUN)]
        faults += [f"{path}: scrolls {over} px sideways" for over in [visitor.page.evaluate(OVER)] if over > 0]
    assert not faults, "\n".join(faults)
