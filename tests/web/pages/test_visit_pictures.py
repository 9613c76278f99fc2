"""Photos of a visit: put to it by whoever made it, without their position, and in the bulletin if a caption says so."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.campaign import tie
from tests.casework.documents.reading import pages
from tests.web.desk import Desk
from tests.web.pages.reading import words_of
from tests.web.pages.test_visits import send, visits
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")
WHO, WHEN = b"Camera of somebody", b"2026:10:13"


def photo(name: str = "IMG_1.jpg", *, colour: str = "green") -> tuple[BytesIO, str]:
    """Make a picture that says where and with what it was taken."""
    out, told = BytesIO(), Image.Exif()
    told[0x010F], told[0x0132] = WHO.decode(), WHEN.decode()
    told.get_ifd(0x8825).update({1: "N", 2: (32.0, 35.0, 10.0), 3: "E", 4: (105.0, 13.0, 40.0)})
    Image.new("RGB", (40, 30), colour).save(out, "JPEG", exif=told)
    out.seek(0)
    return out, name


def put(browser: Any, url: str, file: tuple[BytesIO, str], **more: str) -> Any:
    browser.get(url)
    return browser.post(f"{url}/files", {"file": file, **more}, content_type="multipart/form-data")


def test_a_captioned_photo_of_a_visit_passes_into_the_bulletin_and_no_other(desk: Desk, world: World) -> None:
    tied, chen, clerk = tie(world), desk.browser("chen"), desk.browser("he")
    assert send(chen, tied.mine).status_code == 303
    url = f"/activities/{visits(world)[0].id}"
    assert put(chen, url, photo(), caption="看新修的水池，𫖯䶮㛃在场").status_code == 303
    assert put(chen, url, photo("IMG_2.jpg", colour="red")).status_code == 303
    chen.get(url)
    text = (BytesIO("账本".encode()), "账.txt")
    assert put(chen, url, text).status_code == 303
    told = chen.get(url).text
    assert "看新修的水池" in told and "IMG_2.jpg" in told and "账.txt" not in told
    (link,) = re.findall(rf'href="({url}/files/[^"]+)">看新修', told)
    kept = chen.client.get(link, buffered=True).data
    assert kept.startswith(b"\xff\xd8") and b"Exif" not in kept and WHO not in kept
    assert put(desk.browser("guan"), url, photo()).status_code == 403

    api, headers = desk.client(), desk.bearer("he")
    quarter = {"campaign": "SLSC-2022", "quarter": "2026Q4"}
    made = api.post("/api/v1/bulletins", json=quarter, headers=headers).get_json()
    path = f"/bulletins/{made['id']}"
    shown = [each["caption"] for each in api.get(f"/api/v1{path}", headers=headers).get_json()["content"]["pictures"]]
    assert shown == ["10月14日，方石村：看新修的水池，𫖯䶮㛃在场"]
    page = clerk.get(path).text
    assert shown[0] in words_of(page)
    (source,) = re.findall(rf'src="({path}/pictures/[^"]+)"', page)
    assert clerk.client.get(source, buffered=True).data == kept
    assert clerk.get(f"{path}/pictures/{made['id']}").status_code == 404
    word = clerk.client.get(f"{path}/file?format=docx", buffered=True).data
    with ZipFile(BytesIO(word)) as archive:
        assert len([name for name in archive.namelist() if name.startswith("word/media/")]) == 1
        assert f">{shown[0]}<" in archive.read("word/document.xml").decode()
    assert shown[0] in clerk.client.get(f"{path}/file?format=html", buffered=True).get_data(as_text=True)
    printed = clerk.client.get(f"{path}/file?format=pdf", buffered=True).data
    assert b"/Subtype /Image" in printed or b"/Subtype/Image" in printed
    assert shown[0] in [line.text for page in pages(printed) for line in page]


def test_a_photo_sent_again_by_its_own_number_is_kept_once(desk: Desk, world: World) -> None:
    tied, chen = tie(world), desk.browser("chen")
    assert send(chen, tied.mine).status_code == 303
    visit, number = visits(world)[0], "0197a000-0000-7000-8000-0000000000aa"
    path = f"/api/v1/activities/{visit.id}/attachments"

    def sent(who: str, id: str, to: str = path) -> Any:
        data = {"file": photo(), "id": id, "caption": "水池"}
        return desk.client().post(to, data=data, headers=desk.bearer(who), content_type="multipart/form-data")

    assert [sent("chen", number).status_code for _ in range(2)] == [201, 200]
    assert len(desk.client().get(path, headers=desk.bearer("chen")).get_json()["items"]) == 1
    assert sent("he", number).get_json()["reasons"][0]["code"] == "id_taken"
    assert [each["field"] for each in sent("chen", "one").get_json()["errors"]] == ["id"]
    clerk, back = desk.client(), {"withdrawn": True, "reason": "记重了"}
    taken = clerk.patch(f"/api/v1/visits/{visit.id}", json=back, headers={**desk.bearer("he"), "If-Match": '"1"'})
    assert taken.status_code == 200
    assert sent("chen", number.replace("aa", "bb")).get_json()["reasons"][0]["code"] == "activity_withdrawn"
