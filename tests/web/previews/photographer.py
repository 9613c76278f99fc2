"""Pictures of every page with Playwright and the Chromium of the machine, at a desk, on a phone, on paper."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--lang=zh-CN",
)
SIZES = {1280: (1280, 820, 1.5), 390: (390, 844, 2.0)}


class NoBrowser(RuntimeError):
    """Chromium is missing. Debian: apt-get install chromium fonts-noto-cjk"""


def chromium_path() -> str:
    """Return the path of Chromium.

    Raises:
        NoBrowser: none is on this machine.
    """
    installed = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "chromium-browser"))
    found = os.environ.get("CASEWORK_TEST_CHROMIUM") or next(filter(None, installed), None)
    if found is None:
        raise NoBrowser(NoBrowser.__doc__)
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium without a window; close it at the end."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium_path(), args=list(FLAGS), env=dict(os.environ, LANGUAGE="zh_CN")
        )
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, width: int, *, bypass_csp: bool = False, sharp: bool = True) -> Page:
    """Open a page of `width` CSS pixels (1280 or 390); `sharp` enough to judge letters."""
    w, h, scale = SIZES[width]
    context = browser.new_context(
        viewport={"width": w, "height": h},
        device_scale_factor=scale if sharp else 1,
        is_mobile=width < 600,
        has_touch=width < 600,
        reduced_motion="reduce",
        bypass_csp=bypass_csp,
        locale="zh-CN",
    )
    return context.new_page()


def shoot(page: Page, address: str, target: Path) -> None:
    """Photograph the whole page at `address` into `target`."""
    page.goto(address, wait_until="networkidle")
    size = page.viewport_size or {"width": 1280, "height": 820}
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(target))
    page.set_viewport_size(size)


def shoot_paper(page: Page, address: str, target: Path) -> int:
    """Print the page at `address` to `target` (PDF) and return how many sheets it takes."""
    page.goto(address, wait_until="networkidle")
    page.emulate_media(media="print")
    printed = page.pdf(path=str(target), prefer_css_page_size=True, print_background=False)
    page.emulate_media(media="screen")
    return len(re.findall(rb"/Type\s*/Page[^s]", printed))
