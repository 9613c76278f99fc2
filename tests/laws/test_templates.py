"""Templates can be translated, and a strict content security policy holds: no inline code, nothing unescaped."""

import re
from collections.abc import Iterable

from tests.laws.source import HAN, Source, assert_none, planted, templates

_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TRANSLATED = re.compile(
    rf"\b(?:_|n?gettext|n?pgettext)\((?:\s*{_TEXT}\s*,?)+|\{{%-?\s*trans\b.*?\bendtrans\s*-?%\}}|\{{#.*?#\}}",
    re.DOTALL,
)
# A language is named in itself, and the seal is a picture that happens to be a character.
SAME_IN_EVERY_LANGUAGE = re.compile(r"'中文'|(?<=>)协(?=<)")
FORBIDDEN = {
    "unescaped text": re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*\btype=.application/json)[^>]*>", re.IGNORECASE),
    "inline style": re.compile(r"\bstyle\s*=\s*[\"'{]|<style\b", re.IGNORECASE),
    "inline handler": re.compile(r"\s(?:hx-)?on:?[a-z:-]+\s*=\s*[\"'{]", re.IGNORECASE),
}


def untranslated(sources: Iterable[Source]) -> list[str]:
    """Find Chinese text outside `_()`, `{% trans %}` and comments."""
    return [
        f"{source.path}:{number} {line.strip()[:80]}"
        for source in sources
        for number, line in enumerate(TRANSLATED.sub(_blank, source.text).splitlines(), 1)
        if HAN.search(SAME_IN_EVERY_LANGUAGE.sub("", line))
    ]


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def insecure(sources: Iterable[Source]) -> list[str]:
    """Find what the content security policy would block and what could carry an injection."""
    return [
        f"{source.path}:{source.text.count(chr(10), 0, found.start()) + 1} {what}: {found[0].strip()}"
        for source in sources
        for what, pattern in FORBIDDEN.items()
        for found in pattern.finditer(source.text)
    ]


def test_every_chinese_text_of_a_template_can_be_translated() -> None:
    assert_none(untranslated(templates()), advice="Wrap the text in _('…') or {% trans %}…{% endtrans %}.")


def test_an_untranslated_text_is_caught() -> None:
    text = (
        "{# 说明 #}<h1>{{ _('困难件') }}</h1>\n{% trans n=3 %}还有{{ n }}件\n待办{% endtrans %}\n"
        "<p title=\"{{ _(\"受理\") }}\">{{ ngettext('%(n)s 件', '%(n)s 件', n) }}</p>\n<b>办结</b>{{ f('退回') }}"
    )
    assert untranslated(planted({"web/templates/a.html": text})) == [
        "web/templates/a.html:5 <b>办结</b>{{ f('退回') }}"
    ]


def test_templates_hold_no_inline_code() -> None:
    advice = "Scripts go to web/static/js, styles to a class in web/static/css, markup to a macro."
    assert_none(insecure(templates()), advice=advice)


def test_inline_code_is_caught() -> None:
    text = (
        '<script>go()</script>\n<p style="color: red">{{ text | safe }}</p>\n<a onclick=\'go()\' hx-on:click="go()">\n'
        '<script type="application/json">{}</script><script src="a.js"></script><option data-on="1">'
    )
    found = insecure(planted({"web/templates/a.html": text}))
    assert sorted(breach.split(": ")[0].split(":", 1)[1] for breach in found) == [
        "1 inline script",
        "2 inline style",
        "2 unescaped text",
        "3 inline handler",
        "3 inline handler",
    ]
