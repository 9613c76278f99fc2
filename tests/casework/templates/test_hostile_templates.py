"""A template is code somebody sent. What could harm is refused by name; what is only wrong is told so that it can be
mended; and the process that looks may die without the office noticing more than a refusal."""

import re
from collections.abc import Callable

import pytest
from docx import Document

from casework.core.errors import Refused
from casework.core.i18n import say
from casework.templates import filling, kinds, package
from tests.casework.templates import makers
from workflows.papers import papers

KNOWN, VALUES = {"标题": frozenset[str]()}, {"标题": "甲"}
ASSIGNMENT = kinds.kind_of("assignment")
_TYPES = "[Content_Types].xml"
BOMB = b'<w:document xmlns:w="x">' + b" " * 23_000_000 + b"</w:document>"
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'
MACRO_TYPE = '<Override PartName="/word/x.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'

PACKAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no word file": (lambda: b"%PDF-1.7 not a letter", "template_not_word"),
    "a picture in a zip": (lambda: makers.repacked({})[:400], "file_damaged"),
    "old word": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "template_old_word"),
    "too large": (lambda: b"PK" + b"\0" * 3_000_000, "template_too_large"),
    "a bomb": (lambda: makers.repacked({"word/document.xml": BOMB}), "file_ratio"),
    "many parts": (lambda: makers.repacked({f"word/x{n}.xml": b"<a/>" for n in range(400)}), "template_too_full"),
    "a doctype": (lambda: makers.repacked({"word/styles.xml": DOCTYPE}), "file_has_doctype"),
    "macros": (lambda: makers.repacked({"word/vbaProject.bin": b"x"}), "template_macros"),
    "macros by type": (
        lambda: makers.repacked({_TYPES: makers.part(_TYPES).replace("</Types>", f"{MACRO_TYPE}</Types>").encode()}),
        "template_macros",
    ),
    "an embedded file": (lambda: makers.repacked({"word/embeddings/a.exe": b"MZ"}), "template_foreign"),
    "an ole object": (lambda: makers.in_body("<w:p><w:r><w:object/></w:r></w:p>"), "template_foreign"),
    "another document": (lambda: makers.related("aFChunk", "chunk.html", mode="Internal"), "template_foreign"),
    "a remote picture": (lambda: makers.related("image", "http://192.0.2.1/a.png"), "template_outside"),
    "a remote template": (lambda: makers.related("attachedTemplate", "http://192.0.2.1/a.dotm"), "template_outside"),
    "a file link": (lambda: makers.related("hyperlink", "file:///etc/passwd"), "template_outside"),
    "dde": (lambda: makers.field("DDEAUTO c:\\\\x.exe"), "template_field"),
    "dde in pieces": (lambda: makers.field(" DD", "E", " c:\\\\x.exe"), "template_field"),
    "dde simple": (lambda: makers.in_body('<w:p><w:fldSimple w:instr="DDE x y"/></w:p>'), "template_field"),
    "a quoting field": (lambda: makers.field("QUOTE 68 68 69"), "template_field"),
    "a fetching field": (lambda: makers.field("INCLUDEPICTURE http://192.0.2.1/a.png"), "template_field"),
}
TEXTS: dict[str, tuple[str, str]] = {
    "the way out": ("{{ ''.__class__.__mro__ }}", "template_construct"),
    "a way out by a name": ("{{ 标题.__class__ }}", "template_construct"),
    "a way out by an index": ("{{ 标题['__class__'] }}", "template_construct"),
    "a filter": ("{{ 标题|attr('__class__') }}", "template_construct"),
    "a call": ("{{ 标题.format(1) }}", "template_construct"),
    "a function": ("{{ range(99999999) }}", "template_construct"),
    "arithmetic": ("{{ 'a' * 999999999 }}", "template_construct"),
    "joining": ("{{ 标题 ~ 标题 }}", "template_construct"),
    "include": ("{% include '/etc/passwd' %}", "template_construct"),
    "import": ("{% import 'os' as o %}", "template_construct"),
    "extends": ("{% extends 'x' %}", "template_construct"),
    "a macro": ("{% macro a() %}{% endmacro %}", "template_construct"),
    "set": ("{% set a = 1 %}", "template_construct"),
    "raw tags of word": ("{% cellbg 标题 %}", "template_broken"),
    "no list": ("{% for a in 标题 %}{{ a }}{% endfor %}", "template_loop"),
    "a loop over a text": ("{% for a in 'abc' %}{{ a }}{% endfor %}", "template_loop"),
    "no end": ("{{ 标题", "template_broken"),
    "no end of a loop": ("{% if 标题 %}x", "template_broken"),
    "a swallowed paragraph": ("{{p 标题 }}", "template_tag_place"),
}


_LEFT = re.compile(r"\{[a-z_]+\}")


def refused(content: bytes, kind: kinds.Kind = ASSIGNMENT) -> Refused:
    with pytest.raises(Refused) as caught:
        papers.judge(content, kind)
    for each in caught.value.refusals:
        for locale in ("zh", "en"):
            told = say(f"refusal.{each.code}", locale=locale, **each.params)
            assert not _LEFT.search(told), told
    return caught.value


@pytest.mark.parametrize("case", PACKAGES)
def test_what_runs_what_is_foreign_and_what_fetches_is_refused_by_name(case: str) -> None:
    make, code = PACKAGES[case]
    with pytest.raises(Refused) as caught:
        package.check(make())
    assert caught.value.refusals[0].code == code


@pytest.mark.parametrize("case", TEXTS)
def test_of_the_language_of_templates_only_names_loops_and_conditions_are_let_through(case: str) -> None:
    text, code = TEXTS[case]
    with pytest.raises(Refused) as caught:
        filling.Form(makers.with_text("第一段", text), known=KNOWN, common=KNOWN).fill([VALUES], pictures=())
    assert caught.value.refusals[0].code == code


def test_unknown_tags_are_all_named_together_with_those_there_are() -> None:
    told = refused(makers.with_text("{{ 标题 }} {{ 题目 }}", "{{ 电话号 }}")).refusals[0]
    assert told.params["tags"] == "题目, 电话号" and "标题" in told.params["known"]
    rows = makers.with_text("{% for 行 in 催办记录 %}{{ 行.电话 }}{% endfor %}")
    assert refused(rows, kinds.kind_of("urging")).refusals[0].params["tags"] == "行.电话"
    nested = "{% for a in 催办记录 %}{% for b in 催办记录 %}x{% endfor %}{% endfor %}"
    assert refused(makers.with_text(nested), kinds.kind_of("urging")).refusals[0].code == "template_loop"


def test_a_mistake_is_shown_with_the_words_beside_it() -> None:
    told = refused(makers.with_text("开头", "请于 {{ 办理时限 前办结", "结尾")).refusals[0]
    assert "办理时限" in told.params["near"]


def test_a_tag_of_one_matter_in_a_header_is_refused_and_one_of_the_office_is_not() -> None:
    made = Document()
    made.add_paragraph("{{ 标题 }}")
    made.sections[0].header.paragraphs[0].text = "{{ 单位 }}"
    assert papers.judge(makers.saved(made), ASSIGNMENT)
    made.sections[0].header.paragraphs[0].text = "{{ 标题 }}"
    assert refused(makers.saved(made)).refusals[0].code == "template_tag_in_header"


def test_a_child_that_dies_of_a_template_is_one_refusal() -> None:
    deep = "".join("<w:smartTag>" for _ in range(400_000 // 12))
    assert refused(makers.in_body(f"<w:p>{deep}</w:p>")).refusals[0].code in ("file_damaged", "file_unreadable")
