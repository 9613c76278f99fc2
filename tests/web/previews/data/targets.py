"""How far the checklists have come, the plan of a household on a sheet, and the chart for the wall. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame

STATES = ("verified", "claimed", "in_progress", "planned", "lapsed", "unplanned")
COLUMNS = ["已核实", "已报完成", "推进中", "已列计划", "没做成", "没列计划"]


def _row(text: str, *counts: int) -> dict[str, Any]:
    whole = sum(counts)
    cells = [
        {"n": n, "url": f"/targets/items?state={state}", "state": state}
        for n, state in zip(counts, STATES, strict=True)
    ]
    done = counts[0] + counts[1]
    return {
        "text": text,
        "url": "/targets/items",
        "sure": 100 * counts[0] // whole,
        "said": 100 * done // whole,
        "reached": {"n": f"{done}/{whole}", "url": "/targets/items"},
        "cells": cells,
    }


def _card(code: str, title: str, objects: str, share: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"code": code, "title": title, "objects": objects, "share": share, "rows": rows}


def bars(**more: Any) -> dict[str, Any]:
    """Return the checklists of a year with a bar for each item."""
    cards = [
        _card(
            *("five_ones_household", "农户五个一（2022年）", "344 户", "完成 774/1032 项（75%）"),
            [
                _row("培养 1 个明白人", 178, 62, 72, 0, 32, 0),
                _row("培育 1 个增收项目", 169, 68, 60, 0, 47, 0),
                _row("解决 1 个具体困难", 255, 29, 33, 2, 20, 5),
            ],
        ),
        _card(
            *("five_ones_village", "联村五个一（2022年）", "9 个村（社区）", "完成 16/18 项（88%）"),
            [_row("至少解决 1 件民生实事", 9, 0, 0, 0, 0, 0), _row("开展 1 场有事来协商", 5, 2, 1, 0, 1, 0)],
        ),
    ]
    names = {"members": "委员", "households": "联系户", "targets": "目标"}
    tabs = [{"label": label, "url": f"/{code}", "current": code == "targets"} for code, label in names.items()]
    menu = {"label": "年度", "options": [{"text": "2022", "url": "?year=2022", "current": True}]}
    made: dict[str, Any] = {
        "frame": frame("links"),
        "title": "目标",
        "tabs": tabs,
        "menus": [menu],
        "chips": [{"text": "乡镇：竹园镇", "remove_url": "?"}],
        "clear_url": "/targets",
        "wall": [{"text": "村上墙表（A3）", "url": "/targets/wall"}],
        "columns": COLUMNS,
        "cards": cards,
        "nothing": {
            "title": "还没有结对，也没有列计划。先登记结对",
            "buttons": [{"text": "登记结对", "url": "/links/new"}],
        },
    }
    return made | more


def plan() -> dict[str, Any]:
    """Return the plan of a household with what of it is done."""
    items = [
        ("培养 1 个明白人", "2022-12-31", "陈青山", "● 已核实", "2022-06-22", "政策明白卡已讲懂，户主能说出两条"),
        ("培育 1 个增收项目", "2022-12-31", "陈青山", "◐ 已报完成", "2022-09-14", "茶园两亩，验收单在办公室"),
        ("解决 1 个具体困难", "2022-12-31", "陈青山", "× 没做成", "", "2022年已过，没有报完成"),
    ]
    rows = [dict(zip(("text", "due", "who", "state", "reached", "shown"), each, strict=True)) for each in items]
    facts = {"对象": "张*生", "地点": "竹园镇 方石村", "活动": "三联三促", "联系人": "陈青山", "制定日期": "2022-03-10"}
    told = {
        "基本情况": "四口人，两个劳力，茶园两亩，住房安全。",
        "存在的困难": "缺管护技术，茶叶卖不上价。",
        "今年想做成的事": "茶园进盛采期，户均增收三千元。",
        "帮扶措施": "请农技员上门三次；对接秦巴茶业收鲜叶；介绍一个就近务工岗位。",
    }
    sheet = {
        "title": "张*生户 2022年规划（逐户规划）",
        "facts": [{"label": label, "text": text} for label, text in facts.items()],
        "words": [{"label": label, "text": text} for label, text in told.items()],
        "lists": [{"title": "农户五个一", "rows": rows}],
        "done": "完成 2/3 项",
        "incomes": [
            {"year": "2021", "per_person": "人均 10,120 元", "on": "2022-01-09", "method": "自然年（1月至12月）第1版"},
            {"year": "2022", "per_person": "人均 11,860 元", "on": "2022-12-20", "method": "自然年（1月至12月）第1版"},
        ],
        "note": "这是联系人自己的测算，不是官方收入认定，不作任何认定依据",
        "signs": ["户主（签字）：", "联系委员（签字）：", "办公室（盖章）："],
        "printed": "打印：何干事 2022-12-20 09:12",
    }
    return {"frame": frame("links"), "back_url": "/households/1", "sheet": sheet}


def wall() -> dict[str, Any]:
    """Return the chart of all linked villages."""
    marks = {"verified": "●", "claimed": "◐", "in_progress": "○", "planned": "·", "lapsed": "×", "unplanned": ""}
    names = [
        "制定 1 个年度工作计划",
        "至少解决 1 件民生实事",
        "开展 1 场有事来协商",
        "开展 1 次文明新风活动",
        "开展 1 次专题调研",
    ]
    told = {
        "青溪镇 金桥村": ("verified", "verified", "claimed", "verified", "verified"),
        "三锅镇 青石村": ("verified", "verified", "lapsed", "in_progress", "verified"),
        "大院回族乡 竹坝村": ("verified", "planned", "unplanned", "verified", "claimed"),
    }
    rows = [
        {
            "name": name,
            "place": name,
            "cells": [{"state": state, "mark": marks[state]} for state in states],
            "done": sum(state in ("verified", "claimed") for state in states),
        }
        for name, states in told.items()
    ]
    chart = {
        "title": "三联三促2022年联系村目标进度",
        "places": "",
        "with_place": False,
        "lists": [{"title": "联村五个一", "items": names}],
        "rows": rows,
        "totals": [{"n": n, "percent": f"{100 * int(n[0]) // 3}%"} for n in ("3/3", "2/3", "1/3", "2/3", "3/3")],
        "whole": 5,
        "legend": [
            {"mark": marks[state], "text": text, "state": state}
            for state, text in zip(STATES, COLUMNS, strict=True)
            if marks[state]
        ],
        "nothing": "",
        "printed": "打印：何干事 2022-12-20 09:12",
    }
    return {"frame": frame("links"), "back_url": "/targets", "chart": chart}
