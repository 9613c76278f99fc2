"""The plan of consultations for a year, and the prose of a bulletin in its versions."""

from typing import Any

from tests.web.previews.data.frames import frame
from tests.web.previews.data.meetings import writing


def _share(label: str, told: str) -> dict[str, Any]:
    row = {"url": "?", "text": "三组水源怎么修", "about": "QC-XS-2026-000001", "chip": {"tone": "green", "text": told}}
    return {"label": label, "n": 1, "of": 1, "records": [row]}


def year() -> dict[str, Any]:
    """Return the plan of a year, a draft."""
    waits = [
        {
            "number": "QC-XS-2026-000009",
            "title": "村道路灯装几盏、电费谁出",
            "url": "?",
            "place": "竹园镇 方石村",
            "month": "10",
        }
    ]
    rows: list[dict[str, Any]] = [
        {"month": "3月", "n": "3", "number": "QC-XS-2026-000001", "title": "三组水源怎么修", "url": "?", "kind": "有事来协商",
         "source": "群众", "place": "竹园镇 方石村", "chip": {"tone": "blue", "text": "已审定"}, "added": None, "may": True},
        {"month": "9月", "n": "9", "number": "QC-XS-2026-000004", "title": "校车停靠点设在哪里", "url": "?", "kind": "有事来协商",
         "source": "委员", "place": "青溪镇", "chip": {"tone": "grey", "text": "已征集"}, "added": "计划外增补，2026年6月1日", "may": True},
    ]  # fmt: skip
    fields = [
        {"name": "authority", "label": "由谁审定", "kind": "select", "required": True, "options": [{"value": "a", "label": "主席会议"}]},
        {"name": "on", "label": "哪天审定的", "kind": "date", "required": True, "value": "2026-01-20"},
    ]  # fmt: skip
    return {
        "frame": frame("consultations"),
        "back_url": "?",
        "title": "2026年度协商计划",
        "tabs": [{"label": "年度计划", "n": None, "url": "?", "current": True}],
        "before": {"text": "2025", "url": "?"},
        "after": {"text": "2027", "url": "?"},
        "print_url": "?",
        "said": None,
        "chip": {"tone": "amber", "text": "草案，还没有审定"},
        "approved": "主席会议2026年1月20日审定",
        "months": [{"label": f"{n}月", "topics": [row for row in rows if row["n"] == str(n)]} for n in range(1, 13)],
        "choices": [(str(n), f"{n}月") for n in range(1, 13)],
        "put_url": "?",
        "waiting": waits,
        "nothing": "这一年还没有列入议题。",
        "quality": [_share("群众提出的议题", "群众提的"), _share("共识已转化", "已转化")],
        "approval": {"url": "?", "fields": fields, "errors": []},
        "rows": rows,
        "printed": "何干事 10月14日 09:40 打印",
    }


def prose() -> dict[str, Any]:
    """Return the prose of a bulletin in its versions."""
    made = writing()
    crumb = {"text": "QC-TB-2026-000001", "url": "/bulletins/1"}
    return {**made, "frame": frame("bulletins"), "title": "文字版本：2026Q4", "crumb": crumb, "url": "?", "may": True}
