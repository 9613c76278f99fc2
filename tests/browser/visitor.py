"""One person at one screen: what the browser complains of is kept and held against the test at its end."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.browser.service import PASSWORD
from tests.web.previews.photographer import SIZES

OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The line that Chromium writes for every refusal; which refusals are meant is judged by `Visitor.meant`.
_REFUSED = "Failed to load resource"
_PATIENCE = 15_000
# "Many log in just now": so often it is tried again, after so many milliseconds.
_BUSY, _TRIES, _A_MOMENT = 503, 10, 3_000


@dataclass
class Visitor:
    """Somebody in front of a browser. `meant` holds the refusals that the test itself provokes."""

    home: str
    page: Page
    complaints: list[str] = field(default_factory=list)
    meant: set[int] = field(default_factory=set)

    def open(self, path: str) -> None:
        """Go to a page, as by its address."""
        self.page.goto(self.home + path, wait_until="load")

    def widen(self, width: int, height: int | None = None) -> None:
        """Make the window so wide, and wait until the page has taken it in."""
        self.page.set_viewport_size({"width": width, "height": height or SIZES.get(width, SIZES[1280])[1]})
        # Chromium tells the new width at once and asks the style sheets about it with the next picture: measured between
        # the two, a phone shows what a desk shows, and that hangs out.
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def log_in(self, user: str) -> None:
        """Fill in the log-in; where many log in on a busy machine, again, as the page says."""
        for _ in range(_TRIES):
            if self._sent_log_in(user) != _BUSY:
                break
            self.complaints.remove(f"POST {self.home}/login was answered {_BUSY}")
            self.page.wait_for_timeout(_A_MOMENT)
        expect(self.page).not_to_have_url(f"{self.home}/login")

    def _sent_log_in(self, user: str) -> int:
        self.open("/login")
        self.page.get_by_label("账号").fill(user)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        with self.page.expect_response(lambda each: each.request.method == "POST") as answer:
            self.page.get_by_role("button", name="登录", exact=True).click()
        return answer.value.status

    def press(self, name: str) -> None:
        """Press the button or the link that says so."""
        page = self.page
        page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first.click()

    def choose(self, label: str, typed: str, option: str) -> None:
        """Type into a field that searches and take what it offers."""
        box = self.page.get_by_role("combobox", name=label)
        box.fill("")
        box.press_sequentially(typed)
        self.page.locator('[role="listbox"] [role="option"]', has_text=option).locator("visible=true").first.click()

    def fits(self) -> None:
        """Hold the page to its width."""
        over = self.page.evaluate(OVER)
        if over > 0:
            self.complaints.append(f"{self.page.url}: scrolls {over} px sideways")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API in this person's session, for what a test only needs to stand there."""
        token = self.page.locator('input[name="csrf_token"]').first.get_attribute("value") or ""
        options: dict[str, Any] = {"headers": {"X-CSRFToken": token}, "method": method}
        answer: APIResponse = self.page.request.fetch(
            f"{self.home}/api/v1{path}", **options, **({} if body is None else {"data": body})
        )
        assert answer.ok, answer.text()
        return answer.json()


def sit_down(
    browser: Browser, home: str, *, width: int = 1280, state: Any = None, bypass_csp: bool = False, scale: float = 1
) -> Visitor:
    """Open a browser window of its own for somebody."""
    w, h, _ = SIZES[width]
    context: BrowserContext = browser.new_context(
        viewport={"width": w, "height": h},
        device_scale_factor=scale,
        is_mobile=width < 600,
        has_touch=width < 600,
        reduced_motion="reduce",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        storage_state=state,
        bypass_csp=bypass_csp,
    )
    context.set_default_timeout(_PATIENCE)
    made = Visitor(home, context.new_page())
    _listen(made)
    return made


def _listen(visitor: Visitor) -> None:
    own = urlsplit(visitor.home).netloc

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            visitor.complaints.append(f"{visitor.page.url}: console says {message.text}")

    def asked(request: Request) -> None:
        split = urlsplit(request.url)
        if split.scheme in ("http", "https", "ws", "wss") and split.netloc != own:
            visitor.complaints.append(f"{visitor.page.url}: asks {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in visitor.meant:
            visitor.complaints.append(f"{response.request.method} {response.url} was answered {response.status}")

    page = visitor.page
    page.on("console", said)
    page.on("pageerror", lambda error: visitor.complaints.append(f"{page.url}: {error}"))
    page.on("request", asked)
    page.on("response", answered)
