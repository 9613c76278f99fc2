"""Templates in Word as an office, or somebody who means harm, would send them: the built-in form with parts replaced."""

import io
import zipfile
from collections.abc import Mapping

from docx import Document

from casework.templates import forms

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_text(*lines: str) -> bytes:
    """Return a plain template whose paragraphs are these."""
    made = Document()
    for line in lines:
        made.add_paragraph(line)
    return saved(made)


def saved(made: object) -> bytes:
    """Return a document as bytes."""
    out = io.BytesIO()
    made.save(out)  # type: ignore[attr-defined]  # a document of python-docx
    return out.getvalue()


def repacked(changes: Mapping[str, bytes], *, of: bytes | None = None) -> bytes:
    """Return a template with parts put in or replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(of or forms.template("assignment"))) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in {**parts, **changes}.items():
            target.writestr(name, content)
    return out.getvalue()


def part(name: str, *, of: bytes | None = None) -> str:
    """Return a part of the built-in form as text."""
    with zipfile.ZipFile(io.BytesIO(of or forms.template("assignment"))) as source:
        return source.read(name).decode()


def related(kind: str, target: str, *, mode: str = "External") -> bytes:
    """Return the form with one relation more."""
    line = f'<Relationship Id="rId99" Type="{RELATED}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    name = "word/_rels/document.xml.rels"
    return repacked({name: part(name).replace("</Relationships>", f"{line}</Relationships>").encode()})


def in_body(xml: str) -> bytes:
    """Return the form with this XML at the beginning of its body."""
    name = "word/document.xml"
    return repacked({name: part(name).replace("<w:body>", f"<w:body>{xml}", 1).encode()})


def field(*codes: str) -> bytes:
    """Return the form with a field whose code is cut into runs."""
    runs = "".join(f"<w:r><w:instrText>{code}</w:instrText></w:r>" for code in codes)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{each}"/></w:r>' for each in ("begin", "end"))
    return in_body(f"<w:p>{begin}{runs}{end}</w:p>")
