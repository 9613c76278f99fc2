"""Long texts of other matters than consultations: a bulletin's prose and a reply, each saving a version, none lost."""

import pytest

from tests.web.desk import Desk
from tests.web.pages.reading import form_of, words_of
from tests.web.pages.test_consultations import Hand
from tests.world import World

pytestmark = pytest.mark.usefixtures("morning")


def test_two_write_the_prose_of_a_bulletin_and_an_old_version_comes_back(desk: Desk) -> None:
    one, other = Hand(desk, "an"), Hand(desk, "he")
    where = str(one.send("/bulletins", "/bulletins", quarter="2026Q3").headers["Location"])
    page, versions = f"{where}/edit", f"{where}/versions"
    seen = one.see(page)
    mine, theirs = form_of(seen, page), form_of(other.see(page), page)
    first = mine["title"]
    # Kept by itself while it is written, and there again after the page was closed.
    draft = seen.split('data-draft="')[1].split('"')[0]
    assert one.browser.client.post(draft, data={**mine, "title": "写到一半"}).status_code == 200
    assert 'value="写到一半"' in one.see(page)
    assert one.browser.client.post(page, data={**mine, "title": "第三季度通报"}).status_code == 303
    assert 'value="写到一半"' not in one.see(page)
    late = other.browser.client.post(page, data={**theirs, "title": "另一个题目"})
    told = words_of(late.text)
    assert late.status_code == 409 and "存过一版。两份都在" in told
    # The differences are marked, so that only what is not in both stands whole.
    assert "第三季度通报" in told.replace(" ", "") and 'value="另一个题目"' in late.text
    assert other.browser.client.post(page, data=form_of(late.text, page)).status_code == 303
    assert "两个版本对照" in words_of(one.see(f"{versions}?from=2&to=3"))
    assert one.send(versions, versions, restores="1").status_code == 303
    assert form_of(one.see(page), page)["title"] == first
    assert "恢复自第 1 版" in words_of(one.see(versions))
    assert one.send(versions, versions, restores="99").status_code == 404
    Hand(desk, "bai").see(versions, status=404)
    listed = one.browser.client.get(f"/api/v1{versions}").get_json()["items"]
    assert [(each["version"], each["restores"]) for each in listed] == [(4, 1), (3, None), (2, None), (1, None)]


def test_a_unit_writes_its_reply_together_and_resolving_begins_with_it(desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    number = world.case(case_id).number
    one, other, page = Hand(desk, "bai"), Hand(desk, "shui"), f"/cases/{number}/reply"
    assert page in one.see(f"/cases/{number}/moves/resolve")
    theirs = form_of(other.see(page), page)
    assert one.send(page, page, text="两处断管已经焊好。").status_code == 303
    late = other.browser.client.post(page, data={**theirs, "text": "水已通到户。"})
    assert late.status_code == 409 and "存过一版。两份都在" in words_of(late.text)
    both = {**form_of(late.text, page), "text": "两处断管已经焊好，水已通到户。"}
    assert other.browser.client.post(page, data=both).status_code == 303
    assert "两处断管已经焊好，水已通到户。" in one.see(f"/cases/{number}/moves/resolve")
    Hand(desk, "an").see(page, status=403)
    given = {"trigger": "resolve", "fields": {"result_class": "A", "reply": "管子换了，水通了。"}}
    headers = desk.bearer("bai")
    client = desk.client()
    assert client.post(f"/api/v1/cases/{number}/transitions", json=given, headers=headers).status_code == 200
    listed = client.get(f"/api/v1/cases/{number}/reply-versions", headers=headers).get_json()["items"]
    assert [each["text"] for each in listed][::2] == ["管子换了，水通了。", "两处断管已经焊好。"]
    assert other.browser.client.post(page, data={**both, "text": "再改"}).status_code == 409
