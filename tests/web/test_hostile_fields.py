"""What breaks a database, a driver or a screen, into every field there is, of the API and of the pages' forms.

The rule of reliability.md §5: never a 5xx; what can not be kept is refused by a 4xx that names the field in words, in
Chinese and in English; nothing is partly written and `casework verify` finds nothing afterwards. Columns of ours set
from outside are refused like any unknown field.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from casework.cases.tables import Case
from casework.keeping.verify import verify
from casework.matters.tables import HistoryEntry
from tests.tiers import FULL
from tests.web.api.tied import HOUSEHOLD, MEMBER
from tests.web.desk import Desk
from tests.web.pages.reading import form_of
from tests.web.test_routes_law import routes
from tests.world import MORNING, REPORT, World
from workflows.lifecycles import lifecycles

# JSON as it is sent, for some of it can not be made from Python.
ALWAYS_REFUSED: Mapping[str, str] = {
    "nul": '"水\\u0000管"',
    "control": '"水\\u0008管"',
    "noncharacter": '"水\\ufffe管"',
    "lone surrogate": '"水\\ud800管"',
    "truth": "true",
    "object": '{"a": 1}',
    "deep": "[" * 40 + "]" * 40,
    "nan": "NaN",
    "infinity": "-Infinity",
    "five thousand digits": "9" * 5000,
    "huge exponent": "1E+999999",
    "two to the 63rd": "9223372036854775808",
    "fraction": "1.5",
    "twice": '{"a": 1, "a": 2}',
    "a megabyte": json.dumps("长" * 250_000, ensure_ascii=False),
}
# Kept in some fields and refused in others: never a fault.
ANYTHING: Mapping[str, str] = {
    "bidi": '"fdp\\u202e.exe"',
    "zero width": '"\\u200b\\u200d"',
    "outside the first plane": '"𠮷㛃䶮\\ue000"',
    "full-width digits": '"１２３"',
    "superscript": '"²"',
    "formula": '"=1+1"',
    "markup": '"<script>alert(1)</script>{{7*7}}"',
    "line breaks": '"a\\r\\nX-Evil: 1"',
    "quotes": '"\'; DROP TABLE cases; --"',
    "trailing newline": '"SLJ\\n"',
    "dates": '"2010-02-29"',
    "year one": '"0001-01-01"',
    "list": "[]",
    "null": "null",
    "negative": "-1",
}
# What PostgreSQL and its driver could stumble over; the rest is read before any database is asked, and tried on SQLite.
FOR_A_DRIVER = frozenset(
    {
        *("nul", "lone surrogate", "no utf-8", "noncharacter", "outside the first plane", "quotes", "year one", "long"),
        *("digits", "five thousand digits", "huge exponent", "two to the 63rd", "fraction", "negative", "nan"),
    }
)
LINE = {
    "stage": "approved",
    "amount": "5000.00",
    "source": "县财政",
    "document_no": "财〔2026〕1号",
    "on": "2026-10-14",
}
# Every operation that takes JSON, with a body that would be taken; the place of the case is filled in.
BODIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("POST", "/cases"): {**REPORT, "occurred_on": "2026-10-01", "answers": {"households": 17}},
    ("PATCH", "/cases/<id>"): {"title": "新", "description": "新", "urgency": "urgent", "public_summary": "新"},
    ("POST", "/cases/<id>/transitions"): {
        "trigger": "contact",
        "comment": "已联系",
        "fields": {"words": "说了", "spoke_to": "李小芳"},
    },
    ("POST", "/papers/<paper>/use"): {"version": "01a137ec-0000-7000-8000-00000000000f"},
    ("POST", "/webhooks"): {"url": "https://8.8.8.8/hook", "events": ["case.created"]},
    ("POST", "/cases/<id>/comments"): {"text": "请看"},
    ("POST", "/cases/<id>/urge"): {"text": "请抓紧"},
    ("POST", "/cases/<id>/split"): {"parts": [{"title": "一", "description": "二"}]},
    ("POST", "/cases/<id>/links"): {"to": "QC-AJ-2026-000001"},
    ("POST", "/cases/<id>/funds"): {**LINE, "project": "管网", "expected_on": "2026-12-01", "note": "分两次"},
    ("POST", "/funds"): {**LINE, "project": "茶园", "region_code": "510822105206", "note": "分两次"},
    ("POST", "/cases/<id>/exclusion"): {"code": "other", "reason": "超出政策"},
    ("POST", "/cases/<id>/extensions"): {"until": "2026-10-26", "reason": "等料"},
    ("POST", "/cases/<id>/co-tasks"): {"org": "ZYZ", "question": "几个工日", "due_on": "2026-10-20"},
    ("POST", "/cases/<id>/reveal"): {"field": "phone", "reason": "回电话"},
    ("POST", "/suggest"): {"title": "水管断了", "description": "吃水靠挑"},
    ("POST", "/batches"): {"action": "urge", "ids": ["01a137ec-0000-7000-8000-00000000000f"], "fields": {"text": "急"}},
    ("POST", "/members"): {n: v for n, v in MEMBER.items() if n != "is_standing"} | {"valid_to": "2026-12-20"},
    ("POST", "/households"): {**HOUSEHOLD, "watch": "unstable", "remark": "备注"},
    ("POST", "/handovers"): {"org": "SLJ", "successor": "JYJ", "day": "2026-10-31", "reason": "分工调整"},
    ("POST", "/links"): {
        **{"campaign": "SLSC-2022", "kind": "org_village", "holder": "SLJ", "object": "510822105206"},
        **{"region_code": "510822105206", "part": "", "valid_from": "2022-03-01", "remark": "备注"},
    },
    ("POST", "/supervisions"): {
        **{"title": "六组饮水管网", "requirement": "更换管道", "source": "meeting", "source_words": "主席会议"},
        **{"org": "SLJ", "co_orgs": ["ZYZ"], "due_on": "2026-10-30", "level": 2, "leader": "陆主席"},
        "region_code": "510822",
    },
    ("POST", "/suggestions"): {
        **{"region_code": "510822105206", "on_date": "2022-05-01", "content": "统一收购", "proposer": "某委"},
        **{"addressed_to": "农业农村局", "adoption": "adopted", "reply": "采纳", "answered_on": "2022-06-01"},
    },
    ("POST", "/plans"): {
        **{"campaign": "SLSC-2022", "year": 2022, "region_code": "510822105206", "made_on": "2022-03-10"},
        **{"situation": "缺水", "difficulties": "路窄", "aims": "通水", "measures": "修管", "responsible": "某委"},
    },
    ("POST", "/activities"): {
        **{"kind": "village_survey", "region_code": "510822105206", "on_date": "2022-05-01", "title": "看茶园"},
        **{"findings": "长势好", "people": 12, "next_on": "2022-08-01", "remark": "备注"},
    },
    ("POST", "/announcements"): {
        **{"region_code": "510822", "title": "培训", "content": "请参加", "campaign": "SLSC-2022", "audience": "named"},
        **{"asks": "attendance", "answer_by": "2026-10-20", "document_no": "政协〔2026〕1号", "orgs": ["SLJ"]},
        **{"remark": "备注"},
    },
    ("POST", "/consultations"): {
        **{"title": "水管怎么修", "kind": "youshi", "source": "public", "region_code": "510822105206"},
        **{"reason": "吃水靠挑", "org": "SLJ"},
    },
    ("POST", "/venues"): {
        **{"code": "HALL", "name": "会议室", "region_code": "510822105206", "capacity": 30},
        **{"hours": "09:00-12:00"},
    },
    ("POST", "/dispatches"): {"receiver": "city", "as_of": "2022-05-01"},
    ("POST", "/orgs"): {"code": "NEW", "name": "新单位", "kind": "office", "region_code": "510822"},
    ("POST", "/regions"): {"code": "510822999", "name": "新镇", "level": "town", "parent": "510822"},
    ("POST", "/categories"): {"code": "new_one", "label": {"zh": "新", "en": "New"}},
}
# Operations whose body is a part of another's, or has no case here to be about.
BESIDE = {
    *("POST /cases/<id>/exclusion/lift", "PATCH /cases/<id>/exclusion", "POST /cases/<id>/reply-versions"),
    *("POST /consultation-years/<year>/topics", "POST /consultation-years/<year>/approval"),
    *("POST /regular-days", "PATCH /regular-days/<rule>/days/<day_id>", "POST /quarter-plans", "POST /distances"),
    *(f"POST /consultations/<consultation_id>/{part}" for part in ("regular-day", "poll", "poll/choice")),
    "PATCH /consultations/<consultation_id>/poll/voters/<voter_id>",
    *("PATCH /cases/<id>/co-tasks/<task_id>", "PATCH /cases/<id>/extensions/<request_id>"),
    *("POST /cases/<id>/funds/<line_id>/reverse", "POST /cases/<id>/funds/<line_id>/shares"),
    *("POST /funds/<line_id>/reverse", "POST /funds/<line_id>/shares", "PATCH /funds/<line_id>"),
    *("PATCH /members/<member_id>", "PATCH /households/<household_id>", "PATCH /links/<link_id>"),
    *("POST /households/<household_id>/residents", "PATCH /households/<household_id>/residents/<resident_id>"),
    *("POST /members/<member_id>/terms", "POST /members/<member_id>/reveal", "POST /households/<household_id>/reveal"),
    *("PATCH /regions/<code>", "PATCH /orgs/<code>", "PATCH /categories/<code>"),
    *("PATCH /webhooks/<webhook_id>", "PATCH /robots/<robot_id>"),
    "POST /robots",  # read by the form of the page, and it needs a yes or no, which is hostile elsewhere
    # Read by the forms of casework/campaign as the two above are, or by lifecycles of their own with tests of theirs.
    "POST /handovers/<handover_id>/undo",
    "PATCH /activities/<record_id>",
    "PATCH /announcements/<record_id>",
    "PATCH /receipts/<record_id>",
    "POST /announcements/<record_id>/addressees",
    "PATCH /duties/<record_id>",
    "PATCH /member-homes/<record_id>",
    "POST /duties",
    "POST /duties/<record_id>/record",
    "POST /member-homes",
    "PATCH /slogans/<record_id>",
    "POST /slogans",
    "POST /slogans/<record_id>/marks",
    "POST /activities/<record_id>/attendance",
    "POST /activities/<record_id>/mentions",
    "POST /announcements/<record_id>/reminders",
    "PATCH /assessments/<sheet_id>",
    "PATCH /attendances/<record_id>",
    "PATCH /beneficiaries/<record_id>",
    "PATCH /bulletins/<bulletin_id>",
    "PATCH /consultations/<consultation_id>",
    "PATCH /venues/<code>",
    "PATCH /consultations/<consultation_id>/ratings/<rating_id>",
    "POST /consultations/<consultation_id>/look-backs/<n>",
    "POST /consultations/<consultation_id>/tellings",
    "POST /consultations/<consultation_id>/date-tellings",
    "POST /consultations/<consultation_id>/attendance-reply",
    "POST /consultations/<consultation_id>/reply-files",
    "POST /consultations/<consultation_id>/comments",
    "POST /consultations/<consultation_id>/minutes",
    "POST /consultations/<consultation_id>/consensus/<n>/convert",
    "POST /consultations/<consultation_id>/transitions",
    "PATCH /cosignatures/<record_id>",
    "PATCH /entities/<record_id>",
    "PATCH /goals/<record_id>",
    "PATCH /industries/<record_id>",
    "PATCH /incomes/<record_id>",
    "PATCH /leaders/<record_id>",
    "PATCH /parks/<record_id>",
    "PATCH /plans/<record_id>",
    "PATCH /projects/<record_id>",
    "PATCH /services/<record_id>",
    "PATCH /spot-checks/<check_id>/visits/<visit_id>",
    "PATCH /suggestions/<record_id>",
    "PATCH /supervisions/<supervision_id>",
    "PATCH /visits/<record_id>",
    "POST /assessments",
    "POST /assessments/<sheet_id>/transitions",
    "POST /assessment-years",
    "POST /attendances",
    "POST /cosignatures",
    "POST /beneficiaries",
    "POST /bulletins",
    "POST /bulletins/<bulletin_id>/transitions",
    "POST /entities",
    "POST /goals",
    "POST /incomes",
    "POST /industries",
    "POST /leaders",
    "POST /parks",
    "POST /projects",
    "POST /services",
    "POST /spot-checks",
    "POST /spot-checks/<check_id>/draw",
    "POST /supervisions/<supervision_id>/comments",
    "POST /supervisions/<supervision_id>/transitions",
    *("POST /leads", "POST /leads/<record_id>/answer", "POST /leads/<record_id>/reveal", "PATCH /leads/<record_id>"),
    "POST /visits",
}
WHO = {
    "/webhooks": "guanli",
    "/papers/<paper>/use": "an",
    "/cases/<id>/extensions": "bai",
    "/cases/<id>/transitions": "bai",
}
COUNTS = select(*(select(func.count()).select_from(each).scalar_subquery() for each in (Case, HistoryEntry)))
MARK = "a place to be filled"


@pytest.fixture
def morning() -> Iterator[None]:
    """Let it be the morning of the county."""
    with time_machine.travel(MORNING, tick=False):
        yield


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each innermost value."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path
        return
    for key, each in inner:
        yield from leaves(each, (*path, key))


def with_hostile(body: Mapping[str, Any], path: tuple[Any, ...], raw: str) -> bytes:
    """Return the body as JSON with `raw` in one place."""
    made = json.loads(json.dumps(body))
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = MARK
    return json.dumps(made, ensure_ascii=False).replace(json.dumps(MARK), raw).encode("utf-8", "surrogatepass")


def written(world: World) -> tuple[int, ...]:
    with world.db.reading() as session:
        return tuple(session.execute(COUNTS).one())


def assert_sound(desk: Desk) -> None:
    folder = desk.office.settings.attachments
    found = verify(desk.office.db, at=MORNING, attachments=folder, lifecycles=lifecycles())
    assert {each.name: each.first for each in found if each.rows} == {}


def _filled(path: str, case_id: UUID) -> str:
    return f"/api/v1{path.replace('<id>', str(case_id)).replace('<paper>', 'assignment')}"


def test_every_operation_with_a_body_is_asked(desk: Desk) -> None:
    from web.api.rooms import OPERATIONS  # noqa: PLC0415 - declares the operations

    taking = {f"{each.method} {each.path}" for each in OPERATIONS if each.request is not None}
    taking -= {f"{each.method} {each.path}" for each in OPERATIONS if each.media != "application/json"}
    assert taking == {f"{method} {path}" for method, path in BODIES} | BESIDE


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize(("method", "path"), BODIES, ids=[f"{method} {path}" for method, path in BODIES])
def test_a_hostile_value_in_any_field_of_the_api_is_refused_by_name_or_kept(
    method: str, path: str, desk: Desk, world: World
) -> None:
    case_id = world.coordinated()
    body, headers = BODIES[method, path], desk.bearer(WHO.get(path, "he")) | {"Content-Type": "application/json"}
    client, before = desk.client(), written(world)
    values = _for_this_engine({**ALWAYS_REFUSED, **ANYTHING}, world)
    for where in leaves(body):
        for name, raw in values.items():
            english = {"Accept-Language": "en"} if len(name) % 2 else {}
            sent = with_hostile(body, where, raw)
            answer = client.open(_filled(path, case_id), method=method, data=sent, headers=headers | english)
            told = (method, path, where, name, answer.status_code, answer.text[:300])
            assert answer.status_code < 500, told
            # A batch tells row by row; its one row is not there, so nothing is read for it.
            of_no_row = path == "/batches" and where[0] == "fields" and answer.status_code == 200
            if name in ALWAYS_REFUSED and not of_no_row:
                assert 400 <= answer.status_code < 500, told
            if answer.status_code < 400:
                before = written(world)
            else:
                assert written(world) == before, told
                assert answer.json is not None and answer.json["detail"], told
            if answer.status_code == 422 and answer.json is not None:
                assert all(each["field"] and each["message"] for each in answer.json["errors"]), told
    assert_sound(desk)


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize(("method", "path"), BODIES, ids=[f"{method} {path}" for method, path in BODIES])
def test_no_column_of_ours_is_set_by_a_body(method: str, path: str, desk: Desk, world: World) -> None:
    case_id = world.coordinated()
    body, client, headers = BODIES[method, path], desk.client(), desk.bearer(WHO.get(path, "he"))
    before = written(world)
    columns = {column.name for column in Case.__table__.columns} - set(body) - {"id"}
    answer = client.open(
        _filled(path, case_id), method=method, json={**body, **dict.fromkeys(columns, "x")}, headers=headers
    )
    assert answer.status_code == 422, answer.text
    named = {each["field"].removeprefix("fields.") for each in answer.json["errors"]}  # type: ignore[index] # a problem
    assert named >= columns - {"fields", "filter", "ids"}
    assert written(world) == before


def _for_this_engine(values: Mapping[str, str], world: World) -> Mapping[str, str]:
    of_a_driver = world.db.is_postgresql and not FULL
    return {name: raw for name, raw in values.items() if name in FOR_A_DRIVER or not of_a_driver}


# Bytes as a browser or a program may put them into a form.
FORM_VALUES: Mapping[str, str] = {
    "nul": "%00",
    "control": "%E6%B0%B4%08",
    "lone surrogate": "%ED%A0%80",
    "no utf-8": "%FF%FE",
    "noncharacter": "%EF%BF%BE",
    "bidi": "a%E2%80%AEb",
    "digits": "9" * 5000,
    "full width": quote("１２３"),
    "superscript": quote("²"),
    "long": "x" * 200_000,
    "empty": "",
    "date": "2010-02-29",
}
# Forms that end a log-in or change who may log in have tests of their own.
LEFT_OUT = ("/logout", "/login", "/password", "/profile", "/admin/accounts", "/report", "/language", "/ledgers")


@pytest.mark.usefixtures("morning")
@pytest.mark.parametrize("who", ["he", "bai", "guanli"])
def test_a_hostile_value_in_any_field_of_a_form_is_no_fault(who: str, desk: Desk, world: World) -> None:
    number = world.case(world.coordinated()).number
    fresh = world.case(world.report()).number
    browser = desk.browser(who)
    values = _for_this_engine(FORM_VALUES, world)
    asked = 0
    for rule in routes(desk.app):
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/api", *LEFT_OUT)):
            continue
        for path in _forms(rule.rule, number, fresh):
            page = browser.get(path)
            # What only looks something up is asked by address, which has tests of its own.
            sends = rf'<form(?![^>]*role="search")[^>]*action="{re.escape(path)}"'
            if page.status_code != 200 or page.mimetype != "text/html" or not re.search(sends, page.text):
                continue
            fields = form_of(page.text, path)
            for name in fields:
                if name == "csrf_token":
                    continue
                for what, raw in values.items():
                    sent = "&".join(
                        f"{quote(each)}={raw if each == name else quote(str(value))}" for each, value in fields.items()
                    )
                    answer = browser.client.post(path, data=sent, content_type="application/x-www-form-urlencoded")
                    assert answer.status_code < 500, (who, path, name, what, answer.text[-400:])
                    asked += 1
    assert asked > 20
    assert_sound(desk)


def _forms(rule: str, number: str, fresh: str) -> Iterator[str]:
    if "<number>" in rule and "<trigger>" in rule:
        for trigger in ("contact", "suspend", "resolve"):
            yield rule.replace("<number>", number).replace("<trigger>", trigger)
        for trigger in ("assign", "decline", "merge"):
            yield rule.replace("<number>", fresh).replace("<trigger>", trigger)
    elif "<" not in rule.replace("<number>", ""):
        yield rule.replace("<number>", number)
