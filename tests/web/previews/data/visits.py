"""A member's page and the form of a visit. All names are invented."""

from typing import Any

from tests.web.previews.data.frames import frame

_URLS = {
    "person": "p1", "token_url": "/mine/token", "visits_url": "/api/v1/visits", "form_url": "/visits/new", "close_url": "/visits/close",
    "activities_url": "/api/v1/activities", "activity_pages": "/activities", "mine_url": "/mine", "report_url": "/cases/new", "lead_url": "/leads/new", "login_url": "/login",
}  # fmt: skip
_LABELS = {"findings": "见到谁，看到什么", "on_date": "哪天去的"}


def mine() -> dict[str, Any]:
    """Three households, one of them watched, near the end of a quarter."""
    return {
        "frame": frame("mine"),
        "outbox": _URLS,
        "labels": _LABELS,
        "nobody": None,
        "progress": {
            "text": "还有 2 户，共 3 户",
            "note": {"tone": "amber", "strong": "本季只剩 12 天，还有 2 户没走访", "text": "从最上面一户开始就好"},
        },
        "households": [
            _home("赵*全", "amber", "已 83 天没走访", watch=("red", "突发严重困难户"), missing=True),
            _home("周*贵", "amber", "还没有走访过", missing=True),
            _home("孙*英", "green", "3 天前"),
        ],
        "turns": [
            {
                "url": "/duties/1",
                "title": "10月14日 周三 县政协委员之家值班",
                "about": "9:00—11:30 县政协一楼接待室",
                "record_url": "/duties/1/record",
            }
        ],
        "owed": [_OWED],
        "reports": {
            "rows": [
                {
                    "url": "/cases/1",
                    "title": "香菇滞销，烘干厂压价",
                    "about": "今天 08:40・县农业农村局",
                    "state": {"code": "assigned", "label": "已交办"},
                    "chip": {"text": "剩 3 天", "tone": "outline"},
                }
            ],
            "n": 3,
            "url": "/cases?reported_by=me",
        },
        "credits": _CREDITS,
        "draft": {
            "title": "本年履职草稿",
            "text": "等次“良好”，凭据 11 条",
            "link": {"url": "/draft", "text": "看凭据，有误可申诉"},
        },
    }


def _stage(stage: str, amount: str, share: str) -> dict[str, Any]:
    about = "省级衔接资金（川财农〔2026〕31号），10-10"
    return {
        "text": f"{stage} {amount} 万元",
        "sub": f"按份额 {share} 万元，1 笔",
        "records": [{"text": "方石村茶园", "about": about, "end": "60.00 %（牵头）"}],
    }


_OWED = {"url": "/announcements/1", "title": "关于召开本季度联促工作推进会的通知", "about": "请在 10月20日 周二前回执"}
_CREDITS = {
    "stages": [_stage("批复", "30.00", "18.00"), _stage("到位", "28.00", "16.80")],
    "note": "份额只表示谁参与争取；各阶段是同一笔钱，不相加",
}


def nobody() -> dict[str, Any]:
    """A member whom the roll does not know yet."""
    told = "账号还没有对上委员名册，请办公室登记"
    none: dict[str, Any] = {
        "nobody": told,
        "progress": {"text": "", "note": None},
        "households": [],
        "draft": None,
        "credits": None,
    }
    return {**mine(), **none, "reports": {"rows": [], "n": 0, "url": "/cases"}}


def new(*, wrong: bool = False) -> dict[str, Any]:
    """A visit half written; with `wrong`, one that was refused."""
    typed = {"household_id": "h1", "when": "today", "form": "on_site", "has_need": "yes", "need.title": "配不齐降压药"}
    errors = [{"field": "findings", "label": "见到谁，看到什么", "text": "这一项要填。只有空格不算"}] if wrong else []
    return {
        "frame": frame("mine"),
        "outbox": _URLS,
        "labels": _LABELS,
        "back_url": "/mine",
        "last": {"day": "10-12", "how": "入户", "text": "儿子在外务工，年底回来。", "close": "10-12 也走访过这户"},
        "form": {
            "url": "/visits/new",
            "number": "01a137ec-0000-7000-8000-000000000001",
            "said": "从 2026-10-12 起结对，走访早于结对" if wrong else None,
            "close": [],
            "early": wrong,
            "typed": typed,
            "errors": errors,
            "wrong": {each["field"]: each["text"] for each in errors},
            "households": [
                {"value": "h1", "label": "赵*全・竹园镇 方石村 二组"},
                {"value": "h2", "label": "周*贵・竹园镇 方石村 三组"},
            ],
            "also": [] if wrong else ["h2"],
            "categories": [("medical", "就医"), ("housing", "住房")],
            "urgencies": [("normal", "一般"), ("urgent", "急")],
            "risks": [("illness", "因病"), ("schooling", "因学"), ("no_labour", "缺劳力"), ("housing", "住房安全")],
            "risks_told": ["illness"] if wrong else [],
            "lengths": {"prose": 5000, "title": 120, "description": 20000, "caption": 60},
            "today": "2026-10-14",
            "last_day": "2100-12-31",
        },
    }


def _home(head: str, tone: str, when: str, *, watch: Any = None, missing: bool = False) -> dict[str, Any]:
    watched = [{"tone": watch[0], "text": watch[1]}] if watch else []
    return {
        "id": head,
        "head": head,
        "url": "/households/1",
        "chips": [*watched, {"tone": "outline", "text": "脱贫户"}],
        "when": {"tone": tone, "text": when, "icon": "clock" if missing else "check-lg"},
        "place": "竹园镇 方石村 二组・4 口人",
        "last": "上次走访 7-23；电话联系 9-01，另计",
        "missing": missing,
        "visit_url": "/visits/new?household=1",
        "call": {"url": "/households/1/reveal?field=phone", "what": f"{head}家的电话"},
    }
