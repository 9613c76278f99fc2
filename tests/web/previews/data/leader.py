"""The leader's first page of cases."""

from typing import Any

from tests.web.previews.data.frames import leader_frame
from web.views import bar_chart

# One town a cell: name, open, late, shade, column, row.
TOWNS = """
姚渡镇 4 0 2 6 1|青溪镇 12 1 4 2 2|曲河乡 3 0 1 4 2|骑马乡 3 0 1 5 2|沙州镇 9 1 3 6 2|三锅镇 8 0 3 2 3|蒿溪乡 2 0 1 3 3|乔庄镇 17 2 4 4 3|木鱼镇 11 0 3 5 3|观音店 5 0 2 7 3
石坝乡 6 1 2 2 4|大院乡 2 0 1 3 4|茶坝乡 4 0 2 4 4|房石镇 5 0 2 5 4|建峰镇 3 0 1 6 4|关庄镇 10 0 3 3 5|凉水镇 7 0 2 4 5|七佛乡 4 0 2 5 5|乐安镇 6 0 2 6 5|竹园镇 15 3 4 7 5
"""
CATEGORIES = "道路水电网 31 3|饮水 24 2|产业发展 18 1|社保救助 15 0|住房 12 1|就医 11 0|就学 9 1|环境卫生 8 0|其他 8 0"
UNITS = "县水利局 22 3 31/36|县交通运输局 17 2 24/27|县住建局 14 1 18/21|县农业农村局 12 0 26/27|县教育局 9 1 14/16|县医保局 8 0 19/19|竹园镇人民政府 8 1 11/14|乔庄镇人民政府 7 0 15/16"


def _towns() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"name": "唐家河保护区", "hatched": True, "col": 1, "row": 2}]
    for cell in TOWNS.strip().replace("\n", "|").split("|"):
        name, n, over, shade, col, row = cell.split()
        rows.append(
            {
                "name": name,
                "n": int(n),
                "over": int(over),
                "shade": int(shade),
                "col": col,
                "row": row,
                "url": f"/cases?p={name}",
            }
        )
    return rows


def _categories() -> list[dict[str, Any]]:
    rows = []
    for cell in CATEGORIES.split("|"):
        label, n, over = cell.split()
        rows.append(
            {
                "label": label,
                "n": int(n),
                "url": "/cases?c",
                "share": round(int(n) / 31 * 100),
                "over": int(over),
                "over_url": "/cases?c&late",
                "over_share": round(int(over) / 31 * 100),
            }
        )
    return rows


def _units() -> list[dict[str, Any]]:
    rows = []
    for cell in UNITS.split("|"):
        name, n, late, on_time = cell.split()
        done, due = on_time.split("/")
        rows.append(
            {
                "name": name,
                "url": "/orgs/1",
                "open": int(n),
                "open_url": "/cases?o",
                "late": int(late),
                "late_url": "/cases?o&late",
                "on_time": on_time,
                "on_time_url": "/cases?o&done",
                "share": round(int(done) / int(due) * 100),
            }
        )
    return rows


def _figure(label: str, number: tuple[str, str], sub: str, spark: tuple[str, int], **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "n": number[0],
        "unit": number[1],
        "sub": sub,
        "url": "/cases",
        "title": sub,
        "points": spark[0],
        "end": {"x": 49, "y": spark[1]},
    } | more


def rates() -> dict[str, Any]:
    """Return every rate with both of its numbers, and who is in neither."""
    aside = [{"label": "没有回访到", "n": 12, "url": "?"}, {"label": "两人审定不计入", "n": 2, "url": "?"}]
    told = (
        ("按时联系", 180, 188, "95.7%"), ("群众说解决了", 121, 150, "80.7%"), ("满意和基本满意", 138, 150, "92.0%"),
        ("按时办结", 171, 180, "95.0%"), ("退回", 9, 190, "4.7%"), ("延期", 6, 190, "3.2%"), ("重办", 4, 172, "2.3%"),
        ("办结后反弹", 0, 160, "0.0%"),
    )  # fmt: skip
    rows = [
        {"label": label, "n": n, "url": "?", "of": of, "of_url": "?", "share": share,
         "aside": aside if label.startswith("满意") else []}
        for label, n, of, share in told
    ]  # fmt: skip
    other = {"text": "看 2026-09-30 当天的样子", "url": "?"}
    units = [
        {"value": code, "text": text, "current": False} for code, text in (("SLJ", "县水利局"), ("JTJ", "县交通运输局"))
    ]
    chosen = {"rows": units, "url": "?", "kept": {"as_of": "2026-09-30"}}
    return {"note": "点数字看是哪些件", "other": other, "rows": rows, "units": chosen}


def overview() -> dict[str, Any]:
    """Return the page on an ordinary Wednesday."""
    labels = ["5月", "6月", "7月", "8月", "9月", "10月"]
    series: list[dict[str, Any]] = [
        {"name": "收到", "points": [38, 44, 52, 61, 74, 33], "urls": [f"/cases?in={m}" for m in labels]},
        {"name": "办结", "points": [31, 40, 49, 55, 66, 29], "urls": [f"/cases?done={m}" for m in labels]},
        {"name": "按时办结", "points": [27, 36, 45, 50, 58, 27], "urls": [f"/cases?ontime={m}" for m in labels]},
    ]
    ask = [
        ("竹园镇 6 组饮水管网", "县水利局", "solid", "挂牌・逾期 11 天"),
        ("乔庄镇随迁子女学位", "县教育局", "red", "督办・逾期 4 天"),
        ("石坝乡通村路塌方", "县交通运输局", "red", "催办・逾期 1 天"),
        ("危房改造款 40 万元未到位", "县住建局", "red", "应到 9-30"),
        ("退回两次，要您裁定", "木鱼镇 低保年审", "amber", "10-15 前定"),
    ]
    return {
        "frame": leader_frame("overview", today={"date": "截至 2026年10月14日", "kind": "周三"}),
        "as_of": {"value": "2026-10-14", "text": "2026-10-14", "url": "/overview", "quick": [{"label": "上季度末", "url": "/overview?as_of=2026-09-30"}, {"label": "今天", "url": "/overview", "current": True}]},
        "earlier": None,
        "print_url": "/overview?print",
        "rates": rates(),
        "exports": {
            "links": [{"text": "CSV 表", "url": "/overview/counts.csv"}, {"text": "Parquet", "url": "/overview/counts.parquet"}],
            "notes": ["少于 3 件的数隐去，免得认出是谁；总数里少了多少，从文件里算不出来。"],
            "columns": [("month", "受理月份，如 2026-09；只含已过完的整月"), ("count", "件数；空着是隐去了")],
        },
        "figures": [
            _figure("在办", ("136", "件"), "其中挂起 6 件", ("M3 22 L14 18 L26 19 L38 11 L49 7", 7)),
            _figure("超时", ("9", "件"), "占在办 6.6%", ("M3 8 L14 11 L26 9 L38 16 L49 20", 20), late=True),
            _figure("本周到期", ("31", "件"), "今明两天 12 件", ("M3 18 L14 14 L26 17 L38 12 L49 13", 13)),
            _figure("本年办结", ("412", "件"), "其中 A 类 356 件", ("M3 24 L14 20 L26 15 L38 10 L49 5", 5)),
            _figure("按时办结", ("379/412", ""), "92.0%，去年同期 88.4%", ("M3 18 L14 19 L26 14 L38 12 L49 9", 9)),
        ],
        "categories": {"rows": _categories(), "note": "前一段是超时的"},
        "units": {"rows": _units(), "note": "本年；按在办多少排，不是排名"},
        "towns": {
            "rows": _towns(),
            "total": {"n": "136", "url": "/cases?open", "unit": "件"},
            "legend": [{"shade": 1, "text": "1–3"}, {"shade": 2, "text": "4–7"}, {"shade": 3, "text": "8–11"}, {"shade": 4, "text": "12 以上"}],
            "note": "示意排列；“超”是超时件数",
        },
        "chart": {"title": "半年来收了多少、办了多少", "note": "件", "label_head": "月份", "labels": labels, "series": series, "drawing": bar_chart.drawn(labels, series)},
        "ask": {
            "rows": [{"title": t, "url": "/cases/1", "org": o, "chip": {"text": c, "tone": tone, "icon": None}} for t, o, tone, c in ask],
            "late": {"n": "9", "unit": "件超时", "url": "/cases?late", "late": True},
            "all": {"text": "全部超时 9 件、快到期 12 件", "url": "/cases?late"},
        },
        "printed": {"left": "青川县政协办公室・困难件・截至 2026-10-14", "right": "打印：陆主席 2026-10-14 09:42・每个数字的记录在系统内可查"},
        "footer": {"text": "在办含已挂起；并案只算一件；按时办结以批准的延期为准，没联系上的不进满意度分母。数据截至 2026-10-14 09:41。", "link": {"text": "看口径说明", "url": "/help#figures"}},
    }  # fmt: skip
