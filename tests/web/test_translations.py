"""Every text of the templates has its English, the compiled file is current, and no Chinese hides outside `_()`."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from tests.web.previews.pages import PAGES
from tests.web.previews.stage import WEB, build_app, in_language

HAN = re.compile("[\u4e00-\u9fff]")
# The seal is a mark, not a word; the name of a language stands in that language.
UNTRANSLATED = {"协", "中文"}
FOLDER = WEB / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def texts_of_templates() -> set[str]:
    found = extract_from_dir(str(WEB / "templates"), [("**.html", "jinja2")], keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def english() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def forms_of(text: object) -> list[str]:
    """Return the one form of a text, or its singular and plural."""
    return [text] if isinstance(text, str) else [str(form) for form in text] if isinstance(text, list | tuple) else []


def test_every_text_has_an_english_one_and_none_is_fuzzy() -> None:
    known = {forms_of(m.id)[0]: m for m in english() if m.id}
    texts = texts_of_templates()
    assert not texts - set(known), "translate these in web/translations/en/LC_MESSAGES/messages.po"
    assert not set(known) - texts, "no template says these any more, take them out of messages.po"
    assert not [text for text, m in known.items() if m.fuzzy or not all(forms_of(m.string) or [""])]


def test_the_parameters_of_both_languages_agree() -> None:
    names = re.compile(r"%\([a-z]+\)[sd]|%%s")
    for message in english():
        for text in forms_of(message.id)[:1] if message.id else []:
            wanted = set(names.findall(text))
            assert all(set(names.findall(form)) == wanted for form in forms_of(message.string)), text


def test_the_compiled_file_is_current() -> None:
    fresh = io.BytesIO()
    write_mo(fresh, english())
    assert fresh.getvalue() == (FOLDER / "messages.mo").read_bytes(), "run: pybabel compile -d web/translations"


def _bare_chinese(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in KEYWORDS:
        return
    if isinstance(node, nodes.TemplateData) and HAN.search(node.data):
        yield node.data
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and HAN.search(node.value):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _bare_chinese(child)


def test_no_chinese_stands_outside_gettext() -> None:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in sorted((WEB / "templates").rglob("*.html")):
        for text in _bare_chinese(environment.parse(path.read_text("utf-8"))):
            left = text
            for word in UNTRANSLATED:
                left = left.replace(word, "")
            assert not HAN.search(left), f"{path.relative_to(WEB)}: wrap in _(): {text.strip()[:60]}"


def test_scripts_hold_no_sentence() -> None:
    for path in sorted((WEB / "static" / "js").glob("*.js")):
        code = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not HAN.search(code), f"{path.name}: put the words into templates/parts/words.html"


def test_every_template_says_its_context() -> None:
    for path in sorted((WEB / "templates").rglob("*.html")):
        assert path.read_text("utf-8").startswith("{#"), f"{path.relative_to(WEB)} lacks its first comment"


def test_every_page_template_has_a_preview() -> None:
    shown = {page.template for page in PAGES.values()}
    folder = WEB / "templates"
    pages = {str(p.relative_to(folder)) for p in folder.rglob("*.html") if not p.name.startswith("_")}
    frames = {"layout.html", "bare.html", "paper.html", "public/frame.html", "errors/frame.html"}
    assert pages - shown - frames - {p for p in pages if p.startswith("parts/")} == set()


def test_every_page_renders_in_english() -> None:
    app = build_app(PAGES)
    client = app.test_client()
    for name, page in PAGES.items():
        assert in_language(page.context, "en") != page.context or "frame" not in page.context
        assert client.get(f"/p/{name}?lang=en").status_code == 200, name


def test_the_folder_is_where_flask_babel_is_told_to_look() -> None:
    assert Path(build_app(PAGES).config["BABEL_TRANSLATION_DIRECTORIES"]) == WEB / "translations"
