"""The figures over HTTP: what each says equals the list behind it, for whoever may read them and for nobody else."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from casework.activities.tables import Activity
from casework.campaign.tables import Link
from casework.core import editions
from casework.core.actors import SYSTEM
from casework.core.database import Session
from casework.core.ids import new_id
from casework.funds import actions as funds
from casework.households import actions as households
from casework.households.actions import NewHousehold
from casework.members import actions as members
from casework.members.actions import NewMember
from tests.web.api.conftest import Api
from tests.web.api.test_manners import fields
from tests.world import COUNTY, VILLAGE

AT = datetime(2022, 3, 1, 2, 0, tzinfo=UTC)
SINCE = date(2022, 2, 1)
ASKED = "campaign=SLSC-2022&as_of=2022-12-31"


def link(session: Session, kind: str, holder: Any, place: str, thing: Any = None) -> None:
    row = Link(
        campaign="SLSC-2022",
        kind=kind,
        holder_id=holder,
        object_id=thing,
        region_code=place,
        part="",
        valid_from=SINCE,
    )
    editions.enter(session, row, actor=SYSTEM, at=AT)


def lay(api: Api) -> None:
    """Lay one member, three households, a linked village, five surveys and two sums."""
    with api.office.db.transaction() as session:
        member = members.enter(session, NewMember("陈青山", COUNTY, SINCE), actor=SYSTEM, at=AT)
        for name in ("张树生", "李小芳", "王大明"):
            household = households.enter(session, NewHousehold(VILLAGE, name), actor=SYSTEM, at=AT)
            link(session, "member_household", member.id, VILLAGE, household.id)
        link(session, "org_village", api.world.orgs["ZYZ"], VILLAGE)
        for number in range(1, 6):
            row = Activity(
                kind="village_survey", region_code=VILLAGE, on_date=date(2022, number + 2, 1), title=f"第{number}次"
            )
            editions.enter(session, row, actor=SYSTEM, at=AT)
        for number, fen in enumerate((1_234_567_89, 2_000_000_00)):
            line = funds.NewLine("arrived", fen, "县财政", f"青财〔2022〕{number}号", date(2022, 5, 1))
            funds.add(session, line, matter_id=new_id(), region_code=VILLAGE, actor=SYSTEM, at=AT)


def records(api: Api, who: str, path: str) -> list[Any]:
    """Read a list to its end, two at a time."""
    found: list[Any] = []
    cursor = None
    while True:
        page = api.ok(who, "GET", f"{path}&limit=2" + (f"&cursor={cursor}" if cursor else ""))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def test_every_figure_is_its_list(api: Api) -> None:
    lay(api)
    told = api.ok("he", "GET", f"/figures?{ASKED}")
    assert [told["campaign"], told["as_of"], told["known_at"]] == ["SLSC-2022", "2022-12-31", None]
    by_key = {each["key"]: each for each in told["figures"]}
    assert len(by_key) == 18
    # No committee and no office has an industry: the words say so, and are not left out.
    assert (by_key["offices"]["exact"], by_key["offices"]["text"]) == (0, "0个")
    assert by_key["households_linked"]["text"] == "3户"
    assert (by_key["village_visits"]["exact"], by_key["village_visits"]["text"]) == (5, "5次")
    assert by_key["village_funds"]["exact"] == "3234567.89"
    assert by_key["village_funds"]["text"] == "320余万元"
    for who in ("he", "guan", "shen", "jin"):
        for each in told["figures"]:
            items = records(api, who, each["records"])
            if each["stage"]:
                assert sum((Decimal(item["amount"]) for item in items), Decimal()) == Decimal(each["exact"])
            else:
                assert len(items) == each["exact"] == len({item["id"] for item in items}), each["key"]


def test_money_without_a_case_stands_in_the_ledger_of_all_money(api: Api) -> None:
    lay(api)
    told: Any = None
    for who in ("he", "jin", "guan"):
        told = api.ok(who, "GET", "/funds?region=510822105&count=true")
        assert told["total"] == 2 and told["totals"] == {"arrived": "3234567.89"}
        assert [each["case"] for each in told["items"]] == [None, None]
        assert api.ok(who, "GET", f"/funds/{told['items'][0]['id']}")["case"] is None
    assert api.ok("bai", "GET", "/funds")["items"] == []
    assert api("bai", "GET", f"/funds/{told['items'][0]['id']}").status_code == 404


def test_households_are_masked_in_the_list(api: Api) -> None:
    lay(api)
    items = records(api, "guan", f"/api/v1/figures/households_linked/records?{ASKED}")
    assert sorted(item["title"] for item in items) == ["张*生", "李*芳", "王*明"]


def test_what_was_entered_later_was_not_known_then(api: Api) -> None:
    lay(api)
    before = f"/figures?{ASKED}&known_at=2022-02-28T00:00:00%2B08:00"
    told: dict[str, Any] = {each["key"]: each for each in api.ok("he", "GET", before)["figures"]}
    assert {each["exact"] for each in told.values()} == {0, "0.00"}
    # The records behind it are asked for with the same instant.
    assert records(api, "he", told["members"]["records"]) == []


def test_a_note_says_where_two_figures_do_not_agree(api: Api) -> None:
    lay(api)
    told = api.ok("he", "GET", f"/figures?{ASKED}")
    assert ["members", "households_linked"] in [note["figures"] for note in told["notes"]]


def test_figures_are_not_for_everybody(api: Api) -> None:
    for who in ("chen", "cun", "bai", "guanli"):
        assert api(who, "GET", f"/figures?{ASKED}").status_code == 403
        assert api(who, "GET", f"/figures/members/records?{ASKED}").status_code == 403


def test_what_is_asked_wrongly_is_told_by_its_name(api: Api) -> None:
    wrong = api("he", "GET", "/figures?campaign=NO&as_of=2022-13-01&known_at=soon&since=1")
    assert fields(wrong) == {"campaign", "as_of", "known_at", "since"}
    assert api("he", "GET", f"/figures/nothing/records?{ASKED}").status_code == 404


def test_a_day_of_a_quarter_still_to_come_has_no_figures(api: Api) -> None:
    assert fields(api("he", "GET", "/figures?campaign=SLSC-2022&as_of=2027-01-01")) == {"as_of"}
    assert api("he", "GET", "/figures?campaign=SLSC-2022&as_of=2026-12-31").status_code == 200


def test_what_explains_a_figure_is_in_the_reader_s_language_and_its_wording_is_the_bulletin_s(api: Api) -> None:
    lay(api)
    told: dict[str, Any] = {
        lang: api("he", "GET", f"/figures?{ASKED}", headers={"Accept-Language": lang}).json for lang in ("zh", "en")
    }
    for chinese, english in zip(*(each["figures"] for each in told.values()), strict=True):
        for name in ("label", "counts", "leaves_out"):
            assert english[name].isascii() and not chinese[name].isascii(), (english["key"], name)
        assert (english["text"], english["unit"]) == (chinese["text"], chinese["unit"])
    notes = [each["text"] for each in told["en"]["notes"]]
    assert notes and all(each.isascii() for each in notes), notes
