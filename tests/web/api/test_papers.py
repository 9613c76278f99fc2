"""Templates and papers by program: listed, judged, sent, taken into use, written."""

import io
from typing import Any

from docx import Document

from tests.casework.templates import makers
from tests.casework.templates.test_filled_papers import told
from tests.web.api.conftest import Api
from tests.web.api.meetings import AGREED, held, move, moved, venues


def send(api: Api, who: str, path: str, content: bytes, **more: str) -> Any:
    data = {"file": (io.BytesIO(content), "交办单.docx"), **more}
    return api(who, "POST", f"/papers/assignment/{path}", data=data, content_type="multipart/form-data")


def test_a_template_is_judged_sent_used_and_taken_back(api: Api) -> None:
    number = api.world.case(api.world.assigned()).number
    shown = api.ok("an", "GET", "/papers/assignment")
    assert shown["versions"] == [] and "编号" in {tag["name"] for tag in shown["tags"]}
    made = Document(io.BytesIO(api("an", "GET", "/papers/assignment/template").data))
    made.add_paragraph("本单位自己加的一行：{{ 编号 }}")
    content = makers.saved(made)
    assert send(api, "an", "check", content).get_json()["sound"]
    assert api.ok("an", "GET", "/papers/assignment")["versions"] == []
    wrong = send(api, "an", "check", makers.with_text("{{ 题目 }}"))
    assert wrong.status_code == 409 and "题目" in wrong.get_data(as_text=True)
    assert send(api, "he", "versions", content).status_code == 403
    sent = send(api, "an", "versions", content, note="加了一行")
    assert sent.status_code == 201
    (version,) = sent.get_json()["versions"]
    assert version["in_force"] and version["note"] == "加了一行"
    paper = api("bai", "GET", f"/papers/assignment/document?matter={number}")
    assert f"本单位自己加的一行：{number}" in told(paper.data)
    assert api("bai", "GET", f"/papers/assignment/document?matter={number}&format=pdf").status_code == 409
    assert api.ok("an", "POST", "/papers/assignment/use", {"version": None})["in_force"] is None
    assert api("an", "POST", "/papers/assignment/use", {"version": None}).status_code == 409
    assert api("bai", "GET", f"/papers/assignment/document?matter={number}&format=pdf").data.startswith(b"%PDF")
    again = api.ok("an", "POST", "/papers/assignment/use", {"version": version["id"]})
    assert again["in_force"] == version["id"]
    listed = {each["code"]: each["in_force"] for each in api.ok("an", "GET", "/papers")["items"]}
    assert listed["assignment"] == version["id"] and listed["letter"] is None


def test_wrong_questions_are_told_and_a_letter_is_written_by_those_who_assign(api: Api) -> None:
    number = api.world.case(api.world.assigned()).number
    assert api("an", "GET", f"/papers/letter/document?matter={number}").status_code == 200
    assert api("bai", "GET", f"/papers/letter/document?matter={number}").status_code == 403
    assert api("bai", "GET", "/papers").status_code == 403
    assert api("jiao", "GET", f"/papers/assignment/document?matter={number}").status_code == 404
    wrong = api("an", "GET", "/papers/assignment/document?format=xls").get_json()["errors"]
    assert {each["field"] for each in wrong} == {"format", "matter"}
    assert api("an", "POST", "/papers/assignment/use", {"version": "x"}).status_code == 422
    assert api("an", "GET", "/papers/nothing").status_code == 404
    assert api("an", "GET", "/papers/assignment/template?version=x").status_code == 422
    assert send(api, "an", "versions", b"x", more="x").status_code == 422
    plain = api("an", "POST", "/papers/assignment/check", {"file": "x"})
    assert plain.status_code == 415


def test_who_reported_it_stands_by_name_in_no_paper_for_outside(api: Api) -> None:
    """The row of the reporter is left out, and so is the name where a title, a description or a reply holds it."""
    case_id = api.world.resolved(title="李小芳家的水管断了", description="我是李小芳，家里三天没水")
    number = api.world.case(case_id).number
    for paper in ("public_sheet", "letter"):
        answer = api("an", "GET", f"/papers/{paper}/document?matter={number}&format=docx")
        text = told(answer.get_data())
        assert "李*芳家的水管" in text and "李小芳" not in text, paper


def test_a_part_without_a_readable_name_is_refused_by_nothing_but_in_words(api: Api) -> None:
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\nyes\r\n--x--\r\n"
    refused = api(
        "an", "POST", "/papers/assignment/versions", data=body, content_type="multipart/form-data; boundary=x"
    )
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == ["", "file"]


def test_minutes_with_nothing_left_open_say_so_in_words(api: Api) -> None:
    venues(api)
    path = "/papers/minutes/document?matter={}"
    topic = held(api)
    for unresolved, said in (([], [["", "无"]]), (["水费怎么收"], [["1", "水费怎么收"]])):
        told = {"minutes": "谈成了", "consensus": [dict(AGREED[0])], "unresolved": unresolved}
        if unresolved:
            topic = held(api, title="水费", span=("2026-10-21T09:00:00+08:00", "2026-10-21T11:00:00+08:00"))
        moved(move(api, "he", topic, "minute", **told))
        paper = Document(io.BytesIO(api("he", "GET", path.format(topic["number"])).data))
        tables = [[[cell.text for cell in row.cells] for row in each.rows] for each in paper.tables]
        (open_points,) = [each[1:] for each in tables if each[0] == ["序号", "事项"]]
        assert open_points == said
