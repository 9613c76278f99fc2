"""Exports of personal data by two persons."""

from typing import Any

from tests.web.previews.data.forms import options
from tests.web.previews.data.frames import frame

_WHO = "何 干部 2026-10-14 09:12 申请"
_ROWS = (
    ("QC-DC-2026-000012", "困难台账", "沙州镇", "给县委办核对饮水困难", "amber", "等同意", "", ("同意",), True),
    ("QC-DC-2026-000011", "委员联户台账", "全县", "报市政协核对联户", "green", "可取", "安 主任 同意；344 行，2026-10-17 09:20 前可取，已取 1 次", ("取文件",), False),
    ("QC-DC-2026-000010", "走访台账", "全县", "做年度总结", "red", "不同意", "安 主任 不同意：用统计数就够了", (), False),
)  # fmt: skip


def exports(**more: Any) -> dict[str, Any]:
    """Return the page: the form that asks, and what was asked for."""
    fields = [
        {"name": "kind", "label": "哪种台账", "kind": "select", "required": True, "value": "cases", "options": options("cases 困难台账", "links 委员联户台账")},
        {"name": "place", "label": "范围", "kind": "place", "required": False, "value": "", "data_url": "/places", "hint": "不填就是全县；困难件、信访件、协商、考核可以只要一个乡镇或村"},
        {"name": "reason", "label": "做什么用", "kind": "textarea", "required": True, "value": "", "max": 200, "hint": "给谁、做什么用，写清楚；不要写姓名电话"},
    ]  # fmt: skip
    rows = [
        {
            "number": number,
            "title": title,
            "place": place,
            "reason": reason,
            "who": _WHO,
            "chip": {"tone": tone, "text": state, "icon": None},
            "told": told,
            "acts": [{"label": each, "url": "/x", "method": "post"} for each in acts],
            "refuse_url": "/x/refuse" if may_refuse else None,
        }
        for number, title, place, reason, tone, state, told, acts, may_refuse in _ROWS
    ]
    return {
        "frame": frame("ledgers"),
        "back_url": "/ledgers",
        "form": {"url": "/ledgers/exports", "fields": fields, "errors": []},
        "rows": rows,
    } | more
