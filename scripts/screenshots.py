"""Take the pictures in docs/screens, and write its gallery: `make screenshots`."""

import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from scripts.frozen_office import MORNING
from tests.browser.visitor import Visitor, sit_down
from tests.web.previews.photographer import open_browser

HERE = Path(__file__).parent
FOLDER = HERE.parent / "docs" / "screens"
# Fixed, for the code on a slip holds the address.
PORT = 8319
_PATIENCE_SECONDS = 300
_WIDTHS = {1280: 1, 390: 2}
# A list of fifty rows need not be shown to its end.
_TALLEST = {1280: 1500, 390: 1400}
_COLOURS = 128
_HEAD = """# Screens

Made by `make screenshots` from the demo county on one morning, 14 October 2026: every person and every figure is
invented. Each page at a desk (1280 px) and on a phone (390 px).
"""

Screen = Mapping[str, str]


def main() -> None:
    """Take every picture anew."""
    screens: list[Screen] = tomllib.loads((HERE / "screens.toml").read_text("utf-8"))["screen"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with _office() as home, open_browser() as browser:
        seats: dict[str, Any] = {}
        _switch_on_public_page(_seat(browser, home, "admin", 1280, seats))
        for width in _WIDTHS:
            for screen in screens:
                visitor = _seat(browser, home, screen.get("user"), width, seats)
                _arrive(visitor, screen)
                _shoot(visitor.page, FOLDER / f"{screen['name']}-{width}.png", width)
                visitor.page.context.close()
                assert not visitor.complaints, visitor.complaints
    (FOLDER / "README.md").write_text(gallery(screens), "utf-8")


def gallery(screens: list[Screen]) -> str:
    """Return the page that shows them all."""
    parts = [_HEAD]
    for screen in screens:
        name, title = screen["name"], screen["title"]
        desk = f'<img src="{name}-1280.png" width="640" alt="{title}, 1280">'
        parts.append(f'## {title}\n\n{desk} <img src="{name}-390.png" width="200" alt="{title}, 390">\n')
    return "\n".join(parts)


@contextmanager
def _office() -> Iterator[str]:
    """Serve the frozen morning; yield its address."""
    with tempfile.TemporaryDirectory(prefix="casework-screens-") as folder:
        command = [sys.executable, "-m", "scripts.frozen_office", f"{folder}/home", str(PORT)]
        office = subprocess.Popen(command, cwd=HERE.parent, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while not _answers():
                if office.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"The office did not open; is port {PORT} taken?")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{PORT}"
        finally:
            office.terminate()
            office.wait(10)


def _answers() -> bool:
    connection = HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _seat(browser: Browser, home: str, user: str | None, width: int, seats: dict[str, Any]) -> Visitor:
    if user is not None and user not in seats:
        first = sit_down(browser, home)
        first.log_in(user)
        seats[user] = first.page.context.storage_state()
        first.page.context.close()
    made = sit_down(browser, home, width=width, state=seats.get(user or ""), scale=_WIDTHS[width])
    # The browser says when a draft was saved by its own clock.
    made.page.clock.set_fixed_time(MORNING)
    return made


def _arrive(visitor: Visitor, screen: Screen) -> None:
    if "do" in screen and "path" not in screen:
        _STEPS[screen["do"]](visitor)
        return
    path = screen["path"]
    if "{" in path:
        state = path.partition("{")[2].partition("}")[0]
        visitor.open("/work")
        eldest = visitor.api("GET", f"/cases?state={state}&sort=reported&limit=1")["items"][0]
        path = path.replace("{" + state + "}", eldest["number"])
    visitor.open(path)
    if "do" in screen:
        _STEPS[screen["do"]](visitor)


def _first(visitor: Visitor) -> None:
    visitor.page.locator("main tbody a").first.click()
    visitor.page.wait_for_load_state("networkidle")


def _switch_on_public_page(admin: Visitor) -> None:
    admin.open("/admin/settings")
    admin.page.get_by_label("打开公众网页").check()
    admin.page.get_by_label("公众看到的电话").fill("0839-7201234")
    admin.press("存下")
    expect(admin.page.get_by_text("公众网页打开着")).to_be_visible()
    admin.page.context.close()


def _intake(clerk: Visitor) -> None:
    clerk.open("/work")
    row = clerk.api("GET", "/cases?category=drinking_water&state=assigned&limit=1")["items"][0]
    known = clerk.api("GET", f"/cases/{row['id']}")
    clerk.open("/cases/new")
    page = clerk.page
    page.get_by_label("什么事", exact=True).fill(known["description"])
    page.get_by_label("一句话事由").fill(known["title"])
    clerk.choose("在哪个村", known["region_code"], "")
    page.get_by_label("怎么称呼").fill("柳二姐")
    expect(page.locator("#lookalikes")).to_contain_text(known["number"])


def _batch(clerk: Visitor) -> None:
    clerk.open("/cases")
    for n in range(6):
        # On a phone the boxes come out with a long press.
        clerk.page.locator('tbody input[name="id"]').nth(n * 4).evaluate("box => box.click()")
    clerk.page.locator('button[name="action"][value="urge"]').click()
    expect(clerk.page.locator("#batch")).to_be_visible()


def _public(villager: Visitor) -> None:
    page = villager.page
    villager.open("/report/new")
    page.locator(".tile", has_text="饮水").click()
    expect(page.locator("#stop")).not_to_be_empty()
    page.get_by_label("什么事").fill("三组的水管断了三天，家里两个老人挑不动水。")
    villager.choose("在哪个村", "fangshi", "方石")
    page.get_by_label("怎么称呼", exact=True).fill("柏三娘")
    page.get_by_label("电话", exact=True).fill("13800003377")


def _receipt(villager: Visitor) -> None:
    _public(villager)
    villager.press("报上去")
    expect(villager.page.locator(".code")).to_be_visible()


def _bulletin(clerk: Visitor) -> None:
    clerk.open("/work")
    drafts = clerk.api("GET", "/bulletins?limit=1")["items"]
    made = drafts[0] if drafts else clerk.api("POST", "/bulletins", {"campaign": "SLSC-2022", "quarter": "2022Q4"})
    clerk.open(f"/bulletins/{made['id']}")


def _mapping(clerk: Visitor) -> None:
    clerk.open("/ledgers")
    page = clerk.page
    page.get_by_label("哪种台账").select_option("cases")
    page.locator('input[type="file"]').set_input_files(str(HERE / "screens_ledger.csv"))
    clerk.press("读这个文件")
    expect(page.get_by_role("heading", name="对列")).to_be_visible()


_STEPS: Mapping[str, Callable[[Visitor], None]] = {
    "first": _first,
    "intake": _intake,
    "batch": _batch,
    "public": _public,
    "receipt": _receipt,
    "mapping": _mapping,
    "bulletin": _bulletin,
}


def _shoot(page: Page, target: Path, width: int) -> None:
    page.wait_for_load_state("networkidle")
    size = page.viewport_size or {"width": width, "height": 844}
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(max(size["height"], tall), _TALLEST[width])})
    page.evaluate(
        "document.activeElement.blur(); window.scrollTo(0, 0); document.getElementById('toasts')?.replaceChildren()"
    )
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(target))
    with Image.open(target) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(target, optimize=True)


if __name__ == "__main__":
    main()
