"""Forms: intake, one transition, two cases side by side, the small dialog behind 查看, follow-up calls."""

from typing import Any

from tests.web.previews.data.desks import LOOKALIKES
from tests.web.previews.data.frames import frame, unit_frame
from tests.web.previews.data.one_case import CASE

CATEGORIES = (
    "drinking_water 饮水", "infrastructure 道路水电网", "industry 产业发展", "market 市场销路", "employment 就业创业", "medical 就医", "schooling 就学",
    "housing 住房", "social_security 社保救助", "environment 环境卫生", "land 土地林权", "dispute 矛盾纠纷", "policy 政策咨询", "other 其他",
)  # fmt: skip


def options(*pairs: str) -> list[dict[str, str]]:
    """Return options from `value label` strings."""
    return [dict(zip(("value", "label"), p.split(" ", 1), strict=True)) for p in pairs]


def intake(**changes: Any) -> dict[str, Any]:
    """Return the intake form half filled, with look-alikes and the clock beside it."""
    form = {
        "url": "/cases/new",
        "draft_url": "/draft",
        "here_url": "/p/new",
        "version": 0,
        "errors": [],
        "saved": "09:40 已存",
        "main": [
            {"name": "description", "label": "什么事", "kind": "textarea", "rows": 5, "required": True, "hint": "照反映人的原话写。身份证号、银行卡号不要写在这里", "value": "三组引水的水管被山洪冲断两处，17 户没有水吃，老人到沟里挑水。"},
            {"name": "title", "label": "一句话事由", "kind": "text", "required": True, "value": "三组水管被山洪冲断，17 户吃水靠挑"},
            {"name": "region_code", "label": "在哪个村", "kind": "place", "required": True, "value": "510822105203", "label_value": "竹园镇 方石村", "data_url": "/options", "hint": "名称、拼音首字母（如 zyz fs）或代码都行"},
        ],
        "categories": {"name": "category", "label": "哪一类", "hint": "不选也行，分办时再定", "value": "drinking_water", "options": options(*CATEGORIES)},
        "reporter": [
            {"name": "reporter_name", "label": "怎么称呼", "kind": "text", "required": False, "value": "张三"},
            {"name": "reporter_phone", "label": "电话", "kind": "tel", "required": False, "value": "13800005521", "hint": "办件的人用来回电话，别人看到的是 138****5521"},
            {"name": "household", "label": "联系户", "kind": "person", "required": False, "data_url": "/options", "wide": True, "placeholder": "户主姓名或拼音首字母"},
        ],
        "more": [
            {"name": "channel", "label": "怎么来的", "kind": "select", "required": True, "value": "visit", "options": options("visit 来访", "phone 电话", "letter 信件", "web 公众网页")},
            {"name": "kind", "label": "性质", "kind": "select", "required": True, "value": "help", "options": options("inquiry 咨询（3 个工作日）", "help 求助（7 个工作日）", "suggestion 意见建议（7 个工作日）", "complaint 投诉举报（15 个工作日）")},
            {"name": "urgency", "label": "多急", "kind": "radio", "required": True, "wide": True, "value": "normal", "options": options("normal 一般", "urgent 紧急（时限减半）", "critical 特急（24 小时内）")},
            {"name": "files", "label": "照片或文件", "kind": "file", "many": True, "required": False, "wide": True, "hint": "每个 20 MB 内；照片里的位置信息会去掉"},
        ],
    }  # fmt: skip
    questions = {
        "title": "饮水类一般会问，问不到就空着：",
        "fields": [
            {"name": "q_since", "label": "自何时起", "kind": "date", "required": False, "value": "2026-09-28"},
            {"name": "q_households", "label": "涉及多少户", "kind": "number", "required": False, "value": "17"},
        ],
    }
    made = {
        "frame": frame("cases"),
        "form": form,
        "questions": questions,
        "questions_url": "/q", "held": None, "done": None, "similar_url": "/s", "clock_url": "/c", "paste_url": "/p",
        "paste": None,
        "lookalikes": LOOKALIKES,
        "clock": {"limit": "求助 7 个工作日", "due": "10月23日 周五 17:30", "note": "（今天交办的话，周末不计）"},
        "submit": {"label": "登记，送分办", "next_label": "登记，再登一件"},
        "cancel_url": "/cases",
    }  # fmt: skip
    return made | changes


def intake_errors() -> dict[str, Any]:
    """Return the intake form after mistakes, filled from a pasted message."""
    made = intake(lookalikes=None)
    form = dict(made["form"])
    place = form["main"][2] | {
        "value": "",
        "label_value": "红旗",
        "error": "名单里最像的是木鱼镇红旗社区，是这里吗？",
        "suggest": {"value": "510822103004", "label": "木鱼镇红旗社区"},
    }
    phone = form["reporter"][1] | {"value": "1380000", "error": "电话少了几位，手机是 11 位"}
    form |= {
        "main": [*form["main"][:2], place],
        "reporter": [form["reporter"][0], phone, form["reporter"][2]],
        "errors": [
            {"field": "region_code", "label": "在哪个村", "text": "请从名单里选一个"},
            {"field": "reporter_phone", "label": "电话", "text": "少了几位"},
        ],
    }
    paste = {"text": "@安老师 木鱼镇红旗社区王大姐反映低保年审资料交了两次没回音 1380000", "filled": ["什么事", "电话"]}
    return made | {"form": form, "paste": paste}


def _move(**changes: Any) -> dict[str, Any]:
    case = {
        "number": CASE["number"],
        "number_short": CASE["number_short"],
        "title": CASE["title"],
        "state": CASE["state"],
    }
    made = {
        "title": "办结并答复",
        "url": "/m",
        "case_url": "/cases/c298",
        "case": case,
        "version": 9,
        "errors": [],
        "draft_url": "/draft",
        "saved": "09:40 已存",
    }
    return made | {"warnings": [], "warnings_title": None, "ack": False, "who": "白工・县水利局 承办人"} | changes


REQUEST = {
    "channel_time": "公众网页・9-24 10:20",
    "spans": [
        {"text": "大雨后三组引水管冲断了两处，"},
        {"text": "蓄水池进不了水", "mark": "a"},
        {"text": "，17 户一直停水，老人到沟里挑水。村上说等镇上，"},
        {"text": "镇上说没有维修钱", "mark": "b"},
        {"text": "。"},
    ],
    "write_url": "?",
    "asks": ["什么时候通水", "维修的钱谁出", "通水前老人吃水怎么办"],
}


def resolve() -> dict[str, Any]:
    """Return the form of `resolve`, the request beside the reply, with the guards' warnings."""
    move = _move(
        fields=[
            {"name": "result_class", "label": "办到什么程度", "kind": "class", "required": True, "value": "B"},
            {"name": "review_on", "label": "复查日期", "kind": "date", "required": True, "value": "2026-10-31", "error": "这天是周六。改成 10-30 或 11-02"},
            {"name": "reply", "label": "给反映人的答复", "kind": "textarea", "rows": 7, "required": True, "draft": True, "hint": "写清办了什么、没办的为什么、什么时候能好", "value": "李女士：三组引水管两处断口已焊好一处，另一处等管材，10 月 20 日前到。通水前竹园镇每天上午送水一次。维修款 12 万元已批复，到位 8 万元。"},
            {"name": "cost", "label": "实际花费（元）", "kind": "money", "required": False, "value": "80,000.00", "echo": "= 8.00 万元"},
            {"name": "files", "label": "证明材料", "kind": "file", "required": False, "many": True},
        ],
        errors=[{"field": "review_on", "label": "复查日期", "text": "这天是周六"}],
        warnings=[
            {"tone": "amber", "strong": "答复里没有提到“维修的钱谁出”", "text": "原话里问了这一条。", "link": None, "icon": "exclamation-triangle-fill"},
            {"tone": "amber", "strong": "答复和 000187 的答复有 82% 相同", "text": "像是从那件粘过来的，地名改过来了吗？", "link": {"text": "两份对照", "url": "/compare"}, "icon": "exclamation-triangle-fill"},
        ],
        ack=True,
        submit={"label": "办结，发出答复", "busy": "正在办结…"},
    )  # fmt: skip
    effect = [
        {"strong": "状态 ", "text": "已协调 → 已办结"},
        {"strong": "办理时限 ", "text": "停在 10-14，提前 1 个工作日"},
        {"strong": "回访 ", "text": "10-19 前由非承办人打电话问"},
        {"strong": "反映人 ", "text": "用查询码能看到这条答复"},
    ]
    snippets = [
        {"label": "等管材", "text": "管材已订，到货后三天内装好。"},
        {"label": "请多包涵", "text": "给您添了不便，请多包涵。"},
    ]
    return {
        "frame": unit_frame("cases"),
        "move": move,
        "request": REQUEST,
        "effect": effect,
        "snippets": snippets,
        "conflict": None,
    }


def decline() -> dict[str, Any]:
    """Return the form of `decline`: a reason instead of “are you sure”."""
    move = _move(
        title="不予受理",
        fields=[
            {"name": "reason", "label": "为什么不受理", "kind": "radio", "required": True, "value": "", "options": options("court 已在打官司或仲裁", "petition 已走信访", "discipline 反映干部违纪，转纪检", "referred 别的单位办，转过去", "no_facts 没有联系方式也没有事实")},
            {"name": "referred_to", "label": "请他找谁", "kind": "org", "required": False, "data_url": "/options", "hint": "总要给反映人一个去处"},
            {"name": "comment", "label": "给反映人的话", "kind": "textarea", "required": True, "draft": True},
        ],
        draft_url="/draft", saved="",
        submit={"label": "不予受理", "busy": "正在办…", "danger": True},
        who="安老师・办公室 分办",
    )  # fmt: skip
    effect = [
        {"strong": "状态 ", "text": "待分办 → 不予受理"},
        {"strong": "180 天内 ", "text": "可以重新打开，原来的经过都在"},
    ]
    return {
        "frame": frame("triage"),
        "move": move,
        "request": None,
        "effect": effect,
        "snippets": None,
        "conflict": None,
    }


def stale() -> dict[str, Any]:
    """Return a move that met somebody else's change: both texts stand side by side."""
    made = resolve()
    move = made["move"] | {"errors": [], "warnings": [], "version": 10}
    conflict = {
        "who": "何干事", "when": "09:38", "what": "这条答复", "keep_name": "reply", "use_mine": {"name": "settle", "value": "mine"},
        "theirs": [{"text": "管道 "}, {"text": "11 月 20 日", "change": "add"}, {"text": "前换完"}],
        "mine": [{"text": "管道 "}, {"text": "月底", "change": "add"}, {"text": "前换完"}],
    }  # fmt: skip
    return made | {"move": move, "conflict": conflict, "effect": [], "snippets": None}


def compare() -> dict[str, Any]:
    """Return two cases that sound alike."""
    rows = [
        {"label": "地点", "left": "竹园镇 方石村 三组", "right": "竹园镇 方石村 三组", "same": True},
        {"label": "类别", "left": "饮水・求助", "right": "饮水・求助", "same": True},
        {"label": "反映人", "left": "张*三　138****5521", "right": "李*芳　139****0876"},
        {"label": "来源", "left": "公众网页・10-14 09:12", "right": "公众网页・9-24 10:20"},
        {"label": "诉求", "left_parts": [{"text": "三组", "change": "add"}, {"text": "引水的"}, {"text": "水管", "change": "add"}, {"text": "冲断了两处，蓄水池进不了水。到今天"}, {"text": "17 户", "change": "add"}, {"text": "一直停水。"}], "right_parts": [{"text": "大雨后"}, {"text": "三组", "change": "add"}, {"text": "引水"}, {"text": "管", "change": "add"}, {"text": "冲断了两处，"}, {"text": "17 户", "change": "add"}, {"text": "一直停水。"}]},
        {"label": "主办", "left": "还没交办", "right": "县水利局・白工"},
        {"label": "时限", "left": "明日受理", "right": "10-15 17:30，剩 1 个工作日"},
    ]  # fmt: skip
    acts = [
        {
            "label": "并入 000298",
            "key": "M",
            "url": "/merge",
            "fields": {"into": "298"},
            "main": True,
            "text": "两位反映人都会收到答复；000312 的号和链接以后都指到 000298。之后没有别的动作时可以拆开。",
        },
        {"label": "只是关联", "key": "L", "url": "/link", "fields": {"to": "298"}, "text": "各办各的，互相看得见。"},
    ]
    return {
        "frame": frame("triage"),
        "back_url": "/triage/312",
        "left": {
            "url": "/cases/312",
            "number": "QC-AJ-2026-000312",
            "title": "三组水管被山洪冲断，17 户吃水靠挑",
            "state": {"code": "reported", "label": "待分办"},
        },
        "right": {
            "url": "/cases/298",
            "number": "QC-AJ-2026-000298",
            "title": "方石村三组引水管被冲断，17 户停水",
            "state": {"code": "coordinated", "label": "已协调"},
        },
        "rows": rows,
        "verdict": {"text": "地点相同，用词 83% 相近，相隔 20 天"},
        "acts": acts,
    }


def reveal(value: str | None = None, *, proof: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the page behind 查看."""
    reasons = options("contact 联系反映人", "verify 核对身份", "other 其他…")
    return {
        "frame": frame("cases"),
        "reveal": {
            "title": "查看李*芳的电话",
            "url": "/reveal",
            "back_url": "/cases/c298",
            "reasons": reasons,
            "left": 17,
            "value": value,
            "error": None,
            "proof": proof,
        },
    }


def _call_rows() -> list[dict[str, Any]]:
    return [
        {
            "id": "294",
            "url": "/f/294",
            "title": "低压线路老化，雨天跳闸",
            "place": "姚渡镇 柳田村",
            "attempts_text": "打过 1 次",
            "chip": {"text": "剩 1 个工作日", "tone": "amber"},
            "current": True,
        },
        {
            "id": "296",
            "url": "/f/296",
            "title": "养殖场污水流进河沟",
            "place": "凉水镇 青龙村",
            "chip": {"text": "剩 2 个工作日", "tone": "outline"},
        },
        {
            "id": "284",
            "url": "/f/284",
            "title": "水渠清淤没有人管",
            "place": "关庄镇 光辉村",
            "chip": {"text": "逾期 1 个工作日", "tone": "red"},
        },
        {
            "id": "279",
            "url": "/f/279",
            "title": "医保卡停用三个月",
            "place": "乔庄镇 孔溪社区",
            "attempts_text": "打过 2 次",
            "chip": {"text": "剩 3 个工作日", "tone": "outline"},
        },
    ]


def _call() -> dict[str, Any]:
    fields = [
        {"name": "followed_up", "label": "打通了吗", "kind": "radio", "required": True, "value": "reached", "options": options("reached 打通了", "unreachable 没联系上")},
        {"name": "satisfaction", "label": "满意吗", "kind": "radio", "required": False, "value": "basically", "hint": "打通了才填；照他说的记", "options": options("satisfied 满意", "basically 基本满意", "dissatisfied 不满意")},
        {"name": "solved", "label": "是否解决", "kind": "radio", "required": False, "options": options("yes 解决了", "no 没有解决")},
        {"name": "words", "label": "他怎么说", "kind": "textarea", "rows": 3, "required": False, "draft": True},
    ]  # fmt: skip
    return {
        "number": "QC-AJ-2026-000294", "title": "低压线路老化，雨天跳闸", "url": "/cases/294", "state": {"code": "resolved", "label": "已办结"},
        "resolved": {"unit": "国网青川供电公司", "by": "郑工", "on": "10-12 15:20", "class_text": "A 已解决", "reply": "柳田村二组变压器下户线已换 420 米，10 月 11 日晚上试送电正常。"},
        "reporter": {"text": "吴*贵", "reveal_url": None}, "phone": {"text": "137****2206", "reveal_url": None}, "tel_url": None, "reveal_url": "/reveal?f=phone",
        "script": ["您好，我是县政协办公室的，您 9 月 30 日反映过下雨天跳闸的事，现在方便说两句吗？", "供电公司说线换好了、试过电，您家里现在还跳闸吗？", "对这件事的办理，您觉得满意、基本满意，还是不满意？", "还有别的难处要我们记下来吗？谢谢您。"],
        "attempts": [{"when": "10-13 10:05", "who": "何干事", "text": "响了没人接，说好第二天上午再打"}],
        "own": {"url": "?", "link": None, "said": None, "waits": None},
        "exclusion_url": "?",
        "next_try": "三次、分在两天都打不通，可按“未联系上”结案。",
        "form": {"url": "/f/294", "version": 7, "fields": fields, "errors": [], "refused": None, "draft_url": "/draft"},
        "refusal": None,
    }  # fmt: skip


def followups() -> dict[str, Any]:
    """Return the call list with one call open."""
    tabs = [
        {"label": "今天要打", "n": 4, "url": "/f", "current": True},
        {"label": "全部待回访", "n": 14, "url": "/f?all"},
    ]
    return {
        "frame": frame("followups"),
        "tabs": tabs,
        "rows": _call_rows(),
        "foot": "按到期先后排",
        "call": _call(),
        "nothing": None,
        "list_url": "/followups",
    }


def followups_list() -> dict[str, Any]:
    """Return the call list before one is chosen, as a phone shows it first."""
    made = followups()
    return made | {"call": None, "rows": [r | {"current": False} for r in made["rows"]]}
