"""Workbooks that mean harm, or were harmed: each is refused within ten seconds, and nothing of ours grows or falls."""

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from casework.core.errors import Refused
from casework.exchange import limits
from casework.exchange.scan import COLUMNS
from casework.exchange.sheets import Book, read_book
from tests.casework.exchange.conftest import Refusal
from tests.casework.exchange.makers import (
    MAIN,
    crooked,
    lying_bomb,
    number_cell,
    old_workbook,
    ole,
    parts_of,
    repeated,
    sheet_xml,
    small_workbook,
    table_xml,
    text_cell,
    zipped,
)
from tests.tiers import FULL

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
PARTS = parts_of({"明细": table_xml([["姓名"], ["张三"]])})
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

Attempt = Callable[[bytes], Book | Refused]


def sheet(xml: str) -> bytes:
    return zipped(parts_of({"明细": xml}))


def one_row(*cells: str, number: int = 1) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def with_entry(name: str, content: bytes = b"x") -> bytes:
    return zipped(PARTS | {name: content})


def with_entity(part: str, declaration: str) -> bytes:
    parts = parts_of({"明细": table_xml([["姓名"]])}, shared_strings=f"<sst {MAIN}><si><t>x</t></si></sst>")
    return zipped(parts | {part: declaration.encode() + parts[part].replace(b"<t>", b"<t>&c;", 1)})


def filled(cell: str, *, columns: int, rows: int) -> str:
    """Return a sheet full of the same cell; their references keep it from being packed suspiciously well."""
    names = list(COLUMNS)[:columns]
    return sheet_xml(
        f"<row>{''.join(cell.replace('<c', f'<c r={chr(34)}{name}{n}{chr(34)}', 1) for name in names)}</row>"
        for n in range(1, rows + 1)
    )


def noise(length: int) -> bytes:
    """Return letters that hardly pack, so that only the limit under test stands in the way."""
    return random.Random(length).randbytes(length // 2).hex().encode()


SHEETS: dict[str, tuple[Callable[[], bytes], str]] = {
    "far corner": (lambda: sheet(sheet_xml(one_row(number_cell("A1", 1), number_cell("XFD1048576", 1)))), "too_many_columns"),
    "far column": (lambda: sheet(sheet_xml(one_row(text_cell("GS1", "x")))), "too_many_columns"),
    "far row": (lambda: sheet(sheet_xml([one_row(text_cell("A1", "x")), one_row(text_cell("GR1048576", "x"), number=1_048_576)])),
                "cells_too_far_apart"),
    "row beyond the last": (lambda: sheet(sheet_xml(one_row(text_cell("A1048577", "x")))), "file_damaged"),
    "endless reference": (lambda: sheet(sheet_xml(one_row(text_cell("A99999999999", "x")))), "file_damaged"),
    "merge bomb": (lambda: sheet(sheet_xml(one_row(text_cell("A1", "x")), merges=["A1:XFD2000"])), "too_many_merged_cells"),
    "many merges": (lambda: sheet(sheet_xml(one_row(text_cell("A1", "x")), merges=["A1:B100"] * 101)), "too_many_merged_cells"),
    "long cell": (lambda: sheet(sheet_xml(one_row(text_cell("A1", "长" * 32_768)))), "cell_too_long"),
    "too many rows": (lambda: sheet(sheet_xml(one_row(f"<c><v>{n % 7}</v></c>", number=n) for n in range(1, 201_003))), "too_many_rows"),
    "formula errors": (lambda: sheet(filled("<c><f>1</f></c>", columns=200, rows=501)), "too_many_formula_errors"),
    "entity bomb": (lambda: with_entity(SHEET, ENTITY), "file_has_doctype"),
    "entity bomb in the strings": (lambda: with_entity(STRINGS, ENTITY), "file_has_doctype"),
    "entity bomb in the list of sheets": (lambda: with_entity("xl/workbook.xml", ENTITY), "file_has_doctype"),
    "external entity": (lambda: with_entity(SHEET, EXTERNAL), "file_has_doctype"),
    "broken xml": (lambda: sheet("<worksheet><sheetData>"), "file_damaged"),
    "endless tag": (lambda: zipped(PARTS | {SHEET: b"<worksheet><!--" + noise(4_000_000)}), "file_damaged"),
    "endless tags": (lambda: repeated(SHEET, b"<worksheet>", noise(36_000) + b"<b/>" * 400_000, 60, b"</worksheet>"), "file_damaged"),
    "strings shared a million times": (
        lambda: zipped(parts_of({"明细": filled('<c t="s"><v>0</v></c>', columns=200, rows=2_000)},
                                shared_strings=f"<sst {MAIN}><si><t>{'长' * 32_767}</t></si></sst>")),
        "file_unreadable"),
    "string that is not there": (lambda: sheet(sheet_xml('<row><c t="s"><v>9</v></c></row>')), "file_unreadable"),
    "two names for one sheet": (lambda: zipped(PARTS | {"xl/workbook.xml": PARTS["xl/workbook.xml"].replace(
        b"</sheets>", b'<sheet name="b" sheetId="2" r:id="rId1"/></sheets>')}), "file_damaged"),
    "sheet outside": (lambda: zipped({k: v.replace(b"worksheets/sheet1.xml", b"../../etc/passwd") for k, v in PARTS.items()}), "file_damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", SHEETS)
def test_a_hostile_sheet_is_refused(case: str, refusal_of: Refusal) -> None:
    make, code = SHEETS[case]
    assert refusal_of(make()) == code


def packed_otherwise() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
    return out.getvalue()


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "200 MB string": (lambda: repeated(STRINGS, b"<sst><si><t>", b"a", 200_000_000, b"</t></si></sst>"), "file_ratio"),
    "tight zip bomb": (lambda: repeated(SHEET, b"<worksheet>", b" ", 400_000_000, b"</worksheet>"), "file_ratio"),
    "zip bomb": (lambda: repeated(SHEET, b"<worksheet>", b" " * 1_000, 600_000, b"</worksheet>"), "file_too_big_unpacked"),
    "bomb that announces one byte": (lambda: lying_bomb(300_000_000), "file_damaged"),
    "smaller than announced": (lambda: crooked(PARTS, SHEET, size=500_000), "file_damaged"),
    "larger than announced": (lambda: crooked(PARTS, SHEET, size=20), "file_damaged"),
    "zip64 lies": (lambda: crooked(PARTS, SHEET, size=0xFFFFFFFF), "file_too_big_unpacked"),
    "packed beyond the file": (lambda: crooked(PARTS, SHEET, packed=0x7FFFFFFF), "file_damaged"),
    "wrong checksum": (lambda: crooked(PARTS, SHEET, crc=1), "file_damaged"),
    "overlapping": (lambda: crooked(PARTS, SHEET, offset=0), "file_damaged"),
    "encrypted flag": (lambda: crooked(PARTS, SHEET, flags=1), "file_encrypted"),
    "symbolic link": (lambda: crooked(PARTS, SHEET, mode=0o120777 << 16), "file_unsafe_name"),
    "slip upwards": (lambda: with_entry("../../tmp/evil.xml"), "file_unsafe_name"),
    "slip backwards": (lambda: with_entry("xl\\..\\..\\evil.xml"), "file_unsafe_name"),
    "absolute": (lambda: with_entry("/etc/cron.d/evil"), "file_unsafe_name"),
    "drive": (lambda: with_entry("C:/evil.dll"), "file_unsafe_name"),
    "long name": (lambda: with_entry("汉" * 200 + ".xml"), "file_unsafe_name"),
    "line end in a name": (lambda: with_entry("a\r\nb.xml"), "file_unsafe_name"),
    "two of one name": (lambda: with_entry(SHEET.upper()), "file_damaged"),
    "something before": (lambda: b"PK" + small_workbook(), "file_damaged"),
    "something behind": (lambda: small_workbook() + b"\0" * 10, "file_damaged"),
    "two directories": (lambda: small_workbook() + small_workbook(), "file_damaged"),
    "two thousand and one parts": (lambda: zipped(PARTS | {f"x{n}": b"" for n in range(limits.ENTRIES)}), "file_too_many_parts"),
    "ten thousand sheets": (lambda: zipped(parts_of({f"s{n}": sheet_xml([]) for n in range(10_000)})), "file_too_many_parts"),
    "201 sheets": (lambda: zipped(parts_of({f"s{n}": sheet_xml([]) for n in range(201)})), "too_many_sheets"),
    "another program's packing": (packed_otherwise, "file_damaged"),
    "not a workbook": (lambda: zipped({"word/document.xml": b"<x/>"}), "file_kind_unknown"),
    "empty zip": (lambda: zipped({}), "file_kind_unknown"),
    "nothing": (lambda: b"", "file_empty"),
    "only the mark": (lambda: b"PK\x03\x04", "file_damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", ZIPS)
def test_a_hostile_zip_is_refused(case: str, refusal_of: Refusal) -> None:
    make, code = ZIPS[case]
    assert refusal_of(make()) == code


OTHERS: dict[str, tuple[bytes, str]] = {
    "web page": (b"<html><p>1</p></html>", "file_is_web_page"),
    "page laid out with tables": (
        b"<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table>",
        "file_is_web_page",
    ),
    "web page with mark": (b"\xef\xbb\xbf \r\n<!DOCTYPE html><p>", "file_is_web_page"),
    "xml table of 2003": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "file_is_web_page"),
    "web archive": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "file_is_web_page"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "file_kind_unknown"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\xff\xff", "file_kind_unknown"),
    "pdf that could be text": (b"%PDF-1.4\n1 0 obj", "file_kind_unknown"),
    "photograph": (b"\xff\xd8\xff\xe0" + b"JFIF", "file_kind_unknown"),
    "old text document": (ole({"WordDocument": b"x"}), "file_unreadable"),
    "workbook with a password": (ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "file_encrypted"),
    "old workbook, cut off": (old_workbook({(0, 0): "姓名"})[:1000], "file_unreadable"),
    "old workbook, far corner": (old_workbook({(0, 0): "姓名", (65_535, 255): "x"}), "file_unreadable"),
    "old workbook, merge bomb": (old_workbook({(0, 0): "姓名"}, merges=[(0, 0, 60_000, 200)]), "too_many_merged_cells"),
    "old workbook, far column": (old_workbook({(0, 0): "姓名", (0, 255): "x"}), "too_many_columns"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_only_has_the_name_of_a_workbook_is_refused(case: str, refusal_of: Refusal) -> None:
    content, code = OTHERS[case]
    assert refusal_of(content) == code


@pytest.mark.parametrize("part", range(1, 17))
def test_a_workbook_cut_off_anywhere_is_refused(part: int, refusal_of: Refusal) -> None:
    whole = small_workbook()
    assert refusal_of(whole[: len(whole) * part // 17]) == "file_damaged"


@pytest.mark.parametrize("seed", range(4 if FULL else 1))
def test_fifty_random_byte_changes_are_accepted_or_refused_and_nothing_else(seed: int, attempt: Attempt) -> None:
    changes = random.Random(seed)
    whole = small_workbook()
    for _ in range(50):
        data = bytearray(whole)
        data[changes.randrange(len(data))] ^= changes.randrange(1, 256)
        outcome = attempt(bytes(data))
        if isinstance(outcome, Book):
            assert all(len(row.cells) <= limits.LAST_COLUMN for page in outcome.sheets for row in page.rows)


def test_twenty_random_byte_changes_of_an_old_workbook_are_accepted_or_refused(attempt: Attempt) -> None:
    changes = random.Random(5)
    whole = old_workbook({(0, 0): "姓名", (1, 0): "张三", (1, 1): 44937.0})
    for _ in range(20):
        data = bytearray(whole)
        data[changes.randrange(len(data))] ^= changes.randrange(1, 256)
        attempt(bytes(data))


def test_macros_and_links_inside_are_never_looked_at(attempt: Attempt) -> None:
    link = b'<externalLink><externalBook r:id="rId1"/></externalLink>'.replace(b"r:id", b"id")
    outcome = attempt(zipped(PARTS | {"xl/vbaProject.bin": b"\0" * 100, "xl/externalLinks/externalLink1.xml": link}))
    assert isinstance(outcome, Book)
    assert [row.cells for row in outcome.sheets[0].rows] == [["姓名"], ["张三"]]


def test_the_process_that_serves_people_never_loads_a_reader() -> None:
    told = "import sys, casework.exchange.sheets, casework.exchange.marking; "
    told += "print(sorted({'openpyxl', 'python_calamine', 'xlrd', 'PIL', 'pyexpat'} & set(sys.modules)))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", told], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_child_knows_nothing_of_our_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key or a database URL in our environment is not in the child's: it reads the file although ours would mislead it."""
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    path = tmp_path / "b.xlsx"
    path.write_bytes(small_workbook())
    before = set(tmp_path.iterdir())
    assert len(read_book(path).sheets) == 1
    assert set(tmp_path.iterdir()) == before
