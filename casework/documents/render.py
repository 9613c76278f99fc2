"""The one door: a document in one of five formats, as bytes."""

import json
from pathlib import Path

from casework.core import errors
from casework.documents.model import Official
from casework.documents.page import to_html
from casework.documents.pdf import to_pdf
from casework.documents.plain import to_json
from casework.documents.word import to_docx
from casework.documents.workbook import to_xlsx

FORMATS = ("docx", "pdf", "xlsx", "html", "json")


def render(
    document: Official, format: str, *, base_url: str = "", fonts: Path | None = None, apart: bool = False
) -> bytes:
    """Write a document in a format of FORMATS.

    `base_url` is the office's site, which links of the web page and the workbook begin with; `fonts` a folder with the
    office's own fonts, for the PDF, which is made `apart` from this process where it is long.

    Raises:
        Refused: document_format; document_picture when a picture cannot be read.
        ValueError: `base_url` is no address of a site.
    """
    match format:
        case "docx":
            return to_docx(document)
        case "pdf":
            return to_pdf(document, fonts=fonts, apart=apart)
        case "xlsx":
            return to_xlsx(document, base_url)
        case "html":
            return to_html(document, base_url=base_url).encode()
        case "json":
            text = json.dumps(to_json(document), ensure_ascii=False, indent=1, sort_keys=True)
            return text.encode()
    raise errors.refused("document_format", format=format[:64], known=", ".join(FORMATS))
