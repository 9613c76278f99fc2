"""One case: 方石村三组引水管, as 白工 of the water bureau sees it."""

from typing import Any

from tests.web.previews.data.frames import photo, unit_frame

NUMBER = "QC-AJ-2026-000298"


def day(n: int, note: str = "", kind: str = "", **more: Any) -> dict[str, Any]:
    """Return one square of the calendar."""
    return {"n": n, "note": note, "kind": kind} | more


STEPS = [
    {"label": "已登记", "state": "done", "notes": ["9-24 10:20"]},
    {"label": "已交办", "state": "done", "notes": ["9-24 11:05"]},
    {"label": "已协调", "state": "now", "notes": ["9-29 起・挂起 3 天"]},
    {"label": "已办结", "state": "todo", "notes": ["最迟 10-15"]},
    {"label": "已结案", "state": "todo", "notes": ["回访后"]},
]
CASE: dict[str, Any] = {
    "id": "c298",
    "number": NUMBER,
    "number_short": "000298",
    "title": "方石村三组引水管被冲断，17 户停水",
    "url": "/cases/c298",
    "list_url": "/cases",
    "version": 9,
    "state": {"code": "coordinated", "label": "已协调", "icon": "arrow-repeat"},
    "tags": [{"tone": "grey", "text": "饮水", "icon": None}],
    "steps": STEPS,
    "channel_time": "公众网页・9-24 10:20",
    "spans": [
        {
            "text": "大雨后三组引水管冲断了两处，蓄水池进不了水，17 户一直停水，老人到沟里挑水。村上说等镇上，镇上说没有维修钱。"
        }
    ],
    "reporter": {"text": "李*芳", "reveal_url": "/cases/c298/reveal?field=reporter", "what": "反映人姓名"},
    "phone": {"text": "139****0876", "reveal_url": "/cases/c298/reveal?field=phone", "what": "反映人电话"},
    "place": "竹园镇 方石村 三组",
    "public_summary": None,
    "answers": [],
}
ACTIONS = {
    "identity": "县水利局 承办人",
    "rows": [
        {
            "trigger": "progress",
            "label": "记进展",
            "key": "N",
            "main": True,
            "url": "/m/progress",
            "hint": "上次进展 10-12，",
            "strong": "已过 2 个工作日",
        },
        {
            "trigger": "contact",
            "label": "联系反映人",
            "key": "C",
            "url": "/m/contact",
            "hint": "已首次联系（9-28 09:30，通话 6 分钟）",
        },
        {
            "trigger": "extend",
            "label": "申请延期",
            "key": "E",
            "url": "/m/extend",
            "hint": "须在 10-15 17:30 前提出，由县政协办公室批",
        },
        {
            "trigger": "resolve",
            "label": "办结",
            "url": "/m/resolve",
            "reasons": [
                {
                    "strong": "还差 1 件协办答复：",
                    "text": "竹园镇人民政府（昨天到期，已催 1 次）。",
                    "remedies": [{"text": "再催", "url": "/m/urge"}, {"text": "写明理由免答", "url": "/m/waive"}],
                }
            ],
        },
        {
            "trigger": "close",
            "label": "结案",
            "url": "/m/close",
            "reasons": [{"text": "先办结并回访；", "strong": ""}, {"strong": "承办人不能结自己办的件"}],
        },
    ],
}
WEEKS = [
    [day(21), day(22), day(23), day(24, "收件", "got"), day(25, "中秋"), day(26, "休"), day(27, "休")],
    [
        day(28, "第1天", "count"),
        day(29, "第2天", "count"),
        day(30, "挂起", "pause"),
        day(1, "国庆"),
        day(2, "休"),
        day(3, "休"),
        day(4, "休"),
    ],
    [
        day(5, "休"),
        day(6, "休"),
        day(7, "休"),
        day(8, "挂起", "pause"),
        day(9, "挂起", "pause"),
        day(10, "第3天", "count", badge="班"),
        day(11, "周日"),
    ],
    [
        day(12, "第4天", "count"),
        day(13, "第5天", "count"),
        day(14, "第6天", "count", today=True),
        day(15, "到期", "due"),
        day(16),
        day(17),
        day(18),
    ],
]
DEADLINE = {
    "title": None,
    "chip": {"text": "剩 1 个工作日", "tone": "amber"},
    "when": "10月15日 周四 17:30",
    "weeks": WEEKS,
    "sums": [
        {"text": "9-24 交办，求助类 7 个工作日", "amount": "10-12"},
        {"text": "挂起 9-30、10-8、10-9", "amount": "+3 个工作日"},
        {"text": "现到期", "amount": "10-15 17:30", "strong": True},
    ],
    "note": "中秋、国庆休 10 天；10-10 周六补班，照算。10-15 17:30 未办结即升为催办。",
    "clocks": [],
}
HISTORY: dict[str, Any] = {
    "only_moves": False,
    "moves_url": "/cases/c298/history?moves=1",
    "all_url": "/cases/c298/history",
    "earlier": {"n": 2, "url": "/cases/c298/history?all=1"},
    "rows": [
        {
            "when": "今天 08:30",
            "kind": "system",
            "actor": "系统提醒：",
            "verb": "明天到期",
            "sub": "10-13 17:30 到提醒线，今天上班时发给白工",
        },
        {
            "when": "10-12 16:10",
            "kind": "note",
            "actor": "白工（县水利局）记进展：",
            "verb": "两处管道已焊好一处",
            "sub": "附照片 2 张",
        },
        {
            "when": "10-10 09:10",
            "kind": "move",
            "actor": "白工",
            "verb": "恢复计时",
            "text": "：管材到货",
            "sub": "挂起 3 个工作日，到期日从 10-12 移到 10-15",
        },
        {"when": "9-29 16:05", "kind": "move", "actor": "何干事批准", "verb": "挂起", "text": "：等管材，至 10-10"},
        {
            "when": "9-29 15:40",
            "kind": "move",
            "actor": "白工",
            "verb": "已协调",
            "text": "：水利局出管材和工人，镇上出工日",
            "sub": "带出资金 1 笔、协办 2 件",
        },
        {
            "when": "9-28 09:30",
            "kind": "note",
            "actor": "白工",
            "verb": "首次联系",
            "text": " 李*芳：说明先查漏点，再定方案",
            "sub": "交办后第 1 个工作日，计入响应率",
        },
        {
            "when": "9-24 11:05",
            "kind": "move",
            "actor": "安老师",
            "verb": "交办",
            "text": " 县水利局，协办竹园镇人民政府",
            "sub": "采纳建议：饮水 96%、县水利局 88%",
        },
    ],
}
FUNDS = {
    "stages": [
        {"label": "申请", "amount": "15.00", "url": "/funds?stage=applied", "share": 100},
        {"label": "批复", "amount": "12.00", "url": "/funds?stage=approved", "share": 80},
        {"label": "到位", "amount": "8.00", "url": "/funds?stage=arrived", "share": 53},
        {"label": "拨付", "amount": None, "none_text": "未拨付", "url": "", "share": 0},
    ],
    "missing": {"strong": "还差 4.00 万元到位", "text": "，预计 10-20"},
    "source": "县财政局，青财农〔2026〕31号",
    "lines": [],
    "add_url": None,
}
CO_TASKS = {
    "summary": "2 件，1 件未答",
    "add_url": "/m/co",
    "rows": [
        {
            "org": "竹园镇人民政府",
            "question": "能否先出临时送水？管沟占地谁协调？",
            "chip": {"text": "逾期 1 个工作日", "tone": "red"},
            "when": "应答 10-13",
            "actions": [],
        },
        {
            "org": "县财政局",
            "question": "应急维修资金可否从水利专项调剂？",
            "answer": "可以，已列 12 万元",
            "chip": {"text": "已答", "tone": "green"},
            "when": "9-29 14:20",
        },
    ],
}
PEOPLE = {
    "rows": [
        {"label": "主办", "text": "县水利局・白工"},
        {"label": "协办", "text": "竹园镇人民政府、县财政局"},
        {"label": "路径", "text": "经两办转办"},
        {
            "label": "关联",
            "links": [
                {"text": "QC-AJ-2026-000312", "url": "/cases/c312", "after": "三组停水"},
                {"text": "协商：方石村饮水议题", "url": "/consultations/7"},
            ],
        },
    ]
}
ATTACHMENTS = {
    "rows": [
        {"name": "断口一.jpg", "url": "/a/1", "thumb_url": photo("green"), "about": "412 KB・白工 10-12"},
        {"name": "断口二.jpg", "url": "/a/2", "thumb_url": photo("brown"), "about": "388 KB・白工 10-12"},
        {"name": "管材清单.xlsx", "url": "/a/3", "thumb_url": None, "about": "21 KB・白工 9-29"},
    ],
    "upload_url": "/cases/c298/attachments",
    "limit_text": "照片、PDF、Word、Excel，每个 20 MB 内；照片里的位置信息会去掉",
    "note": "位置信息已去除",
}
COMMENTS = {
    "rows": [
        {
            "who": "何干事",
            "when": "10-12 17:02",
            "text": "镇上说占地的三户已谈妥两户，剩一户周四再谈。",
            "internal": True,
        }
    ],
    "post_url": "/cases/c298/comments",
    "draft_url": "/draft",
    "draft": "",
    "saved": "",
}


def show(**changes: Any) -> dict[str, Any]:
    """Return the context of cases/show.html."""
    made = {
        "frame": unit_frame("cases"),
        "case": CASE,
        "others": {"faces": [], "text": "只有您打开着"},
        "print_url": "/cases/c298/print",
        "public_print_url": "/cases/c298/print?public=1",
        "slip_url": "/cases/c298/slip",
        "more": [{"text": "历史导出", "url": "/cases/c298/history.csv", "icon": "download"}],
        "notes": [],
        "actions": ACTIONS,
        "deadline": DEADLINE,
        "history": HISTORY,
        "funds": FUNDS,
        "co_tasks": CO_TASKS,
        "people": PEOPLE,
        "attachments": ATTACHMENTS,
        "comments": COMMENTS,
        "phone_actions": [
            {"label": "记进展", "url": "/m/progress"},
            {"label": "联系", "url": "/m/contact"},
            {"label": "延期", "url": "/m/extend"},
        ],
    }
    return made | changes


def paused() -> dict[str, Any]:
    """Return the case while it is suspended: side state on the line, grey chip, no day counted."""
    steps = [*STEPS[:2], {"label": "已挂起", "state": "side", "notes": ["9-29 起", "等管材，到 10-10"]}, *STEPS[3:]]
    case = CASE | {"state": {"code": "suspended", "label": "已挂起"}, "steps": steps}
    actions = {
        "identity": "办公室 分办",
        "rows": [
            {
                "trigger": "resume",
                "label": "恢复计时",
                "main": True,
                "method": "post",
                "url": "/m/resume",
                "hint": "恢复后到期日往后移 3 个工作日",
            },
            {
                "trigger": "approve",
                "label": "批延期",
                "url": "/m/approve",
                "reasons": [{"strong": "是您提议的，", "text": "须另一人同意"}],
            },
        ],
    }
    deadline = DEADLINE | {"chip": {"text": "挂起到 10-10", "tone": "grey"}}
    notes = [
        {
            "tone": "amber",
            "strong": "这件并进过 1 件：QC-AJ-2026-000301",
            "text": "两位反映人都会收到答复。",
            "link": {"text": "看并案", "url": "/cases/c301"},
            "icon": None,
        }
    ]
    return show(case=case, actions=actions, deadline=deadline, notes=notes, co_tasks=None, funds=None, phone_actions=[])
