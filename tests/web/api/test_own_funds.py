"""Money that no case is about: the same ledger and rules, never told twice silently, kinds apart, credited to members."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from casework.assessment.sources import SOURCES, Period
from casework.campaign.loader import campaigns
from casework.funds.tables import ExpectedFund
from casework.keeping.verify import verify
from casework.matters.tables import Notice, OutboxEvent
from casework.members.tables import Member
from tasks import expected_money
from tasks.telling import begin_events
from tests.campaign import tie
from tests.web.api.conftest import Api
from tests.web.api.recorded import PROJECT
from tests.web.api.test_manners import fields, problem
from tests.world import MORNING, VILLAGE
from workflows import firing
from workflows.lifecycles import lifecycles

LINE = {
    "stage": "approved",
    "amount": "300000.00",
    "source": "省级衔接资金",
    "document_no": "川财农〔2026〕31号",
    "on": "2026-10-10",
    "project": "方石村茶园",
    "region_code": VILLAGE,
}


def add(api: Api, who: str = "he", **changes: Any) -> Any:
    return api(who, "POST", "/funds", {k: v for k, v in {**LINE, **changes}.items() if v is not None})


def reason(response: Any) -> str:
    return str(problem(response, 409)["reasons"][0]["code"])


def test_a_project_is_told_by_its_id_as_well_as_by_its_name(api: Api) -> None:
    project = api.ok("he", "POST", "/projects", PROJECT)
    line = add(api, project=project["id"], region_code=None).get_json()
    assert (line["project"], line["region_code"]) == (project["name"], VILLAGE)
    alike = add(api, project=project["name"], amount="310000.00", document_no="别的文号")
    assert reason(alike) == "fund_alike"
    for unknown in (line["id"], "01a22d21-e5f4-7000-bbb8-f937b69a2bb9"):
        assert fields(add(api, project=unknown, document_no="C", amount="x")) == {"project", "amount"}
    case = f"/cases/{api.world.coordinated()}/funds"
    told = {k: v for k, v in {**LINE, "document_no": "D", "project": project["id"]}.items() if k != "region_code"}
    assert api.ok("he", "POST", case, told)["project"] == project["name"]
    assert fields(api("he", "POST", case, {**told, "document_no": "E", "project": line["id"]})) == {"project"}


def test_a_project_s_money_moves_on_is_taken_back_and_lies_where_the_project_is(api: Api) -> None:
    api.ok("he", "POST", "/projects", PROJECT)
    made = add(api, region_code=None)
    assert made.status_code == 201
    line = made.get_json()
    assert line["region_code"] == VILLAGE and line["allocation"] == line["id"] and line["case"] is None
    assert made.headers["Location"].endswith(f"/funds/{line['id']}")
    further = {"allocation": line["id"], "document_no": "B", "project": None, "region_code": None}
    assert reason(add(api, stage="arrived", amount="300000.01", **further)) == "fund_more_than_before"
    assert fields(add(api, stage="arrived", **{**further, "region_code": "510822105"})) == {"region_code"}
    arrived = add(api, stage="arrived", amount="280000.00", **further).get_json()
    assert arrived["project"] == line["project"] and arrived["region_code"] == VILLAGE
    assert reason(api("he", "POST", f"/funds/{line['id']}/reverse", {"note": "错"})) == "fund_moved_on"
    mirror = api.ok("he", "POST", f"/funds/{arrived['id']}/reverse", {"note": "抄错"})
    assert mirror["amount"] == "-280000.00" and mirror["reverses"] == arrived["id"]
    standing = api.ok("jin", "GET", "/funds?standing=true&count=true")
    assert [each["id"] for each in standing["items"]] == [line["id"]] and standing["total"] == 1
    assert api.ok("jin", "GET", "/funds?count=true")["total"] == 3


def test_a_stage_whose_paper_comes_later_is_not_less_than_what_is_behind_it(api: Api) -> None:
    arrived = add(api, stage="arrived", amount="280000.00", project=None).get_json()
    late = {"allocation": arrived["id"], "document_no": "B", "project": None, "region_code": None}
    assert reason(add(api, stage="approved", amount="279999.99", **late)) == "fund_less_than_behind"
    # What was asked for may have been less, and the paper of the approval may come after the money.
    assert add(api, stage="applied", amount="100000.00", **late).status_code == 201
    assert add(api, stage="approved", amount="280000.00", **{**late, "document_no": "C"}).status_code == 201


def test_money_is_not_paid_before_the_day_it_was_there(api: Api) -> None:
    """A paper may come later, but the days on them follow one another; the same day is well."""
    arrived = add(api, stage="arrived", on="2026-06-10", amount="280000.00", project=None).get_json()
    later = {"allocation": arrived["id"], "document_no": "B", "project": None, "region_code": None, "amount": "1000.00"}
    told = problem(add(api, stage="disbursed", on="2026-06-09", **later), 409)
    assert told["reasons"][0]["code"] == "fund_day_too_early"
    assert "2026-06-10" in told["detail"] and "到位" in told["detail"]
    assert reason(add(api, stage="accepted", on="2026-06-09", **later)) == "fund_day_too_early"
    paid = add(api, stage="disbursed", on="2026-06-10", **later)
    assert paid.status_code == 201
    assert reason(add(api, stage="accepted", on="2026-06-09", **{**later, "document_no": "C"})) == "fund_day_too_early"
    # An approval is not money that moved: it may be of a later day than money paid ahead of it.
    approved = {**later, "document_no": "D", "amount": "280000.00"}
    assert add(api, stage="approved", on="2026-06-20", **approved).status_code == 201
    direct = add(api, stage="disbursed", on="2026-06-10", project=None, document_no="E").get_json()
    late = {**later, "allocation": direct["id"], "document_no": "F", "amount": direct["amount"]}
    assert reason(add(api, stage="arrived", on="2026-06-11", **late)) == "fund_day_too_late"
    assert add(api, stage="arrived", on="2026-06-10", **late).status_code == 201


def test_whose_money_it_is_follows_from_the_source_and_stays(api: Api) -> None:
    gift = add(api, source="某某公司捐赠", project=None).get_json()
    assert gift["kind"] == "donation"
    further = {"stage": "arrived", "allocation": gift["id"], "document_no": "B", "project": None, "source": "县财政"}
    assert reason(add(api, kind="government", **further)) == "fund_kind_of_sum"
    assert add(api, **further).get_json()["kind"] == "donation"
    own = add(api, document_no="C", kind="enterprise").get_json()
    assert [e["id"] for e in api.ok("he", "GET", "/funds?kind=enterprise")["items"]] == [own["id"]]
    assert fields(add(api, kind="loan")) == {"kind"}


def test_a_sum_that_looks_like_another_is_entered_only_with_a_word_why(api: Api) -> None:
    first = add(api).get_json()
    again = {"document_no": "川财农〔2026〕99号", "amount": "290000.00", "on": "2026-08-01"}
    told = problem(add(api, **again), 409)
    assert told["reasons"][0]["code"] == "fund_alike" and first["document_no"] in told["detail"]
    assert add(api, **again, unlike="另一批，县里配套").get_json()["unlike"] == "另一批，县里配套"
    for differs in ({"amount": "240000.00"}, {"on": "2026-01-04"}, {"region_code": "510822105"}, {"project": "路"}):
        assert add(api, **{**again, "document_no": str(differs), **differs}).status_code == 201, differs


def test_money_of_a_case_is_changed_at_the_case(api: Api) -> None:
    case_id = api.world.coordinated()
    body = {name: LINE[name] for name in ("stage", "amount", "source", "document_no", "on")}
    line = api.ok("he", "POST", f"/cases/{case_id}/funds", body)
    assert reason(api("he", "POST", f"/funds/{line['id']}/reverse", {"note": "错"})) == "fund_of_case"
    assert reason(api("he", "POST", f"/funds/{line['id']}/shares", {"org": "SLJ", "share": "1.00"})) == "fund_of_case"
    assert fields(add(api, stage="arrived", allocation=line["id"])) == {"allocation"}


def test_shares_go_to_members_and_offices_up_to_a_hundred_percent(api: Api) -> None:
    tied = tie(api.world)
    path = f"/funds/{add(api).get_json()['id']}/shares"
    share = api.ok("he", "POST", path, {"member": str(tied.member), "share": "60.00"})
    assert share["member"] == str(tied.member) and share["org"] is None
    add(api, document_no="B", source="别处", amount="7.00")
    for who, seen in (("chen", 1), ("he", 1), ("cun", 0)):
        assert len(api.ok(who, "GET", f"/funds?member={tied.member}")["items"]) == seen, who
    assert api.ok("chen", "GET", "/funds?count=true")["total"] == 1
    assert api.ok("he", "GET", f"/funds?member={tied.colleague}")["items"] == []
    assert api("he", "POST", path, {"org": "SLJ", "share": "40.00", "role": "joint"}).status_code == 201
    assert reason(api("he", "POST", path, {"org": "SLJ", "share": "0.01"})) == "fund_share_too_large"
    assert fields(api("he", "POST", path, {"member": "7", "share": "1.00"})) == {"member"}
    assert fields(api("he", "POST", path, {"member": str(tied.member), "org": "SLJ", "share": "1.00"})) == {"person"}


def test_only_the_office_over_the_place_writes(api: Api) -> None:
    line = add(api).get_json()
    for who in ("chen", "cun", "shui", "jin", "guan", "shen", "guanli"):
        assert add(api, who, document_no=who).status_code == 403, who
        assert api(who, "POST", f"/funds/{line['id']}/reverse", {"note": "x"}).status_code in (403, 404), who
    assert fields(add(api, region_code="510821100200")) == {"region_code"}
    assert fields(add(api, region_code=None, project="无名项目")) == {"region_code"}


def test_every_total_is_the_sum_of_the_lines_it_opens(api: Api) -> None:
    case_id = api.world.coordinated()
    body = {**{name: LINE[name] for name in ("stage", "source", "on")}, "amount": "7.00", "document_no": "案"}
    api.ok("he", "POST", f"/cases/{case_id}/funds", body)
    add(api)
    add(api, document_no="B", amount="10.50", source="县财政", on="2026-03-31", project="路", stage="arrived")
    wrong = add(api, document_no="C", amount="99.00", source="某公司捐赠").get_json()
    api.ok("he", "POST", f"/funds/{wrong['id']}/reverse", {"note": "错"})
    keys = {
        "source": {"省级衔接资金", "县财政"},
        "place": {LINE["region_code"]},
        "quarter": {"2026Q1", "2026Q4"},
        "project": {"方石村茶园", "路", ""},
        "kind": {"government"},
    }
    for by, wanted in keys.items():
        told: Any = api.ok("jin", "GET", f"/funds/totals?by={by}")
        assert {row["key"] for row in told["rows"]} == wanted
        assert told["totals"] == {"approved": "300007.00", "arrived": "10.50"}, by
        for row in told["rows"]:
            for each in row["stages"]:
                address = urlsplit(each["records"])
                lines = api.ok("jin", "GET", f"{address.path.removeprefix('/api/v1')}?{address.query}")["items"]
                assert f"{sum(float(line['amount']) for line in lines):.2f}" == each["amount"], (by, row["key"])
    narrowed = api.ok("he", "GET", "/funds/totals?by=quarter&to=2026-03-31")
    assert [row["key"] for row in narrowed["rows"]] == ["2026Q1"]


def test_expected_money_is_watched_by_the_sweep_until_it_arrives(api: Api) -> None:
    db = api.world.db
    late = add(api, expected_on="2026-11-20").get_json()
    gone = add(api, document_no="B", project="路", expected_on="2026-11-20").get_json()
    came = add(api, document_no="C", project="桥", expected_on="2026-11-20").get_json()
    api.ok("he", "POST", f"/funds/{gone['id']}/reverse", {"note": "错"})
    assert add(api, stage="arrived", allocation=came["id"], document_no="D", project=None).status_code == 201

    def states() -> dict[str, str]:
        with db.reading() as session:
            return {str(each.id): each.state for each in session.query(ExpectedFund)}

    assert states() == {late["id"]: "expected", gone["id"]: "dropped", came["id"]: "arrived"}
    told, at = [], MORNING
    # Two working days before, on the day, three and ten after (contract.md "Deadlines").
    for day in ("2026-11-18T18:00", "2026-11-20T18:00", "2026-11-25T18:00", "2026-12-04T18:00"):
        at = datetime.fromisoformat(f"{day}+08:00")
        firing.sweep(db, at=at)
        with db.transaction() as session:
            events = session.query(OutboxEvent).filter_by(event="deadline.fired").order_by(OutboxEvent.id).all()
            expected_money.of_rung(begin_events(session, events[-1:], at=at, mails=False), events[-1])
        with db.reading() as session:
            codes = {each.code: each.facts["line"] for each in session.query(Notice)}
        told.append(set(codes))
        assert set(codes.values()) == {late["id"]}
    assert told[-1] == {f"expected_money_{level}" for level in range(4)} and len(told[0]) == 1
    further = {"stage": "arrived", "allocation": late["id"], "document_no": "E", "project": None}
    assert add(api, **further).status_code == 201
    assert states()[late["id"]] == "arrived"
    findings = verify(db, at=at, attachments=api.office.settings.home, lifecycles=lifecycles())
    assert [each for each in findings if each.rows] == []


def test_a_member_without_an_account_is_credited_in_the_assessment_too(api: Api) -> None:
    tied = tie(api.world)
    line = add(api, stage="arrived").get_json()
    api.ok("he", "POST", f"/funds/{line['id']}/shares", {"member": str(tied.colleague), "share": "50.00"})
    with api.world.db.reading() as session:
        assert session.scalars(select(Member.person_id).where(Member.id == tied.colleague)).one() is None
        period = Period(session, campaigns()["SLSC-2022"], 2026, MORNING.date())
        found = list(SOURCES["fund_share"].rows(period, {"stage": "arrived"}))
    assert [(each.member_id, each.fen, each.share_bp) for each in found] == [(tied.colleague, 30_000_000, 5_000)]


def test_a_line_is_a_record_like_others_but_not_changed(api: Api) -> None:
    line = add(api).get_json()
    path = f"/funds/{line['id']}"
    assert api.ok("he", "PATCH", path, {}) == api.ok("he", "GET", path)
    assert fields(api("he", "PATCH", path, {"zzz": 1})) == {"zzz"}
    assert reason(api("he", "PATCH", path, {"amount": "1.00"})) == "fund_stays"
    problem(api("jin", "PATCH", path, {"amount": "1.00"}), 403)
    problem(api("he", "PATCH", "/funds/01a22d21-e5f4-7000-bbb8-f937b69a2bb9", {}), 404)
    (written,) = api.ok("jin", "GET", f"{path}/history")["items"]
    assert (written["seq"], written["trigger"], written["fields"]["amount"]) == (1, "enter", LINE["amount"])
    api.ok("he", "POST", f"{path}/reverse", {"note": "抄错"})
    first = api.ok("he", "GET", f"{path}/history?limit=1&count=true")
    (taken,) = api.ok("he", "GET", f"{path}/history?limit=1&cursor={first['next']}")["items"]
    assert (first["total"], taken["seq"], taken["trigger"], taken["comment"]) == (2, 2, "reverse", "抄错")
    problem(api("ding", "GET", f"{path}/history"), 404)


def test_a_line_of_a_case_is_not_changed_either(api: Api) -> None:
    case_id = str(api.world.coordinated())
    body = {k: v for k, v in LINE.items() if k != "region_code"}
    line = api.ok("he", "POST", f"/cases/{case_id}/funds", body)
    path = f"/funds/{line['id']}"
    for who in ("he", "bai"):
        assert reason(api(who, "PATCH", path, {"note": "x"})) == "fund_stays", who
        assert len(api.ok(who, "GET", f"{path}/history")["items"]) == 1, who
    problem(api("jin", "PATCH", path, {"note": "x"}), 403)
