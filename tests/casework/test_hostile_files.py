"""Pictures and names that mean harm (reliability.md §5.2): refused with nothing left behind, or kept as bare pixels.

Workbooks, text tables and letters that mean harm stand in exchange/ and templates/; below all of them are counted.
"""

import ast
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from casework.core.errors import Invalid
from casework.matters import attachments

HERE = Path(__file__).parent
SCRIPT = b"<html><script>alert(document.cookie)</script>"


def _drawn(kind: str, mode: str = "RGB", size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **how)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int, height: int, *more: bytes, pixels: bytes = b"\0" * 200) -> bytes:
    """Write a picture by hand that says what it likes of itself."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", zlib.compress(pixels)) + _chunk(b"IEND", b"")


def _noted(text: str) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", text)
    return _drawn("PNG", pnginfo=said)


def _claiming(width: int, height: int) -> bytes:
    """Return a photo whose header says another size than its pixels have."""
    whole = bytearray(_drawn("JPEG"))
    start = whole.index(b"\xff\xc0")
    whole[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("evil.js", "alert(1)")
    return out.getvalue()


REFUSED: Mapping[str, tuple[str, Callable[[], bytes], str]] = {
    "a drawing with a script": ("a.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "file_ending"),
    "a drawing called a picture": ("a.png", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "file_ending"),
    "a page called a photo": ("a.jpg", lambda: SCRIPT, "file_ending"),
    "postscript": ("a.jpg", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n", "file_ending"),
    "a photo called a picture": ("a.png", lambda: _drawn("JPEG"), "file_ending"),
    "an animation": ("a.gif", lambda: _drawn("GIF", "P"), "file_kind"),
    "a bitmap": ("a.png", lambda: _drawn("BMP"), "file_kind"),
    "a scan of many pages": ("a.png", lambda: _drawn("TIFF"), "file_kind"),
    "a picture for the web": ("a.png", lambda: _drawn("WEBP"), "file_kind"),
    "an icon": ("a.png", lambda: _drawn("ICO"), "file_kind"),
    "a mark and no photo": ("a.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF", "file_damaged"),
    "a photo cut off": ("a.jpg", lambda: _drawn("JPEG", size=(640, 480))[:400], "file_damaged"),
    "a picture cut off": ("a.png", lambda: _drawn("PNG", size=(640, 480))[:-60], "file_damaged"),
    "pixels in a few bytes": ("a.png", lambda: _png(13_300, 13_300), "file_pixels"),
    "a photo that says it is larger": ("a.jpg", lambda: _claiming(65_500, 65_500), "file_pixels"),
    "a picture of no width": ("a.png", lambda: _png(0, 5), "file_damaged"),
    "a picture beyond all numbers": ("a.png", lambda: _png(0x7FFFFFFF, 0x7FFFFFFF), "file_pixels"),
    "pixels that are not there": ("a.png", lambda: _png(900, 900), "file_damaged"),
    "words that unpack without end": (
        "a.png", lambda: _png(8, 8, _chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 80_000_000))), "file_damaged"
    ),
    "a part longer than the file": ("a.png", lambda: _png(8, 8)[:33] + b"\x7f\xff\xff\xffIDAT", "file_damaged"),
}  # fmt: skip
KEPT: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "an archive behind a photo": ("a.jpg", lambda: _drawn("JPEG") + _zip()),
    "a page behind a picture": ("a.png", lambda: _drawn("PNG") + SCRIPT),
    "a script in a photo's remark": ("a.jpg", lambda: _drawn("JPEG", comment=SCRIPT)),
    "a script in a picture's words": ("a.png", lambda: _noted(SCRIPT.decode())),
    "frames behind the first": (
        "a.png", lambda: _drawn("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")])
    ),
}  # fmt: skip
NAMES = {
    "../../../etc/cron.d/evil.txt": "evil.txt",
    "..\\..\\windows\\evil.txt": "evil.txt",
    "/etc/passwd.txt": "passwd.txt",
    "C:evil.txt": "Cevil.txt",
    "\\\\192.0.2.1\\share\\evil.txt": "evil.txt",
    "a\0.exe.txt": "a.exe.txt",
    "a\r\nSet-Cookie: x=1.txt": "aSet-Cookie x=1.txt",
    'a".txt': "a.txt",
    "a;filename=b.txt": "a;filename=b.txt",
    "\u202etxt.exe.txt": "txt.exe.txt",
    "a\u200b\ufeff.txt": "a.txt",
    "\ud800a.txt": "a.txt",
    "nul.txt": "file.txt",
    "COM1.txt": "file.txt",
    "aux.jpg.txt": "file.txt",
    "a. . .txt": "a.txt",
    "....txt": "file.txt",
    " ": "file.txt",
    "<script>alert(1)</script>.txt": "script.txt",
    "汉" * 300 + ".txt": "汉" * 83 + ".txt",
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_picture_is_refused_and_leaves_nothing_behind(case: str, tmp_path: Path) -> None:
    name, make, code = REFUSED[case]
    with pytest.raises(Invalid) as caught:
        attachments.stage(io.BytesIO(make()), name=name, folder=tmp_path / "kept")
    assert [each.code for each in caught.value.errors] == [code]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_of_a_picture_with_something_behind_it_only_the_pixels_are_kept(tmp_path: Path) -> None:
    for case, (name, make) in KEPT.items():
        staged = attachments.stage(io.BytesIO(make()), name=name, folder=tmp_path)
        kept = attachments.path_of(tmp_path, staged.sha256).read_bytes()
        assert b"script" not in kept and b"evil" not in kept and b"acTL" not in kept, case
        with Image.open(io.BytesIO(kept)) as picture:
            assert (picture.size, getattr(picture, "n_frames", 1)) == ((64, 48), 1), case


@pytest.mark.parametrize("given", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_becomes_a_plain_one(given: str) -> None:
    kept = attachments.safe_name(given, ending=".txt")
    assert kept == NAMES[given]
    assert len(kept.encode()) <= attachments.NAME_BYTES and not {"/", "\\", "\0", "\n"} & set(kept)


def test_there_are_as_many_hostile_files_as_were_asked_for() -> None:
    """Count the tables of this file and of those beside it: kind → how many reliability.md §5.2 asks for."""
    books = HERE / "exchange" / "test_hostile_workbooks.py"
    counted = {
        "xlsx": sum(_entries(books, name) for name in ("SHEETS", "ZIPS", "OTHERS")),
        "docx/pdf": _entries(HERE / "templates" / "test_hostile_templates.py", "PACKAGES"),
        "images": len(REFUSED) + len(KEPT),
        "names": len(NAMES),
        "csv/txt": _entries(HERE / "exchange" / "test_hostile_text.py", "CASES", "ODD"),
    }
    asked = {"xlsx": 40, "docx/pdf": 15, "images": 25, "names": 20, "csv/txt": 20}
    assert sum(asked.values()) == 120
    assert {kind: n for kind, n in counted.items() if n < asked[kind]} == {}


def _entries(file: Path, *tables: str) -> int:
    found = 0
    for node in ast.parse(file.read_text("utf-8")).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(keys=keys)) if name in tables:
                found += len(keys)
    return found
