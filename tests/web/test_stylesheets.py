"""Style sheets keep to the palette, and every icon and class of colour exists."""

import re

from tests.web.previews.pages import PAGES
from tests.web.previews.stage import WEB, build_app

SHEETS = sorted((WEB / "static" / "css").glob("*.css"))
LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])")
# A sheet of paper is white with grey rules whatever the palette of the screen.
ON_PAPER = {"tokens.css", "paper.css", "wall.css", "print.css", "overview-print.css"}


def _plain(text: str) -> str:
    return re.sub(r'/\*.*?\*/|url\("data:[^"]*"\)', "", text, flags=re.DOTALL)


def test_every_brace_of_a_sheet_is_shut() -> None:
    for path in SHEETS:
        text = _plain(path.read_text("utf-8"))
        assert text.count("{") == text.count("}"), path.name


def test_only_the_tokens_name_colours() -> None:
    named = {p.name: LITERAL.findall(_plain(p.read_text("utf-8"))) for p in SHEETS if p.name not in ON_PAPER}
    assert not {name: found for name, found in named.items() if found}


def test_every_token_used_is_defined_and_every_token_is_used() -> None:
    whole = "".join(_plain(p.read_text("utf-8")) for p in SHEETS)
    defined = set(re.findall(r"(--[a-z0-9-]+):", whole))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", whole))
    assert not used - defined
    assert not {name for name in defined - used if not name.startswith("--bs-")}


def test_no_sheet_is_longer_than_400_lines() -> None:
    assert not [p.name for p in SHEETS if len(p.read_text("utf-8").splitlines()) > 400]


def test_every_icon_shown_is_in_the_sprite_and_every_icon_of_the_sprite_may_be_shown() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (WEB / "static" / "vendor" / "icons.svg").read_text("utf-8")))
    client = build_app(PAGES).test_client()
    shown = {
        name
        for page in PAGES
        for name in re.findall(r'icons\.svg(?:\?[^"#]*)?#([a-z0-9-]+)"', client.get(f"/p/{page}").text)
    }
    assert not shown - sprite
    texts = "".join(p.read_text("utf-8") for p in (WEB / "templates").rglob("*.html"))
    assert not {name for name in sprite - shown if f"'{name}'" not in texts and name not in SPARE}


# For routes to choose from: more menus, notices, saved filters and action lists carry an icon name in their data.
SPARE = {"bookmark", "cash-coin", "clock-history", "droplet", "eye", "file-earmark-text", "filter", "flag-fill", "gear", "hourglass-split",
         "key", "link-45deg", "list-check", "megaphone", "person", "sign-merge-left", "slash-circle", "arrow-repeat", "question-circle",
         "arrow-return-left", "wifi-off", "camera", "arrow-down", "pause-circle", "people", "exclamation-octagon-fill"}  # fmt: skip


def test_no_page_carries_an_inline_style_or_handler() -> None:
    client = build_app(PAGES).test_client()
    for name in PAGES:
        html = client.get(f"/p/{name}").text
        assert not re.search(r"<[a-z][^>]*\sstyle=", html), name
        assert not re.search(r"<[a-z][^>]*\son[a-z]+=", html), name
        assert not re.search(r"<script(?![^>]*(src=|application/json))", html), name
