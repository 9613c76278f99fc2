"""Every main page of every role with real records: axe finds no fault, nothing scrolls sideways at either size, and no
code stands where a word should."""

import re

import pytest

from casework.core.i18n import catalogue
from tests.browser.conftest import Seat
from tests.browser.pages import PAGES
from tests.browser.test_public_door import switch_on
from tests.browser.visitor import Visitor
from tests.web.previews.photographer import SIZES
from tests.web.test_previews import AXE, OVER, RUN

# What begins like a code of the catalogue and goes on like one.
_FAMILIES = sorted({code.partition(".")[0] for code in catalogue()})
CODE = re.compile(rf"\b(?:{'|'.join(_FAMILIES)})(?:\.[^\W\d]\w*)+\b")


@pytest.mark.parametrize("user", PAGES)
def test_pages_are_accessible_and_fit(seat: Seat, user: str) -> None:
    visitor = seat(user, bypass_csp=True)
    visitor.page.add_init_script(AXE)
    faults: list[str] = []
    for n, path in enumerate(PAGES[user](visitor)):
        visitor.open(path)
        # Axe takes longer than the page: of whom sees less than the office it judges every page at one of the two widths.
        faults += _faults(visitor, path, judged=(1280, 390) if user == "an" else ((1280, 390)[n % 2],))
    assert not faults, "\n".join(faults)


def test_the_doors_are_accessible_and_fit(seat: Seat) -> None:
    switch_on(seat("admin"))
    visitor = seat(bypass_csp=True)
    visitor.page.add_init_script(AXE)
    faults: list[str] = []
    for path in ("/login", "/report", "/report/new", "/report/state"):
        visitor.open(path)
        faults += _faults(visitor, path, judged=(1280, 390))
    assert not faults, "\n".join(faults)


def _faults(visitor: Visitor, path: str, *, judged: tuple[int, ...]) -> list[str]:
    """Look at the page at hand on a desk and as narrow as a phone."""
    page, found = visitor.page, []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": SIZES[width][1]})
        if width in judged:
            found += [f"{path} at {width}: {fault}" for fault in page.evaluate(RUN)]
        over = page.evaluate(OVER)
        if over > 0:
            found.append(f"{path}: scrolls {over} px sideways at {width}")
    page.set_viewport_size({"width": 1280, "height": SIZES[1280][1]})
    return found + [f"{path}: says {code}" for code in CODE.findall(page.inner_text("body"))]
