"""The office's own papers through the pages: download, edit, send, refused or used; printed one by one, as a stack,
and in the background; and the code on paper that leads back."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from docx import Document

from casework.core import clock
from casework.permissions import rules
from casework.templates import queries
from casework.templates.tables import PaperPrint
from tasks.runner import Runner
from tasks.schedule import WORKS
from tests import meeting, supervised
from tests.casework.templates import makers
from tests.casework.templates.test_filled_papers import told
from tests.web.desk import Browser, Desk
from tests.web.pages.reading import words_of
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def send(browser: Browser, content: bytes, code: str = "assignment", **more: str) -> Any:
    browser.get(f"/admin/papers/{code}")
    file = (io.BytesIO(content), "交办单（本单位）.docx")
    return browser.post(f"/admin/papers/{code}", {"file": file, **more}, content_type="multipart/form-data")


def edited(browser: Browser, code: str = "assignment") -> bytes:
    """Download the form in use and write a line into it, as somebody does in Word."""
    made = Document(io.BytesIO(browser.get(f"/admin/papers/{code}/form.docx").data))
    made.add_paragraph("本单位自己加的一行：{{ 编号 }}")
    return makers.saved(made)


def test_a_form_is_edited_in_word_sent_back_used_and_taken_back(desk: Desk, world: World) -> None:
    number, head = world.case(world.assigned()).number, desk.browser("an")
    assert send(head, edited(head), note="加了一行").status_code == 303
    page = words_of(head.get("/admin/papers/assignment").text)
    assert "第 1 版" in page and "加了一行" in page and "安老师" in page and "协办单位" in page
    paper = told(head.get(f"/papers/of/assignment/{number}").data)
    assert (
        f"本单位自己加的一行：{number}" in paper and "县水利局" in paper and "李*芳" in paper and "李小芳" not in paper
    )
    no_pdf = head.get(f"/papers/of/assignment/{number}?format=pdf")
    assert no_pdf.status_code == 409 and "只能出 Word" in words_of(no_pdf.text)
    assert head.post("/admin/papers/assignment/use").status_code == 303
    assert head.get(f"/papers/of/assignment/{number}?format=pdf").data.startswith(b"%PDF")
    assert "第 1 版" in words_of(head.get("/admin/papers/assignment").text)
    assert send(head, edited(head)).status_code == 303
    assert "第 2 版" in words_of(head.get("/admin/papers").text)


def test_a_template_that_is_wrong_is_not_used_and_the_page_says_what_to_mend(desk: Desk) -> None:
    head = desk.browser("an")
    answer = send(head, makers.with_text("{{ 标题 }}{{ 题目 }}"))
    assert answer.status_code == 409 and "没有这些标签：题目" in words_of(answer.text)
    assert "宏" in words_of(send(head, makers.repacked({"word/vbaProject.bin": b"x"})).text)
    assert send(head, b"").status_code == 422
    assert "第 1 版" not in words_of(head.get("/admin/papers/assignment").text)
    assert send(desk.browser("he"), edited(head)).status_code == 403
    assert (
        "head" in rules().permission["template.write"] and desk.browser("bai").get("/admin/papers").status_code == 403
    )


def test_the_administrator_tries_a_template_with_examples_and_with_no_case_they_may_not_see(
    desk: Desk, world: World
) -> None:
    number, admin = world.case(world.assigned()).number, desk.browser("guanli")
    assert "甲" not in told(admin.get("/admin/papers/assignment/preview.docx").data)
    hidden = admin.get(f"/admin/papers/assignment/preview.docx?matter={number}")
    # The form comes back with what was typed and why it did not do.
    assert hidden.status_code == 404 and f'value="{number}"' in hidden.text
    assert "没有找到能出这种文书的这一件" in words_of(hidden.text)
    paper = told(desk.browser("an").get(f"/admin/papers/assignment/preview.docx?matter={number}").data)
    assert number in paper


def test_a_letter_that_leaves_the_house_is_masked_and_tells_no_more_than_the_public_summary(
    desk: Desk, world: World
) -> None:
    case = world.case(world.assigned(title="电话 13900000876 反映的事"))
    text = told(desk.browser("an").get(f"/papers/of/letter/{case.number}").data)
    # The unit that handles it knows of it, and writes no letter to itself.
    handler = desk.browser("bai")
    assert f"/papers/of/letter/{case.number}" in desk.browser("an").get(f"/cases/{case.number}").text
    page = handler.get(f"/cases/{case.number}").text
    assert f"/papers/of/assignment/{case.number}" in page and "/papers/of/letter/" not in page
    assert handler.get(f"/papers/of/letter/{case.number}").status_code == 403
    assert "139****0876" in text and "13900000876" not in text and "蓄水池" not in text
    inside = told(desk.browser("an").get(f"/papers/of/assignment/{case.number}").data)
    assert "13900000876" in inside and "蓄水池" in inside


def test_papers_of_supervision_and_of_consultations_and_those_that_are_not_there_yet(desk: Desk, world: World) -> None:
    matter = supervised.lived(world, "acknowledge")
    head = desk.browser("an")
    assert head.get(f"/papers/of/urging/{matter}").status_code == 409
    supervised.step(world, matter, "urge", "he", comment="请三日内报送进展")
    assert "请三日内报送进展" in told(head.get(f"/papers/of/urging/{matter}").data)
    assert "督办〔2026〕1号" in told(head.get(f"/papers/of/supervision_slip/{matter}").data)
    topic = meeting.minuted(world)
    minutes = told(head.get(f"/papers/of/minutes/{topic}").data)
    assert "第1处换管" in minutes and "县水利局" in minutes
    assert head.get(f"/papers/of/sign_in/{topic}?format=pdf").data.startswith(b"%PDF")
    assert head.get(f"/papers/of/minutes/{matter}").status_code == 404


def test_a_code_on_paper_leads_back_only_those_who_may_see_the_matter(desk: Desk, world: World) -> None:
    number = world.case(world.assigned()).number
    assert desk.browser("bai").get(f"/q/{number}").headers["Location"] == f"/cases/{number}"
    assert desk.browser("jiao").get(f"/q/{number}").status_code == 404
    assert desk.browser("bai").get("/q/QC-AJ-2026-999999").status_code == 404
    assert "/login" in desk.client().get(f"/q/{number}").headers["Location"]


def test_a_few_are_one_file_at_once_and_what_has_no_such_paper_is_left_out(desk: Desk, world: World) -> None:
    cases = [world.case(each) for each in (world.assigned(title="甲件"), world.assigned(title="乙件"), world.report())]
    clerk = desk.browser("he")
    clerk.get("/cases")
    chosen = clerk.post("/batches", {"action": "papers", "id": [str(each.id) for each in cases]})
    assert all(each.number in chosen.text for each in cases)
    numbers = "\n".join(each.number for each in cases)
    sent = {"kind": "assignment", "format": "docx", "numbers": numbers}
    text = told(clerk.post("/papers", sent).data)
    assert "甲件" in text and "乙件" in text
    assert cases[2].number in clerk.get("/papers").text
    assert clerk.post("/papers", {**sent, "numbers": ""}).status_code == 422
    assert clerk.post("/papers", {**sent, "numbers": cases[2].number}).status_code == 409


def test_a_large_stack_is_made_in_the_background_for_who_asked_and_is_gone_after_a_day(
    desk: Desk, world: World
) -> None:
    numbers = [world.case(world.assigned(title=f"第 {n} 件")).number for n in range(21)]
    clerk = desk.browser("he")
    clerk.get("/papers")
    sent = {"kind": "assignment", "format": "docx", "numbers": "\n".join(numbers)}
    assert clerk.post("/papers", sent).status_code == 303
    assert "0 / 21 件" in words_of(clerk.get("/papers").text)
    with world.db.reading() as session:
        (row,) = session.query(PaperPrint).all()
    Runner(desk.office, "worker", WORKS).run_next(names=["papers_print"])
    assert f"/papers/prints/{row.id}/file" in clerk.get(f"/papers/prints/{row.id}").text
    text = told(clerk.get(f"/papers/prints/{row.id}/file").data)
    assert "第 0 件" in text and "第 20 件" in text
    assert desk.browser("an").get(f"/papers/prints/{row.id}/file").status_code == 404
    # Another is stopped before it is made: no worker takes it up, and the page says how to go on.
    assert clerk.post("/papers", sent).status_code == 303
    stop = re.findall(r'action="(/papers/prints/[^"]+/stop)"', clerk.get("/papers").text)
    assert len(stop) == 1 and desk.browser("an").post(stop[0]).status_code == 404
    assert clerk.post(stop[0]).status_code == 303
    assert not Runner(desk.office, "worker", WORKS).run_next(names=["papers_print"])
    assert "没有做出文件" in clerk.get("/papers").text and "/stop" not in clerk.get("/papers").text
    with world.db.transaction() as session:
        assert queries.forget_prints(session, at=clock.now() + timedelta(days=2)) == 2
