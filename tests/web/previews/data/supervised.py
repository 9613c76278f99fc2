"""Supervised matters: the board by unit, the list, one matter, its slip, the leader's page for Monday. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame
from tests.web.previews.data.one_case import DEADLINE
from tests.web.previews.data.papers import slip as case_slip

URL = "/supervision/1"
# Any sheet there is: the usual tones stand in for the colours of an office.
SHEET = "/static/css/supervision.css"
_LEVELS = {
    1: ("amber", "1 催办", "megaphone", "按期办理，到期催办"),
    2: ("red", "2 督办", "flag-fill", "逾期 3 个工作日或直接督办"),
    3: ("solid", "3 挂牌", "exclamation-octagon-fill", "逾期 10 个工作日或重大事项"),
}


def level(n: int) -> dict[str, Any]:
    """Return the chip of a level."""
    tone, text, icon, _note = _LEVELS[n]
    return {"tone": tone, "text": text, "icon": icon}


def _tab(label: str, *, current: bool = False) -> dict[str, Any]:
    return {"label": label, "url": "/supervision", "n": None, "current": current}


def _card(title: str, n: int, due: str, beside: str = "", **more: Any) -> dict[str, Any]:
    made = {"title": title, "url": URL, "level": level(n), "tone": _LEVELS[n][0], "due": due, "beside": beside}
    return made | {"late": "逾期" in due, "risen": None, "n": n} | more


def _group(name: str, *cards: dict[str, Any]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cards": [card for card in cards if card["n"] == n], "more": 0, "url": None} for n in _LEVELS
    ]
    if len(cards) > 3:
        cells[0] |= {"more": 12, "url": "/supervision?by=list"}
    late = sum(card["late"] for card in cards)
    told: dict[str, Any] = {"name": name, "count": f"{len(cards)} 件", "url": "/supervision?by=list", "cells": cells}
    return told | {"late": late, "late_url": "/supervision?by=list"}


GROUPS = [
    _group(
        "县水利局",
        _card("方石村二组水压", 1, "10-16 到期"),
        _card("曲河乡灌渠淤塞", 1, "逾期 1 天", "催 1 次"),
        _card("骑马乡河道清淤", 2, "逾期 4 天", "〔2026〕15号", risen="按逾期天数升级，待负责人确认"),
        _card("竹园六组饮水管网改造及水源地围栏修复", 3, "逾期 11 天", "陆主席领衔"),
    ),
    _group("县交通运输局", _card("三江村边坡", 1, "逾期 1 天", "催 1 次"), _card("关庄客运线恢复", 1, "10-16 到期")),
    _group("县教育局", _card("随迁子女学位", 2, "已报结果", "〔2026〕14号")),
    _group("竹园镇人民政府", _card("集镇垃圾清运", 1, "逾期 2 天", "催 2 次")),
]


_NO_LIST: dict[str, Any] = {"lines": [], "filters": [], "chips": [], "find": None, "nothing": None}


def board(**changes: Any) -> dict[str, Any]:
    """Return the board by unit as the office sees it."""
    made = {
        "frame": frame("supervision"),
        "palette_url": SHEET,
        "tabs": [_tab("按单位", current=True), _tab("按领衔领导"), _tab("清单")],
        "way": "unit",
        "pager_data": {"text": "第 1—4 行，共 31 行", "prev_url": None, "next_url": "?page=2"},
        "sums": [
            {"label": "在督", "n": 13, "url": "?by=list", "late": False},
            {"label": "七天内到期", "n": 4, "url": "?by=list", "late": False},
            {"label": "缺进展报告", "n": 3, "url": "?by=list", "late": True},
            {"label": "待销号", "n": 2, "url": "?by=list", "late": False},
        ],
        "levels": [{"chip": level(n), "note": told[3]} for n, told in _LEVELS.items()],
        "groups": GROUPS,
        **_NO_LIST,
        "moved": {
            "since": "10-05",
            "still": 6,
            "still_url": URL,
            "more": 2,
            "rows": [
                {"chip": {"tone": "red", "text": "升级"}, "title": "竹园六组饮水管网改造", "url": URL},
                {"chip": {"tone": "teal", "text": "报了结果"}, "title": "随迁子女学位", "url": URL},
                {"chip": {"tone": "green", "text": "销号"}, "title": "孔溪黑木耳棚款", "url": URL},
            ],
        },
        "mine": [
            {"step": "核实结果", "title": "随迁子女学位", "url": URL, "why": None},
            {"step": "同意销号", "title": "黄坪路灯", "url": URL, "why": "是您提请的销号，须另一人同意"},
        ],
        "proposed": [
            {
                "title": "高标准农田退水沟被堵",
                "number": "QC-AJ-2026-000211",
                "url": "/cases/1",
                "why": "督办，县农业农村局",
                "new_url": "/supervision/new?case=QC-AJ-2026-000211",
            }
        ],
        "new_url": "/supervision/new",
        "monday_url": "/supervision/monday",
        "listed_url": "/supervision/listed",
        "papers_url": "/papers?of=supervision",
        "months": [{"text": "2026 年 9 月督办通报（Word）", "url": "/supervision/months/2026-09"}],
    }
    return made | changes


def nothing() -> dict[str, Any]:
    """Return the board of an office that supervises nothing."""
    return board(groups=[], moved=None, mine=[], proposed=[])


def as_list(**changes: Any) -> dict[str, Any]:
    """Return the list with its filters and its search."""
    lines = [
        _line("竹园六组饮水管网改造", "督办〔2026〕9号", 3, ("blue", "办理中"), "逾期 11 天"),
        _line("随迁子女学位", "督办〔2026〕14号", 2, ("teal", "已报结果"), ""),
        _line("孔溪黑木耳棚款", "QC-DB-2026-000016", 1, ("grey", "已立项"), ""),
    ]
    filters = [
        {"label": text, "url": "?", "current": text == "全部"} for text in ("全部", "已立项", "办理中", "3 挂牌")
    ]
    find = {"value": "", "kept": [{"name": "by", "value": "list"}]}
    told = {"way": "list", "lines": lines, "filters": filters, "find": find, "groups": [], "moved": None}
    return board(**{**told, **changes})


def not_found() -> dict[str, Any]:
    """Return the list where no matter has what was looked for under the conditions it was opened with."""
    title = "照现在的条件，没有督办件里有“路灯”"
    how = "事项或要求里的两个字就够，如“饮水”；或督办单号，如“督办〔2026〕8号”。"
    links = [{"text": "在全部督办件里找“路灯”", "url": "?by=list&q=1"}, {"text": "不找“路灯”", "url": "?by=list"}]
    return as_list(
        lines=[],
        find={"value": "路灯", "kept": [{"name": "by", "value": "list"}, {"name": "open", "value": "true"}]},
        chips=[{"text": text, "remove_url": "?by=list"} for text in ("在督", "缺进展报告", "有“路灯”")],
        nothing={"title": title, "text": how, "links": links},
    )


def _line(title: str, number: str, n: int, state: tuple[str, str], due: str) -> dict[str, Any]:
    made = {"title": title, "url": URL, "number": number, "org": "县水利局", "level": level(n), "due": due}
    return made | {"state": {"tone": state[0], "text": state[1]}, "late": "逾期" in due, "source": "会议"}


_STEPS: list[dict[str, Any]] = [
    {"label": "已立项", "state": "done", "notes": ["10-08"]},
    {"label": "督办单已发", "state": "done", "notes": ["10-09"]},
    {"label": "办理中", "state": "now", "notes": ["10-09 15:20"]},
    *({"label": label, "state": "todo", "notes": []} for label in ("已报结果", "已核实", "待销号", "已销号")),
]
_ROWS: list[dict[str, Any]] = [
    {"trigger": "urge", "label": "催办", "url": f"{URL}/moves/urge", "main": True, "hint": "第 3 次催办，发文编号"},
    {"trigger": "escalate", "label": "升级", "url": f"{URL}/moves/escalate", "hint": ""},
    {"trigger": "grant", "label": "同意延期", "url": f"{URL}/g", "method": "post", "hint": "申请延到 11-13"},
    {"trigger": "report", "label": "报办理结果", "url": URL, "reasons": [{"text": "由县水利局来办"}]},
]
_HISTORY: list[dict[str, Any]] = [
    {
        "at": "",
        "when": "今天 09:10",
        "kind": "note",
        "actor": "何干事",
        "verb": "发出催办通知",
        "text": None,
        "sub": "请于三日内报进展。",
    },
    {
        "at": "",
        "when": "10-09 15:20",
        "kind": "move",
        "actor": "白工",
        "verb": "签收了督办单",
        "text": None,
        "sub": None,
    },
    {
        "at": "",
        "when": "10-08 09:00",
        "kind": "move",
        "actor": "何干事",
        "verb": "立项督办",
        "text": None,
        "sub": None,
    },
]


def one(**changes: Any) -> dict[str, Any]:
    """Return one matter in progress as the head sees it."""
    made = {
        "frame": frame("supervision"),
        "palette_url": SHEET,
        "title": "竹园镇六组饮水管网改造",
        "number": "督办〔2026〕9号",
        "state": {"code": "in_progress", "label": "办理中", "tone": "blue"},
        "level": level(2),
        "risen": "按逾期天数升级，待负责人确认",
        "back": "/supervision",
        "slip_url": f"{URL}/slip",
        "papers": [{"text": "打印督办单（Word）", "url": "/papers/of/supervision_slip/1", "icon": "file-earmark-text"}],
        "case": {"steps": _STEPS},
        "actions": {"identity": "办公室/委室负责人", "rows": _ROWS},
        "requirement": "查明漏点，更换老化管道，恢复六组 43 户正常供水；水源地围栏一并修复。",
        "source": {"kind": "会议", "text": "第九次主席会议", "url": None},
        "facts": [
            {"label": "责任单位", "text": "县水利局"},
            {"label": "协办单位", "text": "竹园镇人民政府"},
            {"label": "时限", "text": "10月30日 周五"},
            {"label": "签发人", "text": "安老师"},
        ],
        "said": [
            {
                "label": "最近一次进展",
                "text": "已挖开三处，管材 10 月 20 日到货。",
                "note": "待审阅",
                "when": "昨天 16:02",
            }
        ],
        "deadline": DEADLINE,
        "urgings": [{"number": "催办〔2026〕12号", "on": "10月12日 周一", "text": "请于三日内报进展。"}],
        "history": _HISTORY,
        "comments": {
            "rows": [{"who": "何干事", "when": "10-10 08:31", "text": "已电话告知白工"}],
            "post_url": f"{URL}/c",
        },
        "attachments": {"rows": [], "upload_url": f"{URL}/files", "limit_text": "每个不超过 20 MB", "note": None},
    }
    return made | changes


def new() -> dict[str, Any]:
    """Return the form that initiates a matter out of a case."""
    fields = [
        {
            "name": "title",
            "label": "事项",
            "kind": "text",
            "required": True,
            "value": "高标准农田退水沟被堵",
            "wide": True,
        },
        {
            "name": "requirement",
            "label": "要求（做什么，做到什么程度）",
            "kind": "textarea",
            "required": True,
            "value": "",
        },
        {
            "name": "org",
            "label": "责任单位",
            "kind": "org",
            "required": True,
            "value": "NYJ",
            "label_value": "县农业农村局",
        },
        {"name": "due_on", "label": "办理时限", "kind": "date", "required": True, "hint": "每件都要有时限"},
        {
            **{"name": "level", "label": "级别", "kind": "radio", "required": True, "value": "2"},
            "options": [{"value": str(n), "label": told[1]} for n, told in _LEVELS.items()],
        },
    ]
    return {
        "frame": frame("supervision"),
        "back": "/supervision",
        "earlier": [{"text": "督办〔2026〕3号", "url": URL}],
        "case": {"number": "QC-AJ-2026-000211", "title": "高标准农田退水沟被堵", "url": "/cases/1"},
        "form": {"url": "/supervision/new", "fields": fields, "errors": []},
    }


_FOOT = {"qr_url": case_slip()["slip"]["qr_url"], "printed_by": "安老师", "printed_at": "2026-10-14 09:10"}


def slip() -> dict[str, Any]:
    """Return the slip of a matter."""
    told = {
        "issuer": "政协青川县委员会办公室",
        "number": "督办〔2026〕9号",
        "is_draft": False,
        "initiated_on": "2026-10-08",
        "source": "会议　第九次主席会议",
        "level": level(2),
        "org": "县水利局",
        "co_orgs": "竹园镇人民政府",
        "leader": "",
        "title": "竹园镇六组饮水管网改造",
        "requirement": "查明漏点，更换老化管道，恢复六组 43 户正常供水；水源地围栏一并修复。",
        "due": "10月30日 周五 17:30",
        "arithmetic": "到 10 月 30 日下班前",
        "issued_by": "安老师",
        "issued_on": "2026-10-09",
        "progress": "已挖开三处，管材 10 月 20 日到货。",
        "result": "",
    }
    return {"frame": frame("supervision"), "palette_url": SHEET, "back_url": URL, "slip": told | _FOOT}


def monday() -> dict[str, Any]:
    """Return the leader's page for Monday."""
    rows = [
        _line("竹园六组饮水管网改造", "督办〔2026〕9号", 3, ("blue", "办理中"), "逾期 11 天")
        | {"leader": "陆主席", "urges": 2},
        _line("骑马乡河道清淤", "督办〔2026〕15号", 2, ("blue", "办理中"), "逾期 4 天") | {"leader": "", "urges": 1},
    ]
    sheet = {
        "issuer": "政协青川县委员会办公室",
        "day": "2026-10-12",
        "total": 13,
        "sums": [{"label": "挂牌督办", "n": 1}, {"label": "逾期未报结果", "n": 2}, {"label": "缺进展报告", "n": 0}],
        "groups": [
            {"title": "挂牌督办", "n": 1, "rows": rows[:1]},
            {"title": "逾期未报结果", "n": 14, "rows": rows},
            {"title": "缺进展报告", "n": 0, "rows": []},
        ],
        "moved": [{"day": "10-09 15:20", "step": "签发", "title": "竹园六组饮水管网改造"}],
    }
    return {"frame": frame("supervision"), "palette_url": SHEET, "back_url": "/supervision", "sheet": sheet | _FOOT}


def listed() -> dict[str, Any]:
    """Return the weekly report of the listed matters."""
    row: dict[str, Any] = {
        "title": "竹园镇六组饮水管网改造",
        "number": "督办〔2026〕9号",
        "org": "县水利局",
        "level": level(3),
        "due": "10月30日 周五",
        "late": False,
        "progress": "已挖开三处，管材 10 月 20 日到货。",
        "when": "10-12 16:02",
        "review": "已审阅",
        "report_due": "10月19日 周一 17:30",
        "missing": False,
        "urges": 2,
    }
    other = {"title": "骑马乡河道清淤", "late": True, "progress": "", "missing": True, "review": "", "when": ""}
    sheet = {
        "issuer": "政协青川县委员会办公室",
        "day": "2026-10-14",
        "total": 2,
        "late": 1,
        "missing": [{"title": "骑马乡河道清淤", "org": "县水利局"}],
        "leaders": [{"name": "陆主席领衔", "rows": [row]}, {"name": "没有领衔领导", "rows": [row | other]}],
    }
    told = {"frame": frame("supervision"), "palette_url": SHEET, "back_url": "/supervision", "word_url": "/w"}
    return {**told, "sheet": sheet | _FOOT}


def palette() -> dict[str, Any]:
    """Return the page of colours with one level on it."""
    sample = {"tone": "p-level-1", "text": "1 催办", "of": "level_1", "ratio": "7.0"}
    colours = (("ink", "字", "#754700", None), ("tint", "底", "#fdf0d3", sample))
    fields = [
        {"name": f"level_1_{part}", "label": f"1 催办：{label}", "kind": "color", "required": True, "value": value, "sample": shown}
        for part, label, value, shown in colours
    ]  # fmt: skip
    form = {"url": "/admin/palette", "title": "现在用的颜色", "fields": fields, "errors": [], "submit": "存下"}
    return {
        "frame": frame("calendar"), "title": "督办颜色", "tabs": None, "crumb": None, "note": None, "find": None, "new": None, "pager_data": None,
        "form": {**form, "danger": False, "links": []}, "table": None, "palette_url": SHEET,
    }  # fmt: skip
