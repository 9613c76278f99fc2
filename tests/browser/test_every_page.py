"""Every main page of every role with real records: axe finds no fault, nothing scrolls sideways or is cut off at
either size or for who needs it larger, and no code stands where a word should."""

import re
from zlib import crc32

import pytest

from casework.core.i18n import catalogue
from tests.browser.conftest import Seat
from tests.browser.pages import PAGES
from tests.browser.test_intake import report
from tests.browser.test_public_door import switch_on
from tests.browser.visitor import Visitor
from tests.web.test_previews import AXE, OVER, RUN

# What begins like a code of the catalogue and goes on like one.
_FAMILIES = sorted({code.partition(".")[0] for code in catalogue()})
CODE = re.compile(rf"\b(?:{'|'.join(_FAMILIES)})(?:\.[^\W\d]\w*)+\b")

# What can be pressed but is cut off by the edge: nobody on a phone finds it. What slides in its own row may.
CUT = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")].filter(e => {
  const box = e.getBoundingClientRect();
  if (!box.width || box.right <= document.documentElement.clientWidth + 1) return false;
  if (!e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) return false;
  for (let up = e.parentElement; up; up = up.parentElement) {
    const style = getComputedStyle(up);
    if (["auto", "scroll"].includes(style.overflowX) || style.clipPath !== "none") return false;
  }
  return true;
}).map(e => e.outerHTML.slice(0, 120))"""


# The head of the office has by far the most pages: three tests see a third each, by whichever workers are free.
SHARES = [(user, share, shares) for user in PAGES for shares in (3 if user == "an" else 1,) for share in range(shares)]


@pytest.mark.parametrize(("user", "share", "shares"), SHARES)
def test_pages_are_accessible_and_fit(seat: Seat, user: str, share: int, shares: int) -> None:
    visitor = seat(user, bypass_csp=True)
    visitor.page.add_init_script(AXE)
    faults: list[str] = []
    for n, path in enumerate(PAGES[user](visitor)):
        if crc32(path.encode()) % shares != share:
            continue
        visitor.open(path)
        # Axe takes longer than the page: of whom sees less than the office it judges every page at one of the two widths.
        faults += _faults(visitor, path, judged=(1280, 390) if user == "an" else ((1280, 390)[n % 2],))
        faults += _needed_larger(visitor, path, n)
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


def test_a_title_without_a_blank_widens_no_page(seat: Seat) -> None:
    clerk = seat("he")
    clerk.open("/work")
    number = clerk.api("POST", "/cases", report("W" * 70 + "井"))["number"]
    faults: list[str] = []
    for path in (f"/cases/{number}", f"/cases/{number}/split", "/cases?q=WWWW"):
        clerk.open(path)
        assert "WWWW" in clerk.page.inner_text("body")
        for width in (1280, 390):
            clerk.widen(width)
            over = clerk.page.evaluate(OVER)
            faults += [f"{path} at {width}: scrolls {over} px sideways"] if over > 0 else []
    assert not faults, "\n".join(faults)


def _faults(visitor: Visitor, path: str, *, judged: tuple[int, ...]) -> list[str]:
    """Look at the page at hand on a desk and as narrow as a phone."""
    page, found = visitor.page, []
    for width in (1280, 390):
        visitor.widen(width)
        if width in judged:
            found += [f"{path} at {width}: {fault}" for fault in page.evaluate(RUN)]
        found += _hanging_out(visitor, f"{path} at {width}")
        if width == 1280:
            found += [f"{path}: says {code}" for code in CODE.findall(page.inner_text("body"))]
    return found


def _needed_larger(visitor: Visitor, path: str, turn: int) -> list[str]:
    """Look at the page as who needs it larger: large type on a phone, a desk at 200 %, a desk at 400 %; each its turn."""
    large, width = ((True, 390), (False, 640), (False, 320))[turn % 3]
    if large:
        visitor.page.evaluate("document.documentElement.classList.add('large')")
    visitor.widen(width)
    return _hanging_out(visitor, f"{path} at {width}{', large' if large else ''}")


def _hanging_out(visitor: Visitor, where: str) -> list[str]:
    over = visitor.page.evaluate(OVER)
    found = [f"{where}: scrolls {over} px sideways"] if over > 0 else []
    return found + [f"{where}: cut off: {what}" for what in visitor.page.evaluate(CUT)]
