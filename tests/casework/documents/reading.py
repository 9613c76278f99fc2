"""How the tests read documents back: the XML of a .docx, the characters of a PDF with their places, its pixels."""

import io
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import Any

import pypdfium2
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MM = 25.4 / 72


def part(docx: bytes, name: str) -> Any:
    """Read one XML part of a .docx."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return etree.fromstring(archive.read(name))


def parts(docx: bytes, beginning: str) -> list[Any]:
    """Read all parts whose names begin so."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return [
            etree.fromstring(archive.read(name)) for name in sorted(archive.namelist()) if name.startswith(beginning)
        ]


def attributes(element: Any) -> dict[str, str]:
    """Return the attributes of an element without their namespace."""
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def one(root: Any, path: str) -> dict[str, str]:
    """Return the attributes of the first element at a path, written without namespaces."""
    found = root.find("/".join(W + step if step not in ("..", ".", "") else step for step in path.split("/")))
    assert found is not None, path
    return attributes(found)


def style(docx: bytes, style_id: str) -> Any:
    """Return a style of a .docx."""
    (found,) = (each for each in part(docx, "word/styles.xml").iter(W + "style") if each.get(W + "styleId") == style_id)
    return found


def paragraphs(docx: bytes) -> list[tuple[str, str]]:
    """Return style and text of every paragraph of the body, those of tables too."""
    return [
        (paragraph.find(f"{W}pPr/{W}pStyle").get(W + "val"), text(paragraph))
        for paragraph in part(docx, "word/document.xml").iter(W + "p")
    ]


def text(root: Any) -> str:
    """Return the text below an element, line breaks and tabs as they are."""
    marks = {W + "t": lambda t: t.text or "", W + "br": lambda _: "\n", W + "tab": lambda _: "\t"}
    return "".join(marks[e.tag](e) for e in root.iter(*marks) if e.getparent().tag == W + "r")


@dataclass(frozen=True)
class Line:
    """One line of a page: mm from the left and upper edge of the paper, to the body of its characters."""

    text: str
    left: float
    right: float
    bottom: float


def pages(pdf: bytes) -> list[list[Line]]:
    """Read the lines of every page of a PDF, from top to bottom; blanks are left out."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_lines(page) for page in document]
    finally:
        document.close()


def _lines(page: Any) -> list[Line]:
    read = page.get_textpage()
    height = page.get_height()
    found = []
    for number in range(read.count_chars()):
        character = _character(read, number)
        if character.strip() and not unicodedata.category(character).startswith("C"):
            left, bottom, right, _ = read.get_charbox(number, loose=True)
            found.append((height - bottom, left, right, character))
    lines: list[list[tuple[float, float, float, str]]] = []
    for each in sorted(found):
        # Punctuation has a box of its own height.
        if lines and each[0] - lines[-1][0][0] < 5:
            lines[-1].append(each)
        else:
            lines.append([each])
    made = []
    for line in lines:
        line.sort(key=lambda each: each[1])
        made.append(Line("".join(each[3] for each in line), line[0][1] * MM, line[-1][2] * MM, line[0][0] * MM))
    return made


def _character(read: Any, number: int) -> str:
    """Return one character; beyond the first 65,536 pdfium counts two, of which the second is passed over."""
    code = pypdfium2.raw.FPDFText_GetUnicode(read.raw, number)
    if 0xD800 <= code < 0xDC00:
        low = pypdfium2.raw.FPDFText_GetUnicode(read.raw, number + 1)
        return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00)
    return chr(code)


def pixels(pdf: bytes, page: int, *, dpi: int = 150) -> Any:
    """Draw one page of a PDF as a picture of Pillow."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()


def rows_of_colour(image: Any, is_wanted: Any, *, dpi: int = 150) -> list[tuple[float, float]]:
    """Return from where to where, in mm from the upper edge, pixels of a colour stand, gaps below 1 mm left out."""
    width, height = image.size
    loaded = image.load()
    rows = [y * 25.4 / dpi for y in range(height) if any(is_wanted(loaded[x, y]) for x in range(0, width, 3))]
    ends: list[list[float]] = []
    for row in rows:
        if ends and row - ends[-1][1] < 1:
            ends[-1][1] = row
        else:
            ends.append([row, row])
    return [(start, end) for start, end in ends]
