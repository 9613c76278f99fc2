"""Members, households and links: lists with who lacks a link, one household, a form with mistakes. All invented."""

from typing import Any

from tests.web.previews.data.frames import frame

AMBER = "amber"


def _tabs(current: str) -> list[dict[str, Any]]:
    names = {"members": "委员", "households": "联系户", "links": "结对"}
    return [{"label": label, "url": f"/{code}", "current": code == current} for code, label in names.items()]


def _chip(text: str, tone: str = "outline") -> dict[str, str]:
    return {"tone": tone, "text": text}


def _list(code: str, title: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "frame": frame("links"),
        "title": title,
        "tabs": _tabs(code),
        "tabs_label": "委员、联系户与结对",
        "find": None,
        "chips": [],
        "menus": [],
        "clear_url": f"/{code}",
        "total_text": "共 0",
        "note": None,
        "buttons": [],
        "head": [],
        "rows": [],
        "nothing": "没有这样的户，或不归您看",
        "first": {
            "title": "联系户：还一条都没有",
            "text": "登记第一条，或者把手上的台账一次导进来。",
            "buttons": [{"text": "登记一户", "url": "/households/new"}],
        },
        "pager_data": None,
    }
    return made | more


def members() -> dict[str, Any]:
    """Return the members who lack a demonstration household."""
    people = (
        ("陈青山", "县农业农村局局长", "农业界 十一届", ("脱贫户 2",)),
        ("罗敏", "县第一中学教师", "教育界 十一届", ("脱贫户 1",)),
        ("王石", "秦巴茶业有限责任公司总经理", "工商联 十一届", ()),
    )
    rows = [
        {
            "url": f"/members/{n}",
            "title": name,
            "sub": None,
            "cells": [
                {"text": post},
                {"text": sector},
                {"text": "", "chips": [*(_chip(each) for each in held), _chip("缺示范户", AMBER)]},
            ],
            "act": {"text": "结对", "url": "/links/new"},
        }
        for n, (name, post, sector, held) in enumerate(people)
    ]
    note = {
        "tone": AMBER,
        "strong": "这些在任委员还没有联系示范户",
        "text": "每位委员至少一户脱贫户、一户示范户。点“结对”就能补上",
    }
    find = {"name": "q", "value": "", "label": "姓名", "placeholder": "姓名或拼音首字母", "kept": []}
    menu = {"label": "还缺", "options": [{"text": "缺脱贫户", "url": "?lacks=p", "current": False}]}
    return _list(
        "members",
        "委员",
        rows=rows,
        note=note,
        find=find,
        menus=[menu],
        chips=[{"text": "还缺：示范户", "remove_url": "?"}],
        total_text="共 3",
        head=["姓名", "工作单位及职务", "界别", "联系户"],
        buttons=[{"text": "登记委员", "url": "/members/new"}, {"text": "交接", "url": "/handovers/new"}],
        pager_data={"text": "这一页 3", "prev_url": None, "next_url": "?cursor=x"},
    )


def households() -> dict[str, Any]:
    """Return households of a village, one of them watched."""
    told = (
        ("张*生", "三组", "竹园镇 方石村", ("脱贫户",), "脱贫不稳定户", "陈青山、罗敏"),
        ("李*芳", "一组", "竹园镇 方石村", ("示范户",), None, "陈青山"),
        ("王*", None, "大院回族乡 竹坝村", (), None, ""),
    )
    rows = [
        {
            "url": f"/households/{n}",
            "title": head,
            "sub": group,
            "cells": [
                {"text": place},
                {"text": "", "chips": [*(_chip(each) for each in counts), *([_chip(watch, AMBER)] if watch else [])]},
                {"text": held},
            ],
            "act": None,
        }
        for n, (head, group, place, counts, watch, held) in enumerate(told)
    ]
    find = {"name": "head_name", "value": "", "label": "户主", "placeholder": "户主全名", "kept": []}
    return _list(
        "households",
        "联系户",
        rows=rows,
        find=find,
        total_text="共 3",
        head=["户主", "村", "算什么户", "联系委员"],
        buttons=[{"text": "登记农户", "url": "/households/new"}],
    )


def nothing() -> dict[str, Any]:
    """Return a list in which there is nothing."""
    return _list("households", "联系户", chips=[{"text": "户主：张三", "remove_url": "?"}])


def household() -> dict[str, Any]:
    """Return one household."""
    masked = [("户主", "张*生"), ("户主身份证号", "510822********0014"), ("联系电话", "139****3333")]
    return {
        "frame": frame("links"),
        "title": "张*生一户",
        "crumb": {"text": "联系户", "url": "/households"},
        "chips": [_chip("脱贫户"), _chip("脱贫不稳定户", AMBER)],
        "buttons": [{"text": "结对", "url": "/l"}, {"text": "改", "url": "/e"}, {"text": "不再算这一类", "url": "/x"}],
        "undo": {"url": "/handovers/1/undo", "text": "撤销这次交接", "until": "10:12 以前可以整个撤销"},
        "facts": [
            *({"label": name, "masked": {"text": text, "reveal_url": "/r", "what": name}} for name, text in masked),
            {"label": "村", "text": "竹园镇 方石村 三组"},
            {"label": "人口", "text": "4"},
        ],
        "sections": [
            {
                "code": "members",
                "title": "联系委员",
                "nothing": "",
                "rows": [
                    {
                        "text": "陈青山",
                        "url": "/links/1",
                        "chips": [_chip("脱贫户")],
                        "sub": "2022-03-01 起",
                        "act": {"text": "结束结对", "url": "/links/1/end"},
                    },
                    {"text": "罗敏", "url": "/links/2", "chips": [], "sub": "2022-04-05 至 2026-09-30"},
                ],
            },
            {"code": "cases", "title": "这一户的困难件", "nothing": "没有您能看到的困难件", "rows": []},
        ],
        "history": [
            {"when": "10-12 16:10", "at": "2026-10-12T16:10:00+08:00", "kind": "move", "actor": "何干事", "verb": "登记了不再算这一类", "text": None, "sub": "最后一天：没有 → 2026-10-12。原因：风险消除"},
            {"when": "2022-03-01", "at": "2022-03-01T09:00:00+08:00", "kind": "note", "actor": "何干事", "verb": "登记了农户", "text": None, "sub": None},
        ],
    }  # fmt: skip


def new_link() -> dict[str, Any]:
    """Return the form of a link with a mistake."""
    parts = [{"value": "poverty_alleviated", "label": "脱贫户"}, {"value": "demonstration", "label": "示范户"}]
    error = "没有这一户，或不归您看。核对户号"
    fields = [
        {"name": "holder", "label": "委员", "kind": "member", "required": True, "value": "m", "label_value": "陈青山", "data_url": "/options", "hint": "打姓名或拼音首字母"},
        {"name": "object", "label": "联系户", "kind": "household", "required": True, "value": "", "label_value": "张三", "data_url": "/options", "error": error},
        {"name": "part", "label": "户类型", "kind": "radio", "required": True, "value": "demonstration", "options": parts},
        {"name": "valid_from", "label": "结对日期", "kind": "date", "required": True, "value": "2026-10-14"},
        {"name": "remark", "label": "备注", "kind": "textarea", "required": False, "value": "", "wide": True},
    ]  # fmt: skip
    return {
        "frame": frame("links"),
        "title": "结对",
        "crumb": {"text": "结对", "url": "/links"},
        "note": None,
        "said": "这两方从 2022-03-01 起已经结对，日子重叠了",
        "form": {
            "url": "/links/new",
            "fields": fields,
            "errors": [{"field": "object", "label": "联系户", "text": error}],
            "submit": "结对",
            "danger": False,
        },
        "beside": [
            {"title": "还在办的件", "nothing": "", "rows": [{"text": "000123 水管断了", "url": "/c", "sub": "10-12"}]}
        ],
    }
