"""The package of a year opens without the software, its checksums hold, and each variant shows what it may."""

import hashlib
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook

from casework.cases import queries
from casework.cases.visibility import subject_of
from casework.consultations.tables import Consultation
from casework.core.encryption import Keyring
from casework.core.errors import Refused
from casework.core.office import Office
from casework.core.settings import read_settings
from casework.matters import attachments
from casework.registry import audit_list
from casework.registry.audit_list import Wanted
from casework.supervisions.tables import Supervision
from tests import supervised
from tests.meeting import convert, minuted, move
from tests.world import MORNING, World
from workflows.cases.attaching import attach
from workflows.papers.archiving import archive

PHONE = "13900000876"
LATER = MORNING + timedelta(days=400)


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    url = world.db.url
    settings = read_settings({"CASEWORK_HOME": str(tmp_path), "CASEWORK_DATABASE_URL": url.replace("+psycopg", "")})
    world.db.info["keyring"] = Keyring.open(tmp_path)
    return Office(settings, Keyring.open(tmp_path), world.db)


def lived(world: World, office: Office) -> str:
    """Close a case with an attachment, a phone in a text, and a public summary; leave another open."""
    world.report(title="还没有办完的路灯")
    reporter = {"name": "李小芳", "phone": PHONE}
    case_id = world.resolved(reporter=reporter, description=f"三组断水，请打 {PHONE}。\n蓄水池也漏。")
    staged = attachments.stage(
        io.BytesIO("管道断口两处。".encode()), name="现场:照片.txt", folder=office.settings.attachments
    )
    with world.db.transaction() as session:
        case = queries.get_for_update(session, world["bai"], case_id=case_id, at=MORNING)
        subject = subject_of(session, case, actor=world["bai"], at=MORNING)
        attach(session, case, staged, subject=subject, actor=world["bai"], at=MORNING)
    world.move(case_id, "close", "he", followed_up="unreachable", at=MORNING + timedelta(hours=2))
    return world.case(case_id).number


def met_and_struck_off(world: World) -> tuple[str, str]:
    """Bring a consultation and a supervised matter to their ends; return their numbers."""
    matter = supervised.initiate(world)
    topic = minuted(world)
    convert(world, topic, 1, "case")
    convert(world, topic, 2, "supervision")
    move(world, topic, "implement")
    move(world, topic, "evaluate", satisfaction="satisfied", realised={"1": True, "2": False})
    move(world, topic, "archive", "an")
    for trigger, by, given in supervised.LIFE:
        supervised.step(world, matter, trigger, by, **given)
        if trigger == "acknowledge":
            supervised.step(world, matter, "urge", "he", comment=f"请抓紧，找李小芳 {PHONE}")
    with world.db.reading() as session:
        return session.get_one(Consultation, topic).number, session.get_one(Supervision, matter).number


def opened(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        content = {name: package.read(name) for name in package.namelist()}
    lines = [line.split("  ", 1) for line in content.pop("SHA256SUMS").decode().splitlines()]
    assert {name: digest for digest, name in lines} == {
        name: hashlib.sha256(data).hexdigest() for name, data in content.items()
    }
    return content


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text


def word_text(content: bytes) -> str:
    word = Document(io.BytesIO(content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in word.paragraphs), *cells])


def test_each_variant_opens_and_shows_what_it_may(world: World, office: Office, tmp_path: Path) -> None:
    number = lived(world, office)
    topic, matter = met_and_struck_off(world)
    paths = {variant: tmp_path / f"{variant}.zip" for variant in ("plain", "masked", "public")}
    made = {name: archive(office, 2026, path, variant=name, at=LATER) for name, path in paths.items()}
    assert [(each.cases, each.files) for each in made.values()] == [(1, 1), (1, 0), (0, 0)]
    assert [(each.consultations, each.supervisions) for each in made.values()] == [(1, 1), (1, 1), (0, 0)]
    plain, masked, public = (opened(path) for path in paths.values())
    for content in (plain, masked, public):
        index = content["index.html"].decode()
        assert "2026" in index and "<script" not in index and "http" not in index
        for link in re.findall(r'href="([^"]+)"', index):
            assert unquote(link) in content
    case = pdf_text(masked[f"cases/{number}/case.pdf"])
    assert "三组断水" in case and PHONE not in case and "李小芳" not in case and "139" in case
    told = word_text(plain[f"cases/{number}/case.docx"])
    assert PHONE in told and "李小芳" in told and "现场照片.txt" in told
    assert plain[f"cases/{number}/attachments/01-现场照片.txt"].decode() == "管道断口两处。"
    sheet = load_workbook(io.BytesIO(masked["cases.xlsx"])).active
    assert [row[0] for row in sheet.values][1:] == [number]
    for name, told in (("consultations", topic), ("supervisions", matter)):
        sheet = load_workbook(io.BytesIO(masked[f"{name}.xlsx"])).active
        assert [row[0] for row in sheet.values][1:] == [told]
        assert not [each for each in public if name in each]
    assert "谈成了" in pdf_text(masked[f"consultations/{topic}/consultation.pdf"])
    minutes = word_text(masked[f"consultations/{topic}/consultation.docx"])
    assert "第1处换管" in minutes and "困难件 QC-AJ-2026-" in minutes
    assert "李小芳" not in minutes and "李*芳" in minutes
    assert "李小芳" in word_text(plain[f"consultations/{topic}/consultation.docx"])
    slip = word_text(masked[f"supervisions/{matter}/supervision.docx"])
    assert "督办〔2026〕1号" in slip and "请抓紧" in slip and "水压正常" in slip and PHONE not in slip
    assert f"cases/{number}/case.pdf" not in public and json.loads(public["manifest.json"])["variant"] == "public"
    assert paths["plain"].stat().st_mode & 0o777 == paths["masked"].stat().st_mode & 0o777 == 0o600
    with world.db.reading() as session:
        kept = [row.facts for row in audit_list.events(session, Wanted(event="archive.made"))]
    assert kept[-1] == {"year": 2026, "variant": "plain", "cases": 1, "supervisions": 1, "consultations": 1}


def test_a_year_that_is_not_over_and_another_ending_are_refused(office: Office, tmp_path: Path) -> None:
    for year, name, code in ((2027, "a.zip", "archive_year"), (2026, "a.rar", "archive_file_kind")):
        with pytest.raises(Refused) as caught:
            archive(office, year, tmp_path / name, variant="masked", at=LATER)
        assert caught.value.refusals[0].code == code
        assert not (tmp_path / name).exists()
