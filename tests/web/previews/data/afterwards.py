"""What comes after a consultation: who is told, what people think of it, and looking back."""

from typing import Any

from tests.web.previews.data.frames import bare, frame
from tests.web.previews.data.meetings import URL, field


def _opinions() -> list[dict[str, str]]:
    labels = {"satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意"}
    return [{"value": code, "label": label} for code, label in labels.items()]


_OFF = {
    "off": {
        "script": "您好，我是青川县政协办公室的何干事。原定的协商会“三组引水管道怎么修”延期了，请先不要来；定了日子再请您。",
        "rows": [
            {"name": "王*力", "part": "利益相关方", "told": None, "url": f"{URL}/date-tellings/3"},
            {"name": "李*芳", "part": "利益相关方", "told": "今天 09:10 何干事告诉了", "url": None},
        ],
    }
}
_SENT = {"letters": {"n": 1, "url": f"{URL}/letters"}, "proposers": ["短信 已送达 10-14 09:10"]}


def after() -> dict[str, Any]:
    """Return what comes after a consultation."""
    script = "您好，我是青川县政协办公室的何干事。您反映的“三组水管被山洪冲断”，我们开协商会商量过了，告诉您：协商会开过了，纪要出来了。"
    call = {"name": "李*芳", "phone": "139****0876", "case": {"text": "QC-AJ-2026-000123", "url": "/cases/1"},
            "reveal_url": "/cases/1/reveal?field=phone", "script": script, "tries": 1,
            "url": f"{URL}/calls/1"}  # fmt: skip
    waits = {"text": "协商会开过了，纪要出来了", "when": "今天 09:10", "chip": {"tone": "amber", "text": "等着告诉"}}
    told = {**waits, "chip": {"tone": "green", "text": "告诉了"}}
    link = "http://127.0.0.1:8311/opinion/6yPpQ0yVt0mC7uE1a3nXqkWz"
    until = "链接 2027年4月12日 周一前有效"
    empty = {"link": None, "until": until, "renew_url": f"{URL}/ratings/1/link", "url": None, "answer": None}
    empty |= {"tone": "grey", "words": "", "how": None}
    outcomes = [
        {"value": code, "label": label}
        for code, label in (("told", "告诉了"), ("not_reached", "没打通"), ("unwanted", "说不用再告诉"))
    ]
    return {
        "frame": frame("consultations"),
        "title": "后续：三组引水管道怎么修、谁出工、水费怎么收",
        "crumb": {"text": "QC-XS-2026-000003", "url": URL},
        "said": None,
        "made": "链接做好了。只在这里显示这一次，请现在发给本人或打印出来",
        "look_backs": [
            {"n": 3, "title": "3 个月：10月8日 周四看", "late": True, "ahead": None, "early": False, "url": f"{URL}/look-backs/3", "holds": None,
             "tone": "red", "typed": {"finding": "", "holds": ""}, "finding": "", "when": None},
            {"n": 6, "title": "6 个月：2027年1月14日 周四看", "late": False, "ahead": "2027年1月14日 周四", "early": False, "url": None, "holds": None,
             "tone": "red", "typed": {"finding": "", "holds": ""}, "finding": "", "when": None},
        ],
        "ask_url": f"{URL}/ratings",
        "opinions": [
            {**empty, "name": "白工", "part": "部门单位", "link": link, "url": f"{URL}/ratings/1",
             "fate": "系统内 已送达 10-14 09:02"},
            {**empty, "name": "李*芳", "part": "QC-AJ-2026-000123", "answer": "满意", "tone": "green",
             "words": "水通了。", "how": "电话里答、干事记的", "fate": "信件 已打印 10-14 10:00"},
        ],
        **_SENT,
        "opinions_text": "已答 1 人：满意 1、基本满意 0、不满意 0",
        "choices": _opinions(),
        "calls": [{**call, "fates": [waits]},
                  {**call, "name": "王*", "script": None, "url": None, "reveal_url": None, "fates": [told]}],
        "outcomes": outcomes,
        **_OFF,
    }  # fmt: skip


def opinion(*, told: bool = False) -> dict[str, Any]:
    """Return the page of whoever was asked."""
    fields = [
        field("satisfaction", "您对这次协商满意吗", "radio", options=_opinions(), required=True),
        field("words", "还想说的话", "textarea", rows=3),
    ]
    about = "您来过这次协商会，或者反映过其中的事，想听您说一句。"
    form = {"url": "/opinion/1", "fields": fields, "errors": []}
    return {
        "bare": bare(),
        "topic": "三组引水管道怎么修、谁出工、水费怎么收",
        "about": about,
        "form": None if told else form,
        "told": "收到了，谢谢您" if told else None,
    }  # fmt: skip
