"""The form of a date that clashes, with the week and the free times beside it."""

from typing import Any

from tests.web.previews.data.frames import frame
from tests.web.previews.data.meetings import URL, field

_TITLE = "三组引水管道怎么修、谁出工、水费怎么收"
_HALL, _YARD = "方石村村委会会议室", "三组李家院坝"
_PEOPLE = "/consultations/people"


def schedule() -> dict[str, Any]:
    """Return the form of a date that clashes, with the week and the free times beside it."""
    when = "10月20日 周二 09:00–11:00"
    clash = {"when": when, "title": _TITLE, "url": URL}
    return {
        "frame": frame("consultations"),
        "title": "排期：村道路灯装几盏、电费谁出",
        "crumb": {"text": "QC-XS-2026-000002", "url": URL},
        "chip": {"tone": "blue", "text": "已审定"},
        "said": f"时间冲突（2 处）：{_HALL}在 2026-10-20 09:00 至 2026-10-20 11:00 已有安排（{_TITLE}）",
        "form": {
            "url": f"{URL}/moves/schedule",
            "errors": [],
            "submit": "定下这个时间",
            "fields": _fields(),
        },
        "clashes": [{"what": "场所", "name": _HALL, **clash}, {"what": "召集人", "name": "安老师", **clash}],
        "slots": [
            _slot("10月20日 周二 14:30–16:30", _HALL),
            _slot("10月21日 周三 09:00–11:00", f"{_YARD}、约 6 公里", "陈委员（可不到）有别的会"),
            _slot("10月22日 周四 09:00–11:00", _HALL),
            _slot("10月23日 周五 14:30–16:30", _HALL),
        ],
        "ways": [
            {"label": "这个时间空着的场所", "slots": [{"when": _YARD, "venue": "", "value": "a|b|YARD"}]},
            {
                "label": "最近都有空的时间",
                "slots": [{"when": "10月20日 周二 14:00–16:00", "venue": _HALL, "value": "a|b|HALL"}],
            },
        ],
        "people": _people(),
        "week": _week(),
        "poll": {"text": "问哪天合适", "url": f"{URL}/poll/new"},
        "notice": {
            "url": f"{URL}/notice",
            "text": "10月13日往前数3个工作日，开会当天不算，跳过10月1日至7日国庆节，10月10日（周六）调休照算，"
            "最迟10月9日发出通知，材料提前2个工作日，最迟10月10日（周六）送到。",
            "late": "现在发通知只提前 1 个工作日，应提前 3 个",
        },
    }


def _people() -> dict[str, Any]:
    return {
        "rows": [
            {"name": "安老师", "part": "召集人", "must": True, "clashes": True},
            {"name": "白工", "part": "", "must": True, "clashes": False},
            {"name": "陈委员", "part": "", "must": False, "clashes": False},
        ],
        "named": "另有没有账号的 2 人",
        "n": 5,
        "must": 2,
        "unusual": ["政协委员 1 人，一般不少于 2 人"],
    }


def _week() -> dict[str, Any]:
    lines = ((9, 3), (10, 7), (11, 11), (14, 17), (15, 21), (16, 25), (17, 29))
    hours = [{"label": f"{hour}:00", "at": at} for hour, at in lines]
    return {
        "span": "10月19日 周一 至 10月25日 周日",
        "told": "10月19日 周一 至 10月25日 周日：空闲 4 段，冲突 2 处",
        "before": "2026-10-12",
        "after": "2026-10-26",
        "today": "2026-10-14",
        "hours": hours,
        "opens": 510,
        "noon": {"at": 15, "rows": 2, "after": 840, "text": "午休 12:00–14:00"},
        "days": _days(),
        "moves": [
            {"code": "left", "text": "前一个工作日", "value": "a|b|HALL"},
            {"code": "right", "text": "后一个工作日", "value": "c|d|HALL"},
            {"code": "up", "text": "早半小时", "value": "e|f|HALL"},
            {"code": "down", "text": "晚半小时", "value": "g|h|HALL"},
        ],
        "unsure": "",
    }


def _fields() -> dict[str, list[dict[str, Any]]]:
    rooms = [{"value": "HALL", "label": f"{_HALL} (30)"}]
    return {
        "when": [
            field("starts_at", "开始", "datetime", value="2026-10-20T09:00", required=True),
            field("ends_at", "结束", "datetime", value="2026-10-20T11:00", required=True),
        ],
        "where": [field("venue", "地点", "select", value="HALL", options=rooms, required=True)],
        "who": [
            field("convenor", "召集人", "person", value="安老师", data_url=_PEOPLE),
            field("required", "必到的人", "orgs", wide=True, data_url=_PEOPLE, chosen=[{"value": "1", "label": "白工"}],
                  hint="缺了他们开不成；排期时查他们有没有别的会"),
            field("stakeholders", "利益相关方、群众代表", "textarea", value="李小芳\n王大力", hint="一行一个姓名"),
        ],
        "unseen": [],
    }  # fmt: skip


def _slot(when: str, venue: str, away: str = "") -> dict[str, Any]:
    told = {"when": when, "venue": venue, "value": "a|b|HALL", "away": away}
    return {**told, "free": "2 人有空" if away else "3 人都有空", "all": not away}


def _line(who: str, title: str = "", url: str = "", time: str = "") -> dict[str, str]:
    return {"who": who, "time": time, "title": title, "url": url}


def _item(kind: str, at: int, rows: int, time: str, *lines: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at, "rows": rows, "time": time, "lines": list(lines), **more}


def _days() -> list[dict[str, Any]]:
    """Return a week with all that can stand in one; its Saturday is worked, its Friday a holiday."""

    def free(at: int, time: str, *lines: dict[str, str]) -> dict[str, Any]:
        return _item("free", at, 8, time, *lines, value="a|b|HALL")

    plain = {"today": False, "past": False, "rest": False, "makeup": False, "weekend": False, "why": "", "late": False}
    on: dict[int, list[dict[str, Any]]] = {
        19: [
            _item("people", 3, 6, "9:00–10:30", _line("白工", "校车停靠点设在哪里", URL, "9:00–10:00"),
                  _line("安老师", "另有安排", time="9:30–10:30")),
            free(17, "14:00–16:00", _line("3 人都有空"), _line(_HALL)),
        ],
        20: [
            _item("room", 3, 8, "9:00–11:00", _line(f"{_HALL}、安老师", _TITLE, URL)),
            _item("clashing", 5, 8, "9:30–11:30", _line(f"{_HALL}、安老师", _TITLE, URL), count=2),
            free(19, "14:30–16:30", _line("3 人都有空"), _line(_HALL)),
        ],
        21: [free(3, "9:00–11:00", _line("2 人有空"), _line("陈委员（可不到）有别的会"), _line(f"{_YARD}、约 6 公里"))],
        22: [_item("room", 19, 2, "14:30–15:00", _line(_HALL, "党员大会", URL))],
    }  # fmt: skip
    more: dict[int, dict[str, Any]] = {
        19: {"today": True},
        20: {"late": True},
        23: {"rest": True, "why": "重阳"},
        24: {"makeup": True},
    }
    more[25] = {"rest": True, "weekend": True}
    return [
        {
            **plain,
            "day": f"2026-10-{n}",
            "label": f"10月{n}日 周{name}",
            "weekday": f"周{name}",
            "n": n,
            "items": on.get(n, []),
            **more.get(n, {}),
        }
        for n, name in enumerate("一二三四五六日", start=19)
    ]
