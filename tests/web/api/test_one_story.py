"""One story by the API: five reports of one water source become a topic, a meeting, cases and a supervised matter.

Scheduled around two clashes, held, minuted; of three things agreed two become cases and one is supervised, grows late,
is urged, listed and struck off by two; evaluated, and counted in the month's notice and in the campaign's bulletin.
"""

import re
from datetime import timedelta
from typing import Any

import time_machine

from casework.bulletins import oversight
from casework.documents.model import Paragraph
from tests.web.api.conftest import Api
from tests.web.api.meetings import AGREED, SPAN, date, id_of, move, moved, scheduled, venues
from tests.world import COUNTY, MORNING, REPORT, VILLAGE
from workflows import firing

AFTERNOON = ("2026-10-20T14:30:00+08:00", "2026-10-20T16:30:00+08:00")
THIRD = {"text": "水源地围栏修好，专人看护", "org": "SLJ", "due_on": "2026-10-23"}
URGED, LISTED, REPORTED = timedelta(days=13), timedelta(days=26), timedelta(days=28)


def step(api: Api, who: str, matter: Any, trigger: str, comment: str | None = None, **fields: Any) -> Any:
    body = {"trigger": trigger, "fields": fields} | ({"comment": comment} if comment else {})
    answer = api(who, "POST", f"/supervisions/{matter['id']}/transitions", body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_five_reports_of_one_source_end_in_the_notice(api: Api, clock: time_machine.Traveller) -> None:
    venues(api)
    titles = [f"三组水源断流，第{n}户吃水靠挑" for n in range(1, 6)]
    reports = [api.ok("he", "POST", "/cases", {**REPORT, "title": title}) for title in titles]
    topic = met(api, reports)
    records = [
        api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/{n}/convert", {"into": into})
        for n, into in ((1, "case"), (2, "case"), (3, "supervision"))
    ]
    again = api.ok("he", "POST", f"/consultations/{topic['id']}/consensus/3/convert", {"into": "supervision"})
    assert again["id"] == records[2]["id"]
    assert moved(move(api, "he", topic, "implement"))["state"] == "implementing"
    matter = followed(api, clock, records[2]["id"])
    assert (matter["urges"], matter["level"], matter["leader"]) == (1, 3, "陆主席")
    done = moved(
        move(api, "he", topic, "evaluate", satisfaction="satisfied", realised={"1": True, "2": True, "3": True})
    )
    assert [each["realised"] for each in done["consensus"]] == [True, True, True]
    names = ("督办事项", "还在督", "挂牌督办", "销号", "逾期未报结果", "催办通知")
    assert figures(api, 11) == dict(zip(names, (1, 0, 0, 1, 0, 0), strict=True))
    # When October was over it was late and nobody had reported.
    assert figures(api, 10) == dict(zip(names, (1, 1, 0, 0, 1, 1), strict=True))
    in_the_bulletin(api)
    told = api.ok("he", "GET", f"/supervisions/{matter['id']}/history")["items"]
    named = [each["trigger"] for each in told if each["trigger"] in STEPS]
    assert named == list(STEPS)


STEPS = (
    *("initiate", "issue", "acknowledge", "urge", "supervise", "list", "escalate"),
    *("report", "verify", "propose_strike_off", "strike_off"),
)


def met(api: Api, reports: list[Any]) -> Any:
    """Bring the topic out of the five reports, find a date around two clashes, hold and minute it."""
    scheduled(api, "bai", title="防汛会")
    scheduled(api, "zhen", title="党员大会", venue="ZYZ-HALL", span=AFTERNOON, convenor=id_of(api, "an"))
    raw: dict[str, Any] = {
        "title": "三组水源怎么修",
        "kind": "youshi",
        "source": "case_cluster",
        "region_code": VILLAGE,
    }
    raw |= {"reason": "五户反映同一处水源", "cases": [each["id"] for each in reports]}
    topic = api.ok("he", "POST", "/consultations", raw)
    assert len(topic["cases"]) == 5
    moved(move(api, "he", topic, "screen", scores={"urgency": 5, "breadth": 4, "feasibility": 4}))
    moved(move(api, "an", topic, "approve", authority="chair_meeting"))
    first = move(api, "he", topic, "schedule", **date(api, "bai", "zhen", span=SPAN))
    assert first.status_code == 409 and "venue" in {each["what"] for each in first.get_json()["clashes"]}
    second = move(api, "he", topic, "schedule", **date(api, "bai", "zhen", span=AFTERNOON))
    assert second.status_code == 409 and {each["what"] for each in second.get_json()["clashes"]} == {"participant"}
    free = ("2026-10-21T09:00:00+08:00", "2026-10-21T11:00:00+08:00")
    moved(move(api, "he", topic, "schedule", **date(api, "bai", "zhen", span=free)))
    moved(move(api, "he", topic, "notify", research="到水源地看过"))
    moved(move(api, "he", topic, "hold", attended=[id_of(api, "bai"), id_of(api, "zhen"), "李小芳"]))
    return moved(move(api, "he", topic, "minute", minutes="先修后护。", consensus=[*AGREED, THIRD]))


def followed(api: Api, clock: time_machine.Traveller, matter_id: str) -> Any:
    """Follow the supervised matter until two persons strike it off."""
    matter = api.ok("he", "GET", f"/supervisions/{matter_id}")
    assert (matter["source"], matter["org"], matter["due_on"]) == ("consultation", "SLJ", THIRD["due_on"])
    assert step(api, "an", matter, "issue")["slip_number"] == "督办〔2026〕1号"
    step(api, "bai", matter, "acknowledge")
    clock.move_to(MORNING + URGED)
    assert step(api, "he", matter, "urge", comment="请报进展")["urgings"][0]["number"] == "催办〔2026〕1号"
    clock.move_to(MORNING + LISTED)
    for days in (16, 26):
        firing.sweep(api.world.db, at=MORNING + timedelta(days=days))
    late = api.ok("he", "GET", "/supervisions?result_late=true&shown_level=3")["items"]
    assert [each["id"] for each in late] == [matter_id]
    listing: dict[str, Any] = {
        "trigger": "escalate",
        "fields": {"level": "3", "reason": "逾期十个工作日", "leader": "陆主席"},
    }
    assert api("an", "POST", f"/supervisions/{matter_id}/transitions", listing).status_code == 403
    step(api, "lu", matter, **{"trigger": "escalate", **listing["fields"]})
    clock.move_to(MORNING + REPORTED)
    step(api, "shui", matter, "report", result_class="A", result="围栏修好，专人看护")
    seen = step(api, "he", matter, "verify", evidence="到水源地看过，有照片", follow_up="问过五户，都说水好了")
    assert seen["evidence"] == "到水源地看过，有照片\n回访：问过五户，都说水好了"
    step(api, "an", matter, "propose_strike_off")
    same = api("an", "POST", f"/supervisions/{matter_id}/transitions", {"trigger": "strike_off", "fields": {}})
    assert same.status_code == 403
    done = step(api, "lu", matter, "strike_off")
    assert done["state"] == "struck_off"
    return done


def in_the_bulletin(api: Api) -> None:
    """Find all of it in the bulletin of the quarter, and nothing of it in the one before."""
    counted = {"consultations": 1, "agreed": 3, "converted": 3, "realised": 3}
    counted |= {"supervised": 1, "listed": 1, "urged": 1, "struck_off": 1}
    for quarter, factor in (("2026Q3", 0), ("2026Q4", 1)):
        bulletin = api.ok("he", "POST", "/bulletins", {"campaign": "SLSC-2022", "quarter": quarter})
        content = bulletin["content"]
        assert {name: content["facts"][f"quarter_{name}"] for name in counted} == {
            name: n * factor for name, n in counted.items()
        }
        tables = {each["key"]: each["rows"] for each in content["tables"]}
        assert tables.get("consultations", []) == [["竹园镇", 1, 3, 3, 3]] * factor
        assert tables.get("supervision", []) == [["县水利局", 0, 1, 1, 1, 0]] * factor
        page = api("he", "GET", f"/bulletins/{bulletin['id']}/document?format=html").get_data(as_text=True)
        # Each number is a link to what it counts.
        text = re.sub(r"</?a\b[^>]*>", "", page)
        assert ("本季召开协商会议1场，形成共识3项，已转化3项" in text) == bool(factor)
        assert ("协商转化与督办" in text) == bool(factor)


def figures(api: Api, month: int) -> dict[str, int]:
    """Return what the notice of a month counts, as it stands when that month is over or now."""
    with api.world.db.reading() as session:
        notice = oversight.of_month(
            session, county=COUNTY, name="", year=2026, month=month, at=MORNING + REPORTED, labels=LABELS
        )
    overview = "".join(str(each.runs[0]) for each in notice.blocks if isinstance(each, Paragraph))
    names = ("督办事项", "还在督", "挂牌督办", "销号", "逾期未报结果", "催办通知")
    return {name: int(found[1]) for name in names if (found := re.search(rf"{name}(\d+)", overview))}


LABELS = dict.fromkeys(("initiated", "issued", "in_progress", "reported", "verified", "proposed", "struck_off"), "")
