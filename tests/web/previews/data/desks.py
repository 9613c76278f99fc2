"""The triage desk and my own work."""

from typing import Any

from tests.web.previews.data.frames import frame, photo

QUEUE = """
301|特急!solid|幸福院老人突发高烧，卫生站停电无法用药|蒿溪回族乡|电话 08:56|24小时内!red
305|紧急!red|通村路塌方约12米，校车绕行|石坝乡 三江村|来访 昨17:05|今日受理!amber
312||三组水管被山洪冲断，17 户吃水靠挑|竹园镇 方石村|公众网页 09:12|明日受理!grey
313||香菇滞销，烘干厂压价|三锅镇 民主村|委员转 08:40|明日受理!grey
314||孩子随迁回乡，学校说学位已满|乔庄镇 孔溪社区|信件 昨日|今日受理!amber
315|退回 1 次!grey|低保年审资料交了两次，没有回音|木鱼镇 红旗社区|退回 昨16:20|今日受理!amber
316||林权证面积与实际不符|青溪镇 阴平村|来访 昨日|今日受理!amber
317||咨询：大学生返乡养蜂有什么补贴|关庄镇 光辉村|电话 昨日|今日受理!amber
318||院坝边坡开裂，担心下雨垮塌|七佛乡 通木村|委员转 昨日|今日受理!amber
"""
SPANS = [
    ("9 月底那场大雨以后，三组引水的", None), ("水管", "a"), ("冲断了两处，", None), ("蓄水池", "a"), ("进不了水。到今天三组 17 户一直", None),
    ("停水", "a"), ("，老人要到沟里", None), ("挑水", "a"), ("。村上说要等镇上，镇上说没有这笔", None), ("维修钱", "b"),
    ("。家里有两个娃娃要上学，希望早点", None), ("通水", "a"), ("。", None),
]  # fmt: skip


def _chip(text: str) -> dict[str, str] | None:
    if not text:
        return None
    words, tone = text.split("!")
    return {"text": words, "tone": tone}


def _queue() -> list[dict[str, Any]]:
    rows = []
    for line in QUEUE.strip().splitlines():
        ident, flag, title, place, when, chip = line.split("|")
        rows.append(
            {
                "id": ident,
                "url": f"/triage/{ident}",
                "title": title,
                "flag": _chip(flag),
                "place": place,
                "channel_time": when,
                "chip": _chip(chip),
                "current": ident == "312",
            }
        )
    return rows


LOOKALIKES = {
    "head": "像是重复反映：2 件与本件地点和用词相近",
    "rows": [
        {"number": "QC-AJ-2026-000298", "url": "/cases/298", "title": "方石村三组引水管被冲断，17 户停水", "about": "20 天前・李*芳・县水利局已协调", "same": "相同：三组、水管、17 户、停水", "compare_url": "/compare", "act": {"label": "并入", "key": "M", "url": "/cases/312/merge", "fields": {"into": "298"}}},
        {"number": "QC-AJ-2026-000187", "url": "/cases/187", "title": "方石村二组水压不足", "about": "5 个月前・已结案", "same": "相同：方石村、水管；不同：组别", "compare_url": "/compare", "act": {"label": "关联", "key": "L", "url": "/cases/312/link", "fields": {"to": "187"}}},
    ],
}  # fmt: skip
CASE = {
    "id": "312",
    "number": "QC-AJ-2026-000312",
    "title": "三组水管被山洪冲断，17 户吃水靠挑",
    "state": {"code": "reported", "label": "待分办"},
    "reporter": {"text": "张*三", "reveal_url": "/r/1", "what": "反映人姓名"},
    "phone": {"text": "138****5521", "reveal_url": "/reveal", "what": "反映人电话"},
    "place": "竹园镇 方石村 三组",
    "channel_time": "公众网页・今天 09:12",
    "spans": [{"text": t, "mark": m} for t, m in SPANS],
    "photos": [
        {"url": "/a/1", "thumb_url": photo("green"), "name": "断口"},
        {"url": "/a/2", "thumb_url": photo("brown"), "name": "蓄水池"},
    ],
    "photo_note": "2 张照片，位置信息已去除",
    "answers_title": "饮水类必问",
    "answers": [
        {"label": "自何时起", "answer": "9 月 28 日"},
        {"label": "涉及户数", "answer": "17 户"},
        {"label": "有无临时供水", "answer": "未问，去补", "ask_url": "/ask"},
    ],
    "note": {
        "url": "/cases/312/comments",
        "draft_url": "/draft",
        "text": "",
        "saved": "写到一半也不会丢：草稿随写随存，09:40 已存",
    },
}
SUGGESTIONS = {
    "model": "模型 v12",
    "rate": {"text": "本月分办建议采纳率 91%（饮水 97%）。", "links": [{"text": "看是哪些", "url": "/triage/model/proposals"}, {"text": "看各类", "url": "/triage/model"}]},
    "rows": [
        {"label": "类别", "value": "饮水", "share": 96, "parts": [{"text": "凭据："}, {"text": "水管", "mark": "a"}, {"text": "停水", "mark": "a"}, {"text": "蓄水池", "mark": "a"}, {"text": "挑水", "mark": "a"}]},
        {"label": "主办", "value": "县水利局", "share": 88, "parts": [{"text": "规则“饮水 × 竹园镇”；"}, {"text": "近一年 11 件同类，10 件由它办", "url": "/precedents"}]},
        {"label": "协办", "value": "竹园镇人民政府", "share": 71, "parts": [{"text": "凭据："}, {"text": "维修钱", "mark": "b"}, {"text": "；"}, {"text": "裁定先例 2025-04", "url": "/precedents/4"}, {"text": "：管网归村镇维修"}]},
        {"label": "紧急", "value": None, "share": None},
    ],
}  # fmt: skip
ASSIGN: dict[str, Any] = {
    "url": "/cases/312/assign",
    "version": 3,
    "org": {
        "name": "org",
        "kind": "org",
        "value": "SLJ",
        "label_value": "县水利局",
        "data_url": "/options",
        "required": True,
    },
    "co_orgs": {
        "name": "co_orgs",
        "kind": "orgs",
        "chosen": [{"value": "ZYZ", "label": "竹园镇人民政府"}],
        "data_url": "/options",
    },
    "route": {
        "name": "route",
        "kind": "select",
        "required": True,
        "value": "two_offices",
        "options": [{"value": "two_offices", "label": "经两办转办"}, {"value": "internal", "label": "本机关内办"}],
    },
    "more": [{"name": "requirement", "label": "交办意见", "kind": "textarea", "rows": 2}],
    "errors": [],
    "decline_url": "/cases/312/decline",
    "ruling": None,
}


def triage() -> dict[str, Any]:
    """Return the desk with one case open."""
    tabs = [
        {"label": "待分办", "n": 23, "url": "/triage", "current": True},
        {"label": "今日须受理", "n": 6, "url": "/triage?today"},
        {"label": "退回件", "n": 2, "url": "/triage?returned"},
        {"label": "公众网页", "n": 4, "url": "/triage?web"},
    ]
    position = {"n": 3, "total": 23, "prev_url": "/triage/305", "next_url": "/triage/313"}
    return {
        "frame": frame("triage"),
        "desk": {
            "tabs": tabs,
            "rows": _queue(),
            "foot": "按受理时限排序・09:41 已更新",
            "position": position,
            "today_chip": {"text": "今日须受理 6", "tone": "amber"},
        },
        "case": CASE,
        "others": {"faces": [{"initial": "何", "idle": False}], "text": "何干事也在看"},
        "lookalikes": LOOKALIKES,
        "suggestions": SUGGESTIONS,
        "clock": {"limit": "求助 7 个工作日", "due": "10月23日 周五 17:30", "note": "（周末不计）"},
        "assign": ASSIGN,
        "phone": {
            "submit_label": "按建议交办・县水利局",
            "merge_url": "/cases/312/merge",
            "more": [{"text": "不予受理", "url": "/cases/312/decline"}, {"text": "关联", "url": "/cases/312/link"}],
        },
    }


def triage_empty() -> dict[str, Any]:
    """Return the desk when everything is dealt out."""
    made = triage()
    tabs = [t | {"n": 0} for t in made["desk"]["tabs"]]
    desk = made["desk"] | {"rows": [], "position": None, "today_chip": None, "tabs": tabs}
    return made | {"desk": desk, "case": None, "empty": {"text": "下一批公众网页件会在这里出现。"}}


def _tabs(*counts: int) -> list[dict[str, Any]]:
    labels = ("待签收", "快到期", "待我批", "待回访", "草稿")
    return [
        {"label": label, "n": n, "url": "/work", "current": i == 0}
        for i, (label, n) in enumerate(zip(labels, counts, strict=True))
    ]


def _work(
    number: str, title: str, about: str, chip: tuple[str, str], act: str, *, main: bool = False
) -> dict[str, Any]:
    return {
        "url": f"/cases/{number}",
        "title": title,
        "number_short": number,
        "about": about,
        "chip": {"text": chip[0], "tone": chip[1]},
        "state": None,
        "act": {"label": act, "url": f"/m/{number}", "main": main},
    }


def work() -> dict[str, Any]:
    """Return my work on an ordinary morning."""
    sections = [
        {"title": "待签收", "n": 2, "more_url": None, "pager": None, "rows": [
            _work("000312", "三组水管被山洪冲断，17 户吃水靠挑", "竹园镇 方石村・安老师今天 09:42 交办", ("今天 17:30 前签收", "amber"), "签收", main=True),
            _work("000309", "公益岗报名条件怎么算", "建峰镇 新坪村・退回后重新交办", ("剩 1 个工作日", "amber"), "签收"),
        ]},
        {"title": "快到期和超时", "n": 3, "more_url": "/cases?late", "pager": None, "rows": [
            _work("000281", "自来水发黄，烧开还有沉淀", "竹园镇 石坎村・县水利局", ("逾期 4 个工作日", "red"), "记进展"),
            _work("000298", "方石村三组引水管被冲断，17 户停水", "竹园镇 方石村・还差 1 件协办答复", ("剩 1 个工作日", "amber"), "记进展"),
        ]},
        {"title": "待我批", "n": 1, "more_url": None, "pager": None, "rows": [
            _work("000302", "危房改造款批了半年没有到账", "县住建局申请延期到 10-30：等省级资金文", ("10-20 前定", "amber"), "去批"),
        ]},
        {"title": "待回访", "n": 1, "more_url": "/followups", "pager": {"text": "第 1—50 件，共 73 件", "prev_url": None, "next_url": "?page=2"}, "rows": [
            _work("000294", "低压线路老化，雨天跳闸", "姚渡镇 柳田村・国网青川供电公司 10-12 办结", ("剩 1 个工作日", "outline"), "去回访"),
        ]},
    ]  # fmt: skip
    report = {"text": "登记一件困难", "url": "/cases/new"}
    tabs = _tabs(2, 3, 1, 1, 0)
    return {"frame": frame("work"), "tabs": tabs, "sections": sections, "report": report, "nothing": None}


def work_empty() -> dict[str, Any]:
    """Return my work when all of it is done, just after closing the last case."""
    nothing = {
        "title": "手上的事都办完了",
        "text": "新件一到，这里和每天早上 8:30 的汇总里都会有。下一件快到期的是",
        "link": {"text": "10月16日 关庄客运线恢复", "url": "/cases/277"},
        "tail": "。",
        "buttons": [{"text": "去分办台（23 件）", "url": "/triage"}, {"text": "登记一件困难", "url": "/cases/new"}],
        "cards": [
            {"icon": "telephone", "title": "帮着回访 4 件", "text": "不是您办的件，10-16 前", "url": "/followups"},
            {"icon": "clock-history", "title": "看本周办结的 11 件", "text": "按时 10 件", "url": "/cases?done"},
            {"icon": "people", "title": "10-21 方石村协商", "text": "通知最迟 10-16 发出", "url": "/consultations/7"},
        ],
    }
    toast = {"text": "000296 已结案", "undo_url": "/undo", "seconds": 8}
    return {
        "frame": frame("work", toast=toast),
        "tabs": _tabs(0, 0, 0, 0, 0),
        "sections": [],
        "report": None,
        "nothing": nothing,
    }


def proposals(**changes: Any) -> dict[str, Any]:
    """Return how well proposals did, with two versions of a model."""
    rates = {
        ("category", "类别"): [("合计", 100, 82), ("饮水", 42, 39), ("道路水电网", 35, 28), ("产业发展", 23, 15)],
        ("org", "主办"): [("合计", 88, 79), ("县水利局", 46, 44), ("县交通运输局", 42, 35)],
        ("urgency", "紧急"): [("合计", 12, 9), ("紧急", 9, 6), ("特急", 3, 3)],
    }
    versions = [
        {"name": "learnt-2", "source": "本办已结案的 2,318 件、11 类", "made": "2026-10-09 18:20", "score": "89.4%", "calibration": "1.7%", "weakest": "最没把握：矛盾纠纷 71%、政策咨询 76%、土地林权 82%", "beside": ["主办：学了 2,318 件，平均 F1 81.2%，把握与事实之差 3.0%", "紧急：学了 2,318 件，平均 F1 74.5%，把握与事实之差 2.2%"], "used": True},
        {"name": "learnt-1", "source": "标注文件的 8,195 条、7 类", "made": "2026-07-02 17:41", "score": "92.3%", "calibration": "1.7%", "weakest": "最没把握：商贸旅游 88%、交通运输 90%、城乡建设 91%", "used": False},
        {"name": "keywords-1", "source": "各类别的关键词，不用训练", "used": False},
    ]  # fmt: skip
    told = []
    for (subject, title), counted in rates.items():
        whole, *rows = [
            {"text": text, "proposed": n, "taken": taken, "corrected": n - taken, "share": round(100 * taken / n)}
            | {"urls": dict.fromkeys(("proposed", "taken", "corrected"), "/triage/model/proposals")}
            for text, n, taken in counted
        ]
        told.append({"subject": subject, "title": title, "whole": whole, "rows": rows})
    return {"frame": frame("triage"), "title": "分办建议准不准", "rates": told, "versions": versions, **changes}


def counted_proposals(**changes: Any) -> dict[str, Any]:
    """Return what a number of the rates counts: a case that was assigned twice, and one more."""
    told = [
        ("三组水管冻裂没有水", "QC-AJ-2026-000311・竹园镇 方石村", ("amber", "改为道路水电网"), "今天 08:30"),
        ("三组水管冻裂没有水", "QC-AJ-2026-000311・竹园镇 方石村", ("green", "采纳"), "昨天 16:02"),
        ("水池漏水，十七户吃水靠挑", "QC-AJ-2026-000296・木鱼镇", ("green", "采纳"), "10-12 16:10"),
    ]
    rows = [
        {"title": title, "url": "/cases/1", "about": about, "proposed": "饮水", "share": "把握 92%"}
        | {"chip": {"tone": chip[0], "text": chip[1]}, "when": when}
        for title, about, chip, when in told
    ]
    numbers = (("建议", 4), ("采纳", 3), ("改了", 1))
    shown = {
        "frame": frame("triage"),
        "back": {"text": "分办建议准不准", "url": "/triage/model"},
        "title": "建议的类别：饮水",
        "tabs": [{"label": label, "n": n, "url": "?", "current": label == "建议"} for label, n in numbers],
        "told": "近 180 天共 4 次；同一件分办过两次，算两次",
        "hidden": "其中 1 次的件您看不到，没有列出",
        "pager_data": None,
    }
    return {**shown, "rows": rows, **changes}


def topics(**changes: Any) -> dict[str, Any]:
    """Return what many report this week, two topics."""
    heights = ((1, 2, 1, 3, 28), (4, 1, 8, 4, 28))
    charts = [
        {
            "told": "五周各有几件（最后是本周）：0, 1, 0, 1, 9",
            "bars": [{"x": 12 * n, "y": 28 - high, "h": high, "now": n == 4} for n, high in enumerate(each)],
        }
        for each in heights
    ]
    cases = [
        {
            "url": f"/cases/{n}",
            "number": f"QC-AJ-2026-00031{n}",
            "title": title,
            "sub": "竹园镇 方石村 昨天",
            "state": "待分办",
        }
        for n, title in enumerate(("三组水管冻裂没有水", "水管又冻裂了，老人挑水", "三组停水两天"))
    ]
    told = {
        "people": "8 人反映",
        "before": "前四周平均每周 0.5 件",
        "towns": "竹园镇 7 件、木鱼镇 2 件",
        "cases": cases,
    }
    rows = [
        {**told, "title": "三组水管冻裂没有水", "words": "水管冻裂、停水", "now": "本周 9 件", "chart": charts[0], "more": "", "propose_url": "/consultations/new?case=1"},
        {**told, "title": "石坝路塌方过不去车", "words": "塌方、过不去", "now": "本周 5 件", "chart": charts[1], "more": "另有 2 件更早的", "propose_url": "/consultations/new?case=2"},
    ]  # fmt: skip
    nothing = {
        "title": "这一周没有多起来的事",
        "text": "近七天有三件以上相像的、来自不同的人、又比前四周多，就会在这里出现。",
    }
    shown = {"frame": frame("triage"), "title": "本周热点", "note": "您看得到的件里，近七天比前四周多起来的事"}
    return {**shown, "topics": rows, "nothing": nothing, **changes}
