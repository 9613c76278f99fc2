"""Pages about the office itself: accounts, background work, calendar, settings, help, errors."""

from calendar import Calendar
from datetime import date
from typing import Any

from tests.web.previews.data.forms import options
from tests.web.previews.data.frames import admin_frame, bare, frame

HOLIDAYS = {
    (1, 1),
    (1, 2),
    (1, 3),
    *((2, d) for d in range(15, 24)),
    *((4, d) for d in range(4, 7)),
    *((5, d) for d in range(1, 6)),
    (6, 19),
    (6, 20),
    (6, 21),
    (9, 25),
    (9, 26),
    (9, 27),
    *((10, d) for d in range(1, 8)),
}
MAKEUP = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}


def _act(label: str, url: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "url": url, "trigger": "x", "method": "post"} | more


def accounts() -> dict[str, Any]:
    """Return the accounts, one grant waiting for another person."""
    rows = [
        {"name": "安老师", "account": "anlaoshi", "url": "/a/1", "org": "县政协办公室", "grants": [{"text": "负责人・青川县"}], "seen": "今天 08:31", "state": {"label": "在用", "tone": "green"}, "acts": [_act("重设密码", "/a/1/reset")]},
        {"name": "白工", "account": "baigong", "url": "/a/2", "org": "县水利局", "grants": [{"text": "承办人・县水利局"}, {"text": "单位负责人", "until": "待同意", "pending": True}], "seen": "昨天 17:20", "state": {"label": "在用", "tone": "green"}, "acts": [_act("重设密码", "/a/2/reset")]},
        {"name": "陈委员", "account": "chenweiyuan", "url": "/a/3", "org": None, "grants": [{"text": "委员"}], "seen": None, "state": {"label": "等首次登录", "tone": "grey"}, "acts": [_act("重设密码", "/a/3/reset")]},
        {"name": "丁某", "account": "dingmou", "url": "/a/4", "org": "县林业局", "grants": [{"text": "承办人・县林业局", "until": "到 9-30"}], "seen": "7-02", "state": {"label": "停用", "tone": "outline"}, "acts": [_act("启用", "/a/4/on")]},
    ]  # fmt: skip
    tabs = [
        {"label": "在用", "n": 186, "url": "/a", "current": True},
        {"label": "等首次登录", "n": 9, "url": "/a?new"},
        {"label": "停用", "n": 14, "url": "/a?off"},
    ]
    waiting = [
        {
            "text": "白工：单位负责人・县水利局（何干事 今天 09:10 提出）",
            "url": "/g/1",
            "act": None,
            "reason": "是您提出的，须安全管理员同意",
        }
    ]
    secret = {
        "strong": "陈委员的首次密码，只显示这一次",
        "text": "24 小时内登录并换掉，过时作废。",
        "value": "mu4-shi9-QC72",
    }
    return {
        "frame": admin_frame("accounts"),
        "tabs": tabs,
        "find": {"url": "/a", "value": ""},
        "new_url": "/a/new",
        "rows": rows,
        "waiting": waiting,
        "note": None,
        "pager_data": {"text": "第 1–4 个，共 186 个", "prev_url": None, "next_url": "/a?c=1"},
        "form": None,
        "secret": secret,
    }


def account_new() -> dict[str, Any]:
    """Return the form of a new account."""
    fields = [
        {"name": "name", "label": "姓名", "kind": "text", "required": True}, {"name": "account", "label": "账号", "kind": "text", "required": True, "hint": "小写字母和数字"},
        {"name": "role", "label": "身份", "kind": "select", "required": True, "options": options("member 委员", "handler 承办人", "clerk 办公室工作人员")}, {"name": "org", "label": "单位", "kind": "org", "required": False, "data_url": "/options"},
        {"name": "until", "label": "到哪天", "kind": "date", "required": False, "wide": True},
    ]  # fmt: skip
    return accounts() | {
        "form": {"url": "/a/new", "title": "开一个账号", "fields": fields, "errors": []},
        "secret": None,
        "waiting": [],
    }


def jobs() -> dict[str, Any]:
    """Return the work in the background, one job given up."""
    health = [
        {"label": "数据库", "text": "正常", "tone": "green", "since": "SQLite・4 毫秒"}, {"label": "后台", "text": "正常", "tone": "green", "since": "12 秒前报到"}, {"label": "定时", "text": "正常", "tone": "green", "since": "8 秒前"},
        {"label": "待发", "text": "3 条", "tone": "outline", "since": "最早 09:40"}, {"label": "放弃的", "text": "1 件", "tone": "red", "since": "10-13 起"},
    ]  # fmt: skip
    rows = [
        {"id": "1", "name": "发通知：网关没有应答", "about": "案件 000281 督办通知・县水利局群", "state": {"label": "放弃了", "tone": "red"}, "tries": 8, "when": "10-13 18:02", "error": "连不上 127.0.0.1:9000", "acts": [_act("再试一次", "/j/1")]},
        {"id": "2", "name": "导入走访台账9月.xlsx", "about": "57 行", "state": {"label": "正在做", "tone": "teal"}, "tries": 1, "when": "09:41", "error": None, "acts": []},
        {"id": "3", "name": "整库备份", "about": "每晚", "state": {"label": "排队", "tone": "grey"}, "tries": 0, "when": "今天 22:00", "error": None, "acts": []},
    ]  # fmt: skip
    beats = [
        {"name": "查到期", "every": "每 30 秒", "last": "09:41:30", "next": "09:42:00"},
        {"name": "早上汇总", "every": "工作日 8:30", "last": "今天 08:30", "next": "明天 08:30"},
        {"name": "整库核对", "every": "每晚 02:00", "last": "今天 02:00，0 处不对", "next": "明天 02:00"},
    ]
    tabs = [
        {"label": "要管的", "n": 1, "url": "/j", "current": True},
        {"label": "在跑的", "n": 2, "url": "/j?on"},
        {"label": "做完的", "url": "/j?done"},
    ]
    return {
        "frame": admin_frame("jobs"),
        "health": health,
        "health_url": "/jobs/health",
        "tabs": tabs,
        "rows": rows,
        "beats": beats,
        "pager_data": None,
    }


def system() -> dict[str, Any]:
    """Return an installation with one fault, one thing to look at, a backup and two log-ins."""

    def line(title: str, tone: str, label: str, message: str, *more: str) -> dict[str, Any]:
        return {
            "title": title,
            "state": {"label": label, "tone": tone},
            "message": message,
            "cure": "".join(more[:1]),
            "url": more[1] if more[1:] else None,
        }

    lines = [
        line("待办与失败", "red", "不正常", "有 1 件试了五次都没成，已放弃", "在“后台”页看原因，处理后点“再试一次”，不再要的点“不做了”", "/j"),
        line("节假日安排", "amber", "留意", "2027 年的放假安排还没有录", "国务院办公厅通知出来后，在“工作日历”页录入并确认；在此之前跨年的期限是暂算的", "/c"),
        line("数据库", "green", "正常", "SQLite 3.53.4（serializable, wal），版本 0001，12 MB"),
        line("磁盘", "green", "正常", "/srv/casework 还有 75 GB，共 252 GB"),
    ]  # fmt: skip
    row = {"who": "何干事", "device": "Chrome・Windows", "where": "10.8.0.12", "since": "2026-10-14 08:31", "seen": "2026-10-14 09:41", "own": True, "acts": []}  # fmt: skip
    other = {**row, "who": "白工", "where": "10.8.3.40", "own": False, "acts": [_act("让他退出", "/s/2")]}
    return {
        "frame": admin_frame("system"),
        "summary": {"tone": "red", "text": "有 1 项不正常，先处理"},
        "lines": lines,
        "backups": [{"name": "casework-20261014-023000.backup", "when": "2026-10-14 02:30", "age": "7 小时前", "size": "48 MB"}],
        "folder": "/srv/casework/backups",
        "retention": {
            "rows": [
                {"kind": "困难件", "text": "诉求人、反映内容、答复和附件；从办结算起", "years": "10 年", "due": "312 件", "state": "李管理 2026-10-13 16:20 提出销毁 312 件，等另一位管理员同意", "acts": [_act("同意销毁", "/admin/retention/rounds/1/approve"), _act("撤回", "/admin/retention/rounds/1/withdraw")]},
                {"kind": "停用的账号", "text": "邮箱、手机号、第二道验证；从停用算起，姓名留着", "years": "3 年", "due": "0 件", "state": "没有到期的", "acts": []},
            ],
            "url": None,
            "done": ["2026-01-12 09:30 销毁公众网页来件 41 件：李管理提出，王管理同意"],
            "form": {"url": "/admin/retention/years", "fields": [{"name": "kind", "label": "哪一类", "kind": "select", "required": True, "value": "cases", "options": options("cases 困难件", "accounts 停用的账号")}, {"name": "years", "label": "存几年", "kind": "text", "required": True, "value": "10", "hint": "1 到 100，整年"}], "errors": []},
        },
        "workers": [
            {"name": "casework-1:812:9f2c1a", "kind": "后台", "since": "2026-10-12 08:00", "seen": "2026-10-14 09:41", "state": {"tone": "green", "label": "在运行"}},
            {"name": "casework-2:455:0be417", "kind": "后台", "since": "2026-10-12 08:00", "seen": "2026-10-14 03:12", "state": {"tone": "red", "label": "没有动静"}},
        ],
        "sessions": [row, other],
    }  # fmt: skip


def _month(month: int) -> dict[str, Any]:
    weeks = []
    for week in Calendar().monthdatescalendar(2026, month):
        row: list[dict[str, Any] | None] = []
        for day in week:
            key = (day.month, day.day)
            kind = "holiday" if key in HOLIDAYS else "makeup" if key in MAKEUP else "rest" if day.weekday() > 4 else ""
            row.append(
                {"n": day.day, "kind": kind, "note": None, "today": day == date(2026, 10, 14)}
                if day.month == month
                else None
            )
        weeks.append(row)
    return {"label": f"{month} 月", "weeks": weeks}


def calendar() -> dict[str, Any]:
    """Return the year 2026."""
    fields = [
        {"name": "day", "label": "哪天", "kind": "date", "required": True, "value": "2026-10-16"},
        {
            "name": "kind",
            "label": "算什么",
            "kind": "radio",
            "required": True,
            "value": "local",
            "options": options("local 本地停工", "work 上班"),
        },
        {
            "name": "reason",
            "label": "为什么",
            "kind": "text",
            "required": True,
            "hint": "如：暴雨停工通知 2026 年 3 号",
        },
    ]
    return {
        "frame": admin_frame("calendar"),
        "year": {"n": 2026, "prev_url": "/c/2025", "next_url": "/c/2027", "confirmed": True, "text": "2026 年的放假安排已定", "source": "国务院办公厅通知，何干事 2025-11-10 核过。", "confirm_url": None},
        "counts": {"workdays": 248, "holidays": 33, "makeup": 6},
        "months": [_month(m) for m in range(1, 13)],
        "form": {"url": "/c/2026", "fields": fields, "errors": []},
        "changes": [{"when": "7-20 18:30", "who": "何干事", "text": "7-21 暴雨停工，14 件到期日往后移 1 天"}],
        "affected": {"text": "10-16 这天有 5 件到期，改了会重算。", "url": "/cases?due=2026-10-16"},
    }  # fmt: skip


def profile() -> dict[str, Any]:
    """Return my settings."""
    return {
        "frame": frame(None),
        "person": {"name": "安老师", "account": "anlaoshi", "roles": ["办公室负责人・青川县"], "org": "县政协办公室"},
        "prefs": {"mail_address": {"name": "mail_address", "label": "邮箱", "kind": "text", "required": False, "value": "he@office.example.cn", "hint": "只用来给您发消息和会议邀请，别人看不到；清空就不再发"}, "sms": {"name": "sms", "label": "短信", "kind": "radio", "required": True, "value": "urgent", "options": options("urgent 特急件发短信", "none 不要短信")}, "phone": {"name": "phone", "label": "手机号", "kind": "text", "required": False, "value": "13900000876", "hint": "只用来给您发短信，别人看不到；清空就删掉"}, "url": "/preferences", "keys": True, "density": "loose", "large": False, "lang": "zh", "mail": {"name": "mail", "label": "邮件", "kind": "radio", "required": True, "value": "digest", "options": options("all 急件单独发，其余每天早上一封汇总", "digest 只要每天早上一封汇总", "none 不要邮件")}, "start": {"name": "start", "label": "登录后先看", "kind": "select", "required": True, "value": "work", "options": options("work 我的事", "triage 分办台", "cases 困难件")}},
        "tokens": {"rows": [{"name": "县大数据中心取数", "scope_text": "只读", "made": "9-01 建", "used": "今天 08:00 用过", "revoke_url": "/t/1"}], "form": {"url": "/t", "errors": [], "fields": [{"name": "name", "label": "给谁用", "kind": "text", "required": True}, {"name": "until", "label": "到哪天", "kind": "date", "required": True}]}, "fresh": None},
        "sessions": [{"text": "Windows・Chrome 109", "where": "10.8.3.21", "seen": "现在", "current": True, "end_url": "/s/1"}, {"text": "安卓手机", "where": "10.8.9.4", "seen": "昨天 19:02", "current": False, "end_url": "/s/2"}],
        "feed": {"rows": [{"name": "办公室的手机", "made": "9-01 建", "used": "今天 08:00 用过", "drop_url": "/feed/1"}], "fresh": {"url": "https://office.invalid/calendar/cwcal_u5Kx.ics", "app_url": "webcal://office.invalid/calendar/cwcal_u5Kx.ics"}, "make_url": "/feed", "errors": [], "field": {"name": "label", "label": "哪台设备用", "kind": "text", "required": False}},
        "password": {"change_url": "/password", "text": "还有 41 天到期"},
        "second": {"on": True, "text": "手机验证器，备用码还剩 8 个", "url": "/second"},
        "deputy": {"text": "代您批延期、看待办；记录里写“代”。办过这件的人不能代批这件。", "form": {"url": "/deputy", "errors": [], "fields": [{"name": "person", "label": "请谁代", "kind": "pick", "required": True, "value": None, "options": options("2 何干事（办公室工作人员）", "3 陆主席（主席、副主席、秘书长）"), "hint": "同单位、同办公室的人；打姓名或拼音首字母就能找到", "data_url": "/options", "wide": True}, {"name": "from", "label": "从哪天", "kind": "date", "required": True}, {"name": "to", "label": "到哪天", "kind": "date", "required": True}]}},
        "units": [{"name": "县水利局", "url": "/profile/units/SLJ", "fields": [{"name": "signs_results", "label": "承办人起草，负责人签发", "kind": "bool", "required": True, "value": True, "hint": "打开后，办结只由负责人办"}]}],
    }  # fmt: skip


def help_page() -> dict[str, Any]:
    """Return the help page."""
    glossary = [
        {"word": "交办", "english": "assign", "text": "定下主办单位，要回结果；不同于转办。"}, {"word": "签收", "english": "acknowledge", "text": "单位说“收到了”。不签收，时限照样走。"},
        {"word": "挂起", "english": "suspend", "text": "等管材、等资金文这类，办理时限停下，到期日顺延。"}, {"word": "催办 · 督办 · 挂牌", "english": "urge · supervise · listed", "text": "到期当天催办，过 3 个工作日督办，过 10 个工作日挂牌。"},
        {"word": "并案", "english": "merge", "text": "两件说的是一件事，合着办；两位反映人都会收到答复。"}, {"word": "到位", "english": "in place", "text": "钱到了账上。申请、批复、到位、拨付各是一步，不能相加。"},
    ]  # fmt: skip
    return {
        "frame": frame("help"),
        "glossary": glossary,
        "contact": {"text": "办公室值班", "tel": "0839-0000000"},
        "feedback_url": "/feedback",
        "api_url": "/api/docs",
        "version": "0.1.0",
    }


def error(text: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the context of an error page."""
    return {
        "bare": bare(),
        "error": {"text": text, "code": "7f3a-91c2", "home_url": "/work", "back_url": "/cases", "crowded": False},
    } | more


def crowd() -> dict[str, Any]:
    """Return the context of the page that says that too many ask at this moment."""
    made = error("这会儿用的人多，没能轮到，什么也没改动。过几秒再试；写好的字还在")
    made["error"]["crowded"] = True
    return made


def ledger() -> dict[str, Any]:
    """Return a list the office keeps about itself: its snippets."""
    rows = [
        {
            "cells": [
                {"text": "等管材"},
                {"text": "管材已订，到货后三天内装好。"},
                {"chip": {"text": "到 12-31", "tone": "outline"}, "text": ""},
            ],
            "acts": [_act("改", "/n/1", method="get")],
        },
        {
            "cells": [
                {"text": "请多包涵"},
                {"text": "给您添了不便，请多包涵。"},
                {"chip": {"text": "过期了", "tone": "red"}, "text": "", "sub": None},
            ],
            "acts": [_act("停用", "/n/2/off")],
        },
    ]
    fields = [
        {"name": "label", "label": "叫什么", "kind": "text", "required": True},
        {"name": "until", "label": "用到哪天", "kind": "date", "required": False},
        {"name": "text", "label": "原句", "kind": "textarea", "required": True, "wide": True},
    ]
    tabs = [
        {"label": "工作日历", "url": "/c"},
        {"label": "常用句", "url": "/n", "current": True},
        {"label": "类别", "url": "/k"},
    ]
    return {
        "frame": admin_frame("calendar"), "title": "常用句", "tabs": tabs, "crumb": None, "note": {"tone": "grey", "strong": "过期的句子不再给人选", "text": None}, "find": None, "new": None, "pager_data": None,
        "form": {"url": "/n", "title": "加一句", "fields": fields, "errors": [], "submit": "加上", "danger": False, "links": []},
        "table": {"caption": "常用句", "head": ["叫什么", "原句", "用到哪天"], "rows": rows, "nothing": "没有。"},
    }  # fmt: skip


class CaseIn:
    """Stands for the body of a request."""


def api_docs() -> dict[str, Any]:
    """Return the operations of the interface for programs, a few of them."""
    listed = [
        {"name": n, "meaning": n}
        for n in ("state", "category", "region", "org", "assignee", "overdue", "q", "sort", "limit", "cursor")
    ]
    cases = [
        {
            "method": "GET",
            "path": "/cases",
            "summary": "List the cases this caller may see.",
            "permission": "case.read",
            "request": None,
            "answers": [200],
            "problems": [401, 422],
            "parameters": listed,
        },
        {
            "method": "POST",
            "path": "/cases",
            "summary": "Report a case.",
            "permission": "case.report",
            "request": CaseIn,
            "answers": [201],
            "problems": [401, 403, 422],
            "parameters": [],
        },
        {
            "method": "PATCH",
            "path": "/cases/{id}",
            "summary": "Mend a case in triage.",
            "permission": "case.triage",
            "request": CaseIn,
            "answers": [200],
            "problems": [401, 403, 404, 409, 412, 422],
            "parameters": [],
        },
    ]
    return {"bare": bare(), "base": "/api/v1", "kinds": {"cases": cases, "batches": cases[1:2]}}


def conflict() -> dict[str, Any]:
    """Return a clash with both texts."""
    texts = {
        "who": "何干事", "when": "09:38", "what": "这条答复",
        "theirs": [{"text": "管道 "}, {"text": "11 月 20 日", "change": "add"}, {"text": "前换完"}],
        "mine": [{"text": "管道 "}, {"text": "月底", "change": "add"}, {"text": "前换完"}],
    }  # fmt: skip
    return error(
        conflict=texts,
        settle={"url": "/m", "fields": {"reply": "管道月底前换完", "version": "10"}},
        reasons=[],
        available=[],
    )


def impossible() -> dict[str, Any]:
    """Return a move the state no longer allows."""
    return error(
        conflict=None,
        settle=None,
        reasons=["何干事 09:38 已把它结案", "结了的件不能再记办结"],
        available=[{"label": "重新打开", "url": "/m/reopen"}, {"label": "写备注", "url": "/cases/1#notes"}],
    )
