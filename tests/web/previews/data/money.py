"""Money, projects and activities: the ledger, totals by stage, one project, the form of an office day. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame
from web.views import bar_chart

STAGES = ("申报入库", "批复", "到位")
QUARTERS = ("2026Q2", "2026Q3", "2026Q4")
_TABS = {"funds": "资金台账", "totals": "资金合计", "projects": "项目", "industries": "产业", "activities": "活动"}


def _tabs(current: str) -> list[dict[str, Any]]:
    return [{"label": label, "url": f"/{code}", "n": None, "current": code == current} for code, label in _TABS.items()]


def _chip(text: str, tone: str = "outline") -> dict[str, str]:
    return {"tone": tone, "text": text}


def ledger() -> dict[str, Any]:
    """Return the ledger with a line that was taken back."""
    told = (
        ("方石村茶园提质", None, "到位", "30.00", "省级衔接资金 川财农〔2026〕31号", ("teal",)),
        ("三组水管更换", "QC-AJ-2026-000123", "批复", "18.50", "县级财政水利专项 青财建〔2026〕7号", ()),
        ("方石村茶园提质", None, "批复", "−30.00", "省级衔接资金 川财农〔2026〕13号", ("冲销",)),
    )
    rows = [
        {
            "url": f"/funds/{n}",
            "title": project,
            "sub": case,
            "cells": [
                {
                    "text": "",
                    "chips": [
                        _chip(stage, "teal" if "teal" in marks else "outline"),
                        *(_chip(each, "amber") for each in marks if each != "teal"),
                    ],
                },
                {"text": amount},
                {"text": source},
                {"text": "竹园镇 方石村"},
                {"text": "10-14"},
            ],
            "act": None,
        }
        for n, (project, case, stage, amount, source, marks) in enumerate(told)
    ]
    return {
        "frame": frame("money"),
        "title": "资金台账",
        "tabs": _tabs("funds"),
        "tabs_label": "资金、项目、产业与活动",
        "find": None,
        "chips": [{"text": "阶段：批复 到位", "remove_url": "?"}],
        "menus": [{"label": "阶段", "options": [{"text": "批复", "url": "?stage=approved", "current": True}]}],
        "clear_url": "/funds",
        "total_text": "共 3",
        "note": {
            "tone": "blue",
            "strong": "各阶段（万元）：批复 18.50、到位 30.00",
            "text": "各阶段是同一笔钱，不相加",
        },
        "buttons": [{"text": "记一笔资金", "url": "/funds/new"}],
        "head": ["项目", "阶段", "万元", "来源与文号", "地方", "日期"],
        "rows": rows,
        "nothing": "没有这样的资金，或不归您看",
        "pager_data": None,
    }


def _numbers(*told: str) -> list[dict[str, str]]:
    return [{"stage": stage, "n": n, "url": "/funds?x"} for stage, n in zip(STAGES, told, strict=True)]


def totals(**changes: Any) -> dict[str, Any]:
    """Return the totals of a village by source."""
    series = [
        {"name": "批复", "points": [120.5, 88, 30], "urls": ["/funds?a"] * 3},
        {"name": "到位", "points": [90.25, 88, 18.5], "urls": ["/funds?b"] * 3},
        {"name": "拨付", "points": [60, 40, 0], "urls": ["/funds?c"] * 3},
    ]
    made: dict[str, Any] = {
        "frame": frame("money"),
        "title": "资金合计",
        "tabs": _tabs("totals"),
        "tabs_label": "资金、项目、产业与活动",
        "by": [
            {"label": label, "url": f"?by={n}", "current": n == 0}
            for n, label in enumerate(("来源", "村（地方）", "季度", "项目", "哪种钱"))
        ],
        "chips": [{"text": "地方：竹园镇 方石村", "remove_url": "?"}],
        "clear_url": "/funds/totals",
        "head": "来源",
        "stages": list(STAGES),
        "rows": [
            {"text": "省级衔接推进乡村振兴补助资金", "url": "?s=1", "numbers": _numbers("120.50", "118.00", "90.25")},
            {"text": "东西部协作资金", "url": "?s=2", "numbers": _numbers("", "88.00", "88.00")},
            {"text": "委员企业自筹", "url": "?s=3", "numbers": _numbers("", "", "18.50")},
        ],
        "whole": _numbers("120.50", "206.00", "196.75"),
        "chart": {
            "title": "各季度资金（万元）",
            "note": "万元，各阶段不相加",
            "label_head": "季度",
            "labels": list(QUARTERS),
            "series": series,
            "drawing": bar_chart.drawn(QUARTERS, series),
        },
        "printed": {"left": "青川县政协办公室　2026-10-14", "right": "何干事打印"},
    }
    return made | changes


def project() -> dict[str, Any]:
    """Return one project with its money and its households."""
    reached = [_chip(stage, "teal") for stage in STAGES]
    stages = [f"{stage} {n} 万元" for stage, n in zip(STAGES, ("32.00", "30.00", "28.00"), strict=True)]
    empty: dict[str, Any] = {"url": None, "sub": None, "chips": [], "act": None}

    def section(code: str, title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"code": code, "title": title, "nothing": "还没有", "act": None, "rows": [empty | row for row in rows]}

    return {
        "frame": frame("money"),
        "title": "方石村茶园提质",
        "crumb": {"text": "项目", "url": "/projects"},
        "chips": [_chip("农业产业项目")],
        "buttons": [{"text": "记一笔资金", "url": "/funds/new"}, {"text": "修改", "url": "/edit"}],
        "undo": None,
        "facts": [
            {"label": "地方", "text": "竹园镇 方石村"},
            {"label": "建设内容", "text": "改造低产茶园二百亩，修步道一公里"},
            {"label": "产业", "links": [{"text": "茶叶", "url": "/industries/1"}]},
            {"label": "资金走到", "chips": [*reached, _chip("拨付")]},
        ],
        "sections": [
            section("stages", "各阶段资金（万元，不相加）", [{"text": each, "url": "/funds?x"} for each in stages]),
            section("shares", "归谁", [{"text": "陈青山", "url": "/funds/1", "sub": "60.00 %（牵头）"}]),
            section(
                "beneficiaries", "带动的户（一户只数一次）（1）", [{"text": "张*生", "url": "/h", "sub": "10-01 起"}]
            ),
        ],
        "history": [],
    }


def activity() -> dict[str, Any]:
    """Return the form of an office held on site, one decision of which lacks its category."""
    error = "这一项要填。只有空格不算"
    fields = [
        {"name": "kind", "label": "类别", "kind": "select", "required": True, "value": "onsite_office",
         "options": [{"value": "onsite_office", "label": "现场办公"}]},
        {"name": "on_date", "label": "哪天", "kind": "date", "required": True, "value": "2026-10-14"},
        {"name": "title", "label": "题目", "kind": "text", "required": False, "value": "饮水现场办公", "wide": True},
        {"name": "attendees", "label": "参加的委员", "kind": "orgs", "required": False, "value": "", "wide": True,
         "chosen": [{"value": "m", "label": "陈青山"}], "data_url": "/member-options", "hint": "一个一个选"},
        {"name": "measures", "label": "做法和决定", "kind": "textarea", "required": False, "value": "当天定了换管",
         "wide": True},
    ]  # fmt: skip

    def block(n: int, title: str) -> dict[str, Any]:
        about = {"required": False, "hint": None}
        made: list[dict[str, Any]] = [
            {"name": f"cases.{n}.title", "label": "要办什么", "kind": "text", "value": title, "wide": True, **about},
            {"name": f"cases.{n}.way", "label": "怎么办", "kind": "radio", "value": "case" if n else "task", "wide": True,
             "options": [{"value": "case", "label": "存成困难件，交分办台"},
                         {"value": "task", "label": "交一个单位限期办（督办）"}], **about},
            {"name": f"cases.{n}.category", "label": "类别", "kind": "select", "value": "", "options": [], **about},
            {"name": f"cases.{n}.reporter_name", "label": "谁反映的", "kind": "text", "value": "", **about},
            {"name": f"cases.{n}.org", "label": "哪个单位办", "kind": "org", "value": "", "label_value": "",
             "data_url": "/org-options", **about},
            {"name": f"cases.{n}.due_on", "label": "哪天办完", "kind": "date", "value": "", **about},
        ]  # fmt: skip
        if title:
            made[5]["error"] = error
        return {"fields": made, "open": bool(title)}

    return {
        "frame": frame("money"),
        "title": "记一次活动",
        "crumb": {"text": "活动", "url": "/activities"},
        "said": None,
        "form": {
            "url": "/activities/new",
            "fields": fields,
            "errors": [{"field": "cases.0.due_on", "label": "哪天办完", "text": error}],
            "blocks": [block(0, "换三公里水管"), block(1, "")],
        },
    }
