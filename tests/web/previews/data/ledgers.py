"""Import in four steps, batches, notices."""

from typing import Any

from tests.web.previews.data.forms import options
from tests.web.previews.data.frames import frame

TARGETS = (
    "member 委员姓名",
    "head 户主姓名",
    "id_number 身份证号",
    "kind 户类型",
    "linked_on 结对日期",
    "group 村、组",
    "skip 不导入",
)


def _column(source: str, sample: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "source": source,
        "sample": sample,
        "name": f"col_{value}_{len(source)}",
        "options": options(*TARGETS),
        "value": value,
    } | more


COLUMNS = {
    "url": "/imports/9/columns",
    "summary": "15 列对上 14 列",
    "rows": [
        _column("委员姓名", "陈 委员", "member"), _column("户 主", "张三", "head"), _column("身份证", "5108…（18 位）", "id_number"), _column("户别", "脱贫户", "kind", guessed=True),
        _column("结对时间", "2022.3.8", "linked_on"), _column("帮扶款", "1.2（万元）", "skip", skipped=True), _column("村组", "方石村3组", "group", split=True),
    ],
    "more_text": "其余 8 列同名，已对上",
    "more_rows": [_column("备注", "—", "skip")],
    "remember": True,
}  # fmt: skip
SHEET = """
18|陈委员|赵四|5.10822E+17!red|脱贫户|民主村2组|2022.3.8
47|罗某!red|王五|5108…4417|示范户|三江村1组|2022.3.8
102|孟委员|钱六|5108…0931!red|脱贫户|竹坝村4组|3月15日
156|白委员|周七|5108…2215|示范户|大坪村!red|2022/3/20
210|安委员|孙 英!amber|5108…6628|脱贫户|孔溪社区|20220308
"""
FAULTS = (
    ("18 行 身份证", "末三位丢了（5.10822E+17）。在表里把这列改成“文本”，重填 18 位", "当场补"),
    ("47 行 委员姓名", "没有叫“罗某”的委员。可能是“骆委员”", "选骆委员"),
    ("102 行 身份证", "和 31 行是同一个号，户主却不同", "看两行"),
    ("156 行 村组", "“大坪村”有 3 个：房石镇、七佛乡、建峰镇", "选一个"),
    ("210 行 户主", "像已有的“孙英，孔溪社区一组”。是同一户吗？", "是 / 不是"),
    ("348 行", "合计行，已跳过，不算错", "知道了"),
)


def _sheet() -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for line in SHEET.strip().splitlines():
        n, *cells = line.split("|")
        rows.append(
            {"n": n, "cells": [{"text": c.split("!")[0], "mark": c.split("!")[1] if "!" in c else None} for c in cells]}
        )
    rows.append({"n": "348", "cells": [{"text": t} for t in ("合计", "344", "", "", "", "")], "plain": True})
    faults = [
        {"where": w, "text": t, "act": {"label": a, "url": "/imports/9/mend", "method": "get"}} for w, t, a in FAULTS
    ]
    return {
        "title": "不收的 4 行、要您定的 1 户",
        "head": ["委员姓名", "户主", "身份证", "户别", "村组", "结对时间"],
        "rows": rows,
        "marked_url": "/imports/9/marked.xlsx",
        "faults": faults,
    }


def _base(step: str, **more: Any) -> dict[str, Any]:
    return {"frame": frame("ledgers"), "back_url": "/ledgers", "kind_label": "委员联户台账", "step": step} | more


def import_file() -> dict[str, Any]:
    """Return step one."""
    recent = [
        {
            "name": "联户花名册（终版）.xls",
            "when": "10-12 16:20",
            "text": "新增 312、相同 20、不收 2",
            "url": "/imports/8",
        },
        {
            "name": "走访台账9月.xlsx",
            "when": "今天 09:30",
            "text": "新增 57",
            "url": "/imports/7",
        },
    ]
    upload = {
        "url": "/imports", "errors": [], "template_url": "/templates/links.xlsx", "recent": recent, "limit_text": "一次最多 20 万行、50 MB；先试读，看过再入库。",
        "kinds": {"name": "kind", "label": "哪种台账", "kind": "select", "required": True, "value": "links", "options": options("links 委员联户台账", "visits 走访台账", "cases 困难台账", "funds 资金台账")},
        "file": {"name": "file", "label": "文件", "kind": "file", "required": True, "accept": ".xlsx,.xls,.csv", "hint": "Excel 或 CSV；合并单元格、日期写法不一都没关系"},
    }  # fmt: skip
    upwards = {
        "url": "/ledgers/sent",
        "day": {"name": "as_of", "label": "截至", "kind": "date", "required": False, "value": "2026-10-12"},
        "receivers": options("city 市政协（三联三促）", "province 省政协（双助）"),
        "sent": [
            {"title": "“双助”活动委员联户情况表", "text": "报省政协（双助），截至 2026-09-30，344 行，何 干部；指纹 1ad86034", "when": "10-08 09:12", "url": "/ledgers/sent/2"},
            {"title": "“三联三促”活动走访帮扶情况表", "text": "报市政协（三联三促），截至 2026-09-30，1,204 行，机房命令；指纹 979c23bc", "when": "10-08 09:10", "url": "/ledgers/sent/1"},
        ],
    }  # fmt: skip
    return _base("file", upload=upload, upwards=upwards)


def import_columns() -> dict[str, Any]:
    """Return step two."""
    return _base("columns", file_text="文件：联户花名册（终版2）.xls・表“汇总”・表头在第 3 行", columns=COLUMNS)


def import_trial() -> dict[str, Any]:
    """Return step three, the trial reading."""
    totals = [
        {"n": "328", "url": "?new", "label": "户新增", "sub": "试读，还没有入库"}, {"n": "4", "url": "?changed", "label": "户更新", "sub": "看改了哪几格"},
        {"n": "7", "url": "?same", "label": "户相同", "sub": "不动"}, {"n": "1", "url": "?ask", "label": "户要您定", "sub": "像是同一户", "tone": "amber"},
        {"n": "4", "url": "?bad", "label": "行不收", "sub": "别的行照样入库", "late": True},
    ]  # fmt: skip
    land = {
        "url": "/imports/9/land",
        "label": "入库 332 户（新增 328、更新 4）",
        "short": "入库 332 户",
        "token_fields": {"plan": "9"},
        "note": "同一个文件再导一次，不会重复；10 分钟内可整批撤回",
        "again_url": "/imports",
        "blocked": None,
    }
    return _base(
        "trial",
        file_text="文件：联户花名册（终版2）.xls・表“汇总”・表头在第 3 行",
        columns=COLUMNS,
        totals=totals,
        sheet=_sheet(),
        land=land,
    )


def import_landed() -> dict[str, Any]:
    """Return step four, done."""
    figures = [
        {"n": "328", "url": "?new", "sub": "户新增"},
        {"n": "4", "url": "?changed", "sub": "户更新"},
        {"n": "7", "url": "?same", "sub": "户相同"},
        {"n": "1", "url": "?ask", "sub": "户等您定"},
        {"n": "4", "url": "?bad", "sub": "行没收"},
    ]
    landed = {
        "strong": "332 户已入库",
        "text": "没收的 4 行在标好错的文件里，改好再导一次就行，已入库的不会重复。",
        "figures": figures,
        "final": "导入不能整批撤回：每行都进了记录的历史，编号也已发出，别的事可能已经接着办了。导错了的行，在文件里改对再导一次，就按新的改；不该有的，到那条记录里作废。",
        "list_url": "/links",
        "marked_url": "/marked",
    }
    return _base("landed", progress=None, landed=landed)


def import_running() -> dict[str, Any]:
    """Return step four while a long file lands."""
    progress = {
        "trial": False,
        "text": "可以离开这一页再回来，不会停。停下时已入库的整批留着，再点“入库”从没入的接着来。",
        "n": "2,100",
        "total": "5,000",
        "share": 42,
        "stop_url": "/imports/9/stop",
        "poll_url": "/imports/9/progress",
        "seconds": 2,
    }
    return _base("landed", progress=progress, landed=None)


def taking_out() -> dict[str, Any]:
    """Return a long ledger on its way out."""
    urls = {"url": "/ledgers/exports/9", "stop_url": "/ledgers/exports/9/stop", "file_url": None}
    text = "可以离开这一页再回来，不会停。停下就不留文件。"
    out = {
        "title": "困难件台账",
        "text": text,
        "waits": True,
        "n": "21,000",
        "total": "48,000",
        "share": 43,
        "seconds": 2,
    }
    return {"frame": frame("ledgers"), "back_url": "/ledgers", "out": {**out, **urls}}


def batch() -> dict[str, Any]:
    """Return the preview of a batch."""
    doable = [
        {"id": n, "number": f"000{n}", "title": t, "url": f"/cases/{n}", "about": a}
        for n, t, a in (
            ("281", "自来水发黄，烧开还有沉淀", "县水利局・第 2 次催"),
            ("291", "通村路边坡垮塌，农用车过不去", "县交通运输局・第 1 次催"),
            ("298", "方石村三组引水管被冲断，17 户停水", "县水利局・第 1 次催"),
        )
    ]
    refused = [
        {
            "id": "302",
            "number": "000302",
            "title": "危房改造款批了半年没有到账",
            "url": "/cases/302",
            "reason": "挂起中，恢复后再催。",
            "remedy": {"text": "去恢复计时", "url": "/m/resume"},
        }
    ]
    made = {
        "label": "催办 4 件", "url": "/batches", "back_url": "/cases", "token_fields": {"action": "urge"}, "errors": [], "doable": doable, "refused": refused, "submit_label": "催办 3 件",
        "fields": [{"name": "comment", "label": "催办的话", "kind": "textarea", "rows": 3, "required": True, "hint": "三件用同一句，单位那边会看到", "value": "请于本周五前回告进展。"}],
    }  # fmt: skip
    return {"frame": frame("cases"), "batch": made, "result": None}


def batch_result() -> dict[str, Any]:
    """Return what came of the batch."""
    done = [
        {"number": f"000{n}", "title": t, "url": f"/cases/{n}", "text": a}
        for n, t, a in (
            ("281", "自来水发黄，烧开还有沉淀", "已催县水利局，第 2 次"),
            ("291", "通村路边坡垮塌，农用车过不去", "已催县交通运输局，第 1 次"),
            ("298", "方石村三组引水管被冲断，17 户停水", "已催县水利局，第 1 次"),
        )
    ]
    refused = [
        {
            "number": "000302",
            "title": "危房改造款批了半年没有到账",
            "url": "/cases/302",
            "reason": "挂起中，恢复后再催。",
            "remedy": {"text": "去看", "url": "/cases/302"},
        }
    ]
    return {
        "frame": frame("cases"),
        "batch": None,
        "result": {
            "label": "催办的结果",
            "back_url": "/cases",
            "done": done,
            "refused": refused,
            "undo": {"url": "/undo", "text": "撤回这一批（10 分钟内）", "action": "assign", "ids": ["1", "2"]},
            "final": None,
            "again_url": "/cases",
        },
    }


def notices() -> dict[str, Any]:
    """Return the messages of two days."""
    days = [
        {"label": "今天", "rows": [
            {"url": "/cases/298", "when": "08:30", "strong": "明天到期", "text": "方石村三组引水管被冲断，17 户停水", "sub": "还差竹园镇人民政府的协办答复", "unread": True, "icon": "clock"},
            {"url": "/cases/281", "when": "08:30", "strong": "逾期 4 个工作日，已升为督办", "text": "自来水发黄，烧开还有沉淀", "sub": "县水利局", "unread": True, "icon": "exclamation-circle", "tone": "late"},
            {"url": "/cases/315", "when": "08:12", "strong": "退回", "text": "低保年审资料交了两次，没有回音", "sub": "县民政局：应由木鱼镇先受理", "icon": "arrow-return-left"},
        ]},
        {"label": "昨天", "rows": [
            {"url": "/cases/302", "when": "16:40", "strong": "申请延期到 10-30", "text": "危房改造款批了半年没有到账", "sub": "等您批", "icon": "hourglass-split"},
            {"url": "/cases/294", "when": "15:22", "strong": "已办结", "text": "低压线路老化，雨天跳闸", "sub": "3 个工作日内回访", "icon": "check-lg"},
        ]},
    ]  # fmt: skip
    tabs = [{"label": "没看的", "n": 2, "url": "/notices", "current": True}, {"label": "全部", "url": "/notices?all"}]
    return {
        "frame": frame(None),
        "tabs": tabs,
        "days": days,
        "read_all_url": "/notices/read",
        "digest_text": "每天早上 8:30 汇总一次，下班后和节假日不打扰；特急件除外。",
        "pager_data": None,
    }
