"""The villagers' pages: door, form, receipt, look-up."""

from typing import Any

import segno

from tests.web.previews.data.forms import options
from tests.web.previews.data.frames import bare, frame, photo

SUBJECTS = (
    "drinking_water 饮水",
    "infrastructure 道路水电网",
    "medical 就医",
    "schooling 就学",
    "housing 住房",
    "social_security 社保救助",
    "employment 就业",
    "industry 产业销路",
    "other 其他",
)


def _bare() -> dict[str, Any]:
    return bare(
        title="向县政协反映困难",
        home_url="/public",
        lookup_url="/public/lookup",
        feedback_url="/feedback",
        phone_text="0839-0000000",
    )


def index() -> dict[str, Any]:
    """Return the door."""
    elsewhere = [
        {"strong": "有人受伤、着火、出了危险", "text": "马上打", "tel": "110"},
        {"strong": "已经在打官司、仲裁或走信访", "text": "按原来的渠道走，我们不重复办"},
        {"strong": "反映干部违纪", "text": "找纪检监察", "tel": "12388"},
    ]
    facts = [
        {"icon": "clock", "strong": "1 个工作日内", "text": "告诉您谁来办"},
        {"icon": "telephone", "strong": "定后 2 个工作日内", "text": "办事的人打电话给您"},
        {"icon": "check-lg", "strong": "一般 7 个工作日", "text": "给您答复，再问您满不满意"},
        {"icon": "shield-lock", "strong": "您的姓名电话", "text": "只有办件的人看得到，看一次记一次"},
    ]
    return {
        "bare": _bare(),
        "report_url": "/public/report",
        "topic_url": "/public/report?wish=topic",
        "lookup_url": "/public/lookup",
        "subjects": [{"label": o["label"], "url": f"/public/report?s={o['value']}"} for o in options(*SUBJECTS)],
        "elsewhere": elsewhere,
        "facts": facts,
    }


def _form(**changes: Any) -> dict[str, Any]:
    made = {
        "url": "/public/report", "errors": [], "trap": "website", "stop_url": "/public/stop",
        "subject": {"name": "subject", "label": "是哪方面的事", "value": "", "options": options(*SUBJECTS)},
        "words": {"name": "words", "label": "什么事", "kind": "textarea", "rows": 4, "required": True, "hint": "照平常说话写就行。不要写身份证号、银行卡号"},
        "place": {"name": "place", "label": "在哪个村", "kind": "place", "required": True, "data_url": "/options", "hint": "村名或拼音首字母，从名单里选"},
        "name": {"name": "name", "label": "怎么称呼", "value": ""},
        "phone": {"name": "phone", "label": "电话", "value": "", "hint": "只给办件的人用来回您电话"},
        "photos": {"name": "photos", "kind": "file"},
    }  # fmt: skip
    return made | changes


def report() -> dict[str, Any]:
    """Return the empty form."""
    return {"bare": _bare(), "form": _form(), "stop": None, "consent_text": "报上去就是同意办件的单位看到这些内容。"}


def report_errors() -> dict[str, Any]:
    """Return the form with a village that is not on the list, and the stop text of its subject."""
    made = _form()
    form = made | {
        "errors": [{"field": "place", "label": "在哪个村", "text": "请从名单里选一个"}],
        "subject": made["subject"] | {"value": "social_security"},
        "words": made["words"] | {"value": "低保年审材料 8 月和 9 月交了两次，都没有回音。"},
        "place": made["place"]
        | {
            "label_value": "红旗",
            "error": "名单里最像的是木鱼镇红旗社区，是这里吗？",
            "suggest": {"value": "1", "label": "木鱼镇红旗社区"},
        },
        "name": made["name"] | {"value": "张三"},
        "phone": made["phone"] | {"value": "13800005521", "hint": "只给办件的人用来回您电话，别人看到的是 138****5521"},
    }
    stop = {
        "strong": "先看一眼，可能不用填",
        "spans": [
            {"text": "低保申请和年审由"},
            {"text": "乡镇便民服务中心", "strong": True},
            {"text": "当场办，带身份证和户口簿就行。已经去过、没办成的，请接着填，写明哪天去的。"},
        ],
        "calls": [{"text": "打给木鱼镇", "tel": "08390000001"}],
    }
    return {"bare": _bare(), "form": form, "stop": stop, "consent_text": "报上去就是同意办件的单位看到这些内容。"}


def _road(now: int) -> dict[str, Any]:
    steps = [
        ("已收到", "今天 09:12"),
        ("确定谁来办", "最迟 10-15"),
        ("有人联系您", "定后 2 个工作日内"),
        ("给您答复", "一般 7 个工作日"),
        ("问您满不满意", ""),
    ]
    rows = [
        {"label": a, "when": b, "state": "done" if i < now else "now" if i == now else "todo"}
        for i, (a, b) in enumerate(steps)
    ]
    return {"when": "10月14日 09:12", "rows": rows}


def receipt() -> dict[str, Any]:
    """Return the receipt just after a report."""
    told = {
        "code": "K7M4-92QX",
        "slip_url": "/public/K7M4-92QX.png",
        "by_text": {"before": "最迟", "strong": "10月15日（周四）", "after": "下班前告诉您谁来办"},
    }
    return {"bare": _bare(), "receipt": told, "road": _road(0), "again_url": "/public/report"}


def lookup() -> dict[str, Any]:
    """Return the look-up before a code is typed, after a wrong one."""
    return {
        "bare": _bare(),
        "form": {"url": "/public/lookup", "code": "K7M4-92Q", "error": "少了一个字，查询码是 8 个字"},
        "found": None,
    }


def found() -> dict[str, Any]:
    """Return what a villager sees of a case that was answered."""
    road = _road(4)
    for row, when, text in zip(
        road["rows"],
        ("9-24 10:20", "9-24 11:05", "9-28 09:30", "10-14 16:20", "请在下面说"),
        (None, "县水利局来办", None, None, None),
        strict=True,
    ):
        row |= {"when": when, "text": text}
    made = {
        "title": "三组引水管冲断，17 户停水", "place": "竹园镇方石村", "code": "K7M4-92QX", "road": road,
        "reply": {"unit": "县水利局", "on": "10月14日", "class_text": "正在办，10 月 30 日前再告诉您一次", "text": "三组引水管两处断口已焊好一处，另一处等管材，10 月 20 日前到。通水前竹园镇每天上午送水一次。"},
        "rate": {"url": "/rate", "options": options("satisfied 满意", "basically 基本满意", "dissatisfied 不满意")},
        "add": {"url": "/add", "words": "", "sent_text": None},
    }  # fmt: skip
    return {"bare": _bare(), "form": {"url": "/public/lookup", "code": "", "error": None}, "found": made}


def poster() -> dict[str, Any]:
    """Return the sheet with the code to scan."""
    picture = str(segno.make("http://127.0.0.1:8311/report?via=qr", error="m").svg_data_uri(scale=6, border=2))
    return {
        "frame": frame("triage"),
        "back_url": "/triage/public",
        "picture": picture,
        "address": "http://127.0.0.1:8311/report",
        "phone": "0839-0000000",
        "is_on": True,
    }


_ROWS: list[dict[str, Any]] = [
    {
        "id": "1",
        "url": "/triage/public/1",
        "title": "水管冲断",
        "place": "竹园镇 方石村",
        "when": "今天 09:12",
        "chip": {"text": "明天前回话", "tone": "grey"},
        "current": True,
    },
    {
        "id": "2",
        "url": "/triage/public/2",
        "title": "路灯不亮",
        "place": "观音店乡 观音村",
        "when": "昨天 19:40",
        "chip": {"text": "今天前回话", "tone": "amber"},
        "current": False,
    },
]
_TURN: list[dict[str, Any]] = [
    {
        "name": "title",
        "label": "一句话事由",
        "kind": "text",
        "required": True,
        "value": "三组水管被山洪冲断，17 户吃水靠挑",
    },
    {
        "name": "category",
        "label": "类别",
        "kind": "select",
        "required": True,
        "value": "drinking_water",
        "options": options("drinking_water 饮水", "other 其他"),
    },
    {
        "name": "kind",
        "label": "性质",
        "kind": "select",
        "required": True,
        "value": "help",
        "options": options("help 求助", "inquiry 咨询"),
    },
]


def inbox() -> dict[str, Any]:
    """Return what came in by the public page, one report open."""
    report = {
        "title": "水管冲断", "place": "竹园镇 方石村", "subject": "饮水", "when": "今天 09:12", "chip": {"text": "明天前回话", "tone": "grey"}, "via": "网页", "reporter": "张*三　138****5521",
        "text": "9 月底那场大雨以后，三组引水的水管冲断了两处。", "added": [{"when": "今天 10:05 补充", "text": "今天又断了一处。"}],
        "photos": [{"url": photo("green"), "name": "断口"}], "settled": None,
        "turn": {"url": "/turn", "fields": _TURN, "errors": []},
        "decline": {"url": "/decline", "fields": [{"name": "reason", "label": "为什么不收", "kind": "textarea", "required": True, "rows": 3}], "errors": []},
    }  # fmt: skip
    return {
        "frame": frame("triage"),
        "topics": False,
        "tabs": [],
        "desk_url": "/triage",
        "poster_url": "/report/poster",
        "is_off": False,
        "rows": _ROWS,
        "report": report,
    }


def topics_inbox() -> dict[str, Any]:
    """Return topics that villagers proposed, one open."""
    made = inbox()
    fields = [
        {"name": "title", "label": "议题", "kind": "text", "value": "三组水源怎么修", "required": True},
        {"name": "kind", "label": "类型", "kind": "select", "value": "youshi", "options": options("youshi 有事来协商"), "required": True},
        {"name": "reason", "label": "为什么要商量", "kind": "textarea", "rows": 5, "value": made["report"]["text"], "required": True, "wide": True},
    ]  # fmt: skip
    tabs = [
        {"label": label, "n": None, "url": "?", "current": label == "群众提的"}
        for label in ("议题", "日历", "群众提的", "场所")
    ]
    report = {**made["report"], "turn": {"url": "/turn", "fields": fields, "errors": []}}
    return {**made, "frame": frame("consultations"), "topics": True, "tabs": tabs, "desk_url": None, "report": report}


def propose() -> dict[str, Any]:
    """Return the form of a topic."""
    made = _form(wish="topic")
    made["words"] = {**made["words"], "label": "想商量什么、为什么要商量"}
    return {"bare": _bare(), "form": made, "stop": None, "consent_text": "报上去就是同意办件的单位看到这些内容。"}


def poll() -> dict[str, Any]:
    """Return dates to answer to, by a link."""
    return {
        "bare": _bare(),
        "url": "?",
        "name": "李**",
        "title": "三组引水管道怎么修、谁出工",
        "venue": "方石村村委会会议室",
        "until": "10月21日 周三 以前可以答复",
        "options": [
            ("0", "10月20日 周二 09:00–11:00", "yes", "别人已经说的：来 2、来不了 1"),
            ("1", "10月21日 周三 14:30–16:30", "", ""),
        ],
        "replies": [("yes", "来"), ("no", "来不了"), ("maybe", "还不一定")],
        "said": None,
        "done": False,
    }
