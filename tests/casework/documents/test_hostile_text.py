"""Whatever people typed comes out as the text it is, in every format, and never as a command (reliability.md §4.1)."""

import io
import json
import re
from html import unescape

import openpyxl
import pytest
from lxml import etree

from casework.core.neutral import MARK
from casework.documents.model import Heading, Official, Paragraph, Picture, Table
from casework.documents.page import to_html
from casework.documents.pdf import to_pdf
from casework.documents.plain import to_json
from casework.documents.render import render
from casework.documents.word import to_docx
from casework.documents.workbook import to_xlsx
from tests.casework.documents.reading import W, pages, part, text
from tests.casework.documents.samples import annex, bulletin, figure, png

TEXTS = [
    '#read("x") & <b>*bold*</b> _it_ $x^2$ `raw` @ref <label> \\n // /* */ = head',
    "#import sys: *; #panic(); ]]] #[ } ){",
    "]]></w:t><w:br/>&amp;&#x0;{{ 7*7 }}{% raw %}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>'\"><style>",
    "\\u{41} \\input{/etc/passwd} %n %s {0} {note} {page}",
    "=HYPERLINK(\"http://x\",\"y\")", "+86 139", "-1+1", "@SUM(A1)", "＝1+1", "'=1",
    "𫖯䶮㛃 \U0003134a\U0002ebf0",
    "ﷺ العربية עברית ไทย",
]  # fmt: skip


def everywhere(words: str) -> Official:
    """Put the words wherever a document takes any."""
    (first, *_) = annex()
    changed = type(first)(
        key="k", label=words, exact=1, text=words, unit=words, scope=words, as_of=first.as_of, counts=words,
        leaves_out=words, href="/k",
    )  # fmt: skip
    blocks = (
        Paragraph((words, figure(words, "k"))),
        Heading(1, words),
        Table(words, (words, "b"), ((words, 1), (figure(words, "k"), 2))),
        Picture(png(), "image/png", words),
    )
    return bulletin(
        issuer=words, number=words, title=words, addressee=words, blocks=blocks, attachments_note=(words, words),
        signed_by=words, note=words, copies_to=words, printed_by=words, footer_lines=(words,), figures=(changed,),
    )  # fmt: skip


def squeezed(words: str) -> str:
    """Leave out blanks and invisible characters, which lines add and lose."""
    return re.sub(r"[\s\u200b]+", "", words)


@pytest.mark.parametrize("words", TEXTS)
def test_it_is_text_in_word(words: str) -> None:
    body = part(to_docx(everywhere(words)), "word/document.xml").find(W + "body")
    whole = [text(p) for p in body.iter(W + "p")]
    assert sum(squeezed(words) in squeezed(each) for each in whole) >= 12
    assert not body.findall(f".//{W}hyperlink")


@pytest.mark.parametrize("words", TEXTS[:8])
def test_it_is_text_in_pdf(words: str) -> None:
    made = pages(to_pdf(everywhere(words)))
    read = squeezed("".join(line.text for page in made for line in page))
    assert read.count(squeezed(words)) >= 5


@pytest.mark.parametrize("words", TEXTS)
def test_it_is_text_in_a_page(words: str) -> None:
    html = to_html(everywhere(words), base_url="https://office.example")
    body = html.split("</style>")[1]
    tags = set(re.findall(r"<(/?[a-z0-9]+)", body))
    known = (
        "a body br caption div figcaption figure footer h1 h2 head hr html img main p span table tbody td th thead tr"
    )
    assert {tag.strip("/") for tag in tags} <= set(known.split())
    shown = unescape(re.sub(r"<[^>]*>", "", body))
    assert squeezed(shown).count(squeezed(words)) >= 12


@pytest.mark.parametrize("words", TEXTS)
def test_it_is_text_in_a_workbook(words: str) -> None:
    made = openpyxl.load_workbook(io.BytesIO(to_xlsx(everywhere(words), "https://office.example")))
    cells = [cell for sheet in made.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(words in str(cell.value) for cell in cells) >= 7
    assert not [cell.value for cell in cells if str(cell.value)[0] in "=+-@＝＋－＠"]
    links = {cell.hyperlink.target for cell in cells if cell.hyperlink}
    assert links == {"https://office.example/k"} | {
        "https://office.example/figures/k?as_of=2023-01-11" for _ in links if len(links) > 1
    }


@pytest.mark.parametrize("words", TEXTS)
def test_it_is_text_in_json(words: str) -> None:
    made = json.loads(render(everywhere(words), "json"))
    assert made["title"] == made["blocks"][2]["rows"][0][0] == words


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x0b", "\ud800", "\udfff", "\ufffe", "\U0001ffff", "\ufdd0"])
@pytest.mark.parametrize("format", ["docx", "pdf", "xlsx", "html", "json"])
def test_what_no_file_can_hold_becomes_a_mark(bad: str, format: str) -> None:
    made = render(everywhere(f"甲{bad}乙"), format, base_url="https://office.example")
    if format == "docx":
        assert f"甲{MARK}乙" in text(part(made, "word/document.xml"))
    elif format == "pdf":
        assert "甲" in "".join(line.text for line in pages(made)[0])
    elif format == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]["A3"].value == f"甲{MARK}乙"
    else:
        assert f"甲{MARK}乙" in made.decode()


def test_what_is_not_seen_and_could_deceive_is_shown() -> None:
    document = everywhere("甲\u202e乙\u200b丙")
    shown = "甲[U+202E]乙[U+200B]丙"
    assert to_json(document)["title"] == shown
    assert shown in to_html(document)
    assert shown in text(part(to_docx(document), "word/document.xml"))
    assert squeezed(shown) in "".join(line.text for line in pages(to_pdf(document))[0])


def test_line_breaks_stay_in_texts_and_go_from_lines() -> None:
    made = to_docx(everywhere("甲\r\n乙\n丙"))
    root = part(made, "word/document.xml")
    assert "甲\n乙\n丙" in text(root)
    assert "附件：1. \t甲 乙 丙" in text(root)
    read = [line.text for line in pages(to_pdf(bulletin(blocks=(Paragraph(("甲甲\n乙乙",)),))))[0]]
    assert read.index("乙乙") == read.index("甲甲") + 1


@pytest.mark.parametrize("words", ["字" * 5000, "W" * 5000, "a b " * 1250, "1" * 300 + "\n" * 50])
def test_long_text_is_written_whole_in_every_format(words: str) -> None:
    document = bulletin(blocks=(Paragraph((words,)), Table(words[:100], ("甲", "乙"), ((words, words),))))
    root = part(to_docx(document), "word/document.xml")
    assert text(root).count(words.strip()) >= 3
    made = pages(to_pdf(document))
    letter = words[0]
    read = "".join(line.text for page in made for line in page).count(letter)
    assert read >= 3 * words.count(letter)
    assert all(line.right < 186 for page in made for line in page)
    etree.fromstring(to_html(document).split("</style>")[1].split("<main>")[1].split("</main>")[0].join(("<m>", "</m>")).replace("<br>", "<br/>").replace('<hr class="rule">', ""))  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(document, "")))
    assert book.worksheets[1]["A3"].value == words


def test_a_cell_longer_than_excel_holds_is_cut_visibly() -> None:
    document = bulletin(blocks=(Table("", ("甲",), (("字" * 40000,),)),))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(document, "")))
    assert str(book.worksheets[1]["A3"].value).endswith("……【截断】")
