"""The campaign on one page, one figure with its records, bulletins as list, sheet and form. All invented."""

from typing import Any

from tests.web.previews.data import leader
from tests.web.previews.data.frames import frame, leader_frame, photo

CAMPAIGNS = [
    {"value": "SLSC-2022", "label": "三联三促", "chosen": True},
    {"value": "QSQC-2026", "label": "清水青川", "chosen": False},
]


def _figure(label: str, n: str, unit: str, url: str = "/figures/x", **more: Any) -> dict[str, Any]:
    return {"label": label, "n": n, "unit": unit, "url": url, "title": label, **more}


def _card(code: str, title: str, text: str, share: tuple[int, int], rows: list[dict[str, Any]]) -> dict[str, Any]:
    done, whole = share
    told = {"text": text, "done": done, "whole": whole, "percent": 100 * done // whole, "url": "/targets"}
    return {"code": code, "title": title, "share": told, "rows": rows}


def _cards() -> list[dict[str, Any]]:
    return [
        _card(
            *("households", "委员联户促巩固", "2022Q4 已走访", (331, 344)),
            [
                _figure("政协委员", "171", "名"),
                _figure("结对联系农户", "344", "户"),
                _figure("缺示范户", "2", "名", late=True),
            ],
        ),
        _card(
            *("industries", "委室联产促发展", "七个优完成", (49, 63)),
            [_figure("联系产业", "9", "个"), _figure("产业调查研究", "26", "次"), _figure("意见建议", "26", "条")],
        ),
        _card(
            *("villages", "组织联村促振兴", "村“五个一”完成", (41, 45)),
            [
                _figure("联系村（社区）", "9", "个"),
                _figure("联系村协调项目资金", "106.80", "万元"),
                _figure("村“五个一”", "41/45", "项", ""),
            ],
        ),
    ]


def at_a_glance() -> dict[str, Any]:
    """Return the campaign as its leader sees it at the end of a year."""
    base = leader.overview()
    line: dict[str, Any] = {"points": "M3 22L14 18L26 12L38 9L49 7", "end": {"x": "49", "y": "7"}}
    heads = [
        _figure("解决问题和困难", "216", "个", sub="通报写“210余个”", **line),
        _figure("产业发展及项目资金", "3,062.40", "万元", sub="通报写“3000余万元”", **line),
        _figure("到村调研指导", "53", "次", sub="通报写“50余次”", **line),
        _figure("农业产业项目", "13", "个", sub="通报写“13个”", points=None, end=None),
        _figure("带动增收农户", "1,536", "户", sub="通报写“1500余户”", **line),
    ]
    return {
        "frame": leader_frame("campaign"),
        "title": "三联三促一张图",
        "as_of": {
            "value": "2022-12-31",
            "campaigns": CAMPAIGNS,
            "url": "/campaign",
            "quick": base["as_of"]["quick"],
            "is_past": True,
        },
        "figures": heads,
        "cards": _cards(),
        "chart": _chart(base["chart"]),
        "towns": base["towns"],
        "ask": base["ask"],
        "notes": [
            "每位委员联系两户应是 342 户，实际联系 344 户：多出的，是有委员联系两户以上；不足的，是有委员还没联系满，或几位委员联系同一户"
        ],
        "group": {"rows": ["组长 周正明", "副组长 邓秀兰", "办公室 何晓东"], "url": "/leaders"},
        "bulletins_url": "/bulletins",
        "printed": base["printed"],
    }


def _chart(bars: dict[str, Any]) -> dict[str, Any]:
    """Return the bars with what has come to each stage above them."""
    totals = (("申请", "5,180.00"), ("批复", "4,260.00"), ("到位", "3,062.40"), ("拨付", "2,418.75"))
    return {
        **bars,
        "title": "资金走到哪一步",
        "note": "万元，各阶段不相加",
        "totals": [{"label": label, "n": n, "url": "/funds", "strong": label == "到位"} for label, n in totals],
    }


def one_cell() -> dict[str, Any]:
    """Return what one number of a bulletin's tables counts."""
    figure = one_figure()
    return {name: figure[name] for name in ("frame", "rows", "is_money", "pager_data")} | {
        "back": "/bulletins",
        "title": "联系村（社区）情况",
        "told": "沙州镇 江边村，到位资金（万元）：213.76",
    }


def one_figure(**changes: Any) -> dict[str, Any]:
    """Return one figure of money with its records."""
    rows = [
        {
            "text": "江边村核桃良种嫁接",
            "url": None,
            "place": "沙州镇 江边村",
            "on": "2022-4-19",
            "note": "青财建〔2022〕76号",
            "amount": "197.55",
        },
        {
            "text": "红旗社区安置点垃圾分类亭",
            "url": "/x",
            "place": "木鱼镇 红旗社区",
            "on": "2022-4-22",
            "note": "青协作〔2022〕84号",
            "amount": "16.21",
        },
    ]
    made = {
        "frame": leader_frame("campaign"),
        "crumb": {"text": "三联三促", "url": "/campaign"},
        "title": "产业发展及项目资金",
        "as_of": {"value": "2022-12-31", "kept": [{"name": "campaign", "value": "SLSC-2022"}]},
        "figure": {"n": "3,062.40", "unit": "万元", "text": "3000余万元"},
        "facts": [{"label": "数的是", "text": "全县协调、已经到位的资金"}, {"label": "不含", "text": "批复而未到位的"}],
        "parts": [{"text": "产业发展", "n": 13, "url": "?category=industry"}],
        "only": {"text": "只看产业发展：13 个", "url": "/figures/x"},
        "quarters": [
            {"text": "2022Q3", "n": "2,206.00", "url": "/figures/x", "share": 72},
            {"text": "2022Q4", "n": "3,062.40", "url": "/figures/x", "share": 100},
        ],
        "rows": rows,
        "is_money": True,
        "pager_data": None,
    }
    return made | changes


def bulletins(**changes: Any) -> dict[str, Any]:
    """Return the list of bulletins."""
    rows = [
        {
            "url": "/bulletins/2",
            "title": "三联三促 2023Q1 通报",
            "quarter": "2023Q1",
            "chip": {"tone": "grey", "text": "草稿"},
            "document_no": "",
            "signed_on": "",
        },
        {
            "url": "/bulletins/1",
            "title": "三联三促 2022Q4 通报",
            "quarter": "2022Q4",
            "chip": {"tone": "green", "text": "已签发"},
            "document_no": "青协办〔2023〕1号",
            "signed_on": "2023年1月11日",
        },
    ]
    begin = {"url": "/bulletins", "campaigns": CAMPAIGNS, "quarter": "2023Q1", "number": "1"}
    return {"frame": frame("bulletins"), "rows": rows, "said": None, "begin": begin} | changes


def _sheet() -> dict[str, Any]:
    runs = [
        {"text": "截至2022年12月31日，在任政协委员", "url": None, "key": None},
        {"text": "171名", "url": "/figures/members", "key": "members"},
    ]
    blocks = [
        {"kind": "heading", "text": "总体情况", "level": 1, "ordinal": "一、"},
        {"kind": "paragraph", "runs": runs},
        {
            "kind": "table",
            "title": "已解决问题按类别",
            "headings": ["类别", "委员联户（件）"],
            "rows": [
                [{"text": "产业发展", "url": None}, {"text": 76, "url": "/figures/problems?category=industry"}],
                [{"text": "就医", "url": None}, {"text": 29, "url": None}],
            ],
        },
        {"kind": "picture", "url": photo("green"), "caption": "11月3日，方石村：看新修的水池"},
        {"kind": "heading", "text": "茶厂的夜灯", "level": 2, "ordinal": ""},
    ]
    return {
        "issuer": "政协青川县委员会办公室",
        "document_no": "（签发时编号）",
        "title": "关于2022年第四季度“三联三促”活动开展情况的通报",
        "addressee": "各专门委员会、办公室：",
        "blocks": blocks,
        "signed_by": "政协青川县委员会办公室",
        "signed_on": "2023年1月11日",
        "footer": ["存证：截至2023年1月10日全部事项的校验根为 4f1c…"],
    }


def _moves() -> list[dict[str, Any]]:
    return [
        {
            "trigger": "review",
            "text": "审核通过",
            "url": "/m",
            "main": True,
            "danger": False,
            "reason": False,
            "why_not": None,
        },
        {
            "trigger": "thaw",
            "text": "退回草稿",
            "url": "/m",
            "main": False,
            "danger": True,
            "reason": True,
            "why_not": None,
        },
        {"trigger": "sign", "text": "签发并编号", "url": None, "main": False, "why_not": "秘书长签发"},
    ]


def _figures() -> list[dict[str, Any]]:
    return [
        {
            "key": "members",
            "label": "政协委员",
            "n": "171",
            "text": "171名",
            "url": "/figures/members",
            "counts": "在任的",
            "leaves_out": "卸任的",
            "noted": False,
        },
        {
            "key": "visits_total",
            "label": "到村调研指导",
            "n": "53",
            "text": "50余次",
            "url": "/figures/visits_total",
            "counts": "到村的",
            "leaves_out": "入户的",
            "noted": True,
        },
    ]


def bulletin() -> dict[str, Any]:
    """Return a frozen bulletin that waits for its review."""
    return {
        "frame": frame("bulletins"),
        "title": "关于2022年第四季度“三联三促”活动开展情况的通报",
        "chip": {"tone": "blue", "text": "数字已冻结"},
        "said": "还有 1 处数字互相对不上，没有说明原因。逐条写明再往下走",
        "corrected": None,
        "typed": "正文里手写了数字：999个。它们不从台账来，也不会冻结；逐个核对，台账里有的，改文字时换成标记",
        "moves": _moves(),
        "edit_url": "/bulletins/1/edit",
        "correct": {"campaign": "SLSC-2022", "quarter": "2022Q4", "corrects": "1", "url": "/bulletins"},
        "files": [{"text": "Word", "url": "/f"}, {"text": "PDF", "url": "/f"}],
        "notes": {
            "rows": [{"text": "到村总次数 53 不等于到联系村与产业调研之和 52", "answer": ""}],
            "url": "/a",
            "open": 1,
        },
        "sheet": _sheet(),
        "figures": _figures(),
        "checks": [
            {
                "text": "2022Q4 走访抽查",
                "url": "/spot-checks/1",
                "chip": {"tone": "blue", "text": "进行中"},
                "sub": "288 次里抽 29 次，问过 12 次",
            }
        ],
        "frozen": "冻结于 2023-01-11 09:00",
        "since": [{"text": "产业发展及项目资金：冻结时 30624000.00，现在 31024000.00"}],
        "number": "1",
    }


def bulletin_form() -> dict[str, Any]:
    """Return the form of a bulletin's prose with a mistake."""
    fields = [
        {
            "name": "title",
            "label": "标题",
            "kind": "text",
            "required": True,
            "value": "关于{year}年{quarter}的通报",
            "hint": None,
            "options": [],
            "error": None,
        },
        {
            "name": "text-0",
            "label": "正文",
            "kind": "textarea",
            "required": False,
            "rows": 5,
            "value": "到村{villages}",
            "hint": None,
            "options": [],
            "error": "花括号里的 villages 不是这个活动的数字",
        },
    ]
    return {
        "frame": frame("bulletins"),
        "title": "三联三促 2022Q4 通报",
        "back": "/bulletins/1",
        "form": {
            "url": "/bulletins/1/edit",
            "fields": fields,
            "errors": [{"field": "text-0", "label": "正文", "text": "花括号里的 villages 不是这个活动的数字"}],
            "draft_url": "/drafts/bulletin/1",
            "saved": "10:44 已存",
        },
        "conflict": None,
        "versions_url": "/bulletins/1/versions",
        "tokens": [{"token": "{members}", "text": "政协委员"}, {"token": "{year}", "text": "年份"}],
    }
