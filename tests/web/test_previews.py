"""Every page in a real browser: accessible by axe, no side scroll at 390 px, nothing the strict policy refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.web.previews.pages import PAGES
from tests.web.previews.photographer import new_page, shoot_paper
from tests.web.previews.stage import build_app, open_stage

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RUN = """async () => {
  const told = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]});
  return told.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " — " + (n.any[0] || n.all[0] || n.none[0] || {}).message).join(" | "));
}"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FRAGMENTS = {"case-moved", "triage-item"}
WHOLE = [name for name in PAGES if name not in FRAGMENTS and name != "list-fifty"]


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    with open_stage(build_app(PAGES)) as address:
        yield address


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_passes_axe_and_does_not_scroll_sideways(stage: str, browser: Browser, width: int) -> None:
    page = new_page(browser, width, bypass_csp=True, sharp=False)
    page.add_init_script(AXE)
    faults: list[str] = []
    # Axe looks at half of the pages at one width and at the others at the other; at both it looks at the real ones,
    # with real records (tests/browser/test_every_page.py).
    judged = set(WHOLE[width == 390 :: 2])
    for name in WHOLE:
        page.goto(f"{stage}/p/{name}", wait_until="load")
        faults += [f"{name}: {fault}" for fault in (page.evaluate(RUN) if name in judged else ())]
        faults += [f"{name}: scrolls {over} px sideways" for over in [page.evaluate(OVER)] if over > 0]
    page.context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [1280, 390])
def test_english_pages_fit_and_no_page_breaks_the_content_security_policy(
    stage: str, browser: Browser, width: int
) -> None:
    page = new_page(browser, width, sharp=False)
    faults: list[str] = []
    page.on(
        "console",
        lambda message: faults.append(f"{page.url}: {message.text}") if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    for name in WHOLE:
        page.goto(f"{stage}/p/{name}?lang=en", wait_until="load")
        faults += [f"{name}: scrolls {over} px sideways" for over in [page.evaluate(OVER)] if over > 0]
    page.context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("name", "sheets"),
    [("slip", 1), ("overview", 1), ("print", 2), ("print-public", 1), ("target-plan", 1), ("target-wall", 1)],
)
def test_a_printed_page_takes_the_sheets_it_should(
    stage: str, browser: Browser, tmp_path: Path, name: str, sheets: int
) -> None:
    page = new_page(browser, 1280)
    assert shoot_paper(page, f"{stage}/p/{name}", tmp_path / "sheet.pdf") == sheets
    page.context.close()
