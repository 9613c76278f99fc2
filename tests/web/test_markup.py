"""Markup and script that somebody types stay text on every page; a file that would run in a browser is not kept."""

import io
from html.parser import HTMLParser
from itertools import product
from urllib.parse import quote

import pytest

from tests.web.desk import Desk
from tests.world import World

_ACTS = ("alert(1)", "fetch('/x')", "document.cookie", "location='//e.example'")
_SHAPES = (
    "<script>{act}</script>",
    "</script><script>{act}</script>",
    '"><img src=x onerror="{act}">',
    "' onfocus='{act}' autofocus='",
    "<svg/onload={act}>",
    "<iframe srcdoc='<script>{act}</script>'></iframe>",
    "</textarea><body onload={act}>",
    '<a href="javascript:{act}">x</a>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror={act}>",
    "]]><x:script xmlns:x='http://www.w3.org/1999/xhtml'>{act}</x:script>",
    "{{{{ {act} }}}}<script>{act}",
    '<object data="data:text/html,<script>{act}</script>"></object>',
    "--><script>{act}</script><!--",
    "<input formaction='javascript:{act}' type=submit>",
    "\\u003cscript\\u003e{act}<script >{act}</script >",
    "<link rel=stylesheet href=//e.example/{act}>",
    "<meta http-equiv=refresh content='0;url=//e.example/{act}'>",
    "<base href='//e.example/{act}/'>",
    "<style>@import'//e.example/{act}'</style>",
    "<details open ontoggle={act}>",
    "<video><source onerror={act}></video>",
    "<button hx-on:click={act} hx-get='//e.example'>x</button>",
    "<template><script>{act}</script></template>",
    '<embed src="javascript:{act}">',
    "<form action='//e.example'><input name=csrf_token></form>",
    "%3Cscript%3E{act}%3C/script%3E<script>{act}</script>",
    "＜script＞{act}＜/script＞<script>{act}</script>",
    "<!doctype html><html><head></head><script>{act}</script>",
    "<xss style='animation-name:x' onanimationstart={act}>",
    "<a href='data:text/html,<script>{act}</script>'>x</a>",
)
PAYLOADS = [shape.format(act=act) for shape, act in product(_SHAPES, _ACTS)]
_FOREIGN = {"iframe", "object", "embed", "base", "math", "xss", "video", "template", "x:script", "style"}


class _Reader(HTMLParser):
    """Reads a page as a browser does and notes what would run, fetch or lead away."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        runs = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if runs or tag in _FOREIGN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith(("on", "hx-on")) or address.startswith(("javascript:", "data:text", "//e.example")):
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ("action", "formaction", "content") and "e.example" in address:
                self.found.append(f"<{tag} {name}={value!r}>")


def running(page: str) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


def test_what_would_run_is_seen() -> None:
    """Of a page that does not escape, nearly every payload is found; those without a tag do nothing by themselves."""
    unseen = [payload for payload in PAYLOADS if not running(f"<p>{payload}</p>")]
    assert (
        len(PAYLOADS) == 120
        and {shape for shape in unseen if "onfocus" not in shape and "rel=style" not in shape} == set()
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_markup_in_a_record_is_text_on_every_page(desk: Desk, world: World) -> None:
    text = "\n".join(PAYLOADS)
    parts = [text[start : start + 1800] for start in range(0, len(text), 1800)]
    numbers = []
    for n, part in enumerate(parts):
        title = PAYLOADS[n * 7][:60]
        name = PAYLOADS[n * 7 + 3][:20]
        case_id = world.report(title=title, description=part, reporter={"name": name, "phone": "13900000876"})
        world.move(case_id, "assign", "he", comment=part[:900], org="SLJ")
        world.move(case_id, "coordinate", "bai", plan=part[:900])
        numbers.append(world.case(case_id).number)
    shown = 0
    for who in ("he", "guan"):
        browser = desk.browser(who)
        assert browser.post("/filters/new?state=assigned", {"name": PAYLOADS[0][:17]}).status_code == 303
        paths = ["/work", "/cases", "/triage", "/overview", "/notices"]
        paths += [
            f"/cases?q={quote(PAYLOADS[0])}",
            f"/search?q={quote(PAYLOADS[10])}",
            f"/case-options?q={quote(PAYLOADS[4])}",
        ]
        for number in numbers if who == "he" else numbers[::4]:
            paths += [f"/cases/{number}", f"/cases/{number}/print", f"/cases/{number}?part=history"]
        for path in paths:
            page = browser.get(path)
            assert page.status_code in (200, 302, 403), (path, page.status_code)
            # Options for a field come as JSON, which no browser reads as a page (nosniff).
            assert page.is_json or running(page.text) == [], path
            shown += page.text.count("&lt;")
    assert shown > len(PAYLOADS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_that_a_browser_would_run_is_kept(desk: Desk, world: World) -> None:
    number = world.case(world.assigned()).number
    browser = desk.browser("bai")
    names = ("a.html", "a.svg", "a.jpg", "a.pdf", "a.xml", "a.docx", "a.png.html")
    for n, payload in enumerate(PAYLOADS[::17]):
        file = (io.BytesIO(f"<html>{payload}</html>".encode()), names[n % len(names)])
        browser.get(f"/cases/{number}")
        answer = browser.post(f"/cases/{number}/files", {"file": file}, content_type="multipart/form-data")
        assert answer.status_code == 422 or "/files/" not in browser.get(f"/cases/{number}").text, (
            n,
            answer.status_code,
        )
    folder = desk.office.settings.attachments
    assert not folder.exists() or not [path for path in folder.rglob("*") if path.is_file()]
