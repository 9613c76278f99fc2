"""Spreadsheet files made by hand, down to the byte: sound ones, old ones, and ones that mean harm."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DATE_STYLES = (
    f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def text_cell(reference: str, text: str) -> str:
    """Return the XML of a cell with text."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def number_cell(reference: str, number: object, *, style: int = 0) -> str:
    """Return the XML of a cell with a number; style 1 is a date."""
    return f'<c r="{reference}" s="{style}"><v>{number}</v></c>'


def sheet_xml(rows: Iterable[str] | str, *, merges: Sequence[str] = ()) -> str:
    """Return the XML of a sheet from the XML of its rows."""
    merged = "".join(f'<mergeCell ref="{reference}"/>' for reference in merges)
    behind = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData>{behind}</worksheet>"


def table_xml(table: Sequence[Sequence[str]]) -> str:
    """Return the XML of a sheet that holds a table of texts from A1 on."""
    rows = []
    for number, texts in enumerate(table, start=1):
        cells = [text_cell(f"{chr(ord('A') + column)}{number}", text) for column, text in enumerate(texts) if text]
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')
    return sheet_xml(rows)


def parts_of(
    sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, shared_strings: str = ""
) -> dict[str, bytes]:
    """Return the parts of a workbook: path inside the zip → bytes."""
    listed = related = ""
    parts: dict[str, bytes] = {}
    for number, (name, xml) in enumerate(sheets.items(), start=1):
        state = f' state="{states[name]}"' if states and name in states else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>'
        related += f'<Relationship Id="rId{number}" Type="{_REL}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = xml.encode()
    types = '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument'
    types += '.spreadsheetml.sheet.main+xml"/>'
    root = f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": _DATE_STYLES,
    }
    if shared_strings:
        texts["xl/sharedStrings.xml"] = shared_strings
    return {name: text.encode() for name, text in texts.items()} | parts


def zipped(parts: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """Return a zip of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, None if stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def workbook(path: Path, sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None) -> Path:
    """Write a workbook from the XML of its sheets."""
    path.write_bytes(zipped(parts_of(sheets, states=states)))
    return path


def small_workbook() -> bytes:
    """Return a sound workbook with two records."""
    return zipped(parts_of({"明细": table_xml([["姓名", "电话"], ["张三", "13900000001"], ["李四", "13900000002"]])}))


def repeated(name: str, head: bytes, unit: bytes, times: int, tail: bytes) -> bytes:
    """Return a workbook one of whose parts is huge when unpacked, made without ever holding it unpacked."""
    parts = parts_of({"明细": table_xml([["姓名"], ["张三"]])})
    parts.pop(name, None)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, content in parts.items():
            archive.writestr(other, content)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w") as file:
            file.write(head)
            together = max(1, 1_000_000 // len(unit))
            for _ in range(times // together):
                file.write(unit * together)
            file.write(tail)
    return out.getvalue()


def crooked(parts: Mapping[str, bytes], victim: str, **changes: int) -> bytes:
    """Return a zip whose directory lies about one entry: `size`, `packed`, `crc`, `flags`, `offset` or `mode`."""
    data = bytearray(zipped(parts))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        name_length = struct.unpack_from("<H", data, at + 28)[0]
        if bytes(data[at + 46 : at + 46 + name_length]).decode() == victim:
            places = {"flags": ("<H", 8), "crc": ("<L", 16), "packed": ("<L", 20), "size": ("<L", 24)}
            places |= {"mode": ("<L", 38), "offset": ("<L", 42)}
            for key, value in changes.items():
                layout, place = places[key]
                struct.pack_into(layout, data, at + place, value)
        at = data.find(b"PK\x01\x02", at + 46)
    return bytes(data)


def lying_bomb(size: int) -> bytes:
    """Return a zip whose sheet announces one byte, with the right checksum for it, and unpacks to `size`."""
    parts = parts_of({"明细": "<"})
    name = "xl/worksheets/sheet1.xml"
    honest = zipped(parts)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(b"<" + b" " * size) + packer.flush()
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        info = archive.getinfo(name)
        short = honest[info.header_offset + 30 + len(name) :][: info.compress_size]
    longer = honest.replace(short, packed)
    grown = len(packed) - len(short)
    data = bytearray(longer)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        size_at, offset_at = at + 20, at + 42
        name_length = struct.unpack_from("<H", data, at + 28)[0]
        found = bytes(data[at + 46 : at + 46 + name_length]).decode()
        if found == name:
            struct.pack_into("<L", data, size_at, len(packed))
        elif struct.unpack_from("<L", data, offset_at)[0] > info.header_offset:
            struct.pack_into("<L", data, offset_at, struct.unpack_from("<L", data, offset_at)[0] + grown)
        at = data.find(b"PK\x01\x02", at + 46)
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 16, struct.unpack_from("<L", data, end + 16)[0] + grown)
    return bytes(data)


def old_workbook(
    cells: Mapping[tuple[int, int], str | float], *, merges: Sequence[tuple[int, int, int, int]] = ()
) -> bytes:
    """Return a .xls (BIFF8 in an OLE container), which is also what WPS saves as .et; sheet 明细, floats are dates."""
    strings = [value for value in cells.values() if isinstance(value, str)]
    table = struct.pack("<LL", len(strings), len(strings))
    table += b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in strings)
    opening = _record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0005, 0, 0, 0, 0)) + _record(
        0x0042, struct.pack("<H", 1200)
    )
    xfs = b"".join(_record(0x00E0, struct.pack("<HH", 0, number_format) + bytes(16)) for number_format in (0, 14))
    rest = xfs + _record(0x00FC, table) + _record(0x000A, b"")
    name = "明细".encode("utf-16-le")
    begin = len(opening) + 4 + 8 + len(name) + len(rest)
    listed = _record(0x0085, struct.pack("<LBBBB", begin, 0, 0, 2, 1) + name)
    body = _record(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0010, 0, 0, 0, 0))
    for (row, column), value in cells.items():
        if isinstance(value, str):
            body += _record(0x00FD, struct.pack("<HHHL", row, column, 0, strings.index(value)))
        else:
            body += _record(0x0203, struct.pack("<HHHd", row, column, 1, value))
    areas = b"".join(struct.pack("<4H", top, bottom, left, right) for top, left, bottom, right in merges)
    body += _record(0x00E5, struct.pack("<H", len(merges)) + areas) + _record(0x000A, b"")
    return ole({"Workbook": opening + listed + rest + body})


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def ole(streams: Mapping[str, bytes]) -> bytes:
    """Return an OLE container with these streams, each padded so that it needs no mini stream."""
    free, last, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    padded = {name: content + bytes(-len(content) % 512) for name, content in padded.items()}
    fat = [fat_mark, last]
    entries = _directory_entry("Root Entry", kind=5, child=1, start=last, size=0)
    for place, (name, content) in enumerate(padded.items(), start=1):
        begin, count = len(fat), len(content) // 512
        fat += [*range(begin + 1, begin + count), last]
        right = place + 1 if place < len(padded) else free
        entries += _directory_entry(name, kind=2, child=free, start=begin, size=len(content), right=right)
    assert len(fat) <= 128, "one FAT sector is enough for these tests"
    fat += [free] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<LLLLLLLLL", 0, 1, 1, 0, 4096, last, 0, last, 0) + struct.pack("<L", 0)
    header += struct.pack("<L", free) * 108
    entries += bytes(-len(entries) % 512)
    return header + struct.pack("<128L", *fat) + entries + b"".join(padded.values())


def _directory_entry(name: str, *, kind: int, child: int, start: int, size: int, right: int = 0xFFFFFFFF) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    entry = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    entry += struct.pack("<LLL", 0xFFFFFFFF, right, child) + bytes(36) + struct.pack("<LQ", start, size)
    return entry
