"""Files of a case: taken in by content, kept under their hash, handed out so that nothing in them runs."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casework.matters import attachments
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields, problem


def form(name: str, content: bytes, **more: str) -> dict[str, Any]:
    """Encode an upload as a browser does."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), filename=name), **more})
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def put(api: Api, who: str, case_id: UUID, name: str, content: bytes, **more: str) -> Any:
    return api(who, "POST", f"/cases/{case_id}/attachments", **form(name, content, **more))


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **more)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def package(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


def stored(api: Api) -> list[Path]:
    folder = api.office.settings.attachments
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_a_file_is_put_listed_fetched_and_told_in_the_history(api: Api) -> None:
    case_id = api.world.assigned()
    response = put(api, "bai", case_id, "现场说明.pdf", PDF)
    made = response.get_json()
    assert response.status_code == 201 and response.headers["ETag"] == '"1"'
    assert made["name"] == "现场说明.pdf" and made["size"] == len(PDF) and made["media_type"] == "application/pdf"
    assert {"id", "version", "created_at", "updated_at"} <= made.keys() and made["added_by"]["name"] == "白工"
    assert api.ok("he", "GET", f"/cases/{case_id}/attachments")["items"] == [made]
    assert api.ok("he", "GET", f"/cases/{case_id}")["attachments_total"] == 1
    last = api.ok("he", "GET", f"/cases/{case_id}/history")["items"][-1]
    assert last["trigger"] == "attach" and last["fields"]["name"] == "现场说明.pdf"
    fetched = api("he", "GET", made["content"])
    assert fetched.data == PDF and fetched.mimetype == "application/pdf"
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''" in fetched.headers["Content-Disposition"]
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in fetched.headers["Content-Security-Policy"]
    assert api("ding", "GET", made["content"]).status_code == 404
    assert api("guan", "GET", made["content"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.jpg", picture(), "image/jpeg"),
        ("a.JPEG", picture(), "image/jpeg"),
        ("cmyk.jpg", picture(mode="CMYK"), "image/jpeg"),
        ("a.png", picture("PNG", mode="RGBA"), "image/png"),
        ("palette.png", picture("PNG", mode="P"), "image/png"),
        ("台账.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.txt", "三组水管".encode(), "text/plain"),
        ("a.txt", "三组水管".encode("gb18030"), "text/plain"),
        (
            "报告.docx",
            package("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_the_kinds_an_office_uses_are_kept(api: Api, name: str, content: bytes, media_type: str) -> None:
    case_id = api.world.assigned()
    assert put(api, "bai", case_id, name, content).get_json()["media_type"] == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a.html", b"<html><script>alert(1)</script>"),
        ("a.jpg", b"<html><script>alert(1)</script>"),
        ("a.pdf", workbook()),
        ("a.txt", b"a\x00b"),
        ("a.txt", b""),
        ("a.gif", b"GIF89a" + b"\0" * 40),
        ("a.exe", b"MZ\x90\0" + b"\0" * 100),
        ("a.zip", package("x.txt")),
        ("macro.xlsx", package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("cut.jpg", picture(size=(800, 800))[:900]),
        ("huge.png", picture("PNG", size=(5001, 5000), mode="1")),
        ("a", PDF),
    ],
)
def test_anything_else_is_refused_and_leaves_no_trace(api: Api, name: str, content: bytes) -> None:
    case_id = api.world.assigned()
    version = api.world.case(case_id).version
    assert fields(put(api, "bai", case_id, name, content)) == {"file"}
    assert stored(api) == [] and api.world.case(case_id).version == version


def test_a_picture_loses_what_the_camera_noted_and_stays_upright(api: Api) -> None:
    noted = Image.Exif()
    noted[0x8825] = {1: "N", 2: (32.0, 25.0, 0.0), 3: "E", 4: (105.0, 8.0, 0.0)}
    noted[0x010F] = "CAMERA-OF-THE-VILLAGE"
    noted[0x0112] = 6
    case_id = api.world.assigned()
    made = put(api, "bai", case_id, "现场.jpg", picture(size=(60, 40), exif=noted)).get_json()
    bare = api("bai", "GET", made["content"]).data
    assert b"CAMERA-OF-THE-VILLAGE" not in bare
    opened = Image.open(io.BytesIO(bare))
    assert not opened.getexif() and opened.size == (40, 60)


def test_twenty_mebibytes_are_taken_and_not_a_byte_more(api: Api) -> None:
    case_id = api.world.assigned()
    assert put(api, "bai", case_id, "a.txt", b"x" * attachments.LARGEST).status_code == 201
    problem(put(api, "bai", case_id, "a.txt", b"x" * (attachments.LARGEST + 1)), 413)
    problem(put(api, "bai", case_id, "a.txt", b"x" * (22 * 1024 * 1024)), 413)
    assert len(stored(api)) == 1


def test_the_same_content_is_kept_once(api: Api) -> None:
    case_id = api.world.assigned()
    for name in ("a.pdf", "b.pdf"):
        assert put(api, "bai", case_id, name, PDF).status_code == 201
    assert len(stored(api)) == 1
    assert [each["name"] for each in api.ok("bai", "GET", f"/cases/{case_id}/attachments")["items"]] == [
        "a.pdf",
        "b.pdf",
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\台账.txt", "台账.txt"),
        ("\u202efdp.txt", "fdp.txt"),
        ("a\r\nX-Evil: 1.txt", "aX-Evil 1.txt"),
        ("con.txt", "file.txt"),
        ("..txt", "file.txt"),
        (" . 名 .txt ", "名.txt"),
        ("汉" * 200 + ".txt", "汉" * 83 + ".txt"),
    ],
)
def test_names_are_safe_on_every_system(given: str, kept: str) -> None:
    name = attachments.safe_name(given, ending=".txt")
    assert name == kept and len(name.encode()) <= 255


def test_only_the_file_itself_may_be_sent_and_once(api: Api) -> None:
    case_id = api.world.assigned()
    path = f"/cases/{case_id}/attachments"
    assert fields(api("bai", "POST", path, data={"x": "1"}, content_type="multipart/form-data")) == {"x", "file"}
    assert fields(put(api, "bai", case_id, "a.pdf", PDF, note="x")) == {"note"}
    problem(api("bai", "POST", path, {"file": "x"}), 415)


def test_an_upload_repeated_with_its_key_is_one_upload(api: Api) -> None:
    case_id = api.world.assigned()
    path = f"/cases/{case_id}/attachments"

    def send(content: bytes) -> Any:
        data = {"file": FileStorage(io.BytesIO(content), filename="a.pdf")}
        return api("bai", "POST", path, data=data, content_type="multipart/form-data", headers={"Idempotency-Key": "u"})

    assert send(PDF).get_json() == send(PDF).get_json()
    assert api.world.case(case_id).attachments_total == 1
    assert fields(send(PDF + b"more")) == {"Idempotency-Key"}


def test_the_web_itself_never_opens_a_picture() -> None:
    code = "import sys, web.api.rooms; sys.exit('PIL' in sys.modules or 'openpyxl' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
