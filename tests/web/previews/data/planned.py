"""A quarter planned: the form, the proposal, the table of distances."""

from typing import Any

import segno

from tests.web.previews.data.frames import frame
from tests.web.previews.data.meetings import TABS, URL

_PEOPLE = {"kind": "orgs", "required": False, "value": "", "hint": None, "data_url": "/consultations/people"}


def _field(name: str, label: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": kind, "required": True, "value": "", "hint": None, **more}


def asking() -> dict[str, Any]:
    """Return the form of a quarter."""
    halves = [("morning", "上午 9:00 起"), ("afternoon", "下午 14:30 起"), ("evening", "晚上 19:00 起")]
    topics = [
        ("QC-XS-2026-000003", "三组引水管道怎么修、谁出工", [{"value": "1", "label": "白工"}]),
        ("QC-XS-2026-000004", "村道路灯装几盏、电费谁出", []),
    ]
    return {
        "frame": frame("consultations"),
        "title": "排一个季度",
        "tabs": [{**each, "current": False} for each in TABS],
        "said": None,
        "form": {
            "url": "/consultation-plans",
            "errors": [],
            "fields": [
                _field("first", "从哪天", "date", value="2026-10-19"),
                _field("last", "到哪天", "date", value="2026-12-31"),
                _field("minutes", "每场多少分钟", "number", value=120),
                _field("halves", "什么时段", "checks", options=[{"value": a, "label": b} for a, b in halves],
                       picked=["morning", "afternoon"]),
            ],
        },
        "topics": [
            {"number": number, "title": title, "place": "竹园镇 方石村", "picked": True, "size": 20,
             "people": {**_PEOPLE, "name": f"people.{number}", "label": "必到的人，第一位召集", "chosen": chosen}}
            for number, title, chosen in topics
        ],
        "plans": [{"title": "10月19日 周一 至 12月31日 周四", "n": "40 个议题", "when": "10-12 16:10", "url": "?"}],
        "distances_url": "/consultation-distances",
    }  # fmt: skip


def proposal(*, waits: bool = False) -> dict[str, Any]:
    """Return a proposal of which one item is taken and one topic does not fit, or one that is being found."""
    item = {"title": "三组引水管道怎么修、谁出工", "url": URL, "when": "10月20日 周二 09:00–11:00", "km": "约 12 公里"}
    items = [
        {**item, "venue": "方石村村委会会议室", "state": "", "take_url": "/consultation-plans/1/items/2"},
        {**item, "venue": "竹园镇二楼会议室", "state": "已排期", "take_url": None},
    ]
    told = ["排进 2 场，单程合计约 24 公里，用了 1.2 秒", "路程已是最少", "卡在座位：不看坐不坐得下，还能多排 1 场"]
    left = [{"title": "校车停靠点设在哪里", "url": URL, "why": "座位"}]
    text = "正在排 40 个议题，最多二十秒，可以先去做别的"
    return {
        "frame": frame("consultations"),
        "back": {"text": "排一个季度", "url": "/consultation-plans"},
        "title": "10月19日 周一 至 12月31日 周四",
        "said": None,
        "waits": {"url": "?", "seconds": 60, "share": 20, "text": text, "step": "第 2 步，共 5 步", "stop_url": "?"}
        if waits
        else None,
        "told": [] if waits else told,
        "items": [] if waits else items,
        "left": [] if waits else left,
    }


def distances() -> dict[str, Any]:
    """Return the table of distances."""
    return {
        "frame": frame("consultations"),
        "back": {"text": "排一个季度", "url": "/consultation-plans"},
        "title": "里程表",
        "said": None,
        "rule": "同村不算路，同乡镇算 1 公里，表里没有的算 20 公里。",
        "form": {
            "url": "/consultation-distances",
            "errors": [],
            "fields": [
                _field("one", "一个乡镇", "place", data_url="/places"),
                _field("other", "另一个乡镇", "place", data_url="/places"),
                _field("km", "公里", "number", hint="不填就从表里去掉"),
            ],
        },
        "rows": [{"one": "竹园镇", "other": "乔庄镇", "km": 38}],
    }


def poll() -> dict[str, Any]:
    """Return a date poll whose links were made just now."""
    replies = [("yes", "来"), ("no", "来不了"), ("maybe", "还不一定")]
    dates = [("0", "10月20日 周二 09:00–11:00", "yes"), ("1", "10月21日 周三 14:30–16:30", "")]
    told = {"url": "?", "answers": dates}
    return {
        "frame": frame("consultations"),
        "back": {"text": "QC-XS-2026-000003", "url": URL},
        "title": "先问哪天合适：三组引水管道怎么修、谁出工",
        "said": None,
        "until": "10月21日 周三 以前可以答复",
        "venue": "方石村村委会会议室",
        "links": [{"name": "李小芳", "url": "http://127.0.0.1:8311/poll/poll_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"}],
        "options": [
            {"when": when, "counts": [("来", 2), ("来不了", 1), ("还不一定", 0)], "silent": 1, "url": "?",
             "missing": "必到的 白工 来不了" if n == "1" else ""}
            for n, when, _given in dates
        ],
        "voters": [
            {**told, "name": "白工", "required": True, "told": "10-14 09:10 自己答的", "fate": "系统内 已送达 10-14 09:02；邮件 已送达 10-14 09:02"},
            {**told, "name": "李小芳", "required": False, "told": "", "fate": "信件 等着"},
        ],
        "letters": {"n": 1, "url": f"{URL}/letters"},
        "replies": replies,
        "is_open": True,
        "new_url": f"{URL}/poll/new",
    }  # fmt: skip


def letters() -> dict[str, Any]:
    """Return two letters, as an office prints them for who has neither account nor number."""
    link = "http://127.0.0.1:8311/l/7kfm3w9xpq"
    letter = {
        "title": "三组引水管道怎么修、谁出工", "number": "QC-XS-2026-000003", "link": link,
        "qr_url": segno.make(link, error="m").svg_data_uri(scale=6, border=2), "office": "青川县政协办公室",
        "asked": "要开一场协商会，请您说说哪个时间来得了。议题是：",
        "until": "请在 10月21日 周三 以前答复（当天也算）。", "day": "2026年10月15日",
    }  # fmt: skip
    return {
        "frame": {"lang": {"code": "zh"}, "office": "青川县政协办公室"},
        "back_url": URL,
        "phone": "0839-7200000",
        "letters": [{**letter, "to": "李小芳"}, {**letter, "to": "王** QC-AJ-2026-000123"}],
    }
