"""Reading answers as people do: what is printed, what a form would send, which Chinese is no data."""

import re
from html.parser import HTMLParser

_HAN = re.compile("[\u4e00-\u9fff]+")
_BLANKS = re.compile(r"\s+")


def words_of(html: str) -> str:
    """Return what a page prints, without scripts, in one line."""
    html = re.sub(r"<script.*?</script>|<style.*?</style>", " ", html, flags=re.DOTALL)
    return _BLANKS.sub(" ", re.sub(r"<[^>]+>", " ", html))


class _Form(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__(convert_charrefs=True)
        self.action, self.inside = action, False
        self.fields: dict[str, str] = {}
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("action") == self.action
        if not self.inside:
            return
        name = given.get("name", "")
        if (tag == "input" and name and given.get("type") not in ("radio", "checkbox", "file")) or (
            tag == "input" and name and "checked" in given
        ):
            self.fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self.inside and self._area:
            self.fields[self._area] += data


def form_of(html: str, action: str) -> dict[str, str]:
    """Return what the form with this address would send if nobody touched it."""
    reader = _Form(action)
    reader.feed(html)
    assert reader.fields, f"no form goes to {action}"
    return reader.fields


def chinese_of(html: str, *, data: tuple[str, ...]) -> set[str]:
    """Return the Chinese a page prints that is none of the data given."""
    text = words_of(html)
    for each in sorted(data, key=len, reverse=True):
        text = text.replace(each, " ")
    return set(_HAN.findall(text))
