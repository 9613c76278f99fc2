"""Consultations: the list, one after its minutes, one to be answered, a date with a clash, calendar, venues, papers."""

from collections.abc import Sequence
from typing import Any

from tests.web.previews.data.frames import frame

URL = "/consultations/QC-XS-2026-000003"
_ENTRY = {"when": "今天 09:10", "at": "2026-10-14T09:10:00+08:00", "kind": "note", "actor": "何干事", "verb": "转化了"}
_REPLIES = (("yes", "来"), ("no", "来不了"), ("maybe", "还不一定"))
TABS = [
    {"label": label, "n": None, "url": url, "current": False}
    for label, url in (("议题", "/consultations"), ("日历", "/consultations/calendar"), ("场所", "/venues"))
]


def _tabs(current: int) -> list[dict[str, Any]]:
    return [{**each, "current": n == current} for n, each in enumerate(TABS)]


def _row(title: str, tone: str, state: str, when: str, due: str, **more: Any) -> dict[str, Any]:
    told = {"url": URL, "title": title, "number": "QC-XS-2026-000003", "kind": "有事来协商", "place": "竹园镇 方石村"}
    chip = {"tone": tone, "text": state}
    return {
        **told,
        "chip": chip,
        "when": when,
        "venue": "方石村村委会会议室" if when else "",
        "due": due,
        "late": False,
        **more,
    }


def topics() -> dict[str, Any]:
    """Return the list."""
    rows = [
        _row(
            "三组引水管道怎么修、谁出工、水费怎么收",
            "teal",
            "已通知",
            "10月20日 周二 09:00–11:00",
            "召开 10月20日 周二 17:30",
        ),
        _row(
            "校车停靠点设在哪里",
            "teal",
            "已出纪要",
            "10月12日 周一 14:00–16:00",
            "转入办理 10月12日 周一 17:30",
            late=True,
        ),
        _row("村道路灯装几盏、电费谁出", "blue", "已审定", "", "排期 10月28日 周三 17:30"),
    ]
    states = [("全部", 3, True), ("已审定", 1, False), ("已通知", 1, False), ("已出纪要", 1, False)]
    return {
        "frame": frame("consultations"),
        "title": "协商",
        "tabs": _tabs(0),
        "states": [{"label": label, "n": n, "url": "?", "current": current} for label, n, current in states],
        "find": {"value": "", "kept": []},
        "rows": rows,
        "new_url": "/consultations/new",
        "proposed": [
            {
                "title": "三组水管冻裂没有水",
                "n": "5 件还在办",
                "about": "5 人反映 竹园镇 5 件",
                "cases": [
                    {"url": f"/cases/{number}", "text": number} for number in ("QC-AJ-2026-000311", "QC-AJ-2026-000318")
                ],
                "url": "/consultations/new?case=QC-AJ-2026-000311",
            }
        ],
    }


def _person(name: str, part: str, reply: tuple[str, str], **more: Any) -> dict[str, Any]:
    told = {"name": name, "part": part, "required": False, "invited": True, "attended": False}
    told |= {"said": "", "receipt": "", "position": "", "against": False}
    return {**told, "reply": reply[1], "tone": reply[0], **more}


def _item(n: int, text: str, org: str, into: str | None = None) -> dict[str, Any]:
    turn = [
        {"text": text, "value": value, "url": f"{URL}/consensus/{n}/convert"}
        for text, value in (("转成困难件", "case"), ("转成建议", "suggestion"))
    ]
    made = {"n": n, "text": text, "org": org, "due_on": "10月31日 周六", "into": into, "realised": None}
    return {**made, "url": "/cases/QC-AJ-2026-000123" if into else None, "convert": None if into else turn}


_AGAINST = {"position": "不同意", "against": True, "said": "水费要先定下来，修好了没人管还是要断。"}


def _people(*, came: bool) -> list[dict[str, Any]]:
    return [
        _person("安老师", "召集人", ("green", "来"), required=True),
        _person("白工", "部门单位", ("amber", "还不一定"), required=True, receipt="通知 10-12 09:20 看过"),
        _person("陈委员", "政协委员", ("grey", "还没答复")),
        _person("李小芳", "利益相关方", ("grey", "还没答复"), attended=came, **(_AGAINST if came else {})),
        _person("赵支书", "来宾", ("grey", "还没答复"), attended=True, invited=False),
    ]


def _steps(labels: Sequence[str], now: int) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "state": "done" if n < now else "now" if n == now else "todo",
            "icon": None,
            "notes": ["10-12 16:30"] if n == now else [],
        }
        for n, label in enumerate(labels)
    ]


def meeting(*, asked: bool = False, **changes: Any) -> dict[str, Any]:
    """Return one consultation: after its minutes, or as somebody invited sees it."""
    labels = ("已征集", "已审定", "已通知" if asked else "已排期", "已召开", "已出纪要", "办理中", "已评价")
    now = 2 if asked else 4
    why = "还有 1 项共识没有转化（第 2 项），先逐项转成困难件、督办或建议"
    moves = [{"text": "转入办理", "url": None, "why_not": why, "main": False, "trigger": "implement"}]
    items = [
        _item(1, "水利局十月底前换好两处断管", "县水利局", "困难件"),
        _item(2, "镇上组织三组出工二十个", "竹园镇人民政府"),
    ]
    replies = [{"value": code, "label": label} for code, label in _REPLIES]
    facts = [("类型", "有事来协商"), ("地点", "方石村村委会会议室"), ("召集人", "安老师")]
    made = {
        "frame": frame("consultations"),
        "back": {"text": "协商", "url": "/consultations"},
        "number": "QC-XS-2026-000003",
        "title": "三组引水管道怎么修、谁出工、水费怎么收",
        "chip": {"tone": "teal", "text": labels[now]},
        "case": {"steps": _steps(labels, now)},
        "said": None,
        "warnings": [] if asked else ["政协委员 1 人，一般不少于 2 人"],
        "facts": [{"label": label, "text": text} for label, text in facts],
        "cases": [{"text": "QC-AJ-2026-000123 三组水管被山洪冲断", "url": "/cases/QC-AJ-2026-000123"}],
        "reason": "入夏以来五户反映吃水靠挑，各组说法不一。",
        "research": "看过两处断口，问过十七户，水利局说管材有库存。",
        "minutes": "" if asked else "大家同意先修后补。\n不同意见：王大力认为应先定水费。",
        "unresolved": [] if asked else ["水费怎么收"],
        "after": None if asked else {"text": "后续：回头看、评价、告诉反映人", "url": f"{URL}/after"},
        "write": None if asked else {"text": "改纪要、看版本", "url": f"{URL}/minutes"},
        "moves": [] if asked else moves,
        "reply": {"url": f"{URL}/reply", "mine": "yes", "choices": replies} if asked else None,
        "people": _people(came=not asked),
        "came": None if asked else 2,
        "reply_file": {"text": "登记邮件答复", "url": f"{URL}/reply-file"} if asked else None,
        "items": [] if asked else items,
        "papers": [
            {"text": "签到表", "url": f"{URL}/papers/sign_in"},
            {"text": "协商会通知", "url": f"{URL}/papers/notice"},
        ],
        "deadline": None,
        "history": [{**_ENTRY, "text": "第 1 项为困难件", "sub": None}],
        "number_of_form": "1",
    }
    return made | changes


def field(name: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    """Return a field of a form."""
    told = {"name": name, "label": label, "kind": kind, "required": False, "value": "", "hint": None, "options": []}
    return {**told, **more}


def reply_file() -> dict[str, Any]:
    """Return the form of an answer that came by mail, refused once."""
    return {
        "frame": frame("consultations"),
        "title": "登记邮件答复",
        "crumb": {"text": "QC-XS-2026-000003", "url": URL},
        "said": "答复的邮箱不在这次的参加人员里，没有记",
        "form": {
            "url": f"{URL}/reply-file",
            "errors": [],
            "fields": [
                field("file", "答复文件（.ics）", "file", accept=".ics"),
                field("content", "或把答复的内容贴在这里", "textarea", rows=6, wide=True),
            ],
        },
    }


def calendar() -> dict[str, Any]:
    """Return a week with two meetings."""
    chip = {"tone": "teal", "text": "已通知"}
    told = {"url": URL, "venue": "方石村村委会会议室", "chip": chip, "move_url": f"{URL}/moves/reschedule"}
    told |= {"at": "09:00", "says": "已通知"}
    on = {
        20: [{**told, "time": "09:00–11:00", "title": "三组引水管道怎么修、谁出工、水费怎么收"}],
        22: [{**told, "time": "14:00–16:00", "title": "校车停靠点设在哪里"}],
    }
    days = [
        {
            "label": f"10月{day}日",
            "n": day,
            "today": day == 20,
            "works": day < 24,
            "day": f"2026-10-{day}",
            "outside": False,
            "meetings": on.get(day, []),
        }
        for day in range(19, 26)
    ]
    views = [{"label": label, "n": None, "url": "?", "current": label == "周"} for label in ("周", "月")]
    return {
        "frame": frame("consultations"),
        "title": "日历",
        "tabs": _tabs(1),
        "views": views,
        "span": "10月19日 周一 至 10月25日 周日",
        "before": "?",
        "after": "?",
        "today_url": "?",
        "weeks": [days],
        "weekdays": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        "count": 2,
        "further": None,
        "drag": {"view": "week", "form_id": "1"},
    }


def days() -> dict[str, Any]:
    """Return the regular days."""
    told = {"rule": "每月第二个周四 09:00–11:30", "next": "11月12日 周四", "url": "/consultation-days/1"}
    return {
        "frame": frame("consultations"),
        "title": "协商日",
        "tabs": _tabs(1),
        "rows": [{"name": "竹园镇协商日", "venue": "竹园镇二楼会议室", **told}],
        "new_url": "/consultation-days/new",
    }


def day() -> dict[str, Any]:
    """Return one regular day: kept with a topic, kept elsewhere, skipped for a holiday, taken."""
    plain = {"moved": "", "why": "", "url": "/consultation-days/1/days/2", "offer": None, "give_up": False}
    topic = {"text": "三组引水管道怎么修", "url": URL, "state": "已审定", "when": "", "number": "QC-XS-2026-000003"}
    offer = {"value": "2027-02-18", "label": "改到 2月18日 周四"}
    return {
        "frame": frame("consultations"),
        "back": {"text": "协商日", "url": "/consultation-days"},
        "title": "竹园镇协商日",
        "rule": "每月第二个周四 09:00–11:30",
        "venue": "竹园镇二楼会议室",
        "said": None,
        "waiting": [("QC-XS-2026-000004", "村道路灯装几盏、电费谁出")],
        "days": [
            {**plain, "day": "11月12日 周四", "tone": "green", "status": "已留场所", "takes": True,
             "topics": [{**topic, "schedule_url": f"{URL}/moves/schedule"}]},
            {**plain, "day": "12月11日 周五", "moved": "原定 12月10日 周四", "tone": "green", "status": "已留场所",
             "takes": True, "give_up": True, "topics": []},
            {**plain, "day": "2月11日 周四", "tone": "amber", "status": "放假跳过", "why": "春节", "takes": False,
             "offer": offer, "topics": []},
            {**plain, "day": "3月11日 周四", "tone": "red", "status": "场所已有安排", "takes": False,
             "offer": {"value": "2027-03-12", "label": "改到 3月12日 周五"}, "topics": []},
        ],
    }  # fmt: skip


def venues() -> dict[str, Any]:
    """Return the venues."""
    told = {"place": "竹园镇 方石村", "url": "/venues/FSC-HALL/edit"}
    return {
        "frame": frame("consultations"),
        "title": "场所",
        "tabs": _tabs(2),
        "rows": [
            {
                "name": "方石村村委会会议室",
                "code": "FSC-HALL",
                "capacity": 30,
                "hours": "08:00-12:00,14:00-21:00",
                **told,
            },
            {"name": "三组李家院坝", "code": "FSC-YARD", "capacity": 60, "hours": "随时可用", **told},
        ],
        "new_url": "/venues/new",
    }


def writing(*, moved: bool = False) -> dict[str, Any]:
    """Return the minutes while they are written; `moved`: somebody else saved meanwhile."""
    mine = "大家同意先修后补。水利局出管材，三组出工。\n不同意见：王大力认为应先定水费。"
    same, other = "大家同意先修后补。", "县水利局月底前换好两处断管。"
    theirs = [{"text": same, "change": None}, {"text": other, "change": "add"}]
    ours = [{"text": same, "change": None}, {"text": mine[len(same) :], "change": "add"}]
    told = (("何干事", "10:42", 41, "恢复自第 1 版"), ("安老师", "10:30", 38, None), ("何干事", "10:12", 12, None))
    versions = [
        {"n": 3 - n, "who": who, "when": f"今天 {when}", "size": f"{size} 字", "restores": back, "text": mine,
         "newest": not n}
        for n, (who, when, size, back) in enumerate(told)
    ]  # fmt: skip
    left, right = {"label": "第 2 版、安老师、今天 10:30"}, {"label": "第 3 版、何干事、今天 10:42"}
    return {
        "frame": frame("consultations"),
        "label": "纪要",
        "title": "写纪要：三组引水管道怎么修、谁出工、水费怎么收",
        "crumb": {"text": "QC-XS-2026-000003", "url": URL},
        "said": None,
        "form": {"url": f"{URL}/minutes", "draft_url": "/drafts/minutes/1", "text": mine, "based_on": 3,
                 "saved": "10:44 已存", "may": True, "errors": []},
        "conflict": {"who": "何干事", "when": "今天 10:42", "theirs": theirs, "mine": ours} if moved else None,
        "versions": versions,
        "compared": None if moved else {"left": {**left, "parts": theirs}, "right": {**right, "parts": ours},
                                        "same": False},
    }  # fmt: skip


def paper(kind: str) -> dict[str, Any]:
    """Return a paper to print."""
    headings = {"notice": "协商会通知", "agenda": "协商会议程", "sign_in": "签到表", "minutes": "协商纪要",
                "seats": "座次表", "place_cards": "桌签"}  # fmt: skip
    item = {"n": 1, "text": "水利局十月底前换好两处断管", "org": "县水利局", "due_on": "10月31日 周六"}
    return {
        "frame": {"lang": {"code": "zh"}, "office": "青川县政协办公室"},
        "back_url": URL,
        "paper": {
            "kind": kind,
            "heading": headings[kind],
            "number": "QC-XS-2026-000003",
            "title": "三组引水管道怎么修、谁出工、水费怎么收",
            "when": "10月20日 周二 09:00–11:00",
            "venue": "方石村村委会会议室",
            "place": "竹园镇 方石村",
            "convenor": "安老师",
            "reason": "入夏以来五户反映吃水靠挑，各组说法不一。",
            "people": [{"name": "白工", "part": "部门单位"}, {"name": "李小芳", "part": "利益相关方"}],
            "seats": {"head": "安老师", "pairs": [[(2, "白工"), (3, "李小芳")], [(4, "陈委员"), (5, "")]]},
            "came": ["白工", "李小芳"],
            "away": ["陈委员"],
            "free": list(range(6)),
            "steps": ["召集人说明议题和商前调研的情况", "大家提问，有关部门答复"],
            "minutes": "大家同意先修后补。",
            "agreed": [item],
            "unresolved": ["水费怎么收"],
            "printed": "青川县政协办公室 打印：何干事 2026-10-14 10:00",
        },
    }
