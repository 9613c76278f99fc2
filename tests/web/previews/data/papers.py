"""The 交办单 and the whole case on paper."""

from typing import Any

import segno

from tests.web.previews.data.frames import frame, photo
from tests.web.previews.data.one_case import CASE, HISTORY, NUMBER

WORDS = "大雨后三组引水管冲断了两处，蓄水池进不了水，17 户一直停水，老人到沟里挑水。村上说等镇上，镇上说没有维修钱。希望早点通水。"


def _qr() -> str:
    return str(segno.make("http://127.0.0.1:8311/cases/c298", error="m").svg_data_uri(scale=2, border=0))


def slip() -> dict[str, Any]:
    """Return the sheet that goes to the handling unit."""
    made = {
        "issuer": "政协青川县委员会办公室", "copy_text": "第一联 承办单位留存", "number": NUMBER, "assigned_on": "2026年9月24日",
        "unit": "县水利局（主办）", "co_units": "竹园镇人民政府、县财政局", "route": "经两办转办", "urgency": "一般",
        "reporter": "李*芳", "phone": "139****0876", "place": "竹园镇方石村三组", "category_kind": "饮水·求助", "reported_at": "2026年9月24日 10:20",
        "title": CASE["title"], "words": WORDS,
        "requirement": "请县水利局牵头查明断点、提出抢修方案；竹园镇协调占地并先行送水；县财政局研究应急维修资金。",
        "assigned_by": "安老师", "due_text": "2026年10月12日（周一）17:30 前办结",
        "arithmetic": "7 个工作日。交办当日、中秋（9-25 至 27）、国庆（10-1 至 7）不计；10-10 补班计入",
        "acknowledge_by": "9月28日", "contact_by": "9月29日", "qr_url": _qr(),
        "printed_by": "安老师", "printed_at": "2026年9月24日 11:06", "page_text": "第 1 页，共 1 页",
    }  # fmt: skip
    return {"frame": frame("cases"), "back_url": "/cases/c298", "slip": made}


def whole(*, public: bool = False) -> dict[str, Any]:
    """Return the whole case on paper, public or internal."""
    facts = [
        ("承办单位", "县水利局（主办）"),
        ("协办单位", "竹园镇人民政府、县财政局"),
        ("反映人", "李*芳　139****0876"),
        ("地点", "竹园镇方石村三组"),
        ("类别", "饮水·求助"),
        ("来源", "公众网页　2026-09-24 10:20"),
        ("承办路径", "经两办转办"),
        ("紧急程度", "一般"),
    ]
    sheet: dict[str, Any] = {
        "kind_text": "整件・内部", "number": NUMBER, "title": CASE["title"], "state_label": "已协调",
        "facts": [{"label": a, "text": b} for a, b in facts],
        "words": WORDS, "answers": [{"label": "自何时起", "answer": "9 月 20 日"}, {"label": "涉及户数", "answer": "17 户"}],
        "clocks": [
            {"label": "受理", "rule": "1 个工作日", "due": "9-28 17:30", "met": "9-24 11:05"},
            {"label": "签收", "rule": "交办后 1 个工作日", "due": "9-28 17:30", "met": "9-28 08:40"},
            {"label": "首次联系", "rule": "交办后 2 个工作日", "due": "9-29 17:30", "met": "9-28 09:30"},
            {"label": "办理", "rule": "7 个工作日，挂起 3 天", "due": "10-15 17:30", "met": None},
        ],
        "co_tasks": [{"org": "竹园镇人民政府", "question": "能否先出临时送水？管沟占地谁协调？", "answer": None, "when": "应答 10-13"}, {"org": "县财政局", "question": "应急维修资金可否从水利专项调剂？", "answer": "可以，已列 12 万元", "when": "9-29 14:20"}],
        "funds": [{"stage": "申请", "on": "2026-09-26", "doc": "青水函〔2026〕88号", "note": "", "amount": "15.00"}, {"stage": "批复", "on": "2026-09-28", "doc": "青财农〔2026〕31号", "note": "", "amount": "12.00"}, {"stage": "到位", "on": "2026-10-09", "doc": "", "note": "第一笔", "amount": "8.00"}],
        "result": None, "follow_up": None,
        "history": HISTORY["rows"],
        "photos": [{"url": photo("green"), "name": "断口一"}, {"url": photo("brown"), "name": "断口二"}],
        "files": ["断口一.jpg", "断口二.jpg", "管材清单.xlsx"],
        "notes": [{"who": "何干事", "when": "10-12 17:02", "text": "镇上说占地的三户已谈妥两户，剩一户周四再谈。"}],
        "masked_note": "姓名、电话已按您的身份遮盖，不印身份证号。", "qr_url": _qr(), "printed_by": "白工", "printed_at": "2026-10-14 09:41",
    }  # fmt: skip
    other = {"text": "换成公开件", "url": "/cases/c298/print?public=1"}
    if public:
        sheet |= {
            "kind_text": "公开件",
            "facts": sheet["facts"][:1] + sheet["facts"][3:5],
            "notes": [],
            "co_tasks": [],
            "clocks": [],
            "files": [],
            "photos": [],
            "masked_note": "公开件不含反映人、内部备注和附件。",
        }
        sheet["history"] = [h for h in HISTORY["rows"] if h["kind"] == "move"]
        other = {"text": "换成内部件", "url": "/cases/c298/print"}
    return {"frame": frame("cases"), "back_url": "/cases/c298", "other": other, "sheet": sheet}


def many() -> dict[str, Any]:
    """Return the sheets of two cases."""
    one = whole()
    return {"frame": one["frame"], "back_url": "/cases", "title": "打印 2 件", "sheets": [one["sheet"], one["sheet"]]}
